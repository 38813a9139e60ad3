package report

// Through is what partners sold on, as far as they share it.
type Through struct {
	*Flow          // at the organisation's own prices
	Grantors int64 // partners that share what they sell on
}
