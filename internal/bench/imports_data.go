package bench

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"

	"saluran/internal/intake"
)

// The shape of the month that the figures are about: who there is, and how long documents are.
const (
	madeVendors  = 169
	madeProducts = 3000
	madeStores   = 1834
	madeDays     = 24
	madeDocs     = 8689
)

// madeUp is a job of the same shape: some 25 lines a document, at most 350, a few returns of what was sold before.
func madeUp(m intake.Mapping, docs int) intake.Job {
	if docs == 0 {
		docs = madeDocs
	}
	products := intake.Bytes("products.csv", madeUpProducts())
	stores := intake.Bytes("stores.csv", madeUpStores())
	lines := intake.Source{Name: "made up", Open: func() (io.ReadCloser, error) {
		return &madeLines{docs: docs, r: rand.New(rand.NewPCG(2022, 9))}, nil
	}}
	return intake.Job{Map: m, Lines: []intake.Source{lines}, Products: &products, Partners: &stores}
}

func madeCost(i int) int { return 350 + i*37%4200 }

func madeUpProducts() []byte {
	var b bytes.Buffer
	b.WriteString("Item Number,Item Description,Vendor,Vendor Name,Pack,UPC,State Bottle Cost,State Bottle Retail\n")
	for i := range madeProducts {
		c := madeCost(i)
		fmt.Fprintf(&b, "%05d,Product %d of some length,%03d,Vendor %d,12,,%d.%02d,%d.%02d\n", 10000+i, i, i%madeVendors, i%madeVendors, c/100, c%100,
			c*3/200, c*3/2%100)
	}
	return b.Bytes()
}

func madeUpStores() []byte {
	var b bytes.Buffer
	b.WriteString("Store,Name,Address,City\n")
	for i := range madeStores {
		fmt.Fprintf(&b, "%d,Store %d / Some City,%d Main Street,Some City\n", 2000+i, i, i)
	}
	return b.Bytes()
}

// madeLines writes documents as they are read.
type madeLines struct {
	docs, n int
	r       *rand.Rand
	buf     bytes.Buffer
}

func (g *madeLines) Read(p []byte) (int, error) {
	if g.n == 0 && g.buf.Len() == 0 {
		g.buf.WriteString("Invoice/Item Number,Date,Store Number,Item Number,Bottles Sold,Sale (Dollars)\n")
	}
	for g.buf.Len() < len(p) && g.n < g.docs {
		g.document()
		g.n++
	}
	return g.buf.Read(p)
}

func (g *madeLines) Close() error { return nil }

// sizes are the quantities that people order, and how many bottles they are.
var sizes = []int{1, 1, 2, 3, 6, 6, 12, 12, 12, 24, 48}

func (g *madeLines) document() {
	day := 1 + g.n*madeDays/g.docs
	lines := min(350, 1+int(g.r.ExpFloat64()*24.5))
	prefix, sign := "INV-", 1
	if g.n%60 == 59 {
		prefix, sign, lines = "RINV-0", -1, 1
	}
	store := 2000 + g.r.IntN(madeStores)
	first := g.r.IntN(madeProducts)
	for l := range lines {
		item := (first + l*7) % madeProducts
		q := sign * sizes[g.r.IntN(len(sizes))]
		amount := q * (madeCost(item) * 3 / 2)
		minus := ""
		if amount < 0 {
			minus, amount = "-", -amount
		}
		fmt.Fprintf(&g.buf, "%s%06d%05d,2022-09-%02d,%d,%05d,%d,%s%d.%02d\n", prefix, 500000+g.n, l*2+1, day, store, 10000+item, q, minus, amount/100, amount%100)
	}
}
