package site

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/web/view"
)

// mailbox shows what the portal would have sent, where it keeps letters instead of sending them: the demonstration and places of
// development. Nobody is signed in here, because letters are how somebody gets in: so it is there for this machine alone, and not
// through a proxy on it or under another name.
func (s *Site) mailbox(c fiber.Ctx) error {
	if !httpx.Local(c, s.URL) {
		return errs.Gone()
	}
	var out []view.Letter
	for _, l := range s.Letters.Letters(strings.ToLower(c.Query("to"))) {
		out = append(out, view.Letter{To: l.To, Subject: l.Subject, Text: l.Text, Link: l.Link, At: l.At})
	}
	return html(c, s.anonymous(c), http.StatusOK, view.MailboxPage(out))
}
