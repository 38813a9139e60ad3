// Package talk is what people say to each other on a document: an order, a shipment, an invoice, a payment.
//
// # Words
//
// A conversation belongs to one document and is made with its first message. Its parties are those organisations of the document
// that are its seller, buyer or agent; who carries the goods only carries them. A message has an author, who speaks for an
// organisation, and is for all parties or internal: for the author's own organisation alone. It is never edited; its author may
// withdraw it, and then it says so, to everybody, and what it said and its files are shown to nobody. A mention names somebody who
// should read it: a colleague who may, or somebody of the other side who has written in this conversation before. People of other
// organisations are known by what they have written to one, and by nothing else.
//
// # Rights
//
// Who may read a document with what stands on it (orders: with their money) and has talk:read reads its conversation; talk:write
// lets one write. Both are asked anew with each look: a conversation is never open by what was open before. Files of a message hang on
// the message, and are seen by those who see it.
//
// # Order
//
// Messages of a conversation are counted by it, so that they have one order whichever instance took them, and "read up to" is a
// number. The count is the arbiter of those who write at once.
package talk
