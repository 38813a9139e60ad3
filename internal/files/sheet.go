package files

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"path"
	"strings"
)

// Limits of what a workbook unpacks to.
const (
	maxParts  = 2000
	maxUnpack = 128 << 20
)

// unpacking holds how many workbooks are unpacked at a time.
var unpacking = make(chan struct{}, 2)

// sheet is a workbook and nothing else: an archive from its first byte to its last, whose parts unpack to a bounded size (counted
// while unpacking: what the archive says of itself is not believed), with a workbook in it and no macros.
func (s source) sheet() (Found, error) {
	unpacking <- struct{}{}
	defer func() { <-unpacking }()
	end, err := s.at(s.size-22, 22)
	if err != nil {
		return Found{}, err
	}
	if !bytes.HasPrefix(end, []byte("PK\x05\x06")) || binary.LittleEndian.Uint16(end[20:]) != 0 {
		return Found{}, refuse("file.type") // an archive with something behind it
	}
	if binary.LittleEndian.Uint16(end[10:]) > maxParts {
		return Found{}, refuse("file.unpacks")
	}
	z, err := zip.NewReader(s.c, s.size)
	if err != nil {
		return Found{}, refuse("file.broken")
	}
	if len(z.File) > maxParts {
		return Found{}, refuse("file.unpacks")
	}
	left, book := int64(maxUnpack), false
	for _, f := range z.File {
		low := strings.ToLower(f.Name)
		if strings.Contains(low, "\\") || path.IsAbs(low) || strings.HasPrefix(path.Clean(low), "..") || f.Flags&1 != 0 {
			return Found{}, refuse("file.type")
		}
		if strings.Contains(low, "vbaproject") || strings.Contains(low, "/activex/") || strings.Contains(low, "/macrosheets/") ||
			strings.Contains(low, "/embeddings/") && strings.HasSuffix(low, ".bin") {
			return Found{}, refuse("file.programs")
		}
		n, types, err := unpack(f, left)
		if err != nil {
			return Found{}, err
		}
		left -= n
		book = book || low == "[content_types].xml" && strings.Contains(types, "spreadsheetml.sheet.main+xml")
	}
	if !book {
		return Found{}, refuse("file.type")
	}
	return Found{XLSX, s.part(0, s.size)}, nil
}

// unpack counts what a part unpacks to, and reads the part that says what the others are.
func unpack(f *zip.File, left int64) (int64, string, error) {
	r, err := f.Open()
	if err != nil {
		return 0, "", refuse("file.broken")
	}
	defer r.Close()
	var types bytes.Buffer
	var into io.Writer = io.Discard
	if strings.EqualFold(f.Name, "[Content_Types].xml") && f.UncompressedSize64 < 1<<20 {
		into = &types
	}
	n, err := io.Copy(into, io.LimitReader(r, left+1))
	if n > left {
		return 0, "", refuse("file.unpacks")
	}
	if err != nil {
		return 0, "", refuse("file.broken")
	}
	return n, types.String(), nil
}
