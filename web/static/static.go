// Package static holds what the browser is given besides pages: style sheet,
// script, icons, fonts. What is served is built from src by `go generate` and
// committed, so that nobody needs Node. A file's address carries a hash of its
// content and is kept by browsers for ever; it is compressed once, at the start.
// The package does not own pages.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:generate go run ./build

// Prefix is where the files are served.
const Prefix = "/static/"

//go:embed dist fonts images
var files embed.FS

// file is one file, ready to be sent.
type file struct {
	media   string
	body    []byte
	zipped  []byte // nil where compressing gains nothing
	address string
}

var (
	byName    = map[string]*file{} // "app.css"
	byAddress = map[string]*file{} // "/static/app.3f9a0c12.css"
)

// Fonts come first: the style sheet names them, and the worker names all.
func init() {
	for _, dir := range []string{"fonts", "images", "dist"} {
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			panic("static: " + err.Error())
		}
		for _, entry := range entries {
			if path.Ext(entry.Name()) == ".txt" {
				continue
			}
			body, err := files.ReadFile(dir + "/" + entry.Name())
			if err != nil {
				panic("static: " + err.Error())
			}
			add(entry.Name(), body)
		}
	}
	add("sw.js", named(byName["sw.js"].body))
}

func add(name string, body []byte) {
	ext := path.Ext(name)
	if ext == ".css" || ext == ".webmanifest" {
		body = named(body)
	}
	sum := sha256.Sum256(body)
	f := &file{
		body:    body,
		media:   media(ext),
		address: Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext,
	}
	if ext != ".woff2" && ext != ".png" {
		f.zipped = zip(body)
	}
	byName[name], byAddress[f.address] = f, f
}

func media(ext string) string {
	switch ext {
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	}
	return mime.TypeByExtension(ext)
}

// named puts the address of every file known so far in place of its plain name:
// "/static/app.css" becomes "/static/app.3f9a0c12.css".
func named(body []byte) []byte {
	for name, f := range byName {
		body = bytes.ReplaceAll(body, []byte(`"`+Prefix+name), []byte(`"`+f.address))
		body = bytes.ReplaceAll(body, []byte(`(`+Prefix+name), []byte(`(`+f.address))
	}
	return body
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic("static: " + err.Error())
	}
	if _, err := w.Write(body); err != nil {
		panic("static: " + err.Error())
	}
	if err := w.Close(); err != nil {
		panic("static: " + err.Error())
	}
	return b.Bytes()
}

// URL is the address of a file by its plain name: URL("app.css"). An unknown
// name panics, so that a test which renders the page finds it.
func URL(name string) string {
	f, ok := byName[name]
	if !ok {
		panic("static: no file " + name)
	}
	return f.address
}

// ServeHTTP sends the file whose address was asked for, to be kept for ever.
func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := byAddress[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	f.send(w, r)
}

// Plain serves a file under an address of its own, which has no hash: the
// service worker and the icons that browsers ask for by name. It is asked for
// again each time.
func Plain(name string) http.HandlerFunc {
	f, ok := byName[name]
	if !ok {
		panic("static: no file " + name)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		f.send(w, r)
	}
}

func (f *file) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("ETag", `"`+f.address+`"`)
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.body
	if f.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the browser may have gone away
	}
}
