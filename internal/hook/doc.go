// Package hook tells an organisation's own systems what happened to its documents: webhooks.
//
// An endpoint is an address of an organisation with the topics that it wants to hear of. What happened is read from the
// outbox, which posts write in their own transaction; a cursor follows it by the journal's seq, so that nothing is passed over.
// Each fact becomes one delivery for each endpoint of each organisation that may see the document, and no other: its seller,
// buyer or agent, and only where the kind of that organisation may read such documents.
//
// A message names the document, its number, status and parties, and nothing else: no amount, no price, no cost, no line. So it
// shows nothing that somebody of the organisation might not see; the rest is read over the API, within the reader's rights.
//
//	queued → delivered             a 2xx answer
//	queued → queued                anything else: again after 10 s, 30 s, 90 s … 12 h, with jitter, some three days long
//	queued → failed                the last try failed; a person may replay it
//
// Promise: at least once, and in no order. A message keeps its webhook-id through every try and replay, so that a receiver drops
// what it has seen; seq grows with the books, so that a receiver puts in order what came out of order. A delivery is claimed by a
// lease: several instances send each message once, and what a dead program held is sent again when its lease is over.
//
// Messages are signed as Standard Webhooks are: v1, HMAC-SHA256 of id.timestamp.body under the endpoint's secret; while an old
// secret overlaps, under both. Secrets are kept sealed under the installation's key (package secret), because
// signing needs them again, and are shown once.
//
// Nothing is sent to an internal address: see package outward.
package hook
