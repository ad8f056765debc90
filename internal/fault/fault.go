// Package fault is how the house says no. An error is either a refusal that a
// person may read, an *Error with a stable code, or our own fault, which is any
// other error. What becomes of either in HTTP is decided in one place, by the web.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of refusal it is; the web turns it into a status.
type Kind int

// The kinds, with the HTTP status each becomes.
const (
	KindInvalid      Kind = iota + 1 // 422: what was sent can't be so
	KindUnauthorized                 // 401: nobody is signed in, or the proof is wrong
	KindForbidden                    // 403: this person may not
	KindNotFound                     // 404: it does not exist, or not for this person
	KindConflict                     // 409: someone was first, or it has changed since
	KindTooMany                      // 429: wait before trying again
	KindUnavailable                  // 503: not now, through no fault of the caller
)

// Error is a refusal. Code is stable and is the key "fault.<code>" of the
// catalogue; Sentence is its English, used where the catalogue has no such key
// (a test sees to it that it has). Args fill the sentence's named places.
type Error struct {
	Kind     Kind
	Code     string
	Field    string // the form or API field it is about; empty for the whole
	Sentence string
	Args     map[string]any
	// RetryAfter is the number of seconds to wait, for KindTooMany and KindUnavailable.
	RetryAfter int
	cause      error
}

// Error is the code and the sentence, for logs and tests.
func (e *Error) Error() string { return e.Code + ": " + e.Sentence }

// Unwrap gives what lay beneath, if anything did.
func (e *Error) Unwrap() error { return e.cause }

// Is holds two refusals the same when their codes are.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// With is a copy whose sentence is filled in: With("Name", "laser").
func (e *Error) With(args ...any) *Error {
	c := *e
	c.Args = map[string]any{}
	for k, v := range e.Args {
		c.Args[k] = v
	}
	for i := 0; i+1 < len(args); i += 2 {
		c.Args[fmt.Sprint(args[i])] = args[i+1]
	}
	return &c
}

// On is a copy that is about this field.
func (e *Error) On(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because is a copy that remembers err beneath it, for the log.
func (e *Error) Because(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// After is a copy that says when to try again.
func (e *Error) After(seconds int) *Error {
	c := *e
	c.RetryAfter = seconds
	return &c
}

// Invalid refuses the value of a field.
func Invalid(field, code, sentence string) *Error {
	return &Error{Kind: KindInvalid, Field: field, Code: code, Sentence: sentence}
}

// Unauthorized asks for a sign-in, or refuses one.
func Unauthorized(code, sentence string) *Error {
	return &Error{Kind: KindUnauthorized, Code: code, Sentence: sentence}
}

// Forbidden refuses this person.
func Forbidden(code, sentence string) *Error {
	return &Error{Kind: KindForbidden, Code: code, Sentence: sentence}
}

// NotFound says there is no such thing for this person.
func NotFound(code, sentence string) *Error {
	return &Error{Kind: KindNotFound, Code: code, Sentence: sentence}
}

// Conflict says that someone was first, or that the thing changed meanwhile.
func Conflict(code, sentence string) *Error {
	return &Error{Kind: KindConflict, Code: code, Sentence: sentence}
}

// TooMany asks to wait.
func TooMany(code, sentence string) *Error {
	return &Error{Kind: KindTooMany, Code: code, Sentence: sentence}
}

// Unavailable says that the house can't do it now.
func Unavailable(code, sentence string) *Error {
	return &Error{Kind: KindUnavailable, Code: code, Sentence: sentence}
}

// Wrap adds where we were to an error of our own; a refusal and nil pass unchanged.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	if _, ok := As(err); ok {
		return err
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// As finds the refusal in err, if it is one.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// Many gathers refusals of several fields, so that a form can show all at once.
type Many []*Error

// Add keeps err if there is one.
func (m *Many) Add(err *Error) {
	if err != nil {
		*m = append(*m, err)
	}
}

// Err is nil if nothing was refused.
func (m Many) Err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// Error lists all of them.
func (m Many) Error() string {
	var errs []error
	for _, e := range m {
		errs = append(errs, e)
	}
	return errors.Join(errs...).Error()
}

// Unwrap makes errors.Is and errors.As see each.
func (m Many) Unwrap() []error {
	errs := make([]error, len(m))
	for i, e := range m {
		errs[i] = e
	}
	return errs
}

// All lists the refusals in err: one, several, or none if it is our own fault.
func All(err error) []*Error {
	var m Many
	if errors.As(err, &m) {
		return m
	}
	if e, ok := As(err); ok {
		return []*Error{e}
	}
	return nil
}
