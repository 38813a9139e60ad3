package app_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// drawnLogo is a picture of a size, as a PNG.
func drawnLogo(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, plainPicture(w, h)))
	return b.Bytes()
}

func plainPicture(w, h int) image.Image {
	p := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p.SetNRGBA(x, y, color.NRGBA{R: 20, G: uint8(90 + x%100), B: 60, A: 255})
		}
	}
	return p
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// TestTheLogoOfAnOrganisation by the API: who may set it, what it may be, what becomes of it, and who sees it.
func TestTheLogoOfAnOrganisation(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	own := "/orgs/" + m.seller.org
	logo := own + "/logo"
	version := func() string { return m.seller.do("GET", own, nil).header.Get("ETag") }
	set := func(who *user, path string, picture []byte, header ...string) answer {
		return who.do("PUT", path, map[string]any{"picture": base64Of(picture)}, header...)
	}
	good := drawnLogo(t, 1200, 300)
	rival := m.rival(t)
	viewer := m.seed(t, "KOPI", "viewer", "seller")
	require.Equal(t, 404, m.buyer.do("GET", logo, nil).status)
	require.Equal(t, 428, set(m.seller, logo, good).status)
	require.Equal(t, 403, set(viewer, logo, good, "If-Match", version()).status)
	require.Equal(t, 403, set(m.buyer, logo, good, "If-Match", version()).status, "a partner's")
	foreign, none := set(rival, logo, good, "If-Match", `"1"`), set(rival, "/orgs/"+nothing+"/logo", good, "If-Match", `"1"`)
	require.Equal(t, 404, foreign.status)
	require.Equal(t, none.body["code"], foreign.body["code"])
	require.Equal(t, 404, set(rival, logo, []byte("no picture"), "If-Match", `"1"`).status, "what is wrong with it is not said before")

	var moving, broken bytes.Buffer
	require.NoError(t, gif.Encode(&moving, plainPicture(100, 100), nil))
	broken.Write(good[:len(good)/2])
	for code, bad := range map[string][]byte{"file.type": moving.Bytes(), "partner.logo_kind": []byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`), "file.broken": broken.Bytes(),
		"partner.logo_small": drawnLogo(t, 20, 20), "partner.logo_pixels": drawnLogo(t, 4001, 60), "partner.logo_large": make([]byte, 2<<20+1)} {
		a := set(m.seller, logo, bad, "If-Match", version())
		require.Equal(t, 422, a.status, "%s: %s", code, a.text)
		require.True(t, strings.Contains(a.text, code) || strings.Contains(a.text, `"path":"picture"`), "%s: %s", code, a.text)
	}
	require.Equal(t, 404, m.seller.do("GET", logo, nil).status, "what was refused changed nothing")
	require.Empty(t, m.said(t, m.seller.org, "partner.logo_set"))

	seen := version()
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, plainPicture(1200, 300), nil))
	first := set(m.seller, logo, good, "If-Match", seen, "Idempotency-Key", "logo-1")
	require.Equal(t, 200, first.status, first.text)
	require.Equal(t, "/api/v1"+logo, str(first.body, "logo"))
	again := set(m.seller, logo, good, "If-Match", seen, "Idempotency-Key", "logo-1")
	require.Equal(t, 200, again.status, again.text)
	require.Equal(t, str(first.body, "version"), str(again.body, "version"), "twice is once")
	require.Equal(t, 412, set(m.seller, logo, photo.Bytes(), "If-Match", seen).status)
	for _, who := range []*user{m.seller, m.buyer, viewer} {
		got := who.do("GET", logo, nil)
		require.Equal(t, 200, got.status)
		require.Equal(t, "image/png", got.header.Get("Content-Type"))
		c, err := png.DecodeConfig(strings.NewReader(got.text))
		require.NoError(t, err)
		require.Equal(t, [2]int{480, 120}, [2]int{c.Width, c.Height}, "as large as is needed")
	}
	require.Equal(t, 404, rival.do("GET", logo, nil).status)
	require.Len(t, m.said(t, m.seller.org, "partner.logo_set"), 1)

	at := version()
	done := 0
	for _, a := range crowd(8, func(i int, key string) answer {
		return set(m.seller, logo, drawnLogo(t, 100+i, 60), "If-Match", at, "Idempotency-Key", key)
	}) {
		if a.status == 200 {
			done++
		} else {
			require.Contains(t, []int{409, 412, 503}, a.status, a.text)
		}
	}
	require.Equal(t, 1, done, "of those who saw the same, one sets it")

	require.Equal(t, 403, viewer.do("DELETE", logo, nil).status)
	require.Equal(t, 412, m.seller.do("DELETE", logo, nil, "If-Match", seen).status)
	require.Equal(t, 200, m.seller.do("DELETE", logo, nil, "Idempotency-Key", "logo-2").status)
	require.Equal(t, 200, m.seller.do("DELETE", logo, nil, "Idempotency-Key", "logo-2").status)
	require.Equal(t, 409, m.seller.do("DELETE", logo, nil).status, "there is none")
	require.Equal(t, 404, m.buyer.do("GET", logo, nil).status)
	require.Len(t, m.said(t, m.seller.org, "partner.logo_ended"), 1)
	m.holdsTogether(t)
}

// TestTheLogoOnPagesAndPaper: it is uploaded without a script, stands beside the name and at the head of every document, and is gone from
// them when it is taken away.
func TestTheLogoOnPagesAndPaper(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	at, _ := papersOf(t, m)
	at["statement"] = m.statementAt()
	owner, shop := m.clickAs("owner@kopi.example"), m.clickAs("owner@toko.example")
	pictures := func() (n int) {
		for kind, path := range at {
			if kind == "statement" {
				path = strings.Replace(path, "?", "/pdf?", 1)
			} else {
				path += "/pdf"
			}
			pdf := shop.get(path)
			require.Equal(t, 200, pdf.status, kind)
			n += min(1, strings.Count(pdf.text, "/Subtype /Image"))
		}
		return n
	}
	require.Zero(t, pictures())
	form := owner.get("/organisation").fields("/organisation/logo")
	for name, files := range map[string][]string{"none": nil, "no picture": {"picture", "logo.svg", "<svg></svg>"}, "too small": {"picture", "logo.png", string(drawnLogo(t, 10, 10))}} {
		bad := owner.send("/organisation/logo", form, files...)
		require.Equal(t, 422, bad.status, name)
		require.Contains(t, bad.text, `id="form-errors"`, name)
		require.Contains(t, bad.text, `href="#f-picture"`, name)
	}
	require.NotContains(t, owner.get("/organisation").text, "/logos/")
	form = owner.get("/organisation").fields("/organisation/logo")
	picture := []string{"picture", "../../Logo kami.png", string(drawnLogo(t, 600, 200))}
	require.Equal(t, 303, owner.send("/organisation/logo", form, picture...).status)
	require.Equal(t, 303, owner.send("/organisation/logo", form, picture...).status, "sent twice")
	require.Len(t, m.said(t, m.seller.org, "partner.logo_set"), 1)
	form.Set("_key", strings.Repeat("9", 32))
	require.Equal(t, 409, owner.send("/organisation/logo", form, picture...).status, "it has changed since")

	src := `src="/logos/` + m.seller.org + `?v=`
	require.Contains(t, owner.get("/").text, `<img class="k-logo pic" `+src)
	link := str(items(m.buyer.get("/links"))[0], "id")
	require.Contains(t, shop.get("/partners/"+link).text, `<img class="k-face" `+src)
	require.NotContains(t, shop.get("/").text, src)
	shown := shop.get("/logos/" + m.seller.org + "?v=2")
	require.Equal(t, 200, shown.status)
	require.Equal(t, "image/png", shown.header.Get("Content-Type"))
	require.Contains(t, shown.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, 404, shop.get("/logos/"+nothing).status)
	require.Equal(t, len(at), pictures())

	require.Equal(t, 303, owner.post("/organisation/logo/remove", owner.get("/organisation").fields("/organisation/logo/remove")).status)
	require.NotContains(t, owner.get("/").text, "/logos/")
	require.Zero(t, pictures())
}
