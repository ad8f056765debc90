package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Problem is the answer to what can't be done: RFC 9457, with a stable code.
type Problem struct {
	Type       string         `json:"type"`
	Title      string         `json:"title"`
	Status     int            `json:"status"`
	Detail     string         `json:"detail" doc:"What is so, and what to do, in the caller's language."`
	Code       string         `json:"code" doc:"Stable; for programs."`
	RequestID  string         `json:"request_id,omitempty"`
	Errors     []FieldProblem `json:"errors,omitempty" doc:"What is wrong with which field."`
	Violations []Violation    `json:"violations,omitempty" doc:"Every booking rule that is broken."`
	retryAfter int
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Violation is a broken booking rule.
type Violation struct {
	Code        string         `json:"code"`
	Message     string         `json:"message"`
	Overridable bool           `json:"overridable" doc:"Staff who may, may set it aside with a reason."`
	Remedy      *Remedy        `json:"remedy,omitempty" doc:"The one thing to do next."`
	Details     map[string]any `json:"details,omitempty"`
}

// Remedy is the one thing to do next.
type Remedy struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
}

// Error is the code and the sentence.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

var statuses = map[fault.Kind]int{
	fault.KindInvalid: http.StatusUnprocessableEntity, fault.KindUnauthorized: http.StatusUnauthorized,
	fault.KindForbidden: http.StatusForbidden, fault.KindNotFound: http.StatusNotFound, fault.KindConflict: http.StatusConflict,
	fault.KindTooMany: http.StatusTooManyRequests, fault.KindUnavailable: http.StatusServiceUnavailable,
}

// problem says an error as an answer. One of our own is logged and not told.
func (a *API) problem(c *caller, err error) *Problem {
	printer := i18n.For(c.locale)
	p := &Problem{Type: "about:blank", RequestID: c.request}
	var refusal booking.Refusal
	switch {
	case errors.As(err, &refusal):
		p.Status, p.Code = statuses[refusal.Kind()], refusal.Code()
		p.Violations = violations(printer, refusal.Zone, refusal.Violations)
		p.Detail = p.Violations[0].Message
	case len(fault.All(err)) > 0:
		p = c.refused(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		a.door.Fault(c.echo, err)
		p.Status, p.Code, p.Detail, p.retryAfter = http.StatusServiceUnavailable, "api.timeout", printer.T("api.timeout"), 5
	default:
		a.door.Fault(c.echo, err)
		p.Status, p.Code, p.Detail = http.StatusInternalServerError, "api.failed", printer.T("api.failed")
	}
	if p.retryAfter > 0 {
		c.echo.Response().Header().Set("Retry-After", itoa(p.retryAfter))
	}
	if errors.Is(err, actor.ErrSignIn) {
		if h := c.echo.Response().Header(); h.Get("WWW-Authenticate") == "" { // what is wrong with a token was said at the door
			h.Set("WWW-Authenticate", "Bearer")
		}
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// refused says refusals as an answer.
func (c *caller) refused(err error) *Problem {
	printer, faults := i18n.For(c.locale), fault.All(err)
	first := faults[0]
	p := &Problem{
		Type: "about:blank", Status: statuses[first.Kind], Code: first.Code, Detail: printer.Fault(first),
		RequestID: c.request, Errors: Fields(printer, faults), retryAfter: first.RetryAfter,
	}
	if status, ok := ownStatus[p.Code]; ok {
		p.Status = status
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// Fields are what is wrong with which field.
func Fields(printer i18n.Printer, faults []*fault.Error) []FieldProblem {
	var list []FieldProblem
	for _, f := range faults {
		if f.Field != "" {
			list = append(list, FieldProblem{Field: f.Field, Code: f.Code, Message: printer.Fault(f)})
		}
	}
	return list
}

func violations(printer i18n.Printer, zone *time.Location, broken []booking.Violation) []Violation {
	list := make([]Violation, len(broken))
	for i, v := range broken {
		list[i] = Violation{Code: v.Code, Message: v.Sentence(printer, zone), Overridable: v.Overridable, Details: details(printer, v.Args)}
		if v.Remedy != nil {
			list[i].Remedy = &Remedy{Code: v.Remedy.Code, Message: v.Remedy.Sentence(printer, zone), Details: details(printer, v.Remedy.Args)}
		}
	}
	return list
}

// details are the particulars of a rule as JSON has them: instants and ids as
// text, spans in minutes, texts in the caller's language.
func details(printer i18n.Printer, args map[string]any) map[string]any {
	if len(args) == 0 {
		return nil
	}
	out := map[string]any{}
	for key, value := range args {
		name := snake(key)
		switch v := value.(type) {
		case time.Duration:
			out[name+"_min"] = int(v.Minutes())
		case i18n.Text:
			out[name] = v.In(printer.Locale)
		case clock.Instant, []clock.Instant, id.ID, string, int, int64, bool:
			out[name] = v
		}
	}
	return out
}
