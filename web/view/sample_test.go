package view

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/qty"
	"saluran/web/kit"
)

func sampleShell(current string) kit.Shell {
	nav := kit.Nav("producer", "owner")
	nav[0].Items[1].Count, nav[0].Items[1].Hot = 18, false
	return kit.Shell{Title: "Contoh", Current: current, OrgName: "Sinar Kopi Nusantara", OrgKind: "producer", Person: "Ratna Wijaya", Role: "owner",
		Nav: nav, Path: "/", Orgs: []kit.OrgChoice{{ID: "1", Name: "Sinar Kopi Nusantara", Kind: "producer", Role: "owner", Current: true}, {ID: "2", Name: "PT Anugerah", Kind: "distributor", Role: "viewer"}},
		Crumbs: []kit.Crumb{{Text: "Beranda", Href: "/"}, {Text: "Contoh"}}}
}

func sampleOrder() Order {
	rows := []OrderRow{sampleRows()[0]}
	return Order{OrderRow: rows[0], Version: 3, Seller: Ref{"1", "Sinar Kopi Nusantara"}, Buyer: Ref{"2", "PT Anugerah Distribusi Timur"}, PlacedBy: "buyer",
		Net: 47_000_000_00, Tax: 5_260_700_00, NetDays: 45, TitleOn: "delivery", RiskOn: "dispatch", WantedOn: "2026-12-01", MayPlace: true,
		Steps: []kit.Step{{Text: "Diajukan", When: "18 Nov", State: "done"}, {Text: "Disepakati", When: "19 Nov", State: "now"}, {Text: "Dikirim"}, {Text: "Diterima"}, {Text: "Ditagih"}, {Text: "Lunas"}},
		Lines: []OrderLine{
			{N: 1, SKU: "KB165", Name: "Kopi Bubuk Nusantara 165 g", Unit: "carton", BaseUnit: "pcs", Purpose: "resale", UnitQty: 1100 * qty.Scale, Qty: 26400 * qty.Scale, Price: 138000000, Net: 364_320_000_00, Held: 20000 * qty.Scale, BackOrder: 6400 * qty.Scale, Open: 26400 * qty.Scale},
			{N: 2, SKU: "K3GA", Name: "Kopi 3in1 Gula Aren 20 g", Unit: "carton", BaseUnit: "pcs", Purpose: "resale", UnitQty: 100 * qty.Scale, Qty: 2400 * qty.Scale, Price: 70000000, Net: 16_800_000_00, Held: 2400 * qty.Scale, Dispatched: 1200 * qty.Scale, Delivered: 1200 * qty.Scale, Open: 1200 * qty.Scale},
		},
		Lanes: []LanePart{{Points: []kit.LanePoint{{Text: "Gudang penjual"}, {Text: "Perjalanan"}, {Text: "Gudang pembeli"}, {Text: "Setelah lunas"}},
			Lanes: []kit.Lane{
				{Name: "Hak milik", Cells: []kit.LaneCell{{Text: "Sinar Kopi", Tone: "seller"}, {Text: "Sinar Kopi", Tone: "seller"}, {Text: "PT Anugerah", Tone: "buyer"}, {Text: "PT Anugerah", Tone: "buyer"}}},
				{Name: "Fisik", Cells: []kit.LaneCell{{Text: "Sinar Kopi", Tone: "seller"}, {Text: "pengangkut", Tone: "transit"}, {Text: "PT Anugerah", Tone: "buyer"}, {Text: "PT Anugerah", Tone: "buyer"}}},
				{Name: "Risiko", Cells: []kit.LaneCell{{Text: "Sinar Kopi", Tone: "seller"}, {Text: "PT Anugerah", Tone: "buyer"}, {Text: "PT Anugerah", Tone: "buyer"}, {Text: "PT Anugerah", Tone: "buyer"}}},
				{Name: "Uang", Cells: []kit.LaneCell{{Text: "plafon disisihkan", Tone: "plan"}, {Text: "belum berutang", Tone: "plan"}, {Text: "piutang Rp522.607.000", Tone: "money"}, {Text: "lunas", Tone: "paid"}}},
			}}}, LanesLeft: 3,
		Credit:    Credit{Known: true, Currency: "IDR", Limit: 1_200_000_000_00, Used: 300_000_000_00, Held: 662_607_000_00, This: 522_607_000_00},
		Events:    []kit.Event{{Tone: "ok", Icon: "check", Text: "Pesanan disepakati", When: "21 Nov 2026, 09.12 WIB", Sub: "Ratna Wijaya"}, {Tone: "info", Icon: "clipboard-text", Text: "Pesanan diajukan", When: "18 Nov 2026, 10.24 WIB", Sub: "Andi Baso"}},
		Actions:   []string{"dispatch", "invoice", "amend", "cancel"},
		Shipments: []ShipmentRow{{ID: "9", Number: "SJ-2611-0007", Status: "in_transit", Order: Ref{"5", "SO-2611-0418"}, From: "Pabrik Sidoarjo", To: "Gudang Makassar", Dispatched: clock.Date("2026-11-20").Noon("Asia/Jakarta")}},
		Invoices:  []InvoiceRow{{ID: "7", Number: "INV-2611-0007", Status: "open", Partner: "PT Anugerah", Currency: "IDR", Total: 522_607_000_00, IssuedOn: "2026-10-01", DueOn: "2026-11-15"}},
	}
}

