// Package api is the JSON API, version 1: the same use cases as the pages, for
// programs. Each file is a section with its addresses and the shapes of what goes
// in and out; the names in them are what clients rely on and are never changed.
// It owns no rule. Who asks is told by the web, which let them in.
package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/billing"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/desk"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/i18n"
	"guildhall/internal/idempotency"
	"guildhall/internal/intake"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/privacy"
	"guildhall/internal/profiles"
	"guildhall/internal/proofs"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
	"guildhall/internal/teams"
)

// Prefix is where the API is.
const Prefix = "/api/v1"

// Imports are the addresses that take a file.
var Imports = []string{Prefix + "/members/import", Prefix + "/resources/import", Prefix + "/me/photo", Prefix + "/members/:id/proofs"}

// Services are what the API asks.
type Services struct {
	Clock          clock.Clock
	Keys           *idempotency.Keys
	Auth           *auth.Service
	Spaces         *spaces.Service
	Members        *members.Service
	Intake         *intake.Service
	Plans          *plans.Service
	Billing        *billing.Service
	Profiles       *profiles.Service
	Proofs         *proofs.Service
	Reports        *reports.Service
	Equipment      *equipment.Service
	Booking        *booking.Service
	Consent        *consent.Service
	Desk           *desk.Service
	Events         *events.Service
	Certifications *certifications.Service
	Teams          *teams.Service
	Privacy        *privacy.Service
}

// Door tells who asks and in which language, and how a refusal of the web's own
// is answered.
type Door struct {
	Who    func(echo.Context) actor.Actor
	Locale func(echo.Context) string
	From   func(echo.Context) auth.From
	// Fault logs an error of our own; what of it is told is this package's to say.
	Fault func(echo.Context, error)
	// Request is the id that the log knows the request by.
	Request func(echo.Context) string
}

// API is the API on a router.
type API struct {
	Services
	door Door
	huma huma.API
}

// Mount puts every address on the router. It panics where the authorisation
// table does not give an address to its operation.
func Mount(e *echo.Echo, s Services, d Door, version string) *API {
	a := &API{Services: s, door: d}
	config := huma.DefaultConfig("Guildhall", version)
	config.Info.Description = "Members, equipment and bookings of a makerspace. Money is in minor units; times are RFC 3339."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil
	config.Formats = map[string]huma.Format{"application/json": legible, "json": legible}
	config.Servers = []*huma.Server{{URL: Prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token from POST /auth/sign-in, or a personal token from POST /auth/tokens."},
	}
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[clock.Instant](), reflect.TypeFor[instant]())
	huma.DefaultArrayNullable = false
	huma.NewErrorWithContext = refuseShape
	huma.NewError = func(int, string, ...error) huma.StatusError { return &Problem{} } // only its shape is asked for
	e.Use(a.once)
	a.huma = humaecho.NewWithGroup(e, e.Group(Prefix), config) // a group with middleware would answer every method, with 404
	for _, section := range []func(){
		a.authentication, a.me, a.privacy, a.spaces, a.members, a.intake, a.people, a.teams, a.plans, a.memberships, a.certifications, a.equipment, a.bookings, a.consent, a.frontDesk, a.profiles, a.proofs,
	} {
		section()
	}
	return a
}

// Operation is one address in the description.
type Operation = huma.Operation

// OpenAPI is the description of every address, as OpenAPI 3.1.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// caller is who asks, found before the handler runs. Every input holds one.
type caller struct {
	by      actor.Actor
	locale  string
	from    auth.From
	request string
	echo    echo.Context
}

// called is an input that knows its caller.
type called interface{ called() *caller }

// Caller is embedded in every input.
type Caller struct {
	AcceptLanguage string `header:"Accept-Language" doc:"The language of messages: en or zh-CN." required:"false"`
	who            caller
}

func (c *Caller) called() *caller { return &c.who }

// Resolve keeps the request's own context until register has asked it who calls.
func (c *Caller) Resolve(ctx huma.Context) []error {
	c.who.echo = humaecho.Unwrap(ctx)
	return nil
}

func (c *Caller) printer() i18n.Printer { return i18n.For(c.who.locale) }

// body is an output with nothing but a body.
type body[T any] struct{ Body T }

func said[T any](v T) *body[T] { return &body[T]{v} }

