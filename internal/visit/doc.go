// Package visit is who calls at which shop on which day, and what was seen and done there.
//
// # Words
//
// A stop is a shop on somebody's round: the days of the week and the weeks of a cycle of four on which it is due, and its turn within
// the day. A cycle has no beginning of its own: every Monday since 5 January 1970 counts, so that it runs on over the new year. The
// visits of a day are not rows before somebody is there: they are what the stops say is due, beside what was done.
// A visit begins with checking in and ends with checking out, which says what came of it: an order was taken, none was (with a reason),
// or the shop was closed. Between the two lie what was counted on the shelf, the orders that were taken, photos. A count is an
// observation: it moves no goods, and nothing of the ledger knows it.
//
// # Who calls, and who sees it
//
// The people of a seller call at its buyers; those of an agent call at the buyers of its principal, as long as the agent is on
// the link and an appointment is in force. Right: visit:write, as one's own; visit:plan makes and changes rounds. Whoever may write visits
// of an organisation may carry on with one that a colleague has begun: on a round people stand in for each other.
//
// A visit is seen by the organisation that called, by the seller in whose name an agent called, and by the shop. The seller sees all but
// where the person stood. The shop sees who was there, when, what was counted on its own shelf, the photos, the orders and whether
// it was found closed; not why the visitor thinks that nothing was ordered, not the note, not the round. Where a person stood is kept
// only if the person says so each time, is seen by its own organisation, and goes when the person is erased.
//
// # Without signal
//
// What a phone took without signal carries the time of the phone, which is kept beside the portal's own. The day of a visit is that of
// the phone's time where this can be true (at most fourteen days ago, at most ten minutes ahead), and today's else: both times
// are shown. The idempotency key is made when the thing is done, so that sent twice is one. Nothing is settled by the program: where a
// colleague was there already (visit.taken), the visit is closed (visit.closed), the stop has left the round (visit.not_in_plan), the
// agent is not appointed any more (visit.not_appointed) or a product is no longer listed (visit.not_listed), the answer is a conflict
// that names what is there now, and a person decides.
package visit
