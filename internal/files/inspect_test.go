package files

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"saluran/internal/errs"
)

func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 9, 7))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// after puts bytes behind the first n.
func after(b []byte, n int, more ...byte) []byte {
	return append(append(append([]byte{}, b[:n]...), more...), b[n:]...)
}

func chunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// exif is an APP1 segment that says which way is up, and where it was taken.
func exif(up byte) []byte {
	body := append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), up, 0, 0, 0, 0, 0, 0, 0)
	body = append(body, "GPS -6.2088 106.8456"...)
	return append([]byte{0xff, 0xe1, 0, byte(len(body) + 2)}, body...)
}

func archive(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, parts[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const bookTypes = `<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`

const paper = "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

func webpOf(chunks ...[]byte) []byte {
	body := bytes.Join(chunks, nil)
	return append(append(append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)+4))...), "WEBP"...), body...)
}

func riff(name string, data []byte) []byte {
	b := append([]byte(name), binary.LittleEndian.AppendUint32(nil, uint32(len(data)))...)
	b = append(b, data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

var lossless = riff("VP8L", []byte{0x2f, 8, 0xc0, 1, 0, 0, 0, 0, 0, 0})

func TestTypesAreDecidedByContent(t *testing.T) {
	jpg, pic := photo(t, 40, 30), picture(t)
	huge := append([]byte{}, jpg...)
	sof := bytes.Index(huge, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(huge[sof+5:], 30_000)
	bomb := archive(t, "[Content_Types].xml", bookTypes, "xl/worksheets/sheet1.xml", strings.Repeat("0", maxUnpack+1))
	many := make([]string, 0, 2*maxParts+4)
	for range maxParts + 2 {
		many = append(many, "x", "")
	}
	for _, c := range []struct {
		name, file string
		is         []byte
		media      string
		code       string
	}{
		{"pdf", "a.pdf", []byte(paper), PDF, ""},
		{"a pdf that says it is a page", "a.html", []byte(paper), PDF, ""},
		{"jpeg", "a", jpg, JPEG, ""},
		{"png", "a.jpg", pic, PNG, ""},
		{"webp", "a.webp", webpOf(lossless), WEBP, ""},
		{"xlsx", "a.xlsx", archive(t, "[Content_Types].xml", bookTypes, "xl/workbook.xml", "<workbook/>"), XLSX, ""},
		{"csv", "a.CSV", []byte("sku,qty\nKOPI,3\n"), CSV, ""},
		{"text", "a.txt", []byte("harga < biaya, ya\n"), Text, ""},
		{"nothing", "a.pdf", nil, "", "file.empty"},
		{"svg", "a.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"), "", "file.type"},
		{"svg with a prologue", "a.txt", []byte("\n <?XML version='1.0'?><svg/>"), "", "file.type"},
		{"html", "a.txt", []byte("hello <ScRiPt>alert(1)</script>"), "", "file.type"},
		{"a program", "a.csv", []byte("MZ\x90\x00\x03"), "", "file.type"},
		{"gif", "a.gif", []byte("GIF89a\x01\x00\x01\x00\x00"), "", "file.type"},
		{"latin-1", "a.txt", []byte("caf\xe9"), "", "file.type"},
		{"a document", "a.docx", archive(t, "[Content_Types].xml", "wordprocessingml.document.main+xml"), "", "file.type"},
		{"an archive", "a.xlsx", archive(t, "a.html", "<html>"), "", "file.type"},
		{"macros", "a.xlsx", archive(t, "[Content_Types].xml", bookTypes, "xl/vbaProject.bin", "x"), "", "file.programs"},
		{"a way out", "a.xlsx", archive(t, "[Content_Types].xml", bookTypes, "../../etc/passwd", "x"), "", "file.type"},
		{"a bomb", "a.xlsx", bomb, "", "file.unpacks"},
		{"many parts", "a.xlsx", archive(t, many...), "", "file.unpacks"},
		{"workbook and page", "a.xlsx", append(archive(t, "[Content_Types].xml", bookTypes), "<script>"...), "", "file.type"},
		{"pdf and archive", "a.pdf", append([]byte(paper), archive(t, "a", "b")...), "", "file.two_things"},
		{"pdf and page", "a.pdf", []byte("%PDF-1.4\n<html><script>x</script>\n%%EOF"), "", "file.two_things"},
		{"pdf with a script", "a.pdf", []byte("%PDF-1.4\n<</S/JavaScript/JS(app.alert(1))>>\n%%EOF"), "", "file.programs"},
		{"half a pdf", "a.pdf", []byte("%PDF-1.4\n1 0 obj"), "", "file.broken"},
		{"photo and archive", "a.jpg", append(append([]byte{}, jpg...), archive(t, "a", "b")...), "", "file.two_things"},
		{"photo and page", "a.jpg", append(append([]byte{}, jpg...), "<html>"...), "", "file.two_things"},
		{"half a photo", "a.jpg", jpg[:len(jpg)/2], "", "file.broken"},
		{"a giant", "a.jpg", huge, "", "file.too_many_pixels"},
		{"a false sum", "a.png", after(pic, 20, 1)[:len(pic)], "", "file.broken"},
		{"picture and page", "a.png", append(append([]byte{}, pic...), "<SVG onload=x>"...), "", "file.two_things"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Inspect(bytes.NewReader(c.is), int64(len(c.is)), c.file)
			if errs.CodeOf(err) != c.code && !(err == nil && c.code == "") || f.Media != c.media {
				t.Fatalf("%q, %v", f.Media, err)
			}
		})
	}
	if _, err := Inspect(bytes.NewReader([]byte(paper)), MaxPDF+1, "a.pdf"); !errs.Is(err, errs.TooLarge) {
		t.Fatal(err)
	}
}

func TestPhotosLoseWhereTheyWereTaken(t *testing.T) {
	secret := []byte("GPS -6.2088")
	jpg, pic := photo(t, 40, 30), picture(t)
	head := append(exif(6), append([]byte{0xff, 0xfe, 0, 13}, secret...)...)
	for name, b := range map[string][]byte{
		"jpeg":                     after(jpg, 2, head...),
		"jpeg, and a film behind":  append(after(jpg, 2, head...), "....ftypmp42 GPS -6.2088"...),
		"png":                      after(pic, 33, append(chunk("tEXt", secret), chunk("eXIf", secret)...)...),
		"webp":                     webpOf(riff("VP8X", []byte{0x0c, 0, 0, 0, 8, 0, 0, 6, 0, 0}), lossless, riff("EXIF", secret), riff("XMP ", secret)),
		"webp, and a tail unasked": append(webpOf(lossless), secret...),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Inspect(bytes.NewReader(b), int64(len(b)), "p")
			if err != nil {
				t.Fatal(err)
			}
			kept, err := io.ReadAll(f.Body)
			if err != nil || bytes.Contains(kept, []byte("GPS")) || bytes.Contains(kept, []byte("-6.2")) {
				t.Fatalf("%q, %v", kept, err)
			}
			again, err := Inspect(bytes.NewReader(kept), int64(len(kept)), "p")
			if err != nil || again.Media != f.Media {
				t.Fatalf("what is kept is no %s: %v", f.Media, err)
			}
			if f.Media == WEBP {
				if int(binary.LittleEndian.Uint32(kept[4:]))+8 != len(kept) {
					t.Fatal("the length is wrong")
				}
				return
			}
			was, _, err := image.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			is, _, err := image.Decode(bytes.NewReader(kept))
			if err != nil || is.Bounds() != was.Bounds() {
				t.Fatal("another picture", err)
			}
			if f.Media == JPEG {
				at := bytes.Index(kept, []byte("Exif"))
				if at < 0 || (source{bytes.NewReader(kept), int64(len(kept))}).orientation(int64(at-4), int64(at+32)) != 6 {
					t.Fatal("which way is up is lost")
				}
			}
		})
	}
}