// nothing is the output of what has nothing to tell: 204.
type nothing struct{}

// register adds an address. The operation op of the authorisation table decides
// who gets as far as the handler; the service decides the rest.
func register[I, O any](a *API, op actor.Operation, method, path, summary string, status int, h func(context.Context, *I) (*O, error)) {
	route := method + " " + Prefix + strings.NewReplacer("{", ":", "}", "").Replace(path)
	rule, ok := actor.Table[op]
	if !ok || !slices.Contains(rule.Routes, route) {
		panic(fmt.Sprintf("api: authz.csv does not give %s to %q", route, op))
	}
	o := huma.Operation{
		OperationID: operationID(method, path), Method: method, Path: path, Summary: summary, DefaultStatus: status,
		Tags: []string{strings.Split(strings.TrimPrefix(path, "/"), "/")[0]}, Errors: problems(reflect.TypeFor[I](), op, method),
		MaxBodyBytes: -1, BodyReadTimeout: bodyWithin, // the web limits what an address takes
		Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) { a.admit(ctx, rule, next) }},
	}
	if rule.Scopes[actor.Visitor] == actor.None {
		o.Security = []map[string][]string{{"bearer": {}}}
	}
	if keyed(method, Prefix+path) {
		o.Parameters = []*huma.Param{idempotencyKey}
	}
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		c := any(in).(called).called()
		*c = a.caller(c.echo)
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problem(c, err)
		}
		return out, nil
	})
}

// problems are the statuses with which an operation may refuse.
func problems(input reflect.Type, op actor.Operation, method string) []int {
	may := []int{http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable}
	_, body := input.FieldByName("Body")
	_, raw := input.FieldByName("RawBody")
	if body || raw {
		may = append(may, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if method != http.MethodGet {
		may = append(may, http.StatusConflict)
	}
	if op == signingIn {
		return append(may, http.StatusUnauthorized, http.StatusTooManyRequests)
	}
	return append(may, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound)
}

// signingIn is the operation of those addresses that a token, good or bad, means nothing to.
const signingIn actor.Operation = "auth.public"

// bodyWithin is how long a body may take to arrive: as long as the server bears with it.
const bodyWithin = 45 * time.Second

// instant is how a clock.Instant is described.
type instant string

// Schema is a time; where there may be none, the field says so.
func (instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// admit turns away whom the table denies everywhere, before anything that was
// sent is looked at.
func (a *API) admit(ctx huma.Context, rule actor.Rule, next func(huma.Context)) {
	c := a.caller(humaecho.Unwrap(ctx))
	role := c.by.Highest()
	if role == actor.Visitor && c.by.SignedIn() {
		role = actor.Member
	}
	refused := rule.Admit(c.by, role, c.by.LedAnywhere(), a.Clock.Now())
	if refused == nil || errors.Is(refused, actor.ErrFresh) { // a proof that no program can give
		refused = cmp.Or(rule.Reaches(c.by, ctx.Method()), refused)
	}
	if refused == nil {
		if refused = wellSent(ctx); refused == nil {
			next(huma.WithValue(ctx, callerKey{}, &c))
			return
		}
	}
	p := a.problem(&c, refused)
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	if err := json.NewEncoder(ctx.BodyWriter()).Encode(p); err != nil {
		a.door.Fault(c.echo, err)
	}
}

// caller is who sent a request.
func (a *API) caller(c echo.Context) caller {
	return caller{by: a.door.Who(c), locale: a.door.Locale(c), from: a.door.From(c), request: a.door.Request(c), echo: c}
}

func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}-._", r) })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// legible is JSON in which no string holds what PostgreSQL would not take.
var legible = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) || escapesNUL(data) {
			return errIllegible
		}
		return huma.DefaultJSONFormat.Unmarshal(data, v)
	},
}

var errIllegible = errors.New("there are characters in this that are no text")

// escapesNUL reports whether a string in this JSON, which has backslashes nowhere
// else, holds a NUL.
func escapesNUL(data []byte) bool {
	for {
		at := bytes.IndexByte(data, '\\')
		if at < 0 || at+1 == len(data) {
			return false
		}
		if data = data[at+1:]; bytes.HasPrefix(data, []byte("u0000")) {
			return true
		}
		data = data[1:]
	}
}
