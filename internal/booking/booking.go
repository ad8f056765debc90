// Package booking decides who holds what when. It owns occupancy and the promise
// that nothing is held twice, the rules of a space and what they say to a wish
// (evaluate.go), prices of time, closures, and the life of a booking from a hold to
// its end. One pure function, evaluate, answers for every page and every call.
//
// It does not own machines and rooms (equipment), people and their certifications
// (members), opening hours (spaces) or the account that pays (billing): it asks
// for what it needs of them through the interfaces at the top of service.go.
package booking

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Status is where a booking stands in its life.
type Status string

// The statuses, in the order of a life. A held booking is a choice being made:
// it keeps others off until its HeldUntil and then expires by itself.
const (
	Held      Status = "held"
	Pending   Status = "pending"
	Confirmed Status = "confirmed"
	InUse     Status = "in_use"
	Done      Status = "done"
	Cancelled Status = "cancelled"
	Declined  Status = "declined"
	Expired   Status = "expired"
	NoShow    Status = "no_show"
)

// Live reports whether the booking still holds time that is to come or running.
func (s Status) Live() bool {
	return s == Held || s == Pending || s == Confirmed || s == InUse
}

// Booking is a resource held for a member from a start to an end, both as the
// person chose them: buffers are in the occupancy alone. It is kept for ever.
type Booking struct {
	ID             id.ID
	SpaceID        id.ID
	ResourceID     id.ID
	Unit           int // the first, where it takes several places
	Places         int // people who come, guests counted
	MemberID       id.ID
	BookedBy       id.ID
	Status         Status
	StartsAt       clock.Instant
	EndsAt         clock.Instant
	Note           string
	PriceMinor     int64
	Currency       string
	PriceLines     PriceLines
	IncludedMin    int   // of machine time that a plan includes, for which nothing is asked
	IncludedOf     id.ID // whose membership that plan is
	Overrides      Codes // rules that were set aside for it
	OverrideReason string
	Flag           string // MembershipEnded, or nothing
	HeldUntil      clock.Instant
	CheckedInAt    clock.Instant
	CheckedOutAt   clock.Instant
	CancelledAt    clock.Instant
	CancelledBy    id.ID
	CreatedAt      clock.Instant
	ChangedAt      clock.Instant
	Sequence       int // how often a calendar must be told that it changed (RFC 5545)
	Version        int
}

// Price is what it costs, as it was fixed when it was made or last changed.
func (b Booking) Price() money.Amount { return money.Of(b.PriceMinor, b.Currency) }

// UndoUntil is the moment until which Restore takes back the cancellation; zero
// if it is not cancelled.
func (b Booking) UndoUntil() clock.Instant {
	if b.Status != Cancelled {
		return clock.Instant{}
	}
	return b.CancelledAt.Add(undoFor)
}

// Codes are the codes of rules, stored as a JSON list.
type Codes []string

// GormDataType says that the column is TEXT.
func (Codes) GormDataType() string { return "text" }

// Value stores JSON.
func (c Codes) Value() (driver.Value, error) { return toJSON([]string(c)) }

// Scan reads JSON.
func (c *Codes) Scan(v any) error { return fromJSON(v, (*[]string)(c)) }

