package seal

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// zeros is a reader of many bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// book is a workbook of one sheet.
func book(t *testing.T, sheet io.Reader) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/sharedStrings.xml")
	require.NoError(t, err)
	_, err = io.Copy(w, sheet)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return &b
}

// TestASealThatIsCutOffIsNotPassedOver: what is not read whole is an error, and never fewer seals than were handed in.
func TestASealThatIsCutOffIsNotPassedOver(t *testing.T) {
	k := newKey(bytes.Repeat([]byte{7}, 32), "test")
	one := Seal{Org: 5, N: 1, ToSeq: 9, Hash: make([]byte, 32), Root: make([]byte, 32), Prev: make([]byte, 32)}
	two := one
	two.N, two.Prev = 2, one.Sum()
	k.sign(&one)
	k.sign(&two)
	both := one.Text() + "\n" + two.Text()
	for _, in := range []io.Reader{strings.NewReader(both + "\n" + one.Text() + " they begin with saluran-seal-1."), book(t, strings.NewReader("<t>"+one.Text()+"</t><t>"+two.Text()+"</t>"))} {
		all, err := Find(in)
		require.NoError(t, err)
		require.Equal(t, []Seal{one, two}, all)
	}
	for cut := len(one.Text()) + 1 + len(form) + 2; cut < len(both); cut++ {
		_, err := Find(strings.NewReader(both[:cut]))
		require.Error(t, err, "the second ends after %q", both[len(one.Text())+1:cut])
		_, err = Find(book(t, strings.NewReader("<t>"+both[:cut]+"</t>")))
		require.Error(t, err)
	}
	for _, change := range []func(string) string{
		func(s string) string { return strings.Replace(s, "-1.5.", "-1.6.", 1) + "A" },          // a longer signature
		func(s string) string { return strings.Replace(s, ".9.", ".+9.", 1) },                   // a number with a sign
		func(s string) string { return strings.Replace(s, ".9.", ".09.", 1) },                   // or with a zero
		func(s string) string { return strings.Replace(s, ".9.", ".99999999999999999999.", 1) }, // too large
		func(s string) string { return s[:len(s)-1] + "=" },
	} {
		_, err := Find(strings.NewReader(one.Text() + " " + change(two.Text())))
		require.Error(t, err, change(two.Text()))
	}
	late := func() io.Reader {
		return io.MultiReader(io.LimitReader(zeros{}, maxFile), strings.NewReader(one.Text()))
	}
	_, err := Find(io.MultiReader(strings.NewReader(two.Text()+"\n"), late()))
	require.ErrorContains(t, err, "too much", "a seal that stands behind what is read")
	_, err = Find(book(t, io.MultiReader(strings.NewReader(two.Text()+"\n"), late())))
	require.ErrorContains(t, err, "too much", "and in a workbook")
}
