package web

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/web/view"
)

// prefer keeps the language or the theme that was chosen and goes back to the page.
func (s *Server) prefer(c echo.Context) error {
	for _, l := range i18n.Locales {
		if c.FormValue("locale") == l {
			s.remember(c, localeCookie, l)
		}
	}
	switch theme := c.FormValue("theme"); theme {
	case "light", "dark":
		s.remember(c, themeCookie, theme)
	case "system":
		s.forget(c, themeCookie)
	}
	return s.redirect(c, local(c.FormValue("back")))
}

// reportsAMinute is how many reports are written down: anyone may send them, and one
// page that is wrong has every browser do so.
const reportsAMinute = 10

// policyReport writes down what a browser says our pages tried to load: which rule,
// on which page, from where. Nothing else that a stranger sends comes into the log.
func (s *Server) policyReport(c echo.Context) error {
	var sent []struct { // https://www.w3.org/TR/CSP3/#reporting
		Type string
		Body struct{ DocumentURL, EffectiveDirective, BlockedURL string }
	}
	err := json.NewDecoder(io.LimitReader(c.Request().Body, 16<<10)).Decode(&sent)
	if err != nil || len(sent) == 0 || sent[0].Type != "csp-violation" || !s.reports.take(s.Clock.Now(), reportsAMinute) {
		return c.NoContent(http.StatusNoContent)
	}
	said := sent[0].Body
	s.Log.Warn("content security policy", "request", visitOf(c).id,
		"directive", brief(said.EffectiveDirective), "page", brief(said.DocumentURL), "blocked", brief(said.BlockedURL))
	return c.NoContent(http.StatusNoContent)
}

// brief is an address for the log: at most 200 bytes, without its query, which may
// hold a token.
func brief(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return strings.ToValidUTF8(address[:min(len(address), 200)], "")
}

// ration is what may be done so many times a minute.
type ration struct {
	mu     sync.Mutex
	since  clock.Instant
	passed int
}

// take reports whether one more may be done now, and counts it.
func (r *ration) take(now clock.Instant, most int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.since) >= time.Minute {
		r.since, r.passed = now, 0
	}
	r.passed++
	return r.passed <= most
}

// gallery shows every part of the pages with sample data.
func (s *Server) gallery(c echo.Context) error {
	f := s.frame(c)
	f.Title = f.T("gallery.title")
	return s.page(c, f, view.Gallery(f))
}