func sampleRows() []OrderRow {
	return []OrderRow{
		{ID: "5", Number: "SO-2611-0418", Kind: "sale", Status: "confirmed", Partner: "PT Anugerah Distribusi Timur", PartnerSub: "Distributor · Makassar", Currency: "IDR", Total: 522_607_000_00, OrderedOn: "2026-11-18", Reference: "PO-7"},
		{ID: "6", Number: "SO-2611-0417", Kind: "sale", Status: "credit_hold", Partner: "CV Mitra Jaya Abadi", PartnerSub: "Distributor · Surabaya", Currency: "IDR", Total: 212_760_000_00, OrderedOn: "2026-11-21"},
		{ID: "7", Number: "SO-2611-0415", Kind: "sale", Status: "dispatched", Partner: "UD Berkah Makmur", PartnerSub: "Grosir · Sidoarjo", Currency: "IDR", Total: 94_320_000_00, OrderedOn: "2025-12-30"},
	}
}

func samplePages() map[string]templ.Component {
	pair := Pair{Seller: Ref{"1", "Sinar Kopi Nusantara"}, Buyer: Ref{"2", "Toko Bu Sri"}, As: "buyer", Kind: "producer", City: "Sidoarjo"}
	item := FormItem{Product: "11", SKU: "KB165", Name: "Kopi Bubuk Nusantara 165 g", Price: 138000000, BaseUnit: "pcs", Unit: "carton", Qty: "2", Free: 9000 * qty.Scale, FreeKnown: true,
		Units: []UnitChoice{{"pcs", qty.Scale}, {"carton", 24 * qty.Scale}}, Breaks: []PriceBreak{{0, 138000000}, {72 * qty.Scale, 132000000}}}
	bad := item
	bad.Product, bad.Name, bad.SKU, bad.Qty, bad.Err, bad.Free = "12", "Gula Aren Cair 330 ml", "GAC33", "0", "Isi lebih dari 0.", 0
	inv := sampleOrder().Invoices[0]
	ship := sampleOrder().Shipments[0]
	lines := []ShipmentLine{{N: 1, SKU: "KB165", Name: "Kopi Bubuk Nusantara 165 g", Unit: "pcs", Lot: "L-2611-A", ExpiresOn: "2027-05-01", Owner: "Sinar Kopi Nusantara", Bearer: "PT Anugerah", Sent: 1200 * qty.Scale}}
	open := []OpenInvoice{{ID: "7", Number: "INV-2611-0007", DueOn: "2026-11-15", Currency: "IDR", Open: 522_607_000_00}}
	agr := Agreement{ID: "3", Edition: 2, State: "in_force", From: "2026-01-01", Until: "2026-12-31", Currency: "IDR", PriceList: "Harga distributor", MinOrder: 5_000_000_00, Limit: 1_200_000_000_00, NetDays: 45, TitleOn: "delivery", RiskOn: "dispatch", Resale: true}
	prop := agr
	prop.Edition, prop.State, prop.Waits = 3, "proposed", true
	prop.MayDecline = true
	partner := PartnerRow{Link: "4", Code: "D-01", Name: "PT Anugerah Distribusi Timur", Kind: "distributor", City: "Makassar", Side: "buyer", Terms: "in_force", Active: true, Currency: "IDR", Channel: "Nusantara"}
	chain := ChannelRow{ID: "2", Name: "Nusantara", Shape: "free", Producer: "Sinar Kopi", Tiers: []string{"producer", "distributor", "any"}, Mine: 1}
	job := Job{ID: "8", Kind: "export", Title: "Lembar pembayaran, 1–21 Nov", Status: "running", Done: 11052, Total: 18420, Created: clock.Date("2026-11-21").Noon("Asia/Jakarta")}
	done := job
	done.Status, done.File = "done", "9"
	return map[string]templ.Component{
		"kit":    kit.Gallery(sampleShell("home")),
		"signin": SignInPage(SignIn{Form: kit.Form{Alert: "Surel atau kata sandi tidak cocok."}}),
		"home": HomePage(sampleShell("home"), Home{Greeting: "Selamat siang, Ratna", AsOf: "Sinar Kopi · data per 14.05 WIB", CanPlace: true, PlaceHref: "/orders/quick", Orders: sampleRows(),
			Todo:    []Todo{{"warn", "clock", "3 pesanan masuk", "menunggu konfirmasi Anda", "#"}, {"bad", "alert-triangle", "5 tagihan lewat tempo", "belum Anda bayar", "#"}, {"info", "truck-delivery", "2 pesanan siap kirim", "disepakati", "#"}},
			Figures: []kit.Figure{{Label: "Sell-in", Value: "Rp4,82 M", Delta: "+8,4%", Tone: "ok", Spark: []int64{1, 2, 3}, Fill: "1", Finding: "Sell-in"}, {Label: "Stok", Value: "–"}},
			Spans:   []kit.Tab{{Text: "30 hari", Href: "/"}, {Text: "Kuartal", Href: "/", Current: true}}, Export: "/exports", ShowOrders: true, OrderTabs: []kit.Tab{{Text: "Semua", Href: "/", Current: true}, {Text: "Perlu jawaban (3)", Href: "/"}},
			Blocks: []Block{{ID: "owed", Size: "c4", Title: "Umur piutang", Body: DeskAgeingBody(DeskAgeing{Currency: "IDR", Total: 1, Near: []kit.Gauge{{Text: "CV", Share: 9600, Fill: "bad", Value: "96%", Finding: "96%"}}})},
				{ID: "late", Size: "c8", Title: "Lewat", Flush: true, Body: DeskBillsBody(DeskBills{Currency: "IDR", Rows: []DeskBill{{ID: "7", Number: "INV-1", Partner: "CV", Due: "2026-11-01", Days: 20, Open: 5}, {ID: "8", Partner: "UD", Due: "2026-11-25", Days: -4}}, Count: "2", Sum: 5})},
				{ID: "more", Size: "c6", Title: "Pesan ulang", Flush: true, Body: DeskReorderBody([]DeskGoods{{Name: "Kopi", SKU: "K", Unit: "pcs", Free: 0, More: 5 * qty.Scale}, {Name: "Gula", Free: qty.Scale, Coming: qty.Scale, Days: 3, Href: "/"}}, true)},
				{ID: "none", Size: "c6", Title: "Tidak ada", Body: DeskBillsBody(DeskBills{None: "Tidak ada."})},
				{ID: "margin", Size: "c6", Title: "Margin", Flush: true, Body: DeskMarginBody([]DeskGoods{{Name: "Kopi", Currency: "IDR", Net: 10, Margin: -2, Share: "−20%"}})},
				{ID: "lots", Size: "c6", Title: "Lot", Body: DeskLotsBody([]DeskGoods{{Name: "Kopi", Lot: "L-1", Text: "10 hari lagi", Free: qty.Scale, Unit: "pcs"}, {Name: "Toko", Href: "/"}})}}}),
		"orders":    OrdersPage(sampleShell("orders"), Orders{Rows: sampleRows(), CanPlace: true, Tabs: []kit.Tab{{Text: "Semua", Href: "#", Current: true}, {Text: "Dijual", Href: "#"}}, List: List{Next: "#"}}),
		"nopartner": QuickDeskPage(sampleShell("order"), CartDesk{Base: "/orders/quick"}),
		"pairs":     QuickDeskPage(sampleShell("order"), CartDesk{Base: "/orders/quick", Pairs: []Pair{pair, pair}, Want: "KB165"}),
		"order":     OrderPage(sampleShell("orders"), sampleOrder()),
		"shipments": ShipmentsPage(sampleShell("shipments"), Shipments{Rows: []ShipmentRow{ship}}),
		"shipment":  ShipmentPage(sampleShell("shipments"), Shipment{ShipmentRow: ship, Version: 1, CanReceive: true, Lines: lines}),
		"commissions": CommissionsPage(sampleShell("commission"), Commissions{Today: "2026-11-20", Dues: []CommissionDue{{Partner: Ref{"4", "Agen Timur"}, Currency: "IDR", Due: 2_350_000_00, CanPay: true}},
			Rows: []CommissionRow{{On: "2026-11-18", Partner: "Agen Timur", Order: Ref{"5", "SO-2611-0418"}, Cause: "delivery", Currency: "IDR", Base: 47_000_000_00, Amount: 2_350_000_00}}}),
		"invoices": InvoicesPage(sampleShell("invoices"), Invoices{Rows: []InvoiceRow{inv}, Side: "seller"}),
		"invoice": InvoicePage(sampleShell("invoices"), Invoice{InvoiceRow: inv, Seller: Ref{"1", "Sinar Kopi"}, Buyer: Ref{"2", "PT Anugerah"}, Net: 47_000_000_00, TaxBase: 43_083_333_00, Tax: 5_170_000_00, CanCredit: true,
			Lines: []InvoiceLine{{N: 1, SKU: "KB165", Name: "Kopi Bubuk", Unit: "pcs", Qty: 1200 * qty.Scale, Net: 47_000_000_00, Tax: 5_170_000_00}}, Payments: []SettledBy{{Payment: Ref{"8", "BYR-1"}, Kind: "payment", On: "2026-11-01", Amount: 1_000_000_00}}}),
		"payments":    PaymentsPage(sampleShell("payments"), Payments{CanReport: true, Rows: []PaymentRow{{ID: "8", Number: "BYR-1", Status: "reported", Partner: "PT Anugerah", Method: "transfer", Currency: "IDR", Amount: 1_000_000_00, ValueOn: "2026-11-20"}}}),
		"paymentform": PaymentFormPage(sampleShell("payments"), PaymentForm{Payee: Ref{"1", "Sinar Kopi"}, Currency: "IDR", Open: open, Today: "2026-11-21", Agent: true, Accounts: []BankAccount{{"1", "BCA", "123 456 7890", "PT Sinar Kopi"}}}),
		"payment":     PaymentPage(sampleShell("payments"), Payment{PaymentRow: PaymentRow{ID: "8", Number: "BYR-1", Status: "reported", Partner: "PT Anugerah", Method: "transfer", Currency: "IDR", Amount: 1_000_000_00, ValueOn: "2026-11-20"}, Payer: Ref{"2", "PT Anugerah"}, Payee: Ref{"1", "Sinar Kopi"}, CanConfirm: true, Open: open}),
		"stock": StockPage(sampleShell("stock"), Stock{By: "owner", Tabs: []kit.Tab{{Text: "Hak milik", Href: "#", Current: true}, {Text: "Fisik", Href: "#"}, {Text: "Risiko", Href: "#"}},
			Rows: []StockRow{{SKU: "KB165", Name: "Kopi Bubuk", Unit: "pcs", Lot: "L-1", ExpiresOn: "2026-12-01", Owner: "Sinar Kopi", Holder: "PT Anugerah", Bearer: "PT Anugerah", Place: "Gudang Makassar", Qty: 1200 * qty.Scale}},
			Sums: []StockSum{{"7", "KB165", "Kopi Bubuk", "pcs", 9000 * qty.Scale, 1200 * qty.Scale}}}),
		"exports": ExportsPage(sampleShell("exports"), Exports{CanRun: true, Reports: []string{"payment-sheet", "stock"}, Jobs: []Job{job, done}, From: "2026-11-01", To: "2026-11-21"}),
		"imports": ImportsPage(sampleShell("imports"), Imports{CanRun: true, Maps: []string{"iowa"}, Jobs: []Job{{ID: "3", Kind: "import", Title: "lines", Status: "done"}}}),
		"preview": PreviewPage(sampleShell("imports"), Preview{ID: "3", Name: "lines", Map: "iowa", Job: Job{Status: "done"}, CanApply: true, Counts: []Count{{"ok", "check", "Baris", 220359}, {"bad", "x", "Baris bermasalah", 2}},
			Problems: []Problem{{"lines", "17", "sale_dollars", "abc", "Bukan jumlah uang."}}, Columns: []string{"invoice", "store", "dollars"}, Rows: []PreviewRow{{16, "new", []string{"INV-1", "2501", "10.00"}, nil}, {17, "bad", []string{"INV-1", "2501", "abc"}, map[int]string{2: "Bukan jumlah uang."}}}}),
		"partners": PartnersPage(sampleShell("partners"), Partners{Rows: []PartnerRow{partner}}),
		"partner":  PartnerPage(sampleShell("partners"), Partner{PartnerRow: partner, Now: agr, HasNow: true, Editions: []Agreement{prop, agr}, Offer: prop, HasOffer: true, Findings: []string{"Produsen besar"}, CanAccept: true, CanPropose: true, CanPlace: true, Credit: sampleOrder().Credit, SellerName: "Sinar Kopi", BuyerName: "PT Anugerah"}),
		"channels": ChannelsPage(sampleShell("channels"), Channels{CanMake: true, Shapes: []string{"direct", "retail", "free"}, Rows: []ChannelRow{chain}}),
		"channel": ChannelPage(sampleShell("channels"), Channel{ChannelRow: chain, Tier: 2, Below: []int64{2, 3}, Kinds: []string{"distributor", "retailer"}, CanPlace: true, CanLink: true,
			Members: []MemberRow{{"5", "D-01", "distributor", "PT Anugerah", false, true}}}),
		"links": ChannelPage(sampleShell("channels"), Channel{ChannelRow: chain, CanLink: true, Sellers: []Ref{{"1", "Sinar Kopi"}}, Buyers: []Ref{{"5", "PT Anugerah"}}, Agents: []Ref{{"9", "Agen Timur"}},
			Links: []LinkRow{{"6", "Sinar Kopi", "PT Anugerah", "", "in_force", true, true, 1}, {"7", "Sinar Kopi", "Toko Bu Sri", "Agen Timur", "none", false, true, 2}}}),
		"appointments": AppointmentsPage(sampleShell("agents"), Appointments{CanWrite: true, Rows: []AppointmentRow{{ID: "3", Principal: "Sinar Kopi", Agent: "Agen Timur", On: "payment", State: "in_force", Bps: 250, Bind: true, Collect: true, Sole: true, From: "2026-01-01", Version: 1, MayEnd: true}}}),
		"banks":        BanksPage(sampleShell("banks"), Banks{CanWrite: true, Rows: []BankRow{{"1", "BCA", "0012345", "PT Sinar Kopi", "IDR", "main", 1}, {"2", "Mandiri", "77", "PT Sinar Kopi", "IDR", "ended", 2}}}),
		"nochannels":   ChannelsPage(sampleShell("channels"), Channels{}),
		"noagents":     AppointmentsPage(sampleShell("agents"), Appointments{}),
		"nobanks":      BanksPage(sampleShell("banks"), Banks{}),
		"products":     ProductsPage(sampleShell("products"), Products{CanWrite: true, CanPrice: true, Lists: []PriceListRow{{"1", "Harga distributor", "IDR"}}, Rows: []ProductRow{{"11", "KB165", "Kopi Bubuk Nusantara 165 g", "goods", "pcs", "", []UnitChoice{{"carton", 24 * qty.Scale}}, "standard", true, true}}}),
		"prices":       PricesPage(sampleShell("products"), Prices{ID: "1", Name: "Harga distributor", Currency: "IDR", CanWrite: true, Rows: []PriceRow{{"KB165", "Kopi Bubuk", "pcs", 72 * qty.Scale, 132000000, "2026-01-01", "", "in_force"}}}),
		"warehouses":   WarehousesPage(sampleShell("lots"), Warehouses{CanMake: true, CanAdd: true, Places: []PlaceRow{{"1", "Gudang Sidoarjo", "warehouse", "Jl. Raya 1", true, true}}, Lots: []LotRow{{"1", "L-1", "KB165", "Kopi Bubuk", "pcs", "ok", "2026-11-01", "2026-12-01", 0}}}),
		"people":       PeoplePage(sampleShell("people"), People{CanManage: true, Roles: []kit.Option{{Value: "owner", Label: "Pemilik"}, {Value: "sales", Label: "Penjualan"}}, Rows: []PersonRow{{"1", "Ratna Wijaya", "ratna@example.test", "owner", "Pemilik", true, true}, {"2", "Andi Baso", "andi@example.test", "sales", "Penjualan", true, false}}}),
		"found":        FoundPage(sampleShell(""), Found{Query: "SO", Groups: []FoundGroup{{Icon: "shopping-cart", Title: "Pesanan", More: "#", Rows: []FoundRow{{Title: "SO-1", Sub: "PT Anugerah", Href: "/orders/1", Kind: "order", Status: "placed"}}}}}),
		"fault":        FaultPage(sampleShell(""), Fault{Status: 403, Title: "Anda tidak punya hak", Text: "Minta pemilik akun.", Reference: "abc", Back: "/", SignedIn: true}),
	}
}

