package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/i18n"
)

// TestEachKindByTheCommandLine: the templates of the program, filled in as people do, in both languages: leading zeros stay, numbers and
// days are read as they are written, what is wrong is said in words and comes back, and nothing comes in twice.
func TestEachKindByTheCommandLine(t *testing.T) {
	for _, lang := range []string{i18n.ID, i18n.EN} {
		t.Run(lang, func(t *testing.T) {
			c := sits(t, lang)
			c.master()
			c.agrees("00071")
			c.trade()
			dbtest.Lift(t, dbtest.Open(t, c.url))
			_, err := typed(t, "verify", "--db", c.url)
			require.NoError(t, err, "the books hold")
		})
	}
}

// master brings in partners, products and their prices.
func (c *clerk) master() {
	shop, yes := c.word("kind", "retailer"), c.word("expires", "yes")
	c.brings("partners", 2, []string{"sheet.no_choice", "sheet.twice", "import.missing", "sheet.unknown_channel"},
		line{"kind": shop, "code": "00071", "name": "Toko Melati", "city": "Makassar", "phone": "0812 4411 702", "tax_no": "0092542943407000", "pkp": c.word("pkp", "yes"), "channel": "Toko"},
		line{"kind": shop, "code": "00072", "name": "Toko Anggrek", "channel": "Toko"},
		line{"kind": "kapal", "code": "00073", "name": "Kapal"}, line{"kind": shop, "code": "00071", "name": "Lagi"}, line{"kind": shop, "code": "00074"},
		line{"kind": shop, "code": "00075", "name": "Toko Jauh", "channel": "Bulan"})
	require.EqualValues(c, 1, c.one("SELECT COUNT(*) FROM org WHERE code = '00071' AND phone = '0812 4411 702' AND tax_no = '0092542943407000' AND registered_by = ?"))

	c.brings("products", 2, []string{"sheet.twice", "sheet.code_lost", "import.missing", "product.gtin", "sheet.no_choice", "sheet.not_whole"},
		line{"sku": "00123", "name": "Kopi Gayo 250 g", "base_unit": "pcs", "gtin": "8992304046940", "pack_unit": "dus", "pack_qty": "24", "vat_class": c.word("vat_class", "standard"), "expires": yes},
		line{"sku": "00124", "name": "Biji kopi", "base_unit": "kg", "pack_unit": "karung", "pack_qty": c.local("2,5"), "decimals": "3"},
		line{"sku": "00123", "name": "Lagi"}, line{"sku": "8.99E+12", "name": "Gula"}, line{"sku": "00125"}, line{"sku": "00126", "name": "Teh", "gtin": "123"},
		line{"sku": "00127", "name": "Teh", "vat_class": "kapal"}, line{"sku": "00128", "name": "Teh", "decimals": c.local("1,5")})
	require.EqualValues(c, 1, c.one("SELECT COUNT(*) FROM product WHERE sku = '00123' AND gtin = '8992304046940' AND producer = ?"))
	require.EqualValues(c, 2500, c.one("SELECT u.base_qty FROM product_unit u JOIN product p ON p.id = u.product WHERE u.unit = 'karung' AND p.producer = ?"))

	rows := []line{{"list": "Eceran", "sku": "00123", "price": "Rp " + c.local("1.500,50")}, {"list": "Eceran", "sku": "00124", "price": c.local("98.000,00")}}
	for i := range forms { // each form a year later, for a price begins once
		rows = append(rows, line{"list": "Eceran", "sku": "00123", "price": c.local("1.600,50"), "from": c.days(c.april(i))[i]})
	}
	good := len(rows)
	c.brings("prices", good, []string{"sheet.unknown_list", "sheet.unknown_product", "import.not_a_number", "sheet.bad_day", "sheet.until_before_from"}, append(rows,
		line{"list": "Grosir", "sku": "00123", "price": "1"}, line{"list": "Eceran", "sku": "99999", "price": "1"}, line{"list": "Eceran", "sku": "00124", "price": "sebelas"},
		line{"list": "Eceran", "sku": "00124", "price": "1", "from": "30 Feb 2099"},
		line{"list": "Eceran", "sku": "00124", "price": "1", "from": "2099-04-25", "until": "2099-04-24"})...)
	for i := range forms {
		require.EqualValues(c, 1, c.one("SELECT COUNT(*) FROM price p JOIN price_list l ON l.id = p.list WHERE p.price = 16005000 AND p.from_on = ? AND l.org = ?", c.april(i)))
	}
}

// forms is how many ways of writing a day there are in days.
const forms = 7

// april is a day in a year to come.
func (c *clerk) april(i int) clock.Date {
	return clock.Date(strconv.Itoa(clock.System{}.Now().Time().Year()+1+i) + "-04-25")
}

