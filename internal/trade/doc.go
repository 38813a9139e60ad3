// Package trade carries an order from its placing to its payment: orders, shipments, receipts, invoices, payments, credit
// notes, returns, commission. It is one context because all of it turns on one aggregate, the order and its lines, whose
// version guards every step.
//
// # States of an order
//
//	placed → confirmed → part_dispatched → dispatched → delivered → invoiced → paid → closed
//	placed → rejected | cancelled;  credit_hold → placed | cancelled;  confirmed … → cancelled (what is not dispatched)
//
// "back-ordered" is not a state but a quantity: what is ordered and neither held, allotted, dispatched nor cancelled.
//
// # What each step posts (DOMAIN section 5)
//
//	place     order/ID/place         holds stock (as far as there is any) and credit; files order, lines
//	confirm   order/ID/confirm       title where terms say confirmation: lots set aside (allotment), owner → buyer
//	amend     order/ID/amend/V       holds by the difference
//	cancel    order/ID/cancel/V      holds released; what had passed goes back
//	dispatch  order/ID/dispatch/S    place → in transit (the shipment is the place); owner, bearer where terms say so
//	receive   shipment/ID/receive/R  in transit → buyer's warehouse; owner, bearer where terms say so; differences
//	invoice   order/ID/invoice/I     buyer owes seller; tax apart; exposure held → used
//	credit    invoice/ID/credit/N    the reverse, in part or whole
//	pay       payment/ID/confirm     debt ends by what is allocated, the rest is a deposit; owner → buyer where terms say payment
//
// Event keys are those sentences: sending twice is free, and the book reads like a story.
package trade
