// Package reports answers the questions that join several owners: the day
// board, the week, what needs a manager now. Each question is one struct shaped
// like its page, filled by a handful of queries. It writes nothing and keeps no
// rule: what may be booked is booking's to say.
package reports

import (
	"slices"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Board is every resource of a space over a span of time, usually one local day.
type Board struct {
	From, To clock.Instant
	Rows     []BoardRow
}

// BoardRow is one resource with what it is held for.
type BoardRow struct {
	Resource  id.ID
	Slug      string
	Name      i18n.Text
	Area      id.ID
	AreaName  i18n.Text
	Family    string
	Units     int
	Status    string // in_service | out_of_service
	OutUntil  clock.Instant
	OutReason i18n.Text
	Lanes     int      // how many tickets stand above each other at the most; at least 1
	Tickets   []Ticket `gorm:"-"`
}

// Ticket is a booking or a closure on the board.
type Ticket struct {
	ID       id.ID
	Closure  bool
	Unit     int
	Places   int
	Member   id.ID
	Name     string // the member's, or empty for a closure
	Reason   i18n.Text
	Status   string // a booking's status, or "closed"
	StartsAt clock.Instant
	EndsAt   clock.Instant
	Lane     int // from 0
	Late     bool
}

// LateAfter is how long after its start a booking counts as late while nobody has checked in.
const LateAfter = 10 * 60 // seconds

// Counts are the numbers above the board. Each is the number of rows that the
// page it links to shows.
type Counts struct {
	Bookings  int          // of the day, cancelled ones left out
	InUse     int          // machines, desks and rooms that somebody is on now
	People    int          // different people on them
	Needs     int          // rows of Needs
	Worth     money.Amount // what the day's bookings come to at the prices they were made at
	FreeAfter int          // resources in service with nothing on them after 18:00 of the day
}

// Need is something that waits for a manager.
type Need struct {
	Kind     NeedKind
	Subject  id.ID // the booking, the resource, or the person
	Version  int
	Member   string
	Resource i18n.Text
	Slug     string
	Reason   i18n.Text
	StartsAt clock.Instant
	EndsAt   clock.Instant // of the booking, or of the outage; zero: until further notice
	Count    int           // bookings that stand in the outage
}

// NeedKind says what is to be done.
type NeedKind string

// The kinds of need, most urgent first.
const (
	NeedLate    NeedKind = "late"    // booked, begun, nobody there
	NeedOverrun NeedKind = "overrun" // past its end and not checked out
	NeedLapsed  NeedKind = "lapsed"  // bookings to come of whoever's membership has ended
	NeedOut     NeedKind = "out"     // out of service until further notice, or with bookings in that time
)

// lay puts tickets that overlap into different lanes, first come first laid, and
// gives the number of lanes.
func lay(tickets []Ticket) int {
	slices.SortStableFunc(tickets, func(a, b Ticket) int { return a.StartsAt.Compare(b.StartsAt.Time) })
	var ends []clock.Instant
	for i := range tickets {
		t := &tickets[i]
		lane := slices.IndexFunc(ends, func(e clock.Instant) bool { return !e.After(t.StartsAt) })
		if lane < 0 {
			lane = len(ends)
			ends = append(ends, clock.Instant{})
		}
		t.Lane, ends[lane] = lane, t.EndsAt
	}
	return max(1, len(ends))
}
