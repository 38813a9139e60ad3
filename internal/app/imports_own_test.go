package app_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/excel"
	"saluran/internal/identity"
	"saluran/internal/report"
)

const history = `Invoice,Line,Date,Customer Code,Customer Name,Product code,Product name,Quantity,Unit,Amount,Tax
H-001,1,2026-01-05,0042,Toko Lama,ROB-250,Robusta,24,,960000,105600
H-001,2,2026-01-05,0042,Toko Lama,GULA-1,Gula 1 kg,10,,140000,15400
H-002,1,2026-01-06,0043,Toko Kedua,ROB-250,Robusta,2,carton,1920000,211200
H-003,1,2026-01-07,0042,Toko Lama,ROB-250,Robusta,-4,,-160000,-17600
`

// distributed is a market with a distributor below its producer.
func distributed(t *testing.T, opts ...func(*app.Config)) (m *market, sales *user) {
	m = newMarket(t, "delivery", opts...)
	firm := str(m.seller.post("/orgs", map[string]any{"code": "DST", "kind": "distributor", "name": "PT Sebar Rasa"}, 201), "id")
	org, err := m.Partner.Resolve(context.Background(), "DST")
	require.NoError(t, err)
	for _, role := range []string{"owner", "sales", "warehouse"} {
		_, err = m.Identity.Seed(context.Background(), org.ID, org.Kind, identity.NewPerson{Email: role + "@sebar.example", Name: role, Password: password, Lang: "en", Role: role})
		require.NoError(t, err)
	}
	channel := m.seller.post("/channels", map[string]any{"name": "Sebar", "shape": "full"}, 201)
	link := m.seller.post("/links", map[string]any{"channel": str(channel, "id"), "seller": m.seller.org, "buyer": firm, "place": true}, 201)
	g := m.seller.post("/agreements", map[string]any{"link": str(link, "id"), "from": "2025-01-01", "price_list": m.list, "currency": "IDR",
		"net_days": 30, "credit_limit": "50000000", "title_on": "delivery", "risk_on": "delivery"}, 201)
	owner := m.signIn("owner@sebar.example")
	owner.post("/agreements/"+str(g, "id")+"/accept", nil, 200)
	return m, m.signIn("sales@sebar.example")
}

// sendImport uploads files by the API: map names a mapping that ships; parts are field, file name and content by threes.
func (u *user) sendImport(key, mapping string, parts ...string) answer {
	u.p.t.Helper()
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	if mapping != "" {
		require.NoError(u.p.t, f.WriteField("map", mapping))
	}
	for i := 0; i+2 < len(parts); i += 3 {
		w, err := f.CreateFormFile(parts[i], parts[i+1])
		require.NoError(u.p.t, err)
		_, err = io.WriteString(w, parts[i+2])
		require.NoError(u.p.t, err)
	}
	require.NoError(u.p.t, f.Close())
	return u.do("POST", "/imports", b.String(), "Content-Type", f.FormDataContentType(), "Idempotency-Key", key)
}

// checked uploads and waits for what the check found.
func (u *user) checked(mapping string, parts ...string) (id string, found map[string]any) {
	u.p.t.Helper()
	up := u.sendImport(fmt.Sprint("check-", time.Now().UnixNano()), mapping, parts...)
	require.Equal(u.p.t, 202, up.status, up.text)
	id = str(up.body, "id")
	return id, u.waitJob("/imports/" + id)
}

