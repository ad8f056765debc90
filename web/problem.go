package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/web/api"
	"guildhall/web/view"
)

// kinded is a refusal that is no *fault.Error but knows its kind.
type kinded interface{ Kind() fault.Kind }

// statusOf is the HTTP status of an error; 500 for our own fault.
func statusOf(err error) int {
	var (
		large *http.MaxBytesError
		he    *echo.HTTPError
		kind  fault.Kind
		k     kinded
	)
	switch f, ok := fault.As(err); {
	case errors.As(err, &large), errors.Is(err, errTooLarge):
		return http.StatusRequestEntityTooLarge
	case ok:
		kind = f.Kind
	case errors.As(err, &k):
		kind = k.Kind()
	case errors.As(err, &he):
		return he.Code
	}
	switch kind {
	case fault.KindInvalid:
		return http.StatusUnprocessableEntity
	case fault.KindUnauthorized:
		return http.StatusUnauthorized
	case fault.KindForbidden:
		return http.StatusForbidden
	case fault.KindNotFound:
		return http.StatusNotFound
	case fault.KindConflict:
		return http.StatusConflict
	case fault.KindTooMany:
		return http.StatusTooManyRequests
	case fault.KindUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem is the one place where an error becomes an answer: a page for people,
// problem+json (RFC 9457) for programs, the sign-in for a stranger who wants
// what needs a name. An error of our own is written to the log here, once, and
// nothing of it is told.
func (s *Server) problem(err error, c echo.Context) {
	status, v := statusOf(err), visitOf(c)
	if c.Response().Committed { // the answer has begun; observe breaks it off
		s.Log.Warn("broken off", "request", v.id, "method", c.Request().Method, "route", c.Path(), "error", err.Error())
		return
	}
	if status >= http.StatusInternalServerError {
		s.Log.Error("failed", "request", v.id, "method", c.Request().Method, "route", c.Path(), "error", err.Error())
	}
	refusal, _ := fault.As(err)
	if refusal != nil && refusal.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(refusal.RetryAfter))
	}
	var sent error
	switch {
	case forProgram(c):
		sent = s.problemJSON(c, status, err)
	case errors.Is(err, actor.ErrSignIn):
		sent = c.Redirect(http.StatusSeeOther, "/sign-in?next="+url.QueryEscape(cameFrom(c)))
	case errors.Is(err, actor.ErrEnrol):
		sent = c.Redirect(http.StatusSeeOther, "/me/enrol")
	case errors.Is(err, actor.ErrFresh), errors.Is(err, actor.ErrLocked):
		sent = s.askAgain(c)
	default:
		if v.space.ID == "" && status != http.StatusInternalServerError {
			_ = s.settle(c) // an address that is not ours has no space; the page does without one, too
		}
		f := s.frame(c)
		props := view.ProblemProps{Status: status, Request: v.id, Says: says(f.Printer, status, refusal)}
		f.Title = view.ProblemTitle(f, status)
		sent = s.show(c, status, f, view.Problem(f, props))
	}
	if sent != nil {
		s.Log.Error("could not answer", "request", v.id, "error", sent.Error())
	}
}

func forProgram(c echo.Context) bool {
	return strings.HasPrefix(c.Request().URL.Path, "/api/")
}

// says is the sentence of a refusal, or that of the status where there is none.
func says(p i18n.Printer, status int, refusal *fault.Error) string {
	if refusal != nil {
		return p.Fault(refusal)
	}
	switch status {
	case http.StatusNotFound:
		return p.T("problem.404.says")
	case http.StatusMethodNotAllowed:
		return p.T("problem.405.says")
	case http.StatusRequestTimeout:
		return p.T("problem.408.says")
	case http.StatusRequestEntityTooLarge:
		return p.T("problem.413.says")
	case http.StatusInternalServerError:
		return p.T("problem.500.says")
	}
	return p.T("problem.other.says")
}

// problemJSON answers a program in the words of the API.
func (s *Server) problemJSON(c echo.Context, status int, err error) error {
	printer, faults := i18n.For(asked(c)), fault.All(err)
	body := api.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Code: "web." + strconv.Itoa(status),
		RequestID: visitOf(c).id, Errors: api.Fields(printer, faults),
	}
	var refusal *fault.Error
	if len(faults) > 0 {
		refusal = faults[0]
		body.Code = refusal.Code
	}
	body.Detail = says(printer, status, refusal)
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.Blob(status, body.ContentType(""), text)
}

// cameFrom is the page to return to after a sign-in: the one asked for, or for
// a form that was sent the one it stood on.
func cameFrom(c echo.Context) string {
	r := c.Request()
	if r.Method == http.MethodGet {
		return local(r.URL.RequestURI())
	}
	if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
		return local(u.RequestURI())
	}
	return "/"
}
