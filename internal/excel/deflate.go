package excel

import "io"

// deflater deflates the buffers of a long worksheet beside the goroutine that fills them: while one is deflated, the next
// rows are read.
type deflater struct {
	in   chan []byte
	free chan []byte
	done chan struct{}
	err  error // read it after done
}

func startDeflater(w io.Writer) *deflater {
	d := &deflater{in: make(chan []byte), free: make(chan []byte, 2), done: make(chan struct{})}
	d.free <- make([]byte, 0, bufferSize+8192)
	go func() {
		defer close(d.done)
		for b := range d.in {
			if d.err == nil {
				_, d.err = w.Write(b)
			}
			d.free <- b[:0]
		}
	}()
	return d
}

// swap hands over a full buffer and answers an empty one.
func (d *deflater) swap(full []byte) []byte {
	d.in <- full
	return <-d.free
}

// end waits until everything is written.
func (d *deflater) end() error {
	close(d.in)
	<-d.done
	return d.err
}

// Abort gives the workbook up: nothing is written to the writer below after it returns. After Close it does nothing.
func (b *Writer) Abort() {
	if b.deflating != nil {
		b.fail(b.deflating.end())
		b.deflating = nil
	}
}