func TestADistributorImportsItsOwnSalesByTheAPI(t *testing.T) {
	m, sales := distributed(t)
	iowa := sales.sendImport("a", "iowa", "lines", "x.csv", history)
	require.Equal(t, 403, iowa.status, iowa.text)
	require.Contains(t, iowa.text, "State of Iowa")
	require.Equal(t, 422, sales.sendImport("b", "", "lines", "x.csv", history).status, "neither a mapping that ships nor another")
	faulty := sales.sendImport("c", "", "lines", "x.csv", history, "mapping", "m.json", `{"name":"mine","seller":{"own":true},"buyer":{"kind":"agent"}}`)
	require.Equal(t, 422, faulty.status)
	require.Contains(t, faulty.text, `"buyer.kind"`)
	require.Contains(t, faulty.text, "producer, distributor, wholesaler or retailer")
	require.Equal(t, 403, m.signIn("warehouse@sebar.example").sendImport("d", "sales", "lines", "x.csv", history).status)

	id, found := sales.checked("sales", "lines", "history.csv", history)
	sum := found["summary"].(map[string]any)
	require.Empty(t, sum["problems"], "%v", sum)
	require.Equal(t, "2860000", str(sum, "amount"))
	require.Equal(t, "314600", str(sum, "tax"))
	require.Equal(t, "Customer Code", str(found["files"].([]any)[0].(map[string]any)["uses"].(map[string]any), "buyer.code"))
	for _, other := range []*user{m.seller, m.buyer} {
		require.Equal(t, 404, other.do("GET", "/imports/"+id, nil).status, "another organisation's upload")
		require.NotEqual(t, 202, other.do("POST", "/imports/"+id+"/apply", map[string]any{}).status)
	}
	run := sales.applyAtOnce(t, id)
	require.Equal(t, str(run.body, "id"), str(sales.do("POST", "/imports/"+id+"/apply", map[string]any{}, "Idempotency-Key", run.text).body, "id"), "asked twice, done once")
	done := sales.waitJob("/imports/runs/" + str(run.body, "id"))
	require.EqualValues(t, 3, done["summary"].(map[string]any)["applied_documents"], "%v", done)
	late := sales.do("POST", "/imports/"+id+"/apply", map[string]any{})
	require.Equal(t, 409, late.status, late.text)
	require.Contains(t, late.text, `"import.applied"`)

	_, found = sales.checked("sales", "lines", "history.csv", history)
	require.EqualValues(t, 3, found["summary"].(map[string]any)["already_there"])
	other, found := sales.checked("sales", "lines", "history.csv", strings.Replace(history, ",960000,", ",960001,", 1)+"H-004,1,2026-01-08,0043,,ROB-250,,x,,1,\nH-005,1,2026-01-08,0043,,ROB-250,,1,,40000,\n")
	sum = found["summary"].(map[string]any)
	require.Len(t, sum["conflicts"], 1)
	require.Len(t, sum["problems"], 1)
	require.Equal(t, 422, sales.do("POST", "/imports/"+other+"/apply", map[string]any{}).status)
	good := sales.do("POST", "/imports/"+other+"/apply", map[string]any{"accept_good": true})
	require.Equal(t, 202, good.status, good.text)
	require.EqualValues(t, 1, sales.waitJob("/imports/runs/" + str(good.body, "id"))["summary"].(map[string]any)["applied_documents"])

	cut, found := sales.checked("sales", "lines", "history.csv", history+"H-006,1,2026-01-08,0043,,ROB-250,,1,,40000,\nH-006,2,2026-01-08,0043,,ROB-250,12\",1,,40000,\n")
	require.Len(t, found["summary"].(map[string]any)["problems"], 1)
	refused := sales.do("POST", "/imports/"+cut+"/apply", map[string]any{"accept_good": true})
	require.Equal(t, 422, refused.status, "a document is not booked without its torn row: %s", refused.text)
	require.Contains(t, refused.text, `"import.torn"`)

	m.equalsHistory(t)
	require.Empty(t, items(m.buyer.get("/orders")), "a shop of another seller")
	require.Empty(t, items(m.seller.get("/orders")), "the producer above")
	require.NotContains(t, m.seller.do("GET", "/orgs", nil).text, "Toko Lama")
	dbtest.Lift(t, m.DB)
	books, err := m.Verify(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, books.Failed(), "%v", books.Problems)
}

