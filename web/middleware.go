package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"guildhall/internal/fault"
	"guildhall/web/static"
)

const (
	bodyLimit   = 1 << 20
	uploadLimit = 26 << 20 // a file of sheet.MaxBytes, and the form around it
)

var (
	// errCrossSite refuses a form that another site sent.
	errCrossSite = fault.Forbidden("web.cross_site", "This was sent from another site. Open the page here and send it again.")
	// errIllegible refuses what is no text.
	errIllegible = fault.Invalid("", "web.illegible", "There are characters in this that are no text. Take them out and send it again.")
	// errTooLarge refuses a body larger than its address takes; give it the Size.
	errTooLarge = fault.Invalid("", "web.too_large", "This is too large to take. Send less than {{.Size}}.")
)

// trim sends an address with a slash at its end on to the one without.
func trim(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		path := strings.TrimRight(u.EscapedPath(), "/")
		if path == "" || path == u.EscapedPath() || strings.HasPrefix(u.Path, static.Prefix) {
			return next(c)
		}
		if u.RawQuery != "" {
			path += "?" + u.RawQuery
		}
		return c.Redirect(http.StatusPermanentRedirect, local(path))
	}
}

// headAsGet answers HEAD like GET; the HTTP server leaves the body away.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			r = r.Clone(r.Context())
			r.Method = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

// observe names the request, writes one line about it when it is done, and turns
// a panic into an error of our own.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		v := visitOf(c)
		v.id, v.began = rand.Text(), time.Now()
		c.Response().Header().Set(echo.HeaderXRequestID, v.id)
		defer func() {
			cut := err != nil && c.Response().Committed
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.Log.Error("panic", "request", v.id, "value", fmt.Sprint(p), "stack", string(debug.Stack()))
				c.Error(fmt.Errorf("panic: %v", p))
			} else if err != nil {
				c.Error(err)
				err = nil
			}
			took := time.Since(v.began)
			if s.Measured != nil {
				s.Measured(c.Request().Method, c.Path(), c.Response().Status, took)
			}
			s.Log.Info("request", "request", v.id, "method", c.Request().Method, "route", c.Path(),
				"status", c.Response().Status, "took", took, "member", by(c).Member)
			if cut { // half a file must not look like a whole one
				panic(http.ErrAbortHandler)
			}
		}()
		return next(c)
	}
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; report-to csp"

// protect sets the headers that every answer carries and refuses what another
// site had a browser send.
func (s *Server) protect(next echo.HandlerFunc) echo.HandlerFunc {
	crossOrigin := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Reporting-Endpoints", `csp="/reports/csp"`)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store")
		if s.secure(c.Request()) {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload")
		}
		if err := crossOrigin.Check(c.Request()); err != nil {
			return errCrossSite.Because(err)
		}
		return next(c)
	}
}

// compress sends pages and JSON zipped; files of static are zipped already.
func (s *Server) compress(next echo.HandlerFunc) echo.HandlerFunc {
	zipped := middleware.GzipWithConfig(middleware.GzipConfig{Level: 5, MinLength: 1024})(next)
	return func(c echo.Context) error {
		p := c.Request().URL.Path
		if strings.HasPrefix(p, static.Prefix) || strings.HasPrefix(p, "/pictures/") || p == "/sw.js" || p == "/manifest.webmanifest" {
			return next(c)
		}
		return zipped(c)
	}
}

// limit takes no more of a body than its address is for; a file only from whom the house knows.
func (s *Server) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, most := c.Request(), int64(bodyLimit)
		if s.uploads[c.Path()] && by(c).SignedIn() {
			most = uploadLimit
		}
		if r.ContentLength > most {
			c.Response().Header().Set("Connection", "close")
			return errTooLarge.With("Size", fmt.Sprintf("%d MB", most>>20))
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
		// A form whose length was not told is read here: handlers take what of it came, and ask no more.
		var large *http.MaxBytesError
		if err := parse(r, s.uploads[c.Path()]); errors.As(err, &large) {
			return errTooLarge.With("Size", fmt.Sprintf("%d MB", most>>20))
		}
		return next(c)
	}
}

// parse reads the query and the form of a request; one with a file is left to its handler.
func parse(r *http.Request, upload bool) error {
	if err := r.ParseForm(); err != nil || upload {
		return err // ParseMultipartForm alone would forget it
	}
	return r.ParseMultipartForm(bodyLimit)
}

// legible turns away what is no text, a NUL or broken UTF-8, which PostgreSQL would not
// take: nothing has such an address, and a query or a form is refused. What is sent as
// JSON is looked at by the API.
func (s *Server) legible(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if !isText(r.URL.Path) {
			return echo.ErrNotFound
		}
		if !areText(r.Form) {
			return errIllegible
		}
		return next(c)
	}
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func areText(form url.Values) bool {
	for name, values := range form {
		if !isText(name + strings.Join(values, "")) {
			return false
		}
	}
	return true
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
