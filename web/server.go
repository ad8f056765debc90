// Package web speaks HTTP to people: every address of the house and the
// operation it is for, the pages behind them, and what becomes of an error. A
// handler finds out who asks, parses, asks one service, shows the form again if
// refused, and sends on if not. The package owns no rule and no data; what a
// page looks like is web/view's, the JSON API is web/api's.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/auth"
	"guildhall/internal/billing"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/desk"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/idempotency"
	"guildhall/internal/intake"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/privacy"
	"guildhall/internal/profiles"
	"guildhall/internal/proofs"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
	"guildhall/internal/teams"
	"guildhall/web/api"
)

// Config is what the server is told about where it stands.
type Config struct {
	BaseURL string         // how the world reaches it, "https://example.org"; empty: as asked
	Proxies []netip.Prefix // whose X-Forwarded-For is believed
	Dev     bool           // the pages for developers are there
	Version string         // of the program
}

// Server answers requests. Its exported fields are the services it asks; fill
// them, then take its Handler.
type Server struct {
	Config Config
	Clock  clock.Clock
	Log    *slog.Logger
	// Measured, if set, is told of every request that was answered; route is the
	// pattern it matched, empty if none.
	Measured func(method, route string, status int, took time.Duration)

	Spaces         *spaces.Service
	Members        *members.Service
	Intake         *intake.Service
	Plans          *plans.Service
	Billing        *billing.Service
	Desk           *desk.Service
	Equipment      *equipment.Service
	Booking        *booking.Service
	Events         *events.Service
	Reports        *reports.Service
	Auth           *auth.Service
	Keys           *idempotency.Keys
	Jobs           *jobs.Queue
	Mail           *mail.Sender
	Certifications *certifications.Service
	Consent        *consent.Service
	Teams          *teams.Service
	Privacy        *privacy.Service
	Profiles       *profiles.Service
	Proofs         *proofs.Service

	router  *echo.Echo
	api     *api.API
	routes  map[string]bool // "GET /bookings"
	reports ration          // of /reports/csp
	uploads map[string]bool // the addresses that take files, and so a larger body
}

// Handler makes the router with every address. It panics if an address and the
// authorisation table disagree, so that such a program never starts.
func (s *Server) Handler() http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.problem
	e.IPExtractor = s.addresses()
	s.router, s.routes, s.uploads = e, map[string]bool{}, map[string]bool{}
	e.Use(s.observe, s.protect, trim, s.compress, s.identify, s.limit, s.legible)
	s.register()
	s.api = s.mount(e)
	s.audited()
	return headAsGet(e)
}

// addresses says where a request comes from: from a proxy only if it is a known one.
func (s *Server) addresses() echo.IPExtractor {
	if len(s.Config.Proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range s.Config.Proxies {
		options = append(options, echo.TrustIPRange(ipNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// secure reports whether people reach this request's page over TLS.
func (s *Server) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	u, err := url.Parse(s.Config.BaseURL)
	return err == nil && u.Scheme == "https"
}

// key is the type of what this package keeps in a request's context.
type key int

const visitKey key = 0

// visit is what is known of a request before its handler runs.
type visit struct {
	id    string // of the request
	began time.Time
	space spaces.Space // of the address, or the one last visited
}

func visitOf(c echo.Context) *visit {
	if v, ok := c.Request().Context().Value(visitKey).(*visit); ok {
		return v
	}
	v := &visit{}
	c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), visitKey, v)))
	return v
}
