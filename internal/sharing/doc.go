// Package sharing is what an organisation lets an upstream see of its own books: its seller, or who stands above its seller in
// a channel. Without a sharing agreement an upstream sees nothing; there is no other way.
//
// # Words
//
// The grantor offers an agreement, the viewer accepts it. It names a measure (what the grantor sold on, what stands with it, what
// was ordered from it), a grain (day, week or month; each product or all goods together; nothing, region or shop), a delay in
// days, the smallest group that is shown, whether values stand beside the quantities, a purpose, the first day that is shown and the last day of the agreement. Its terms
// never change: another agreement takes its place. Of one measure an upstream has one agreement at a time, because two grains of
// the same figures could be taken from each other.
//
//	offered → active → withdrawn (by the grantor) | ended (by the viewer)
//	offered → declined (by the viewer) | withdrawn
//	offered, active → expired, by its last day
//
// # What is shown
//
// Quantities, and their values where the agreement grants them, and only of goods that the viewer makes or has sold to the grantor or
// its sellers. A cell is a period, goods and a place, and where values are granted also a currency. It is shown where its period has ended more than the delay ago, and where at least the smallest group of shops
// stand behind it (a customer of a counter, who has no name, counts as one with each bill); where single shops are shown, at
// least as many must appear in the same period with the same goods. A filter chooses among the cells that are shown and never makes
// new ones, and there is no sum over cells that are hidden: so no filter brings out what is hidden. Shops have names that are made
// by a keyed hash, the key being the agreement's: the same shop has the same name in it, and another in any other agreement.
//
// Values are net amounts before tax: of what was sold those of the bills, credit notes deducted, and of what was ordered those of the
// lines, of which some was cancelled their share. Stock has none. They are for roles that may see their own organisation's bills; the
// others see the same cells without values, because cells of another cut could be taken from those. Without the grant no question
// reads an amount, or a currency.
//
// Every look is written down before its figures are given, for the grantor to read, and never changed.
package sharing
