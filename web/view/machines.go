package view

import (
	"time"

	"guildhall/internal/booking"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/i18n"
	"guildhall/internal/plans"
	"guildhall/internal/spaces"
)

// OpenLine says whether the doors are open, and until or from when.
type OpenLine struct {
	Open bool
	Says string
}

// MachineState is what a resource is at this moment: Kind is the badge's, Word
// what it says, More until or from when.
type MachineState struct {
	Resource equipment.Resource
	Area     equipment.Area
	Free     bool
	Kind     string
	Word     string
	More     string
}

// MachineSection is a work area with what stands in it.
type MachineSection struct {
	Area     equipment.Area
	Machines []MachineState
}

// MachinesProps is the catalogue.
type MachinesProps struct {
	Open     OpenLine
	For      *Someone
	Chips    []Chip
	Sections []MachineSection
}

// WeekDay is a day of a machine's week.
type WeekDay struct {
	Label, Href string
	Bar         DayBarProps
	Shut        bool
}

// PriceRow is a line of a price list.
type PriceRow struct{ Who, Amount, Per string }

// Asked is what a machine asks for: one of the certifications named. Next is the
// next session that leads to it.
type Asked struct {
	Names []i18n.Text
	Held  bool
	Next  string
	Href  string
}

// MachineProps is the page of one machine.
type MachineProps struct {
	State  MachineState
	For    *Someone
	Book   string
	Week   []WeekDay
	Rules  []RuleLine
	Prices []PriceRow
	Asks   []Asked
}

// CanMake is a family of a space: how much of it there is.
type CanMake struct {
	Family equipment.Family
	Href   string
	Count  int
	Names  []i18n.Text
}

func (m CanMake) names(f Frame) string {
	names := make([]string, len(m.Names))
	for i, name := range m.Names {
		names[i] = f.Words(name)
	}
	return f.List(names...)
}

// DayHours are the opening hours of a day; none: closed.
type DayHours struct {
	Day   string
	Spans []string
	Why   string
}

// SpaceProps is the public page of a space.
type SpaceProps struct {
	Open       OpenLine
	Make       []CanMake
	Free       []MachineState
	Desks      []MachineState
	Plans      []plans.Plan
	Events     []events.Seated
	EventPages bool // sessions have pages of their own
	Hours      []DayHours
	Others     []spaces.Space
}

// Favourite is a machine with the next time one could have it.
type Favourite struct {
	State MachineState
	Free  string // "Today, 14:00"; empty: not soon
	Href  string
}

// Notice is something to know, and perhaps to do.
type Notice struct{ Kind, Says, Href, Do string }

// HomeProps is a member's start.
type HomeProps struct {
	Open       OpenLine
	Next       []TicketProps
	Favourites []Favourite
	Notices    []Notice
}

// TicketProps is a booking as a ticket.
type TicketProps struct {
	Booking  booking.Booking
	Resource equipment.Resource
	Area     equipment.Area
	Zone     *time.Location
}

// BookingsProps is a page of one's bookings. Show is upcoming, past or cancelled.
type BookingsProps struct {
	Show     string
	Tickets  []TicketProps
	Pager    PagerProps
	Calendar bool // there is a calendar to subscribe to
}

// BookingProps is the page of one booking and what can be done with it now.
type BookingProps struct {
	TicketProps
	Member  string   // whose it is, where that is not the reader
	Person  string   // the address of their page
	Due     []string // what it runs against: until when it is free to cancel, when it is given away
	Ends    []Option
	NoLater string // why it can't end later, where Ends is empty
	Refused []Reason
	Aside   *Aside
	Errors  Errors

	Move, Cancel, CheckIn, CheckOut, Extend, Restore, Calendar bool
}

// Aside is what was refused by rules that the reader may set aside: Act is "cancel"
// or "extend", the latter until Ends. Error is about the reason.
type Aside struct{ Act, Ends, Error string }

// status is a booking's badge.
func (t TicketProps) status(f Frame) (kind, label string) {
	label = f.T("booking.status." + string(t.Booking.Status))
	switch t.Booking.Status {
	case booking.Confirmed:
		return "ok", label
	case booking.InUse:
		return "info", label
	case booking.Held, booking.Pending:
		return "warn", label
	case booking.NoShow, booking.Declined:
		return "bad", label
	}
	return "done", label
}

func (t TicketProps) class() []string {
	classes := []string{"ticket", string(t.Area.Family)}
	switch t.Booking.Status {
	case booking.Done:
		classes = append(classes, "done")
	case booking.Cancelled, booking.Expired, booking.Declined, booking.NoShow:
		classes = append(classes, "done", "struck")
	}
	return classes
}

func (t TicketProps) href() string { return "/bookings/" + t.Booking.ID.String() }

// span is when a booking is, on a day that is spoken of as people do.
func (t TicketProps) span(f Frame) string {
	return f.DaySpan(t.Booking.StartsAt, t.Booking.EndsAt, f.Now, t.Zone)
}

// startsIn is how long it is until a booking starts, or until it ends once it runs.
func (t TicketProps) startsIn(f Frame) string {
	b := t.Booking
	switch {
	case b.StartsAt.After(f.Now) && b.StartsAt.Sub(f.Now) < 24*time.Hour:
		return f.T("home.starts_in", "Time", b.StartsAt.Sub(f.Now).Round(time.Minute))
	case !b.StartsAt.After(f.Now) && b.EndsAt.After(f.Now):
		return f.T("home.ends_in", "Time", b.EndsAt.Sub(f.Now).Round(time.Minute))
	}
	return ""
}

// earlyToCheckIn is how long before the start the button to check in is shown.
const earlyToCheckIn = 15 * time.Minute
