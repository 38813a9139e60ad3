// Package catalog is what is offered: products (goods and services) with their units, price lists with quantity breaks and
// dates, and the dated tax rules of the countries.
//
// A product belongs to its producer, which alone changes it. Whoever sells it puts it on a price list of its own; a buyer sees
// what the list of its agreement offers, and nothing else. Prices are per base unit, with four decimals; a price is in force
// from its first day to its last, and of several that are in force on a day the latest first day counts, break by break.
package catalog
