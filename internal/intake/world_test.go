package intake

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/trade"
)

// openGate lets everybody in: the gate has tests of its own.
type openGate struct{}

func (openGate) Require(context.Context, access.Actor, access.Rel, string, string) error { return nil }

// plainMasters makes masters by plain rows.
type plainMasters struct {
	d    *db.DB
	book ledger.Poster
	lotT *ledger.Table
}

func (m *plainMasters) Partners(ctx context.Context, _ access.Actor, all []NewPartner) (orgs, places []id.ID, err error) {
	err = m.d.InTx(ctx, func(ctx context.Context) error {
		for _, x := range all {
			o, p := m.d.IDs.Next(), m.d.IDs.Next()
			orgs, places = append(orgs, o), append(places, p)
			if err := m.d.W(ctx).Exec("INSERT INTO org VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", o, x.Code, x.Kind, x.Name, strings.ToLower(x.Name),
				x.Country, x.Currency, x.Zone, false, false, "", x.Address, x.City, "", false, true, 1, 1).Error; err != nil {
				return err
			}
			if err := m.d.W(ctx).Exec("INSERT INTO place VALUES (?,?,?,?,?,?,?,?,?)", p, o, "warehouse", "main", "", 0, true, true, 1).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return orgs, places, err
}

func (m *plainMasters) PriceList(context.Context, access.Actor, id.ID, string, string, clock.Date, []NewPrice) (id.ID, error) {
	return 1, nil
}

func (m *plainMasters) Deals(ctx context.Context, _ access.Actor, all []NewDeal) ([]Deal, error) {
	var set []NewDeal
	for _, x := range all {
		var n int64
		if err := m.d.R(ctx).Raw("SELECT COUNT(*) FROM exposure WHERE seller = ? AND bill_to = ?", x.Seller, x.Buyer).Scan(&n).Error; err != nil {
			return nil, err
		}
		if n == 0 {
			set = append(set, x)
		}
	}
	if len(set) == 0 {
		return make([]Deal, len(all)), nil
	}
	p := ledger.Draft("limits", "test/limits/"+set[0].Seller.String()+"/"+set[0].Buyer.String(), id.By{Org: 1}, 1, 1)
	for _, x := range set {
		p.Limit(x.Seller, x.Buyer, money.Currencies[x.Currency], ledger.NoLimit)
	}
	_, err := m.book.Post(ctx, p)
	return make([]Deal, len(all)), err
}

func (m *plainMasters) Products(ctx context.Context, _ access.Actor, all []NewProduct) (ids []id.ID, err error) {
	err = m.d.InTx(ctx, func(ctx context.Context) error {
		for _, x := range all {
			p := m.d.IDs.Next()
			ids = append(ids, p)
			if err := m.d.W(ctx).Exec("INSERT INTO product VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", p, x.Producer, x.SKU, x.Name, strings.ToLower(x.Name),
				"goods", x.Unit, x.Decimals, x.TaxClass, x.GTIN, false, true, 1).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return ids, err
}

func (m *plainMasters) Lots(ctx context.Context, _ access.Actor, code string, products []id.ID, at clock.Instant) (ids []id.ID, err error) {
	p := ledger.Draft("lot.made", "test/lots/"+products[0].String(), id.By{Org: 1}, products[0], at)
	for _, x := range products {
		l := m.d.IDs.Next()
		ids = append(ids, l)
		p.File(m.lotT.Row(l, x, id.ID(1), code, "", "", "active", int64(1)))
	}
	_, err = m.book.Post(ctx, p)
	return ids, err
}

func lotTable() *ledger.Table {
	for _, t := range ledger.Tables() {
		if t.Name == "lot" {
			return t
		}
	}
	return ledger.Register(ledger.Table{Name: "lot", Key: 1, Header: true, Columns: ledger.Cols(ledger.I("id", "product", "maker"),
		ledger.T("code", "made_on", "expires_on"), ledger.MT("status"), ledger.M("version"))})
}

type world struct {
	*testing.T
	d    *db.DB
	book *ledger.Book
	svc  *Service
	rec  *recorder
}

// recorder may break after so many documents.
type recorder struct {
	*trade.Service
	left int
	err  error
}

func newWorld(t *testing.T) *world {
	d := dbtest.New(t)
	w := &world{T: t, d: d}
	w.book = ledger.New(ledger.Config{DB: d, Clock: clock.System{}, IDs: d.IDs, Kind: func(ctx context.Context, org id.ID) (k string, err error) {
		err = d.R(ctx).Raw("SELECT kind FROM org WHERE id = ?", org).Scan(&k).Error
		return k, err
	}})
	t.Cleanup(w.book.Close)
	w.rec = &recorder{Service: &trade.Service{}}
	w.rec.Service.DB, w.rec.Service.Book, w.rec.Service.Gate = d, w.book, openGate{}
	w.svc = New(Config{DB: d, Clock: clock.System{}, Gate: openGate{}, Masters: &plainMasters{d, w.book, lotTable()}, Trade: w.rec, Scratch: t.TempDir()})
	return w
}

// sharedData is the folder of the real data; the test skips where there is none.
func sharedData(t *testing.T) string {
	dir := os.Getenv("SALURAN_DATA")
	if dir == "" {
		t.Skip("SALURAN_DATA names no folder with real data: this test needs iowa/ in it")
	}
	if _, err := os.Stat(filepath.Join(dir, "iowa", "open", "lines.csv.gz")); err != nil {
		t.Skipf("SALURAN_DATA=%s has no iowa/open/lines.csv.gz", dir)
	}
	return dir
}

func iowa(t *testing.T, lines string) Job {
	dir := sharedData(t)
	m, err := LoadMapping("iowa")
	require.NoError(t, err)
	products, stores := File(filepath.Join(dir, "iowa", "raw", "product-datefixed.csv")), File(filepath.Join(dir, "iowa", "raw", "stores.csv"))
	return Job{Map: m, Lines: Files(filepath.Join(dir, "iowa", "open", lines)), Products: &products, Partners: &stores}
}

func (w *world) one(sql string, args ...any) int64 {
	var n int64
	require.NoError(w, w.d.R(w.Context()).Raw(sql, args...).Scan(&n).Error)
	return n
}
