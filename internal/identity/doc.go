// Package identity is who signs in: people, the organisations they work for and their role in each, sessions.
//
// A session belongs to a person and acts for one organisation at a time. Its token is 256 random bits; only the SHA-256 of it
// is stored. What a session may do is read through a cache that belongs to the master-data epoch: ending a session, changing
// a role or closing an account moves the epoch, and holds from the next request on, on every instance.
package identity