func TestNamesAreText(t *testing.T) {
	for in, want := range map[string]string{
		"bukti.pdf":                     "bukti.pdf",
		`C:\Users\a\bukti.PDF`:          "bukti.pdf",
		"../../etc/passwd":              "passwd.pdf",
		"gambar\u202egnp.exe":           "gambargnp.exe.pdf",
		"a\r\nSet-Cookie: x\x00.pdf":    "aSet-Cookie_ x.pdf",
		"":                              "file.pdf",
		"....":                          "file.pdf",
		"\u200b\u2066.pdf":              "pdf.pdf",
		"kuitansi \u00e9\u4e2d.pdf":     "kuitansi \u00e9\u4e2d.pdf",
		"<img src=x>.html":              "_img src=x_.html.pdf",
		strings.Repeat("n", 300) + ".x": strings.Repeat("n", 100) + ".pdf",
	} {
		if got := CleanName(in, PDF); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
	if got := Disposition("a\"é.pdf", PDF, true); got != `attachment; filename="a__.pdf"; filename*=UTF-8''a%22%C3%A9.pdf` {
		t.Error(got)
	}
	if got := Disposition("a.png", PNG, true); !strings.HasPrefix(got, "inline; ") {
		t.Error(got)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte(paper), "a.pdf")
	f.Add(photo(f, 8, 8), "a.jpg")
	f.Add(after(photo(f, 8, 8), 2, exif(3)...), "a.jpg")
	f.Add(picture(f), "a.png")
	f.Add(webpOf(lossless), "a.webp")
	f.Add(archive(f, "[Content_Types].xml", bookTypes), "a.xlsx")
	f.Add([]byte("a,b\n<script"), "a.csv")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		found, err := Inspect(bytes.NewReader(b), int64(len(b)), name)
		if err != nil {
			if errs.Is(err, errs.Internal) {
				t.Fatal(err)
			}
			return
		}
		kept, err := io.ReadAll(found.Body)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Inspect(bytes.NewReader(kept), int64(len(kept)), name)
		if err != nil || again.Media != found.Media {
			t.Fatalf("kept as %s, then %s: %v", found.Media, again.Media, err)
		}
	})
}
