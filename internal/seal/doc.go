// Package seal vouches for what the ledger's chain alone cannot: audit rows between their writing and the chain, and the end of the
// chain itself.
//
// # Audit rows
//
// A post files its audit row with its journal. An ordinary transaction (prices, people, rights…) signs its row with the key of the
// installation (Mark), which costs it no lock, and a moment later the Keeper takes the row into the chain (ledger.Post.Vouch). A row
// that was put into the table past the portal has no good mark: it is not taken, and verify names it.
//
// # Seals
//
// A chain does not show that its end was cut off, or that it was written anew from some point on. A Seal says, signed, how far the
// books had come at a moment: the last journal with its hash, and the Merkle root (RFC 6962) of the journals since the seal before to
// which one organisation is party. It is given away, with statements and by API: who holds one can prove later that the books
// are not those that were sealed. Organisation 0 is the portal itself, party to every journal.
//
// The private key stands outside the database (see Key), the public ones are filed in the chain (table seal_key).
package seal