// applyAtOnce applies an upload that was checked eight times at the same moment: one is taken, the others are told. The answer's
// text is the key that was taken.
func (u *user) applyAtOnce(t *testing.T, id string) (taken answer) {
	answers := make([]answer, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i] = u.do("POST", "/imports/"+id+"/apply", map[string]any{}, "Idempotency-Key", fmt.Sprint("apply", i))
		}()
	}
	wg.Wait()
	n := 0
	for i, r := range answers {
		if r.status == 202 {
			taken, n = r, n+1
			taken.text = fmt.Sprint("apply", i)
			continue
		}
		require.Equal(t, 409, r.status, r.text)
		require.Regexp(t, `"import\.(being_)?applied"`, r.text)
	}
	require.Equal(t, 1, n)
	return taken
}

// equalsHistory reads the workbooks of the distributor and compares them with the file.
func (m *market) equalsHistory(t *testing.T) {
	org, err := m.Partner.Resolve(t.Context(), "DST")
	require.NoError(t, err)
	for name, want := range map[string][][]string{
		"sales-by-partner": {{"0042", "940000.00"}, {"0043", "1960000.00"}},
		"sales-by-product": {{"GULA-1", "140000.00"}, {"ROB-250", "2760000.00"}},
		"sales-by-day":     {{"2026-01-05", "1100000.00"}, {"2026-01-06", "1920000.00"}, {"2026-01-07", "-160000.00"}, {"2026-01-08", "40000.00"}},
		"sales-by-order":   {{"H-001", "1100000.00"}, {"H-002", "1920000.00"}, {"H-003", "-160000.00"}, {"H-005", "40000.00"}},
	} {
		var buf bytes.Buffer
		_, err := m.Report.Print(t.Context(), report.Ask{Report: name, Org: org.ID, From: clock.Date("2026-01-01"), To: clock.Date("2026-01-31"), Lang: "en"}, &buf, nil)
		require.NoError(t, err)
		b, err := excel.OpenReader(&buf, excel.Usual)
		require.NoError(t, err)
		rows, err := b.Rows(b.Sheets()[0])
		require.NoError(t, err)
		got := map[string]int64{}
		for rows.Next() {
			if c := rows.Cells(); c[0] != "code" && c[0] != "" {
				got[c[0]] = cents(t, c[5])
			}
		}
		require.NoError(t, rows.Err())
		for _, w := range want {
			require.Equal(t, cents(t, w[1]), got[w[0]], "%s: %s of %v", name, w[0], got)
		}
		require.NoError(t, b.Close())
	}
}

