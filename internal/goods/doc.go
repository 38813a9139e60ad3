// Package goods is where goods stand: places (warehouses and their quarantines), lots, and stock seen by owner, holder and
// bearer.
//
// A lot is so many of one product, made by one maker at one time, with or without an expiry date. It comes into the world from
// the origin: made, bought outside, or as opening stock. Its status is ok, expired or recalled; only what is ok may stand
// sellable (seller not 0).
//
//	make      lot/ID/make              origin → (owner, warehouse, owner, sellable)
//	add       lot/ID/add/N             more of a lot that exists
//	transfer  transfer/N               between warehouses of one organisation
//	use       use/N                    (owner, place, bearer) → consumed
//	expire    lot/ID/expired           sellable → not sellable; promises beyond what is left are taken back
//	recall    lot/ID/recalled          the same
//
// An organisation sees positions that it owns, that stand at its places or on shipments to or from it, or whose risk it bears.
package goods