// trade brings in stock, orders and payments.
func (c *clerk) trade() {
	today := clock.System{}.Now().In("Asia/Jakarta")
	soon, past := c.days(today.AddDays(20)), c.days("2026-01-25")
	c.brings("stock", 2, []string{"sheet.unknown_product", "import.quantity_zero", "lot.needs_expiry", "sheet.unknown_warehouse", "import.unknown_unit"},
		line{"sku": "00123", "qty": "40", "unit": "dus", "lot": "0001", "expires_on": c.days("2031-01-25")[0], "source": c.word("source", "make")},
		line{"sku": "00124", "qty": c.local("1.250,5"), "unit": "kg"},
		line{"sku": "99999", "qty": "1"}, line{"sku": "00124", "qty": "0", "lot": "B"}, line{"sku": "00123", "qty": "1", "lot": "C"},
		line{"sku": "00124", "qty": "1", "lot": "D", "warehouse": "Bulan"}, line{"sku": "00124", "qty": "1", "lot": "E", "unit": "ember"})
	require.EqualValues(c, 1, c.one("SELECT COUNT(*) FROM lot WHERE code = '0001' AND expires_on = '2031-01-25' AND maker = ?"))

	sell := c.word("side", "sell")
	c.brings("orders", 3, []string{"sheet.no_buyer", "sheet.unknown_product", "sheet.other_row_bad", "order.wanted_in_past"},
		line{"document": "PO-0007", "side": sell, "partner": "00071", "sku": "00123", "qty": "2", "unit": "dus", "wanted_on": soon[2]},
		line{"document": "PO-0007", "side": sell, "partner": "00071", "sku": "00124", "qty": c.local("12,5")},
		line{"document": "PO-0008", "side": sell, "partner": "00071", "sku": "00123", "qty": "3", "wanted_on": soon[5]},
		line{"document": "PO-0009", "side": sell, "partner": "99999", "sku": "00123", "qty": "1"}, line{"document": "PO-0010", "side": sell, "partner": "00071", "sku": "99999", "qty": "1"},
		line{"document": "PO-0010", "side": sell, "partner": "00071", "sku": "00123", "qty": "1"}, line{"document": "PO-0011", "side": sell, "partner": "00071", "sku": "00123", "qty": "1", "wanted_on": past[2]})
	require.EqualValues(c, 2, c.one("SELECT COUNT(*) FROM orders WHERE reference IN ('PO-0007', 'PO-0008') AND seller = ?"))

	in, by := c.word("direction", "in"), c.word("method", "transfer")
	var rows []line
	for i, d := range past {
		rows = append(rows, line{"direction": in, "partner": "00071", "amount": c.local("1.500.000,50"), "paid_on": d, "method": by, "reference": fmt.Sprintf("000%d", i)})
	}
	c.brings("payments", len(past), []string{"sheet.no_buyer", "payment.amount_positive", "import.date_in_future", "sheet.unknown_invoice", "sheet.no_choice"}, append(rows,
		line{"direction": in, "partner": "99999", "amount": "1", "paid_on": past[2], "method": by}, line{"direction": in, "partner": "00071", "amount": "0", "paid_on": past[2], "method": by},
		line{"direction": in, "partner": "00071", "amount": "1", "paid_on": soon[2], "method": by}, line{"direction": in, "partner": "00071", "amount": "1", "paid_on": past[2], "method": by, "invoice": "INV-9"},
		line{"direction": in, "partner": "00071", "amount": "1", "paid_on": past[2], "method": "kerang"})...)
	require.EqualValues(c, len(past), c.one("SELECT COUNT(*) FROM payment WHERE amount = 150000050 AND value_on = '2026-01-25' AND payee = ?"))
}

// TestColumnsBySayingSo: a file whose columns are called otherwise is refused until it is said what they are; what is said wrongly is
// refused, and changes nothing.
func TestColumnsBySayingSo(t *testing.T) {
	c := sits(t, i18n.ID)
	file := filepath.Join(c.dir, "artikel.csv")
	require.NoError(t, os.WriteFile(file, []byte("Nr;Bezeichnung;Ort\n00123;Kopi;x\n"), 0o600))
	args := []string{"import", "products", "--db", c.url, "--org", "KOPI", "--lang", "id", file}
	out, err := typed(t, args...)
	require.ErrorIs(t, err, errQuiet)
	require.Contains(t, out[0], "--match sku=")
	for said, code := range map[string]string{"berat=Nr": "sheet.unknown_field", "sku=Gewicht": "import.no_column"} {
		_, err = typed(t, append(args, "--match", said)...)
		require.Equal(t, code, errs.CodeOf(err), said)
	}
	_, err = typed(t, append(args, "--match", "sku=Nr;name=Nr")...)
	require.Equal(t, "sheet.column_for_two", errs.CodeOf(err))
	require.Zero(t, c.one("SELECT COUNT(*) FROM product WHERE producer = ?"))
	out, err = typed(t, append(args, "--match", "kode produk=Nr", "--match", "name=Bezeichnung", "--all", "base_unit=botol")...)
	require.NoError(t, err, out)
	require.EqualValues(t, 1, c.one("SELECT COUNT(*) FROM product WHERE sku = '00123' AND name = 'Kopi' AND base_unit = 'botol' AND producer = ?"))
	for _, wrong := range [][]string{{"import", "products", "--db", c.url, "--org", "KOPI"}, {"import", "sales", "--db", c.url, file}, {"import", "sales", "--db", c.url, "--map", "sales", "--org", "KOPI"}} {
		_, err = typed(t, wrong...)
		require.Error(t, err, wrong)
		require.NotErrorIs(t, err, errQuiet)
	}
	require.NoError(t, os.WriteFile(file, []byte("kode;nama;satuan besar;isi\nA;Satu;dus;1.234,5\nB;Dua;dus;1,234.5\n"), 0o600))
	out, err = typed(t, args...)
	require.ErrorIs(t, err, errQuiet)
	require.Contains(t, strings.Join(out, "\n"), "--decimal")
	out, err = typed(t, append(args, "--decimal", "comma")...)
	require.ErrorIs(t, err, errQuiet)
	require.Contains(t, out[0]+out[1], c.sentence("sheet.number_other_way"))
	_, err = typed(t, "import", "products", "--db", c.url, "--org", "BULAN", file)
	require.Equal(t, "partner.unknown", errs.CodeOf(err))
}
