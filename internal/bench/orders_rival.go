package bench

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"saluran/internal/db"
)

// rival writes the same rows as an order in the usual way: one transaction for each order, plain SQL, in process, without HTTP,
// access, prices or hash chain. Two shapes, both in sorted order so that they do not deadlock:
//
//	lock: SELECT … FOR UPDATE of the counters, decide, INSERT, UPDATE (all counters in one statement)
//	cond: one conditional UPDATE for each counter, INSERT
type rival struct {
	d     *db.DB
	m     *market
	shape string
	next  atomic.Int64
}

func (r *rival) run(ctx context.Context, clients int, window time.Duration) (perSecond float64, failed int64) {
	var wg sync.WaitGroup
	var done, bad atomic.Int64
	start := time.Now()
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(uint64(c), 7))
			for time.Since(start) < window {
				s := r.m.sellers[rng.IntN(len(r.m.sellers))]
				if err := r.order(ctx, s, pickTen(rng, s.products)); err != nil {
					bad.Add(1)
					continue
				}
				done.Add(1)
			}
		}()
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), bad.Load()
}

// pickTen picks ten products that follow each other, so that they are sorted.
func pickTen(rng *rand.Rand, products []id64) []id64 {
	off := rng.IntN(len(products) - perOrder + 1)
	return products[off : off+perOrder]
}

func (r *rival) order(ctx context.Context, s seller, products []id64) error {
	for try := 0; ; try++ {
		err := r.once(ctx, s, products)
		if err == nil || !db.Retryable(err) || try == 10 {
			return err
		}
	}
}

func (r *rival) once(ctx context.Context, s seller, products []id64) error {
	defer r.d.LockWriter()()
	tx, err := r.d.WriteSQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	const total, one = 13875000, 1000
	if err := r.counters(ctx, tx, s, products, one, total); err != nil {
		return err
	}
	o := r.next.Add(16) + 1_000_000_000
	if _, err := tx.ExecContext(ctx, "INSERT INTO orders (id,number,kind,seller,buyer,agent,link,agreement,placed_by,currency,status,net,tax,total,credit_held,"+
		"ship_from,deliver_to,return_of,ordered_on,wanted_on,placed_us,reference,note,version,seq) VALUES (?,?,'sale',?,?,0,1,1,'buyer','IDR','placed',12500000,1375000,?,?,1,1,0,"+
		"'2026-01-01','',1,'','',1,?)", o, fmt.Sprintf("SO-%d", o), s.org, s.buyer, total, total, o); err != nil {
		return err
	}
	var q strings.Builder
	args := make([]any, 0, 4*perOrder)
	q.WriteString("INSERT INTO order_line (order_id,line,product,unit,unit_qty,qty,price,net,tax_base,tax,tax_code,purpose,dir,held,allotted,dispatched,delivered,invoiced,returned,cancelled,seq) VALUES ")
	for i, p := range products {
		if i > 0 {
			q.WriteByte(',')
		}
		q.WriteString("(?,?,?,'pcs',1000,1000,125000000,1250000,1145800,137500,'ID-12-11/12','resale',1,1000,0,0,0,0,0,0,?)")
		args = append(args, o, i+1, p, o)
	}
	if _, err := tx.ExecContext(ctx, q.String(), args...); err != nil {
		return err
	}
	hash := make([]byte, 32)
	for _, x := range []struct {
		q    string
		args []any
	}{
		{"INSERT INTO journal (seq,kind,event_key,org,client_key,request_hash,effective_us,recorded_us,person,doc,reverses,entries,docs,hash) VALUES (?,'order.placed',?,?,?,?,1,?,1,?,NULL,0,?,?)",
			[]any{o, fmt.Sprintf("order/%d/place", o), s.buyer, fmt.Sprintf("rival-%d", o), hash, o, o, make([]byte, 8*13), hash}},
		{"INSERT INTO audit (id,at_us,person,org,on_behalf,session,action,doc,changes,seq) VALUES (?,1,1,?,0,1,'order.placed',?,NULL,?)", []any{o + 1, s.buyer, o, o}},
		{"INSERT INTO outbox (id,topic,doc,payload,seq) VALUES (?,'order.placed',?,?,?)", []any{o + 2, o,
			fmt.Sprintf(`{"order":"%d","number":"SO-%d","seller":"%d","buyer":"%d","agent":"0","status":"placed"}`, o, o, s.org, s.buyer), o}},
	} {
		if _, err := tx.ExecContext(ctx, x.q, x.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// counters takes stock and credit in the rival's shape.
func (r *rival) counters(ctx context.Context, tx *sql.Tx, s seller, products []id64, one, total int64) error {
	if r.shape == "cond" {
		for _, p := range products {
			if err := exactlyOne(tx.ExecContext(ctx, "UPDATE stock SET held = held + ? WHERE seller = ? AND product = ? AND sellable - held >= ?", one, s.org, p, one)); err != nil {
				return err
			}
		}
		return exactlyOne(tx.ExecContext(ctx, "UPDATE exposure SET held = held + ? WHERE seller = ? AND bill_to = ? AND currency = 360 AND limit_amt - used - held >= ?", total, s.org, s.buyer, total))
	}
	lock := ""
	if r.d.Engine == db.MySQL {
		lock = " FOR UPDATE"
	}
	in := make([]string, len(products))
	args := []any{s.org}
	for i, p := range products {
		in[i] = "?"
		args = append(args, p)
	}
	list := strings.Join(in, ",")
	rows, err := tx.QueryContext(ctx, "SELECT product, sellable - held FROM stock WHERE seller = ? AND product IN ("+list+") ORDER BY product"+lock, args...)
	if err != nil {
		return err
	}
	n := 0
	for rows.Next() {
		var p, free int64
		if err := rows.Scan(&p, &free); err != nil {
			rows.Close()
			return err
		}
		if free >= one {
			n++
		}
	}
	rows.Close()
	if n != len(products) {
		return fmt.Errorf("short")
	}
	var left int64
	if err := tx.QueryRowContext(ctx, "SELECT limit_amt - used - held FROM exposure WHERE seller = ? AND bill_to = ? AND currency = 360"+lock, s.org, s.buyer).Scan(&left); err != nil {
		return err
	}
	if left < total {
		return fmt.Errorf("short of credit")
	}
	if _, err := tx.ExecContext(ctx, "UPDATE stock SET held = held + 1000 WHERE seller = ? AND product IN ("+list+")", args...); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE exposure SET held = held + ? WHERE seller = ? AND bill_to = ? AND currency = 360", total, s.org, s.buyer)
	return err
}

func exactlyOne(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n != 1 {
		return fmt.Errorf("short")
	}
	return nil
}
