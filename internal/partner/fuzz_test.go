package partner

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"saluran/internal/errs"
)

// FuzzLogo sends anything as a logo: what is taken is a PNG within its bounds, and what is not is a fault of who sent it.
func FuzzLogo(f *testing.F) {
	var p, j bytes.Buffer
	whole := image.NewNRGBA(image.Rect(0, 0, 2*LogoLeast, LogoLeast))
	if err := png.Encode(&p, whole); err != nil {
		f.Fatal(err)
	}
	if err := jpeg.Encode(&j, whole, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(p.Bytes())
	f.Add(j.Bytes())
	f.Add([]byte("RIFF\x12\x00\x00\x00WEBPVP8L\x05\x00\x00\x00\x2f\x3f\xc0\x0f\x00\x00"))
	f.Add([]byte("%PDF-1.7"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		made, err := drawn(sent)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatal(err)
			}
			return
		}
		c, err := png.DecodeConfig(bytes.NewReader(made.Bytes))
		if err != nil || int64(c.Width) != made.Width || int64(c.Height) != made.Height || c.Width > logoWide || c.Height > logoHigh {
			t.Fatalf("%d×%d, said %d×%d: %v", c.Width, c.Height, made.Width, made.Height, err)
		}
	})
}
