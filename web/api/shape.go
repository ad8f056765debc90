package api

import (
	"errors"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/danielgtaylor/huma/v2/validation"

	"guildhall/internal/fault"
)

// What can be wrong with the shape of what was sent, before any rule is asked. The
// value that was sent is never repeated.
var (
	ErrMissing    = fault.Invalid("", "api.missing", "{{.Field}} is missing.")
	ErrUnknown    = fault.Invalid("", "api.unknown", "Nothing here is called {{.Field}}.")
	ErrTwice      = fault.Invalid("", "api.twice", "{{.Field}} was sent more than once. Send it once.")
	ErrNoText     = fault.Invalid("", "api.no_text", "{{.Field}} must be text.")
	ErrNoInteger  = fault.Invalid("", "api.no_integer", "{{.Field}} must be a whole number.")
	ErrNoBoolean  = fault.Invalid("", "api.no_boolean", "{{.Field}} must be true or false.")
	ErrNoList     = fault.Invalid("", "api.no_list", "{{.Field}} must be a list.")
	ErrNoObject   = fault.Invalid("", "api.no_object", "{{.Field}} must be an object.")
	ErrTooShort   = fault.Invalid("", "api.too_short", "{{.Field}} must have at least {{.Bound}} characters.")
	ErrTooLong    = fault.Invalid("", "api.too_long", "{{.Field}} must have at most {{.Bound}} characters.")
	ErrTooSmall   = fault.Invalid("", "api.too_small", "{{.Field}} must be at least {{.Bound}}.")
	ErrTooBig     = fault.Invalid("", "api.too_big", "{{.Field}} must be at most {{.Bound}}.")
	ErrNotOneOf   = fault.Invalid("", "api.not_one_of", "{{.Field}} must be one of: {{.Bound}}.")
	ErrUnreadable = fault.Invalid("", "api.invalid", "{{.Field}} can't be read.")
	ErrJSON       = fault.Invalid("", "api.json", "What was sent is not JSON, or was cut off.")
	ErrNoBody     = fault.Invalid("", "api.no_body", "Send something: the body is empty.")
	ErrSlow       = fault.Invalid("", "api.slow", "What was sent took too long to arrive. Send it again.")
	ErrTooLarge   = fault.Invalid("", "api.too_large", "This is too large to take.")
	ErrMediaType  = fault.Invalid("Content-Type", "api.media_type", "Send this as {{.Want}}.")
)

// ownStatus are the refusals for which HTTP has a status of its own.
var ownStatus = map[string]int{
	ErrJSON.Code: http.StatusBadRequest, ErrNoBody.Code: http.StatusBadRequest, ErrSlow.Code: http.StatusRequestTimeout,
	ErrTooLarge.Code: http.StatusRequestEntityTooLarge, ErrMediaType.Code: http.StatusUnsupportedMediaType,
}

// shapes are what huma says of a value, by how it begins, and what we say instead.
// What follows is the bound. The first that fits counts.
var shapes = []struct {
	begins string
	is     *fault.Error
}{
	{"required ", ErrMissing}, // "query parameter is missing"
	{validation.MsgUnexpectedProperty, ErrUnknown},
	{validation.MsgExpectedRFC3339Date, ErrDay},
	{validation.MsgExpectedString, ErrNoText},
	{validation.MsgExpectedInteger, ErrNoInteger},
	{"invalid integer", ErrNoInteger},
	{validation.MsgExpectedBoolean, ErrNoBoolean},
	{"invalid boolean", ErrNoBoolean},
	{validation.MsgExpectedArray, ErrNoList},
	{validation.MsgExpectedObject, ErrNoObject},
	{before(validation.MsgExpectedMinLength), ErrTooShort},
	{before(validation.MsgExpectedMaxLength), ErrTooLong},
	{before(validation.MsgExpectedMinimumNumber), ErrTooSmall},
	{before(validation.MsgExpectedMaximumNumber), ErrTooBig},
	{before(validation.MsgExpectedOneOf), ErrNotOneOf},
}

// before is what stands in a format before its first value.
func before(format string) string {
	head, _, _ := strings.Cut(format, "%")
	return head
}

type callerKey struct{}

// refuseShape says in our words what huma has against an input.
func refuseShape(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	c, ok := ctx.Context().Value(callerKey{}).(*caller)
	if !ok {
		return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: "api.failed", Detail: http.StatusText(status)}
	}
	var large *http.MaxBytesError
	var wrong fault.Many
	switch {
	case errors.As(errors.Join(errs...), &large), status == http.StatusRequestEntityTooLarge:
		wrong.Add(ErrTooLarge)
	case status == http.StatusRequestTimeout:
		wrong.Add(ErrSlow)
	case status == http.StatusBadRequest && len(errs) == 0:
		wrong.Add(ErrNoBody)
	case status == http.StatusBadRequest, status == http.StatusInternalServerError: // to huma a body that can't be read is our fault
		wrong.Add(ErrJSON)
	default:
		for _, err := range errs {
			var detail *huma.ErrorDetail
			if !errors.As(err, &detail) {
				detail = &huma.ErrorDetail{Message: message}
			}
			wrong.Add(shape(detail))
		}
	}
	return c.refused(wrong)
}

// shape is what is wrong with one field.
func shape(d *huma.ErrorDetail) *fault.Error {
	field := fieldOf(d.Location)
	if name, ok := strings.CutPrefix(d.Message, before(validation.MsgExpectedRequiredProperty)); ok {
		name, _, _ = strings.Cut(name, " ")
		return on(ErrMissing, fieldOf(d.Location+"."+name))
	}
	for _, s := range shapes {
		if bound, ok := strings.CutPrefix(d.Message, s.begins); ok {
			return on(s.is.With("Bound", strings.Trim(bound, `"`)), field)
		}
	}
	return on(ErrUnreadable, field)
}

// on is a refusal of a field that its sentence names.
func on(f *fault.Error, field string) *fault.Error { return f.With("Field", field).On(field) }

// fieldOf is the name of a field as its sender knows it: without where it was sent.
func fieldOf(location string) string {
	if place, name, ok := strings.Cut(location, "."); ok {
		switch place {
		case "body", "query", "path", "header":
			return name
		}
	}
	return location
}

// wellSent refuses what can't be meant: a parameter that stands in the address
// twice, and a body that is not of the kind the address takes. The kind is then
// written as huma knows it.
func wellSent(ctx huma.Context) error {
	var wrong fault.Many
	address := ctx.URL()
	for name, values := range address.Query() {
		if len(values) > 1 {
			wrong.Add(on(ErrTwice, name))
		}
	}
	takes, kind := ctx.Operation().RequestBody, ctx.Header("Content-Type")
	if len(wrong) > 0 || takes == nil || kind == "" {
		return wrong.Err()
	}
	kind, _, err := mime.ParseMediaType(kind)
	if takes.Content["application/json"] != nil && strings.HasSuffix(kind, "+json") {
		kind = "application/json"
	}
	if err != nil || takes.Content[kind] == nil {
		for want := range takes.Content {
			wrong.Add(ErrMediaType.With("Want", want))
		}
	}
	humaecho.Unwrap(ctx).Request().Header.Set("Content-Type", kind)
	return wrong.Err()
}

// zero reports whether v is the zero value of its type.
func zero(v any) bool { return v == nil || reflect.ValueOf(v).IsZero() }

// unsaid reports whether none of what may be changed was said.
func unsaid(fields ...any) bool {
	for _, f := range fields {
		if !zero(f) {
			return false
		}
	}
	return true
}
