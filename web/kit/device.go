package kit

import (
	"net/url"

	"github.com/a-h/templ"

	"saluran/web"
)

func mark() string { return web.URL("mark.svg") }

// shareHref opens WhatsApp with a text and an address in it; to whom it goes is chosen there.
func shareHref(text, address string) templ.SafeURL {
	return templ.SafeURL("https://wa.me/?text=" + url.QueryEscape(text+"\n"+address))
}