func toJSON[T any](list []T) (driver.Value, error) {
	if list == nil {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

func fromJSON[T any](v any, into *[]T) error {
	switch x := v.(type) {
	case string:
		return json.Unmarshal([]byte(x), into)
	case []byte:
		return json.Unmarshal(x, into)
	}
	return fmt.Errorf("booking: a list from %T", v)
}

// The refusals that are not a broken rule.
var (
	// ErrNoSuchBooking is the answer for one that does not exist, or not for this person.
	ErrNoSuchBooking = fault.NotFound("booking.unknown", "There is no such booking.")
	// ErrNoSuchResource is the answer for a resource that does not exist in the space.
	ErrNoSuchResource = fault.NotFound("booking.unknown_resource", "There is no such machine, desk or room here.")
	// ErrNoSuchClosure is the answer for a closure that does not exist.
	ErrNoSuchClosure = fault.NotFound("booking.unknown_closure", "There is no such closure.")
	// ErrStale refuses a change to a booking that has changed since it was read.
	ErrStale = fault.Conflict("booking.stale", "This booking has changed since you opened it. Look at it again.")
	// ErrOver refuses what only a booking that is still to come or running allows.
	ErrOver = fault.Conflict("booking.over", "This booking is over or was cancelled.")
	// ErrStarted refuses to move or cancel a booking that is in use.
	ErrStarted = fault.Conflict("booking.started", "This booking has begun. Extend it, or check out.")
	// ErrHoldExpired refuses to book what was held for too long.
	ErrHoldExpired = fault.Conflict("booking.hold_expired", "The time was held for you, but not this long. Choose again.")
	// ErrTooManyHolds refuses more choices than one person makes at a time.
	ErrTooManyHolds = fault.Conflict("booking.too_many_holds", "You hold {{.Most}} times already. Book one of them or let one go.").With("Most", mostHolds)
	// ErrTooEarly refuses a check-in long before the start.
	ErrTooEarly = fault.Conflict("booking.check_in_early", "It is too early to check in. Come back at {{.At}}.")
	// ErrNotCheckedIn refuses a check-out of what was never begun.
	ErrNotCheckedIn = fault.Conflict("booking.not_checked_in", "Check in first.")
	// ErrUndoOver refuses to restore a booking cancelled too long ago.
	ErrUndoOver = fault.Conflict("booking.undo_over", "The cancellation can no longer be taken back. Book again.")
	// ErrCancelledByStaff refuses a member who takes back what staff cancelled.
	ErrCancelledByStaff = fault.Forbidden("booking.cancelled_by_staff", "Staff cancelled this booking. Talk to the front desk.")
	// ErrNotLater refuses an extension that does not end later.
	ErrNotLater = fault.Invalid("ends_at", "booking.not_later", "Choose an end that is later than the one it has.")
	// ErrSpan refuses a booking that does not end after it starts.
	ErrSpan = fault.Invalid("ends_at", "booking.span", "The end must come after the start.")
	// ErrTooWide refuses a span beyond anything bookable, and a window too wide to list.
	ErrTooWide = fault.Invalid("ends_at", "booking.too_wide", "Ask for at most a year at a time.")
	// ErrReasonNeeded refuses to set rules aside without saying why.
	ErrReasonNeeded = fault.Invalid("override.reason", "booking.reason_needed", "Say why the rule is set aside.")
	// ErrChoose refuses a request that names neither a resource nor a kind.
	ErrChoose = fault.Invalid("resource_id", "booking.choose", "Choose what to book.")
	// ErrNoSuchUnit refuses a unit that the pool does not have.
	ErrNoSuchUnit = fault.Invalid("unit", "booking.unknown_unit", "There is no unit of this number.")
	// ErrNoSuchMember refuses to book for someone who is not known here, or whom one may not book for.
	ErrNoSuchMember = fault.NotFound("booking.unknown_member", "There is no such member here.")
	// ErrPlaces refuses a number of people below 1 and above 500.
	ErrPlaces = fault.Invalid("places", "booking.places", "A booking is for 1 to 500 people.")
	// ErrCursor refuses a cursor that no list has given.
	ErrCursor = fault.Invalid("cursor", "booking.cursor", "This page of the list is not known. Begin at the first.")
	// ErrAlreadyClosed refuses a closure where another one stands.
	ErrAlreadyClosed = fault.Conflict("booking.already_closed", "It is closed then already.")
)

// cursor names the booking after which the next page begins.
func cursor(b Booking) string { return strconv.FormatInt(b.StartsAt.Unix(), 36) + "." + b.ID.String() }

func parseCursor(s string) (clock.Instant, id.ID, error) {
	at, last, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseInt(at, 36, 64)
	booking, ok := id.Parse(last)
	if err != nil || !ok {
		return clock.Instant{}, "", ErrCursor
	}
	return clock.Unix(seconds), booking, nil
}
