package booking

import (
	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Request is a wish: this machine, then, for this person.
type Request struct {
	Space    id.ID
	Resource id.ID
	Kind     string // any of this kind, when Resource is empty
	Unit     int    // of a pool; 0 any
	Member   id.ID  // for whom; empty: for the one who asks
	StartsAt clock.Instant
	EndsAt   clock.Instant
	Places   int // people who come, guests counted; 0 is one
	Note     string
	Hold     id.ID // confirms this hold; then the rest but Note is the hold's
	Override *Override
}

// Override sets rules aside. It needs the operation booking.override and a reason,
// is kept with the booking and in the audit log, and moves no rule that is not overridable.
type Override struct {
	Rules  []string
	Reason string
}

// Move is a wish to have a booking at another time or on another resource. What
// is left zero stays as it is; where only the start is given the length stays.
type Move struct {
	Booking  id.ID
	Version  int // as it was read; 0: whatever it is
	Resource id.ID
	Unit     int
	StartsAt clock.Instant
	EndsAt   clock.Instant
	Places   int
	Override *Override
}

// Extension is a wish to end later.
type Extension struct {
	Booking  id.ID
	Version  int
	EndsAt   clock.Instant
	Override *Override
}

// Cancellation is a wish to give the time back.
type Cancellation struct {
	Booking  id.ID
	Version  int
	Override *Override
}

// Quote is the answer to a wish: its price and how that comes about, or every
// rule it breaks.
type Quote struct {
	Resource   id.ID // the one that would be had, also when a kind was asked for
	Unit       int
	StartsAt   clock.Instant
	EndsAt     clock.Instant
	Price      money.Amount
	Lines      []PriceLine
	Included   bool          // the plan includes time at this machine
	Left       int           // of those minutes, if this is booked
	FreeUntil  clock.Instant // it can be cancelled until then
	Violations []Violation
}

// Bookable reports whether no rule is broken.
func (q Quote) Bookable() bool { return len(q.Violations) == 0 }

// Window asks what can be had of a resource from From until To, for bookings of
// this Length in minutes (0: the shortest there is), by Member (empty: by the one
// who asks; a stranger is told when it is free, not whether they may).
type Window struct {
	Space    id.ID
	Resource id.ID
	Member   id.ID
	From     clock.Instant
	To       clock.Instant
	Length   int
	Moving   id.ID // the booking that would be moved there: its own time counts as free
}

// Slot is one start on the grid, and whether a booking of the asked length can be
// had there. Every start at which one can be had is a Slot with Bookable true.
type Slot struct {
	StartsAt   clock.Instant
	EndsAt     clock.Instant
	Bookable   bool
	UnitsFree  int
	Violations []Violation
}

// Filter chooses bookings; what is zero does not narrow. Times are of the space.
type Filter struct {
	Space    id.ID // empty: in every space, only one's own
	Resource id.ID
	Member   id.ID
	From     clock.Instant // those that end after
	To       clock.Instant // those that start before
	Statuses []Status
	Latest   bool   // latest first; otherwise in the order they start
	Limit    int    // 0 is 50, at most 200
	Cursor   string // Next of the page before

	within []id.ID // only in these spaces; nil: in all
}

// Page is a part of a list. Next is the cursor of the following part, empty at the end.
type Page struct {
	Items []Booking
	Next  string
}
