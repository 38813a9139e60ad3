package httpx

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"saluran/internal/errs"
)

// uploadWithin is how long the body of somebody who may upload may take: a phone on a bad line sends a photo slowly.
const uploadWithin = 5 * time.Minute

// takeBody reads what was sent, before any handler runs. A form with files goes to temporary files, part by part, so that no upload
// is ever whole in memory; anything else is small and is kept. How much is read at all is decided by the header.
func takeBody(c fiber.Ctx, cfg Config) error {
	req := c.Request()
	stream := req.BodyStream()
	if stream == nil {
		return nil
	}
	most := limit(&req.Header, cfg)
	if most > MaxBody {
		_ = c.RequestCtx().Conn().SetReadDeadline(time.Now().Add(uploadWithin))
	}
	if req.Header.ContentLength() > most {
		return unread(c, errs.New(errs.TooLarge, "request.too_large"))
	}
	if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		if _, err := req.MultipartFormWithLimit(most); err != nil {
			return unread(c, bodyError(err))
		}
		// What follows the last boundary is read away: it is not the next request.
		if n, err := io.Copy(io.Discard, io.LimitReader(stream, MaxBody)); err != nil || n == MaxBody {
			return unread(c, errs.New(errs.Invalid, "request.malformed"))
		}
		return nil
	}
	var b bytes.Buffer
	if n := req.Header.ContentLength(); n > 0 {
		b.Grow(n + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(stream, int64(most)+1))
	if err != nil {
		return unread(c, bodyError(err))
	}
	if n > int64(most) {
		return unread(c, errs.New(errs.TooLarge, "request.too_large"))
	}
	req.SetBodyRaw(b.Bytes())
	return nil
}

// unread ends the connection after the answer: the rest of the body would be taken for the next request.
func unread(c fiber.Ctx, err error) error {
	linger(c)
	c.Response().SetConnectionClose()
	return err
}

func bodyError(err error) error {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return errs.New(errs.Invalid, "request.timeout")
	case errors.Is(err, fasthttp.ErrBodyTooLarge), errors.Is(err, multipart.ErrMessageTooLarge):
		return errs.New(errs.TooLarge, "request.too_large")
	}
	return errs.Wrap(errs.Invalid, "request.malformed", err)
}

// Replay lets a framework that reads bodies as streams read the one that was taken.
func Replay(c fiber.Ctx) error {
	if b := c.Request().Body(); len(b) > 0 && c.Request().BodyStream() == nil && !isForm(c) {
		c.Request().SetBodyStream(bytes.NewReader(b), len(b))
	}
	return c.Next()
}

func isForm(c fiber.Ctx) bool {
	return strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm)
}