// TestEveryFormOfAFileIsRead: text, gzip and a workbook say the same; masters come beside them; a zip bomb is refused with a sentence.
func TestEveryFormOfAFileIsRead(t *testing.T) {
	_, sales := distributed(t)
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	_, err := io.WriteString(g, strings.ReplaceAll(history, "H-00", "Z-00"))
	require.NoError(t, err)
	require.NoError(t, g.Close())
	book := excelize.NewFile()
	for i, row := range strings.Split(strings.TrimSpace(strings.ReplaceAll(history, "H-00", "X-00")), "\n") {
		for j, cell := range strings.Split(row, ",") {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			require.NoError(t, err)
			require.NoError(t, book.SetCellStr("Sheet1", at, cell))
		}
	}
	var x bytes.Buffer
	require.NoError(t, book.Write(&x))
	for name, content := range map[string]string{"sales.csv.gz": z.String(), "sales.xlsx": x.String()} {
		_, found := sales.checked("sales", "lines", name, content)
		require.Equal(t, "2860000", str(found["summary"].(map[string]any), "amount"), "%s: %v", name, found)
	}

	mine := `{"name":"kasir","seller":{"own":true},"document":{"column":"struk"},"date":{"column":"tgl"},"quantity":{"column":"n"},"amount":{"column":"rp"},"tax":{"column":"ppn"},
"tax_included":true,"buyer":{"kind":"retailer","code":{"column":"toko"},"required":true,"master":{"code":{"column":"kode"},"name":{"column":"nama"}}},
"product":{"code":{"column":"brg"},"master_code":{"column":"kode"},"name":{"column":"nama"},"unit_from":{"column":"satuan"}}}`
	parts := func(lines string) []string {
		return []string{"mapping", "mine.json", mine, "lines", "kasir.csv", "struk,tgl,n,rp,ppn,toko,brg\n" + lines,
			"products", "barang.csv", "kode,nama,satuan\nTEH,Teh celup,dus\n", "partners", "toko.csv", "kode,nama\nK1,Kios Satu\n"}
	}
	_, found := sales.checked("", parts("1,2026-02-01,3,111000,11000,K1,TEH\n2,2026-02-01,1,5,0,K9,TEH\n3,2026-02-01,1,5,0,K1,KOPI\n")...)
	sum := found["summary"].(map[string]any)
	require.Equal(t, "100000", str(sum, "amount"), "the tax is taken out of it")
	require.Len(t, sum["problems"], 2, "%v", sum)
	require.EqualValues(t, 1, sum["new_documents"])

	var bomb bytes.Buffer
	w := zip.NewWriter(&bomb)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write(bytes.Repeat([]byte(" "), 64<<20))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	_, found = sales.checked("sales", "lines", "bomb.xlsx", bomb.String())
	job := found["job"].(map[string]any)
	require.Equal(t, "failed", str(job, "status"))
	require.Contains(t, str(job, "problem"), "unpacks to far more")
	require.Nil(t, found["summary"])
}

// TestASalespersonImportsByThePage goes the way of the form, without scripts.
func TestASalespersonImportsByThePage(t *testing.T) {
	m, sales := distributed(t)
	v := m.visit("sales@sebar.example")
	require.Equal(t, 200, v.get("/imports"), v.page)
	require.Contains(t, v.page, "Our own sales, numbers as 1,234.56")
	require.NotContains(t, v.page, "Iowa", "nothing of it is theirs to import")
	send := func(mapping, own string) (int, string) {
		require.Equal(t, 200, v.get("/imports"))
		csrf, key := v.token()
		var b bytes.Buffer
		f := multipart.NewWriter(&b)
		for name, value := range map[string]string{"_csrf": csrf, "_key": key, "map": mapping} {
			require.NoError(t, f.WriteField(name, value))
		}
		for name, text := range map[string]string{"lines": history, "mapping": own} {
			if text == "" {
				continue
			}
			w, err := f.CreateFormFile(name, name+".csv")
			require.NoError(t, err)
			_, err = io.WriteString(w, text)
			require.NoError(t, err)
		}
		require.NoError(t, f.Close())
		req, err := http.NewRequest("POST", m.url+"/imports", &b)
		if err == nil {
			req.Header.Set("Content-Type", f.FormDataContentType())
		}
		return v.send(req, err)
	}
	status, _ := send("sales", `{"name":"x"}`)
	require.Equal(t, 422, status)
	require.Contains(t, v.page, "Field currency of the mapping is missing", "the first that is wrong")
	status, _ = send("iowa", "")
	require.Equal(t, 403, status)
	require.Contains(t, v.page, "These are sales of State of Iowa")

	status, where := send("sales", "")
	require.Equal(t, 303, status, v.page)
	path := strings.Split(strings.TrimPrefix(where, m.url), "?")[0]
	sales.waitJob(path)
	require.Equal(t, 200, v.get(path))
	require.Contains(t, v.page, "Customer Code")
	require.Contains(t, v.page, "How the columns were understood")
	status, where = v.post(path+"/apply", "mode", "all")
	require.Equal(t, 303, status, v.page)
	run := strings.Split(strings.TrimPrefix(where, m.url), "?")[0]
	sales.waitJob(strings.Replace(run, "/imports/", "/imports/runs/", 1))
	require.Equal(t, 200, v.get(run))
	require.Len(t, items(sales.get("/orders?side=selling")), 3)
}
