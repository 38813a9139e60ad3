package api

import (
	"io"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"saluran/internal/errs"
)

func errGone() error { return errs.Gone() }

// stream sends a body part by part; the server closes it when the last byte is gone, or the reader is.
func stream(c huma.Context, body io.ReadCloser, size int64) {
	humafiber.Unwrap(c).Response().SetBodyStream(body, int(size))
}
