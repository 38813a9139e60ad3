package app_test

import (
	"bytes"
	"cmp"
	"fmt"
	"mime/multipart"
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/notice"
)

// form is what a page is sent by whoever may: every field that it needs, with ids that fit.
func (m *matrix) form(r route, ids map[string]string, id string) url.Values {
	n := keys.Add(1)
	out := url.Values{"_key": {fmt.Sprintf("%032d", n)}, "version": {strings.Trim(m.version, `"`)}}
	f := m.fields(r.path, ids, id, n)
	if do, ok := strings.CutPrefix(r.path, "/orders/{id}/"); ok && !strings.HasPrefix(do, "messages") {
		f = "all=1&reason=Alasan"
		switch do {
		case "amend", "return":
			f = fmt.Sprintf("reason=Alasan&%s-1=1", do)
		}
	}
	more, err := url.ParseQuery(f)
	require.NoError(m, err)
	for k, v := range more {
		out[k] = v
	}
	return out
}

// fields are those of the forms of the pages, as the address of a query.
func (m *matrix) fields(path string, ids map[string]string, id string, n int64) string {
	goods := "&qty-" + ids["products"] + "=1"
	money := "&currency=IDR&amount=1&method=transfer&sure=1"
	switch {
	case strings.HasSuffix(path, "/{id}/messages"):
		return "body=Kabar"
	case strings.HasSuffix(path, "/{id}/messages/read"):
		return "upto=" + cmp.Or(ids["upto"], ids["messages"], nothing)
	}
	switch path {
	case "/lists/:list/views":
		return fmt.Sprintf("name=Tampilan %d&query=", n)
	case "/lists/:list/columns":
		return "dense=1"
	case "/lists/:list/export":
		return "query="
	case "/lists/:list/act":
		return "do=confirm&sure=1&id=" + ids["orders"]
	case "/views/{id}":
		return "do=rename&rename=Tampilan"
	case "/visits":
		return "seller=" + ids["orgs"] + "&shop=" + ids[distributor]
	case "/visits/{id}/count":
		return "qty-" + ids["products"] + "=1"
	case "/visits/{id}/orders":
		return "order=" + ids["orders"]
	case "/visits/{id}/check-out":
		return "result=closed"
	case "/visit-plan":
		return "shop=" + ids["orgs"] + "-" + ids[distributor] + "&day-1=1&weeks=15&turn=1"
	case "/visit-plan/{id}":
		return fmt.Sprintf("day-%d=1&weeks=15&turn=1", n%7+1)
	case "/help/keyboard":
		return "keys=1"
	case "/help/steps":
		return "show=1"
	case "/schedules":
		return "report=stock&when=day&at=07:00&zone=Asia/Jakarta&lang=id"
	case "/schedules/{id}":
		return "do=pause"
	case "/notices/read":
		return "upto=1"
	case "/notices/unread":
		return "stamp=1"
	case "/notices/settings":
		h := m.hears()
		f := fmt.Sprintf("version=%d&zone=Asia/Makassar&quiet_from=%02d:%02d&quiet_until=05:00&digest=daily", h["version"], n%24, n%60)
		for _, e := range notice.Events {
			f += "&app_" + e.Name + "=1&mail_" + e.Name + "=none"
		}
		return f
	case "/channels":
		return fmt.Sprintf("name=Saluran %d&shape=free&tier_1=producer&tier_2=distributor", n)
	case "/channels/{id}/members":
		return "kind=distributor&tier=2&code=" + ids["unlinkedcode"]
	case "/channels/{id}/links":
		return "seller=" + ids["orgs"] + "&buyer=" + ids["unlinked"]
	case "/links/{id}":
		if m.asker == m.x.users[producer]["owner"] {
			return "active=0"
		}
		return "active=1"
	case "/appointments":
		code := m.x.word + "a"
		if m.y.has(m.asker) {
			code = m.y.word + "a"
		}
		return fmt.Sprintf("agent=%s&area=Kota %d&percent=1&on=order&from=%s", code, n, someDay(n))
	case "/application/:token/answer":
		return "said=Kabar"
	case "/forgot", "/sign-in/code", "/my-data":
		return "email=siapa@x.example"
	case "/invite/:token":
		return "name=Tamu&password=" + password
	case "/join/:token":
		return fmt.Sprintf("kind=distributor&name=Toko&tax_no=0092542943407000&address=Jalan&city=Malang&phone=0341 1&contact=Rina&email=lamar%d@x.example", n)
	case "/appointments/{id}/end":
		return "until_" + id + "=2099-12-31"
	case "/banks":
		return fmt.Sprintf("bank=BCA&number=77%d&holder=PT&currency=IDR", n)
	case "/banks/{id}":
		return "do=main"
	case "/counter", "/counter/pick", "/counter/total":
		return "method=cash&list=" + ids["price-lists"] + goods
	case "/counter/use":
		return "qty=1&product=" + ids["products"] + "&place=" + ids["places"]
	case "/transfers":
		return "qty=1&sure=1&product=" + ids["products"] + "&from=" + ids["places"] + "&to=" + ids["places2"]
	case "/warehouses":
		return fmt.Sprintf("place_name=Gudang %d&place_address=Jalan", n)
	case "/warehouses/{id}":
		return "name=Gudang&address=Jalan&main=1&active=1"
	case "/lots":
		return fmt.Sprintf("code=LL%d&qty=1&expires_on=2030-01-01&product=%s&place=%s", n, ids["products"], ids["places"])
	case "/keys":
		return fmt.Sprintf("name=Kunci %d&days=30&scope_order:read=1", n)
	case "/webhooks", "/webhooks/{id}":
		return fmt.Sprintf("url=https://kait%d.example/x&topic_order.placed=1", n)
	case "/webhooks/{id}/replay":
		return "since=" + time.Now().Format(time.DateOnly)
	case "/partners/{id}/representatives":
		return "duty=sales&person=" + ids["people"]
	case "/partners/{id}/agreements":
		return "from=2097-01-01&title_on=delivery&risk_on=delivery&link=" + ids["links"] + "&list=" + ids["price-lists"]
	case "/agreements/{id}/accept", "/agreements/{id}/decline":
		return "reason=Alasan&link=" + ids["links"]
	case "/products":
		return fmt.Sprintf("sku=SKU%d&name=Kopi&kind=goods&base_unit=pcs", n)
	case "/products/{id}":
		return "name=Kopi " + m.x.word + "&expires=1&active=1"
	case "/prices":
		return fmt.Sprintf("list_name=Harga %d&list_currency=IDR", n)
	case "/prices/{id}":
		return "price=40000&product=" + ids["products"] + "&from=" + fmt.Sprint(2100+n%500) + "-01-01"
	case "/prices/{id}/name":
		return "list_name=Harga " + m.x.word
	case "/organisation":
		return "name=PT&zone=Asia/Jakarta"
	case "/organisation/sign-in":
		return "step_up_from="
	case "/people/{id}/role":
		return "role=viewer"
	case "/people/{id}/remove":
		return "heir=" + ids["heir"]
	case "/roles", "/roles/{id}":
		return fmt.Sprintf("name=Peran %d&from=sales&g_own.product.read=1", n)
	case "/invoices/{id}/credit", "/payments/{id}/bounce", "/payments/{id}/reject", "/movements/{id}/reversal":
		return "reason=Alasan&sure=1"
	case "/unfinished-imports/{id}/give-up", "/lots/{id}/recall", "/points/programmes/{id}/end":
		return "sure=1"
	case "/invoices/{id}/write-off":
		return "why=Alasan&amount=1&sure=1"
	case "/invoices/{id}/redeem":
		return "points=1&sure=1&programme=" + ids["points/programmes"]
	case "/payments":
		return "payee=" + ids["orgs"] + money
	case "/deposits/refund":
		return "side=seller&partner=" + ids[distributor] + money
	case "/deposits/apply":
		return "side=seller&currency=IDR&sure=1&partner=" + ids[distributor] + "&settle-" + ids["invoices"] + "=1"
	case "/collections/remit", "/commissions/pay":
		return "partner=" + ids[agent] + money
	case "/commissions/repay":
		return "partner=" + ids["orgs"] + money
	case "/points/programmes":
		return fmt.Sprintf("name=Poin %d&currency=IDR&earn_on=delivery&points=1&per_amount=10000&worth=100&from=%s&until=%s&sure=1", n, "2098-01-01", "2098-02-01")
	case "/cart/lines":
		return "seller=" + ids["orgs"] + "&buyer=" + ids[distributor] + "&do=more&unit=pcs&product=" + ids["products"]
	case "/cart/read":
		return "seller=" + ids["orgs"] + "&buyer=" + ids[distributor] + "&text=kopi x 2"
	case "/cart/like":
		return "order=" + ids["orders"]
	case "/cart/clear":
		return "version=0&seller=" + ids["orgs"] + "&buyer=" + ids[distributor]
	case "/cart/send":
		m.basket(ids)
		return "version=" + ids["seen-version"] + "&seller=" + ids["orgs"] + "&buyer=" + ids[distributor] + "&seen=" + ids["seen"]
	case "/orders":
		return "seller=" + ids["orgs"] + "&buyer=" + ids[distributor] + goods
	case "/sharing":
		return fmt.Sprintf("viewer=%s&measure=orders&period=month&goods=all&place=none&delay_days=%d&min_group=5&purpose=Rencana&until=%s", ids["orgs"], n%300+7,
			time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	case "/shared/{id}/export":
		return "from=2025-01-01&to=2025-02-01"
	case "/exports":
		return "report=payment-sheet&from=2025-01-01"
	case "/imports/{id}/apply":
		return "mode=all"
	case "/sheets/{id}/apply":
		return "mode=good"
	case "/sheets/{id}/match":
		return "c_sku=0&c_name=1"
	case "/applications/{id}/approve":
		return fmt.Sprintf("code=TB%d", n)
	case "/applications/{id}/ask", "/applications/{id}/refuse":
		return "said=Kabar"
	case "/doors/{id}":
		return "open=1"
	case "/invitations":
		return fmt.Sprintf("email=tamu%d@x.example&role=viewer&lang=en", n)
	case "/glass":
		return "org=" + ids["orgs"] + "&minutes=10&reason=Alasan"
	case "/account/email":
		return fmt.Sprintf("email=pindah%d@x.example", n)
	case "/account/factors/rename":
		return "factor=" + nothing + "&name=Baru"
	case "/account/factors/remove":
		return "factor=" + nothing
	case "/language":
		return "lang=en&back=/"
	case "/switch":
		return "org=" + m.y.ids["orgs"]
	}
	return ""
}

// sendsFiles are the pages that take a body of several parts.
var sendsFiles = map[string]string{"/imports": "upload-import", "/sheets": "send-sheet", "/attachments": "send-file", "/organisation/logo": "set-logo"}

// parts are bodies of several parts: a file that is sent, and an import.
func (m *matrix) parts(op string, ids map[string]string, csrf string) ([]byte, string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	set := func(k, v string) { require.NoError(m, form.WriteField(k, v)) }
	if csrf != "" {
		set("_csrf", csrf)
		set("_key", fmt.Sprintf("%032d", keys.Add(1)))
	}
	if op == "set-logo" {
		set("version", strings.Trim(m.version, `"`))
		f, err := form.CreateFormFile("picture", "logo.png")
		require.NoError(m, err)
		_, err = f.Write(drawnLogo(m, 64, 64))
		require.NoError(m, err)
		require.NoError(m, form.Close())
		return b.Bytes(), form.FormDataContentType()
	}
	name := "file"
	if op == "upload-import" {
		name = "lines"
		set("map", "sales")
	} else if op == "send-sheet" {
		set("kind", "products")
	} else {
		set("document_kind", "order")
		set("document", ids["orders"])
	}
	f, err := form.CreateFormFile(name, fmt.Sprintf("berkas%d.csv", keys.Add(1)))
	require.NoError(m, err)
	fmt.Fprint(f, "Invoice,Date\nX,2025-01-01\n")
	require.NoError(m, form.Close())
	return b.Bytes(), form.FormDataContentType()
}