var rawKey = regexp.MustCompile(`>[a-z_]+\.[a-z_]+(\.[a-z_]+)*<`)

// TestPages renders every page with sample data in both languages: each text is in the catalogue, and nothing is inline, as
// the Content-Security-Policy demands. SALURAN_PAGES=dir keeps what was rendered, to be looked at.
func TestPages(t *testing.T) {
	dir := os.Getenv("SALURAN_PAGES")
	for name, page := range samplePages() {
		for _, lang := range []string{i18n.ID, i18n.EN} {
			ctx := kit.With(context.Background(), kit.Env{Lang: lang, Zone: "Asia/Jakarta", Today: "2026-11-21", CSRF: "token"})
			var b bytes.Buffer
			if err := page.Render(ctx, &b); err != nil {
				t.Fatal(name, err)
			}
			html := b.String()
			if dir != "" {
				os.WriteFile(filepath.Join(dir, name+"."+lang+".html"), b.Bytes(), 0o644)
			}
			for _, m := range rawKey.FindAllString(html, -1) {
				if name != "kit" || !strings.HasPrefix(m, ">status.") {
					t.Errorf("%s in %s: %s is not in the catalogue", name, lang, m)
				}
			}
			for _, banned := range []string{" style=", "<style", " onclick=", " hx-on", "javascript:", "!(MISSING)"} {
				if strings.Contains(html, banned) {
					t.Errorf("%s in %s contains %q", name, lang, banned)
				}
			}
			if strings.Count(html, "<h1") != 1 {
				t.Errorf("%s has %d h1", name, strings.Count(html, "<h1"))
			}
			if strings.Contains(html, "<form method=\"post\"") && !strings.Contains(html, "_csrf") {
				t.Errorf("%s has a form without a token", name)
			}
		}
	}
}
