package ledger

import (
	"time"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// The third book: organisation × loyalty programme. What holders have is what the programme has issued: each movement is an entry of the
// holder and its mirror on the programme's issue, so that a programme sums to zero at every moment. Points of one holder that
// expire together are one batch, an account of its own: what expires is exactly what stands in it.

// Batch is when points expire: a day's number, Never, or PointsOwed.
type Batch int64

// PointsOwed is no batch of the holder but what the holder owes the issuer: points that were taken back after they had been spent.
const (
	PointsOwed Batch = -1
	Never      Batch = 0
	maxBatch   Batch = 32_767 // the column is a SMALLINT: until 2089
	maxPoints        = int64(1) << 50
)

var firstBatch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// BatchOf is the batch of points that expire after a day; "" is Never.
func BatchOf(d clock.Date) Batch {
	if d == "" {
		return Never
	}
	return min(max(1, Batch(d.Time().Sub(firstBatch)/(24*time.Hour))), maxBatch)
}

// Day is the last day on which points of the batch can be spent; "" where they do not expire.
func (b Batch) Day() clock.Date {
	if b <= 0 {
		return ""
	}
	return clock.Date(firstBatch.AddDate(0, 0, int(b)).Format(time.DateOnly))
}

type pointsMove struct {
	programme, issuer, holder id.ID
	batch                     Batch
	n                         int64
}

// Points issues n points (> 0) of a programme to a holder, or takes them back (< 0): earned, spent, expired and reversed alike. With
// the batch PointsOwed it is what the holder owes that rises or falls. No holder's batch falls below zero (ShortPoints).
func (p *Post) Points(programme, issuer, holder id.ID, batch Batch, n int64) *Post {
	if n != 0 {
		p.points = append(p.points, pointsMove{programme, issuer, holder, batch, n})
	}
	return p
}

// Pointing is what the post itself, so far, adds to a holder's batch.
func (p *Post) Pointing(programme, holder id.ID, batch Batch) (sum int64) {
	for _, x := range p.points {
		if x.programme == programme && x.holder == holder && x.batch == batch {
			sum += x.n
		}
	}
	return sum
}

func (x pointsMove) keys() (to, issue acctKey) {
	to = acctKey{book: bookPoints, unit: int64(x.programme), org: int64(x.holder), counterparty: int64(x.issuer), purpose: int64(x.batch), side: 1}
	if x.batch == PointsOwed {
		to.org, to.counterparty = int64(x.issuer), int64(x.holder)
	}
	return to, acctKey{book: bookPoints, unit: int64(x.programme), org: int64(x.issuer), side: -1}
}

func pointsOf(k acctKey, n int64) pointsMove {
	x := pointsMove{id.ID(k.unit), id.ID(k.counterparty), id.ID(k.org), Batch(k.purpose), n}
	if x.batch == PointsOwed {
		x.issuer, x.holder = x.holder, x.issuer
	}
	return x
}
