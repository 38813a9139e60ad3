// Package web holds the built front end. web/build.mjs makes web/dist out of npm packages and our own sources; nothing of it
// is committed. A program built without it still compiles, and says so.
package web

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// Prefix is where the program serves the assets.
const Prefix = "/assets/"

// ErrMissing is what a program answers that was built without its front end.
var ErrMissing = errors.New("web/dist is empty: the program was built without its styles and scripts; run `make assets` and build again")

var manifest = sync.OnceValues(func() (map[string]string, error) {
	b, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		return nil, ErrMissing
	}
	m := map[string]string{}
	return m, json.Unmarshal(b, &m)
})

// Check tells whether the front end is in the program: nil, or ErrMissing, or what is wrong with the manifest.
func Check() error { _, err := manifest(); return err }

// URL is the address of an asset by its plain name ("app.css"). Its name carries a hash of the content, so it may be cached
// for ever. Without a front end it is the plain name, which answers 404.
func URL(name string) string {
	m, err := manifest()
	if err != nil || m[name] == "" {
		return Prefix + name
	}
	return Prefix + m[name]
}

// Asset is one file as it is sent.
type Asset struct {
	Body     []byte
	Type     string // the media type
	Encoding string // "br", "gzip" or ""
}

// Open finds an asset by its hashed name, in the best encoding that the client accepts. fs.ErrNotExist where there is none.
func Open(name, acceptEncoding string) (Asset, error) {
	if name == "" || name != path.Base(name) || strings.HasPrefix(name, ".") {
		return Asset{}, fs.ErrNotExist
	}
	a := Asset{Type: mime.TypeByExtension(path.Ext(name))}
	switch path.Ext(name) {
	case ".woff2":
		a.Type = "font/woff2"
	case ".js":
		a.Type = "text/javascript; charset=utf-8"
	}
	for _, e := range [][2]string{{"br", ".br"}, {"gzip", ".gz"}} {
		if !strings.Contains(acceptEncoding, e[0]) {
			continue
		}
		if b, err := dist.ReadFile("dist/" + name + e[1]); err == nil {
			a.Body, a.Encoding = b, e[0]
			return a, nil
		}
	}
	b, err := dist.ReadFile("dist/" + name)
	a.Body = b
	return a, err
}
