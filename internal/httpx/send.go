package httpx

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"
)

// Sent is a file to answer with. It came from people: whatever it is, it must not do anything where it is shown.
type Sent struct {
	Media       string
	Disposition string
	ETag        string
	Size        int64
	Open        func(offset int64) (io.ReadCloser, error)
}

// Send answers with a file, with a part of it where one range was asked for (RFC 9110, 14.2), or with the news that it is still
// the same. Nobody but the reader's own browser may keep it, and only if it asks again each time.
func Send(c fiber.Ctx, f Sent) error {
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox; frame-ancestors 'none'")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderETag, f.ETag)
	if known := c.Get(fiber.HeaderIfNoneMatch); known != "" && strings.Contains(known, f.ETag) {
		return c.SendStatus(http.StatusNotModified)
	}
	from, to, ok := span(c.Get(fiber.HeaderRange), f.Size)
	if since := c.Get(fiber.HeaderIfRange); since != "" && since != f.ETag {
		from, to, ok = 0, f.Size, true
	}
	if !ok {
		c.Set(fiber.HeaderContentRange, "bytes */"+strconv.FormatInt(f.Size, 10))
		return c.SendStatus(http.StatusRequestedRangeNotSatisfiable)
	}
	c.Set(fiber.HeaderContentType, f.Media)
	c.Set(fiber.HeaderContentDisposition, f.Disposition)
	if to-from < f.Size {
		c.Status(http.StatusPartialContent)
		c.Set(fiber.HeaderContentRange, "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(to-1, 10)+"/"+strconv.FormatInt(f.Size, 10))
	}
	if c.Method() == fiber.MethodHead {
		c.Response().Header.SetContentLength(int(to - from))
		return nil
	}
	body, err := f.Open(from)
	if err != nil {
		return err
	}
	return c.SendStream(part{io.LimitReader(body, to-from), body}, int(to-from))
}

type part struct {
	io.Reader
	io.Closer
}

// span reads the header Range: one range of bytes. Anything else asks for the whole; ok is false where there are no such bytes.
func span(h string, size int64) (from, to int64, ok bool) {
	spec, is := strings.CutPrefix(h, "bytes=")
	first, last, has := strings.Cut(strings.TrimSpace(spec), "-")
	if !is || !has || strings.Contains(spec, ",") {
		return 0, size, true
	}
	if first == "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 {
			return 0, size, true
		}
		return max(0, size-n), size, n > 0 && size > 0
	}
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil || from < 0 {
		return 0, size, true
	}
	if to = size; last != "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < from {
			return 0, size, true
		}
		to = min(size, n+1)
	}
	return from, to, from < size
}
