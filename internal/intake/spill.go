package intake

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// spill sorts any number of records by their bytes in bounded memory: full buffers are sorted and written to one file, which
// has no name any more and vanishes with the program; reading merges them. Records may be read as often as one likes.
type spill struct {
	dir   string
	limit int // bytes of one buffer
	buf   []byte
	ends  []int32
	file  *os.File
	size  int64
	runs  []run
	n     int64
	done  bool
	order []int32
}

type run struct{ from, to int64 }

// spillBuffer is the memory of one sorter while it is filled.
const spillBuffer = 12 << 20

func newSpill(dir string) *spill { return &spill{dir: dir, limit: spillBuffer} }

// add takes a copy of a record.
func (s *spill) add(rec []byte) error {
	if s.done {
		return errors.New("intake: a sorter was added to after it was read")
	}
	if len(s.buf) > 0 && len(s.buf)+len(rec) > s.limit {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.buf = append(s.buf, rec...)
	s.ends = append(s.ends, int32(len(s.buf)))
	s.n++
	return nil
}

func (s *spill) at(i int32) []byte {
	from := int32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.buf[from:s.ends[i]]
}

func (s *spill) sort() {
	s.order = s.order[:0]
	sorted := true
	for i := range s.ends {
		s.order = append(s.order, int32(i))
		if i > 0 && sorted && bytes.Compare(s.at(int32(i-1)), s.at(int32(i))) > 0 {
			sorted = false
		}
	}
	if !sorted {
		slices.SortFunc(s.order, func(a, b int32) int { return bytes.Compare(s.at(a), s.at(b)) })
	}
}

func (s *spill) flush() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "saluran-import-*")
		if err != nil {
			return err
		}
		os.Remove(f.Name()) // still open: it goes away with us
		s.file = f
	}
	s.sort()
	w := bufio.NewWriterSize(s.file, 256<<10)
	from := s.size
	var l [binary.MaxVarintLen64]byte
	for _, i := range s.order {
		rec := s.at(i)
		n := binary.PutUvarint(l[:], uint64(len(rec)))
		w.Write(l[:n])
		w.Write(rec)
		s.size += int64(n + len(rec))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s.runs = append(s.runs, run{from, s.size})
	s.buf, s.ends = s.buf[:0], s.ends[:0]
	return nil
}

// read ends the filling and returns a reader over all records in order.
func (s *spill) read() (*merge, error) {
	if !s.done {
		s.done = true
		if s.file != nil {
			if err := s.flush(); err != nil {
				return nil, err
			}
			s.buf, s.ends, s.order = nil, nil, nil
		} else {
			s.sort()
		}
	}
	m := &merge{s: s}
	for _, r := range s.runs {
		c := &cursor{r: bufio.NewReaderSize(io.NewSectionReader(s.file, r.from, r.to-r.from), 64<<10)}
		ok, err := c.next()
		if err != nil {
			return nil, err
		}
		if ok {
			m.heap = append(m.heap, c)
		}
	}
	heap.Init(&m.heap)
	return m, nil
}

func (s *spill) close() {
	if s == nil {
		return
	}
	if s.file != nil {
		s.file.Close()
	}
	s.buf, s.ends, s.order, s.runs = nil, nil, nil, nil
}

// merge reads the records of a sorter. A record is valid until the next call.
type merge struct {
	s    *spill
	i    int
	heap cursors
	last *cursor
}

// next is the next record; nil at the end.
func (m *merge) next() ([]byte, error) {
	if m.s.file == nil {
		if m.i >= len(m.s.order) {
			return nil, nil
		}
		m.i++
		return m.s.at(m.s.order[m.i-1]), nil
	}
	if m.last != nil {
		ok, err := m.last.next()
		if err != nil {
			return nil, err
		}
		if ok {
			heap.Fix(&m.heap, 0)
		} else {
			heap.Pop(&m.heap)
		}
		m.last = nil
	}
	if len(m.heap) == 0 {
		return nil, nil
	}
	m.last = m.heap[0]
	return m.last.rec, nil
}

type cursor struct {
	r   *bufio.Reader
	rec []byte
}

func (c *cursor) next() (bool, error) {
	n, err := binary.ReadUvarint(c.r)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c.rec = slices.Grow(c.rec[:0], int(n))[:n]
	_, err = io.ReadFull(c.r, c.rec)
	return true, err
}

type cursors []*cursor

func (c cursors) Len() int           { return len(c) }
func (c cursors) Less(i, j int) bool { return bytes.Compare(c[i].rec, c[j].rec) < 0 }
func (c cursors) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)        { *c = append(*c, x.(*cursor)) }
func (c *cursors) Pop() any {
	o := *c
	x := o[len(o)-1]
	*c = o[:len(o)-1]
	return x
}

// key writes and reads fields so that the order of the bytes is the order of the values.
type key struct{ b []byte }

func (k *key) reset()        { k.b = k.b[:0] }
func (k *key) text(s string) { k.b = append(append(k.b, s...), 0) } // codes hold no control characters
func (k *key) int(v int64)   { k.b = binary.BigEndian.AppendUint64(k.b, uint64(v)^1<<63) }
func (k *key) small(v int32) { k.b = binary.BigEndian.AppendUint32(k.b, uint32(v)^1<<31) }
func (k *key) byte(v byte)   { k.b = append(k.b, v) }
func (k *key) raw(p []byte)  { k.b = append(k.b, p...) }

// unkey reads what key wrote.
type unkey struct{ b []byte }

func (u *unkey) text() []byte {
	i := bytes.IndexByte(u.b, 0)
	s := u.b[:i]
	u.b = u.b[i+1:]
	return s
}

func (u *unkey) int() int64 {
	v := binary.BigEndian.Uint64(u.b)
	u.b = u.b[8:]
	return int64(v ^ 1<<63)
}

func (u *unkey) small() int32 {
	v := binary.BigEndian.Uint32(u.b)
	u.b = u.b[4:]
	return int32(v ^ 1<<31)
}

func (u *unkey) byte() byte {
	v := u.b[0]
	u.b = u.b[1:]
	return v
}

func (u *unkey) raw(n int) []byte {
	v := u.b[:n]
	u.b = u.b[n:]
	return v
}
