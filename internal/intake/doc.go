// Package intake takes in what was traded elsewhere: sales history out of files, with the numbers, amounts, codes and dates of
// its source.
//
// # Words
//
// A mapping says which column of a file is what. A line is one row of sales; a document is all lines with one number and one
// seller: an invoice, a credit note, or both in one. A partner is a buyer, a producer or the seller. What goes wrong with a row
// is a Problem; a document of which one line is bad is bad as a whole.
//
// # How an import runs
//
//	read    every row of every file is parsed; good lines go to a sorter on disk, bad ones are listed
//	group   lines become documents, in order of their numbers; those that the books already have are recognised by their event
//	floors  returns are held against what the buyer has: the shortfall is opening stock, counted
//	setup   partners, warehouses, links with an agreement, products, prices and lots that are missing are made
//	apply   day by day: producers sell to the seller, the seller sells to the buyers, buyers return, the seller returns
//
// Everything up to floors changes nothing: that is the dry run. Nothing is kept in memory but the masters (products and
// partners that the lines name) and bounded buffers; the rest is in sorted files that vanish with the run.
//
// # Running it again
//
// Each document is one journal with the event import/MAP/SELLER/NUMBER and the hash of what the source says: the same again is
// "already there", other content is a conflict and is listed. The purchases that an import makes up for its sales belong to the
// run, which is known by the hash of all its documents: an interrupted run is taken up by running it again with the same files.
package intake
