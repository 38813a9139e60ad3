// Package demo makes the demonstration channel: an Indonesian coffee producer, its distributors, wholesalers, agent and shops, a
// small roaster that sells to consumers, and three months of trade between them, all of it through the real services.
//
// # How it is made
//
// Load opens the portal with a clock of its own, sets everybody up on the first day, and then lets the days pass: events wait in
// a queue by their moment, each moves the clock there, does one thing as the person whose work it is, and puts what follows from
// it into the queue. The last evening is that before today; what would have come later never happens, so that orders, shipments,
// invoices and payments of every state are left for today.
//
// # What one may rely on
//
// The same day gives the same demonstration: one seeded source of chance, no wall clock, one thing after the other. A database
// that has organisations is left alone. At the end the books are verified, and Load fails if anything does not hold.
package demo
