// Package papertest reads documents as other programs do: their text, and the code that leads to the record.
package papertest

import (
	"bytes"
	"image"
	"image/draw"
	"math"
	"testing"

	"github.com/ledongthuc/pdf"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"
)

// Text is what another program finds in a document: its text, page by page.
func Text(t testing.TB, file []byte) (pages []string) {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	for i := 1; i <= r.NumPage(); i++ {
		text, err := r.Page(i).GetPlainText(nil)
		require.NoError(t, err)
		pages = append(pages, text)
	}
	return pages
}

// Box is how large the first page is, in millimetres.
func Box(t testing.TB, file []byte) (width, height float64) {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	box := r.Page(1).V.Key("MediaBox")
	if box.IsNull() {
		box = r.Trailer().Key("Root").Key("Pages").Key("MediaBox")
	}
	return box.Index(2).Float64() / mm, box.Index(3).Float64() / mm
}

// mm is a millimetre in points.
const mm = 72 / 25.4

// Code paints what is filled on the first page and has another program read the code that it finds there.
func Code(t testing.TB, file []byte) string {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	width, height := Box(t, file)
	scale := 12.0 // dots to the millimetre
	if width < 200 {
		scale = 8 // of thermal printers
	}
	img := image.NewGray(image.Rect(0, 0, int(width*scale), int(height*scale)))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	at := func(v float64) int { return int(math.Round(v / mm * scale)) }
	black := false
	pdf.Interpret(r.Page(1).V.Key("Contents"), func(s *pdf.Stack, op string) {
		var n []float64
		for s.Len() > 0 {
			n = append([]float64{s.Pop().Float64()}, n...)
		}
		switch {
		case op == "g" || op == "rg":
			black = n[0] == 0
		case op == "re" && black: // y grows upwards
			box := image.Rect(at(n[0]), img.Rect.Dy()-at(n[1]), at(n[0]+n[2]), img.Rect.Dy()-at(n[1]+n[3]))
			draw.Draw(img, box, image.Black, image.Point{}, draw.Src)
		}
	})
	b, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	found, err := qrcode.NewQRCodeReader().Decode(b, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	require.NoError(t, err, "no code on the page of %v mm", width)
	return found.GetText()
}
