// Package ledger is the core: who owns, who holds, who bears the risk and who owes whom, as balanced, append-only books.
//
// # Words
//
// A post is one business event: a journal, with the documents that exist if, and only if, it is accepted. The lane is the one
// goroutine that commits posts: it takes what has queued up and commits it as one database transaction.
//
// A position is a quantity of a lot that has one owner, one place, one risk bearer and at most one seller (the organisation
// whose sellable stock it is; 0 in transit, in quarantine, expired, recalled, or where the terms forbid resale). Title,
// possession and risk are the sums of positions by owner, place and bearer, so that they cannot disagree. Outside positions
// (origin, transformed, consumed, lost) have owner 0 and a negative place, and may fall below zero.
//
// A claim is money: a creditor, a debtor, a currency and a purpose. Each has two accounts, the creditor's (side +1) and its
// mirror (side -1), and one journal always moves both.
//
// Points are a programme, its issuer, a holder and the batch that expires with a day: two accounts again, the holder's, which is never
// below zero, and the programme's issue.
//
// A counter is what is promised and not yet moved: stock(seller, product) holds sellable and held; exposure(seller, bill-to,
// currency) holds used, held and the limit. held never passes sellable, used+held never passes the limit when it rises.
//
// # Documents
//
// Rows that a post files end in the column seq: the journal that filed them. A column is fixed, mutable or private. Fixed
// columns never change. Mutable ones change only by Post.Change, which leaves before and after in the audit row of the post.
// Private ones (personal data, free text) stand outside every hash, so that they can be erased.
//
// # Proof
//
// journal.hash = SHA-256(previous hash ‖ canonical bytes), where the canonical bytes name everything that gives the journal
// its meaning: both times, keys, the natural keys of the accounts and the amounts, and the digest of each filed row.
// Verify recomputes all of it from the rows.
package ledger
