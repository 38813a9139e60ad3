// Package excel writes and reads workbooks (XLSX).
//
// Two writers stand side by side. Writer streams: one pass, bounded memory, the same rows give the same bytes; it carries the
// reports, of any length. Template makes small styled books with choice lists, through excelize. Open reads what people send,
// through excelize behind a guard that trusts no header. No other package knows excelize.
//
// Text that a user typed is always a text cell, never a formula, also where it begins with = + - @: such a cell carries
// Excel's own quote mark, so that it stays text when it is edited.
package excel

// MaxRows is how many rows a worksheet can hold, header included.
const MaxRows = 1_048_576

// maxText is how many UTF-16 units a cell can hold.
const maxText = 32_767
