package web

import (
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/web/view"
)

// lettersShown is how many of the newest messages /dev/mail shows.
const lettersShown = 100

var (
	errNotMovable = fault.NotFound("dev.clock_fixed", "The clock of this server can't be moved. Start it with --dev.")
	errInstant    = fault.Invalid("now", "dev.instant", "Write the time as 2027-03-28T14:00:00+02:00.")
	errElsewhere  = fault.NotFound("dev.elsewhere", "The pages for developers are there only on the machine that the server runs on.")
)

// onlyHere lets in only who asks from this very machine.
func onlyHere(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host, _, err := net.SplitHostPort(c.Request().RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return errElsewhere
		}
		return h(c)
	}
}

// devClock tells the house's time.
func (s *Server) devClock(c echo.Context) error {
	if c.Request().Header.Get("Accept") == echo.MIMEApplicationJSON {
		return c.JSON(http.StatusOK, map[string]clock.Instant{"now": s.Clock.Now()})
	}
	f := s.frame(c)
	return s.page(c, f.Titled(f.T("dev.clock")), view.DevClock(f))
}

// devClockSet moves the house's time, for a form or for JSON {"now": …}.
func (s *Server) devClockSet(c echo.Context) error {
	movable, ok := s.Clock.(*clock.Movable)
	if !ok {
		return errNotMovable
	}
	var in struct {
		Now string `json:"now" form:"now"`
	}
	if err := c.Bind(&in); err != nil {
		return errInstant.Because(err)
	}
	t, err := time.Parse(time.RFC3339, in.Now)
	if err != nil {
		if t, err = time.ParseInLocation("2006-01-02T15:04", in.Now, here(c).Location()); err != nil {
			return errInstant
		}
	}
	movable.Set(clock.At(t))
	if c.Request().Header.Get(echo.HeaderContentType) == echo.MIMEApplicationJSON {
		return c.JSON(http.StatusOK, map[string]clock.Instant{"now": s.Clock.Now()})
	}
	return s.redirect(c, "/dev/clock")
}

// devMail shows the messages that were kept for want of a server, the newest first.
func (s *Server) devMail(c echo.Context) error {
	letters, err := s.Mail.Kept(c.Request().Context(), lettersShown)
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.page(c, f.Titled(f.T("dev.mail")), view.DevMail(f, letters))
}
