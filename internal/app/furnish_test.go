package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/demo"
)

// asks is somebody of the demonstration at the API.
func (w *walk) asks(t *testing.T, email string) *user {
	u := &user{p: &portal{App: w.App, t: t, url: w.url}, email: email}
	s := u.post("/sessions", map[string]any{"email": email, "password": demo.Password}, 201)
	u.token, u.org = str(s, "token"), str(s, "org")
	return u
}

// furnish makes what the demonstration lacks, so that every page has something to show, and answers where the things are.
func (w *walk) furnish(t *testing.T) map[string]string {
	at := map[string]string{}
	own, above, top := w.asks(t, lookers["wholesaler"]), w.asks(t, lookers["distributor"]), w.asks(t, lookers["producer"])
	at["role"] = "/roles/" + str(own.post("/roles", map[string]any{"name": "Penjualan keliling", "from": "sales"}, 201), "id")
	for _, x := range []map[string]any{{"report": "payment-sheet", "span": "before", "every": "week", "on_day": 1, "at": "07:00", "zone": "Asia/Jakarta", "lang": "id"},
		{"title": "Tagihan belum lunas", "list": "invoices", "filter": map[string]any{"side": "seller", "status": "unpaid"}, "every": "day", "at": "06:30", "zone": "Asia/Jakarta", "lang": "id"}} {
		own.post("/schedules", x, 201)
	}
	calls := w.asks(t, lookers["caller"])
	for _, d := range items(calls.get("/visits/due")) { // the first is left to be made
		if stop, ok := d["stop"].(map[string]any); ok && d["visit"] == nil {
			at["visiting"] = "/m/visits/" + str(calls.post("/visits", map[string]any{"seller": str(stop["seller"].(map[string]any), "id"), "shop": str(stop["shop"].(map[string]any), "id")}, 201), "id")
			break
		}
	}
	at["talk"] = "/orders/" + str(items(own.get("/orders"))[0], "id") + "/messages"
	hook := str(own.post("/webhooks", map[string]any{"url": "https://kait.example/masuk", "topics": []any{"order.placed"}}, 201), "id")
	own.do("POST", "/webhooks/"+hook+"/test", nil)
	at["webhook"] = "/webhooks/" + hook
	share := str(above.post("/sharing", map[string]any{"viewer": top.org, "measure": "orders", "period": "month", "goods": "all", "place": "none", "delay_days": 7, "min_group": 5,
		"purpose": "Rencana produksi", "until": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}, 201), "id")
	top.post("/sharing/"+share+"/accept", nil, 200)
	at["share"], at["shared"] = "/sharing/"+share, "/shared/"+share
	for _, held := range items(own.get("/stock")) {
		if used := own.do("POST", "/stock/uses", map[string]any{"from": str(held, "place"), "product": str(held, "product"), "qty": "1"}); used.status == 200 {
			break
		}
	}
	at["statement"] = "/statement?seller=" + own.org + "&buyer=" + str(items(own.get("/invoices?side=seller&status=open"))[0]["buyer"].(map[string]any), "id") + "&currency=IDR"
	w.arrivals(t, at, own, top)
	w.sheets(at, above)
	return at
}

// arrivals are the pages of those who come, and of those who left: each is reached by the link of a letter.
func (w *walk) arrivals(t *testing.T, at map[string]string, own, top *user) {
	p := own.p
	door := top.do("PUT", "/doors/"+str(items(top.get("/channels"))[0], "id"), map[string]any{"open": true})
	require.Equal(t, 200, door.status, door.text)
	at["join"] = str(door.body, "path")
	asked := stranger(p).do("POST", "/join/applications", map[string]any{"door": strings.TrimPrefix(at["join"], "/join/"), "name": "Toko Melati", "tax_no": "0092542943407000", "address": "Jalan Melati 5",
		"city": "Malang", "phone": "0341 555", "contact": "Rina", "email": "rina@melati.example", "message": "Kami ingin menjual kopi Anda."})
	require.Equal(t, 202, asked.status, asked.text)
	token := tokenOf(p.letter("rina@melati.example", 1))
	require.Equal(t, 204, stranger(p).do("POST", "/join/application/confirm", map[string]any{"token": token}).status)
	at["application"], at["applied"] = "/application/"+token, "/applications/"+str(items(top.get("/applications"))[0], "id")
	own.post("/invitations", map[string]any{"email": "baru@grosirterong.example", "role": "sales", "lang": "id"}, 201)
	at["invite"] = "/invite/" + tokenOf(p.letter("baru@grosirterong.example", 1))
	const left = "pergi@grosirterong.example"
	own.post("/people/"+own.joins(left, "Sulaiman", "sales")+"/remove", map[string]any{}, 204)
	require.Equal(t, 202, stranger(p).do("POST", "/own-data/letter", map[string]any{"email": left}).status)
	require.Eventually(t, func() bool {
		for _, l := range p.sink().Letters(left) {
			if strings.Contains(l.Link, "/my-data/") {
				at["own-data"] = "/my-data/" + tokenOf(l)
			}
		}
		return at["own-data"] != ""
	}, 15*time.Second, 20*time.Millisecond)
}

// sheets are imports: one that has a mistake, one that is right, one that broke off; and a movement of goods.
func (w *walk) sheets(at map[string]string, u *user) {
	const head = "Nomor faktur;Baris;Tanggal;Kode pembeli;Nama pembeli;Kode produk;Nama produk;Kuantitas;Satuan;DPP;PPN\n"
	const line = "LAMA-%d;1;05/01/2026;LAMA-9;Toko Sangat Lama;TEH-9;Teh celup;%s;dus;1.080.000;118.800\n"
	for name, qty := range map[string]string{"import-bad": "dua belas", "import-good": "12"} {
		no, _ := u.checked("sales", "lines", name+".csv", head+fmt.Sprintf(line, 1, "3")+fmt.Sprintf(line, 2, qty))
		at[name] = "/imports/" + no
	}
	for name, content := range map[string]string{"sheet-bad": "jenis,kode,nama,hp\ntoko,0001,Toko Sangat Lama,0812\ntoko,0001,Toko Lain,\nkapal,0003,,\n", "sheet-match": "Artikel;Bezeichnung;Ort\n7;Toko;Solo\n"} {
		a := u.sendSheet("partners", name+".csv", content)
		require.Equal(u.p.t, 202, a.status, a.text)
		u.waitJob("/sheets/" + str(a.body, "id"))
		at[name] = "/sheets/" + str(a.body, "id")
	}
	at["unfinished"] = "/unfinished-imports/" + u.breakOff("penjualan-lama.csv")
}
