package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	xdraw "golang.org/x/image/draw"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/talk"
	"saluran/internal/trade"
)

// word is something that is said of a document: by the role of a firm, to colleagues alone where it is internal, with a photo where
// there are lines for one.
type word struct {
	code, role string
	body       string
	internal   bool
	to, of     string // a role and the firm that are mentioned; "" for nobody
	photo      []string
}

// talks is what was said in the last days: of orders on their way, of an order beyond its limit, and of an invoice.
func (l *load) talks() {
	l.latest(13.5, "talk", l.ofOrder(producer, "MNT", trade.PartDispatched, []word{
		{code: "MNT", role: "purchasing", body: "Sisa pesanan ini kapan menyusul? Gudang kami sudah menyiapkan tempat."},
		{code: producer, role: "sales", body: "Bolehkah sisanya ikut truk hari Kamis? Muatannya masih longgar.", internal: true, to: "owner", of: producer},
		{code: producer, role: "owner", body: "Boleh, barangnya selesai disangrai hari Rabu.", internal: true, to: "sales", of: producer},
		{code: producer, role: "sales", body: "Sisanya ikut truk hari Kamis, perkiraan tiba tiga hari kemudian.", to: "purchasing", of: "MNT"},
	}))
	l.latest(14.5, "talk", l.ofOrder("GPT", "T01", trade.Dispatched, []word{
		{code: "T01", role: "purchasing", body: "Kalau bisa diantar sebelum jam lima, setelah itu toko tutup."},
		{code: "GPT", role: "sales", body: "Siap, sopir berangkat setelah makan siang. Ini foto label dusnya.", to: "purchasing", of: "T01",
			photo: []string{"GROSIR PASAR TERONG", "TUJUAN: TOKO SINAR LOSARI", "ISI: KOPI BUBUK", "JANGAN DIBANTING"}},
		{code: "T01", role: "purchasing", body: "Terima kasih, kami tunggu.", to: "sales", of: "GPT"},
	}))
	l.latest(15.5, "talk", l.ofOrder(producer, "T40", trade.CreditHold, []word{
		{code: producer, role: "finance", body: "Tagihan lama belum dibayar, jadi pesanan ini tertahan. Tolong bicara dengan tokonya dulu.", internal: true, to: "sales", of: producer},
	}))
	l.latest(16.2, "talk", l.ofInvoice("MNT", []word{
		{code: "GPT", role: "finance", body: "Jumlahnya sesuai. Kami transfer pada tanggal jatuh temponya."},
		{code: "MNT", role: "finance", body: "Baik, mohon cantumkan nomor fakturnya di berita transfer.", to: "finance", of: "GPT"},
	}))
}

// ofOrder says words of the latest order of a seller with a buyer that stands at a status.
func (l *load) ofOrder(seller, buyer string, at trade.Status, words []word) func() error {
	return func() error {
		p, err := l.Trade.Orders(l.ctx, l.firms[seller].as("sales"), list.Query{Size: 1, Filter: map[string]string{"partner": l.firms[buyer].ID.String(), "status": string(at)}})
		if err != nil || len(p.Items) == 0 {
			return err
		}
		return l.said(talk.Doc{Kind: "order", ID: p.Items[0].ID}, words)
	}
}

// ofInvoice says words of the oldest invoice of a seller that the first of them, who is its buyer, has not paid.
func (l *load) ofInvoice(seller string, words []word) func() error {
	return func() error {
		c, v, err := l.unpaid(words[0].code)
		if err != nil || c == nil || c.seller != seller {
			return err
		}
		return l.said(talk.Doc{Kind: "invoice", ID: v.ID}, words)
	}
}

// said writes words, a few minutes after one another.
func (l *load) said(d talk.Doc, words []word) error {
	if len(words) == 0 {
		return nil
	}
	w, who := words[0], l.firms[words[0].code].as(words[0].role)
	m := talk.Say{Key: audit.Key(l.key("say")), Doc: d, Body: w.body, Internal: w.internal}
	if w.to != "" {
		m.Mentions = []id.ID{l.firms[w.of].as(w.to).Person}
	}
	if len(w.photo) > 0 {
		x, err := l.kept(who, files.Doc{}, "label.png", w.photo)
		if err != nil {
			return err
		}
		m.Files = []id.ID{x}
	}
	if _, err := l.Talk.Say(l.ctx, who, m); err != nil {
		return fmt.Errorf("%s says %q: %w", w.code, w.body, err)
	}
	l.push(l.now().Add(4*60*1e9), "talk", func() error { return l.said(d, words[1:]) })
	return nil
}

// proof sends the receipt of a payment with it.
func (l *load) proof(who access.Actor, p trade.Payment) error {
	_, err := l.kept(who, files.Doc{Kind: "payment", ID: p.ID}, "bukti-transfer.png", []string{"BUKTI TRANSFER", "BERHASIL", p.Reference, string(l.now().In(wib))})
	return err
}

// kept stores a picture with a text on it, for a document or one that is still to be written.
func (l *load) kept(who access.Actor, d files.Doc, name string, text []string) (id.ID, error) {
	raw, err := slip(text)
	if err != nil {
		return 0, err
	}
	x, err := l.Files.Upload(l.ctx, who, files.Upload{Key: audit.Key(l.key("file")), Doc: d, Name: name, Content: bytes.NewReader(raw), Size: int64(len(raw))})
	return x.ID, err
}

// slip is a PNG of some lines of text, as a photo of a paper would show them.
func slip(text []string) ([]byte, error) {
	small := image.NewGray(image.Rect(0, 0, 230, 40+22*len(text)))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.Gray{Y: 0xf4}), image.Point{}, draw.Src)
	for i, line := range text {
		(&font.Drawer{Dst: small, Src: image.NewUniform(color.Gray{Y: 0x22}), Face: basicfont.Face7x13, Dot: fixed.P(14, 34+22*i)}).DrawString(line)
	}
	large := image.NewGray(image.Rect(0, 0, 3*small.Rect.Dx(), 3*small.Rect.Dy()))
	xdraw.NearestNeighbor.Scale(large, large.Bounds(), small, small.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	err := png.Encode(&b, large)
	return b.Bytes(), err
}
