// Package notice is what a person should hear in an organisation, and how: in the portal, by a letter of its own, in a digest.
//
// # Words
//
// An event is something that concerns people: a table (Events) says of each which sides of a document it is for and what somebody
// there must be allowed to do to be concerned. A notice is one event for one person in one organisation; its origin makes it come
// once, whoever tells of it and however often. It names its record and who did it, and no amount and no word of anybody: what it
// leads to is read there, by the rights of that moment. A notice whose record one may read no more is not counted, not listed
// and not written of.
//
// A choice says, event by event, whether one hears in the portal and by which letter: none, at once, or in the digest. Quiet hours
// keep letters until they are over. A digest tells what has not been read by then, once; letters go out in the transaction that
// notes them as sent, so that two instances write one.
//
// # Where they come from
//
// Facts of the ledger's outbox are followed with a cursor, which several instances share; messages are told by their service in its own
// transaction; what has fallen due and which jobs have ended is looked for.
package notice
