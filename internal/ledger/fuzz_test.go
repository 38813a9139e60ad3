package ledger_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// FuzzPost: whatever is put into a post, it stands whole or is refused with a sentence, never breaks, and the books add up afterwards.
func FuzzPost(f *testing.F) {
	d := dbtest.New(f)
	dbtest.Lift(f, d) // the books are held while posts are made
	papers(f, d)
	c := clock.NewFixed(1_700_000_000_000_000)
	book := ledger.New(ledger.Config{DB: d, Clock: c, IDs: d.IDs, Kind: kindOf})
	f.Cleanup(book.Close)
	op := func(code byte, a, b byte, n int64) []byte {
		return binary.LittleEndian.AppendUint64([]byte{code, a, b}, uint64(n))
	}
	f.Add("x", "note", append(op(0, 0, 1, 5000), op(1, 1, 2, 10)...))
	f.Add("y", "", append(op(2, 0, 0, 1), op(3, 1, 1, -1)...))
	f.Add("z", "\x00\xff", op(0, 1, 1, 1<<62))
	f.Add("", "{}", op(0, 2, 3, -1<<63))
	f.Add("back", "", op(6, 0, 0, 1))
	f.Add("back and more", "", append(op(6, 0, 0, 2), op(0, 0, 1, 5000)...))
	n := 0
	f.Fuzz(func(t *testing.T, event, payload string, ops []byte) {
		n++
		key := fmt.Sprintf("%d/%s", n, event)
		p := ledger.Draft("test", key, id.By{Person: 1, Org: producer}, 7, c.Now())
		orgs := []id.ID{producer, buyer, agent, 0, -1}
		place := []ledger.Position{ledger.Outside(ledger.Origin, lot, product), made, at(buyer, whB, buyer, buyer), at(producer, whB, buyer, producer), {}}
		for len(ops) >= 11 {
			a, b, v := ops[1], ops[2], int64(binary.LittleEndian.Uint64(ops[3:11]))
			who, whom := orgs[int(a)%len(orgs)], orgs[int(b)%len(orgs)]
			switch ops[0] % 7 {
			case 0:
				p.Move(place[int(a)%len(place)], place[int(b)%len(place)], qty.Qty(v))
			case 1:
				p.Owe(who, whom, idr, ledger.Deposit, money.Minor(v))
			case 2:
				p.Hold(who, product, qty.Qty(v))
			case 3:
				p.Credit(who, whom, idr, money.Minor(v))
			case 4:
				p.Limit(who, whom, idr, money.Minor(v))
			case 5:
				p.Tell(event, payload)
			case 6: // what was added before is given up; what is added after makes it no mirror any more
				if r, err := ledger.Reversal(t.Context(), d.ReadSQL(), v, key, id.By{Person: 1, Org: producer}, c.Now()); err == nil {
					p = r
				}
			}
			ops = ops[11:]
		}
		_, err := book.Post(t.Context(), p)
		if err != nil && errs.KindOf(err) == errs.Internal && !strings.HasPrefix(errs.CodeOf(err), "ledger.malformed") {
			t.Fatalf("not one of our errors: %v", err)
		}
		if n == 64 || n%4096 == 0 { // the books grow, and each look at them takes longer
			rep, err := ledger.Verify(context.Background(), d, ledger.VerifyConfig{Holds: asHeld})
			require.NoError(t, err)
			require.Empty(t, rep.Problems)
		}
	})
}

// asHeld takes what the ledger holds for what documents hold: these posts have none.
var asHeld = &ledger.HoldSource{
	Stock:  "SELECT seller, product, held FROM stock",
	Credit: "SELECT seller, bill_to, 'IDR', held FROM exposure WHERE currency = 360",
}
