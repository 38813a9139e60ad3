// Package partner knows who takes part, and how they stand to each other: organisations of every kind, their bank accounts,
// channels with tiers, links, appointments of agents, and the agreements under which a pair trades.
//
// # Words
//
// A channel belongs to one producer and is an ordered list of tiers (1 is the producer's); members are organisations placed at
// a tier; a link is one upstream member selling to one downstream member, with or without an agent between them. An
// appointment is the agreement of a principal with its agent; buyers never see it.
//
// An agreement holds the terms of a link. Its editions are never edited: one side proposes a new edition, the other accepts
// exactly that text (a SHA-256 of it is kept), and it is in force on the dates it names, unless a later accepted edition
// covers them too. Its credit limit becomes a post of the ledger on the day it comes into force (PostLimits).
//
// # Who sees what
//
// An organisation sees itself, those it registered, those it is linked with (also as agent or through one), its principals
// and agents, and the producers of the channels it stands in. The operator sees master data of all, and nothing of trade.
package partner
