package files

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// pieces is a file put together of parts of another one and of bytes of ours.
type pieces struct {
	s   source
	all []io.Reader
	n   int64
}

func (p *pieces) keep(from, to int64) {
	p.all = append(p.all, p.s.part(from, to))
	p.n += to - from
}

func (p *pieces) add(b []byte) {
	p.all = append(p.all, bytes.NewReader(b))
	p.n += int64(len(b))
}

func (p *pieces) reader() io.Reader { return io.MultiReader(p.all...) }

// at reads n bytes; fewer are a broken file.
func (s source) at(off int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if off < 0 || off+int64(n) > s.size {
		return nil, refuse("file.broken")
	}
	if _, err := s.c.ReadAt(b, off); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// tail judges what follows the end of an image: another kind of file is refused, what phones put there is left away.
func (s source) tail(end int64) error {
	if other, err := s.holds(end, s.size, foreign...); err != nil || other {
		return orRefuse(err, "file.two_things")
	}
	return nil
}

func sized(w, h int64) error {
	if w <= 0 || h <= 0 {
		return refuse("file.broken")
	}
	if w > MaxSide || h > MaxSide || w*h > MaxPixels {
		return refuse("file.too_many_pixels")
	}
	return nil
}

// jpeg keeps what is needed to show the picture: tables, frames, scans, colour profile, and which way is up.
func (s source) jpeg() (Found, error) {
	p, at, shown := &pieces{s: s}, int64(2), false
	p.keep(0, 2)
	for {
		m, err := s.at(at, 2)
		if err != nil {
			return Found{}, err
		}
		if m[0] != 0xff {
			return Found{}, refuse("file.broken")
		}
		switch {
		case m[1] == 0xff: // a fill byte
			at++
			continue
		case m[1] == 0xd9:
			p.keep(at, at+2)
			if !shown {
				return Found{}, refuse("file.broken")
			}
			return Found{JPEG, p.reader()}, s.tail(at + 2)
		case m[1] == 0x01 || m[1] >= 0xd0 && m[1] <= 0xd8 || m[1] == 0:
			return Found{}, refuse("file.broken")
		}
		b, err := s.at(at+2, 2)
		if err != nil {
			return Found{}, err
		}
		n := int64(binary.BigEndian.Uint16(b))
		end := at + 2 + n
		if n < 2 || end > s.size {
			return Found{}, refuse("file.broken")
		}
		if err := s.segment(p, m[1], at, end); err != nil {
			return Found{}, err
		}
		at = end
		if m[1] == 0xda {
			shown = true
			if end, err = s.scan(at); err != nil {
				return Found{}, err
			}
			p.keep(at, end)
			at = end
		}
	}
}

// segment keeps one segment of a JPEG, or leaves it away.
func (s source) segment(p *pieces, marker byte, at, end int64) error {
	head, err := s.at(at+4, int(min(end-at-4, 12)))
	if err != nil {
		return err
	}
	switch {
	case marker == 0xc0 || marker == 0xc1 || marker == 0xc2:
		if len(head) < 6 {
			return refuse("file.broken")
		}
		if err := sized(int64(binary.BigEndian.Uint16(head[3:])), int64(binary.BigEndian.Uint16(head[1:]))); err != nil {
			return err
		}
	case marker == 0xe1:
		if up := s.orientation(at, end); up > 1 {
			p.add([]byte{0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(up), 0, 0, 0, 0, 0, 0})
		}
		return nil
	case marker == 0xe0 && bytes.HasPrefix(head, []byte("JFIF\x00")) && end-at == 18,
		marker == 0xe2 && bytes.HasPrefix(head, []byte("ICC_PROFILE")),
		marker == 0xee && bytes.HasPrefix(head, []byte("Adobe")) && end-at == 16:
	case marker >= 0xe0 && marker <= 0xef, marker >= 0xf0:
		return nil // of programs, makers and places; comments (0xfe) too
	case marker != 0xc4 && marker != 0xdb && marker != 0xdd && marker != 0xda && marker != 0xdc:
		return refuse("file.broken") // arithmetic, lossless, hierarchical: browsers show none of it
	}
	p.keep(at, end)
	return nil
}

// orientation is the tag of the first directory of Exif: 1 to 8; 0 where it says nothing.
func (s source) orientation(at, end int64) int {
	b, err := s.at(at+4, int(min(end-at-4, 4096)))
	if err != nil || len(b) < 14 || string(b[:6]) != "Exif\x00\x00" {
		return 0
	}
	t := b[6:]
	var o binary.ByteOrder = binary.BigEndian
	if t[0] == 'I' {
		o = binary.LittleEndian
	}
	first := int(o.Uint32(t[4:]))
	if first < 8 || first+2 > len(t) {
		return 0
	}
	for i := range int(o.Uint16(t[first:])) {
		e := first + 2 + 12*i
		if e+12 > len(t) {
			return 0
		}
		if o.Uint16(t[e:]) == 0x0112 {
			if v := int(o.Uint16(t[e+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 0
		}
	}
	return 0
}

// scan finds the marker that ends the coded data which begins at an offset.
func (s source) scan(at int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for at < s.size {
		n, err := s.c.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return 0, err
		}
		for i := 0; i+1 < n; i++ {
			if buf[i] == 0xff && buf[i+1] != 0 && buf[i+1] != 0xff && (buf[i+1] < 0xd0 || buf[i+1] > 0xd7) {
				return at + int64(i), nil
			}
		}
		if n < 2 {
			break
		}
		at += int64(n) - 1
	}
	return 0, refuse("file.broken")
}

// pngKept are the chunks that a picture needs.
var pngKept = map[string]int64{"IHDR": 13, "PLTE": 768, "IDAT": MaxImage, "IEND": 0, "tRNS": 256, "gAMA": 4, "cHRM": 32, "sRGB": 1, "sBIT": 4,
	"pHYs": 9, "bKGD": 6, "iCCP": 64 << 10}

func (s source) png() (Found, error) {
	p, at, pixels := &pieces{s: s}, int64(8), false
	p.keep(0, 8)
	for first := true; ; first = false {
		b, err := s.at(at, 8)
		if err != nil {
			return Found{}, err
		}
		n, name := int64(binary.BigEndian.Uint32(b)), string(b[4:])
		end := at + 12 + n
		if end > s.size || first != (name == "IHDR") || first && n != 13 {
			return Found{}, refuse("file.broken")
		}
		sum := crc32.NewIEEE()
		if _, err := io.Copy(sum, s.part(at+4, end-4)); err != nil {
			return Found{}, err
		}
		if b, err = s.at(end-4, 4); err != nil {
			return Found{}, err
		}
		if binary.BigEndian.Uint32(b) != sum.Sum32() {
			return Found{}, refuse("file.broken")
		}
		if first {
			if b, err = s.at(at+8, 8); err != nil {
				return Found{}, err
			}
			if err := sized(int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))); err != nil {
				return Found{}, err
			}
		}
		if most, ok := pngKept[name]; ok && n <= most {
			p.keep(at, end)
		} else if name[0]&0x20 == 0 {
			return Found{}, refuse("file.broken") // critical, and not one that we know
		}
		pixels = pixels || name == "IDAT"
		at = end
		if name == "IEND" {
			if !pixels {
				return Found{}, refuse("file.broken")
			}
			return Found{PNG, p.reader()}, s.tail(end)
		}
	}
}

func (s source) webp() (Found, error) {
	b, err := s.at(4, 4)
	if err != nil {
		return Found{}, err
	}
	stop := 8 + int64(binary.LittleEndian.Uint32(b))
	if stop > s.size {
		return Found{}, refuse("file.broken")
	}
	p, seen := &pieces{s: s}, false
	for at := int64(12); at < stop; {
		if b, err = s.at(at, 8); err != nil {
			return Found{}, err
		}
		n, name := int64(binary.LittleEndian.Uint32(b[4:])), string(b[:4])
		end := at + 8 + n + n%2
		if end > stop {
			return Found{}, refuse("file.broken")
		}
		switch name {
		case "VP8X", "VP8 ", "VP8L":
			w, h, head, err := s.webpSize(name, at+8, n)
			if err != nil {
				return Found{}, err
			}
			if err := sized(w, h); err != nil {
				return Found{}, err
			}
			if name == "VP8X" {
				head[0] &^= 0x0c // neither Exif nor XMP
				p.keep(at, at+8)
				p.add(head)
				break
			}
			seen = true
			p.keep(at, end)
		case "ANMF":
			seen = true
			p.keep(at, end)
		case "ICCP", "ANIM", "ALPH":
			p.keep(at, end)
		}
		at = end
	}
	if !seen {
		return Found{}, refuse("file.broken")
	}
	head := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(p.n+4))...)
	return Found{WEBP, io.MultiReader(bytes.NewReader(append(head, "WEBP"...)), p.reader())}, s.tail(stop)
}

// webpSize reads width and height out of the chunk that has them, and the first ten bytes of it.
func (s source) webpSize(name string, at, n int64) (w, h int64, head []byte, err error) {
	if n < 10 || name == "VP8X" && n != 10 {
		return 0, 0, nil, refuse("file.broken")
	}
	if head, err = s.at(at, 10); err != nil {
		return 0, 0, nil, err
	}
	b := func(i int) int64 { return int64(head[i]) }
	switch name {
	case "VP8X":
		return 1 + (b(4) | b(5)<<8 | b(6)<<16), 1 + (b(7) | b(8)<<8 | b(9)<<16), head, nil
	case "VP8L":
		if b(0) != 0x2f {
			return 0, 0, nil, refuse("file.broken")
		}
		bits := b(1) | b(2)<<8 | b(3)<<16 | b(4)<<24
		return 1 + bits&0x3fff, 1 + bits>>14&0x3fff, head, nil
	}
	if b(3) != 0x9d || b(4) != 0x01 || b(5) != 0x2a {
		return 0, 0, nil, refuse("file.broken")
	}
	return (b(6) | b(7)<<8) & 0x3fff, (b(8) | b(9)<<8) & 0x3fff, head, nil
}
