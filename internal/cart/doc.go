// Package cart is the basket: what a person gathers in an organisation for one seller and one buyer before an order is placed. It
// holds what was typed, also what is wrong with it, and it becomes an order through trade alone. Reading what people paste is a
// pure function here: it answers with candidates and reasons, and never picks between two.
package cart
