package booking

import (
	"context"
	"slices"
	"time"

	ics "github.com/arran4/golang-ical"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

const (
	feedBack      = 90 * 24 * time.Hour // how far back a feed reaches
	feedCancelled = 30 * 24 * time.Hour // how long a cancelled booking stays in it
)

// Feed is a member's bookings as an iCalendar, for a calendar that subscribes: no
// name but the machine's. Cancelled ones are in it as cancelled for 30 days.
func (s *Service) Feed(ctx context.Context, by actor.Actor, member id.ID) (string, error) {
	if !by.IsHouse() && (!by.SignedIn() || by.Member != member) {
		return "", ErrNoSuchMember
	}
	if by.Highest() == actor.Visitor { // who has left reads none
		return "", ErrNoSuchMember
	}
	now := s.Clock.Now()
	bookings, err := s.store.feed(ctx, member, now.Add(-feedBack), now.Add(-feedCancelled))
	if err != nil {
		return "", fault.Wrap(err, "feed of %s", member)
	}
	if !by.IsHouse() {
		bookings = slices.DeleteFunc(bookings, func(b Booking) bool { return by.Role(b.SpaceID) == actor.Visitor })
	}
	locale := by.Locale
	if by.IsHouse() && len(bookings) > 0 { // for a calendar that knows only its token: in the member's language
		holder, err := s.Members.Holder(ctx, bookings[0].SpaceID, member)
		if err != nil {
			return "", fault.Wrap(err, "holder %s", member)
		}
		locale = holder.Locale
	}
	return s.calendar(ctx, locale, bookings)
}

// Calendar is one booking as an iCalendar, to be added by hand.
func (s *Service) Calendar(ctx context.Context, by actor.Actor, booking id.ID) (string, error) {
	b, err := s.visible(ctx, by, "booking.read", booking)
	if err != nil {
		return "", err
	}
	return s.calendar(ctx, by.Locale, []Booking{b})
}

func (s *Service) calendar(ctx context.Context, locale string, bookings []Booking) (string, error) {
	c := newCalendar(locale, i18n.Text{EN: "Guildhall", ZH: "匠馆"})
	spaces, resources := map[id.ID]Space{}, map[id.ID]Resource{}
	for _, b := range bookings {
		space, ok := spaces[b.SpaceID]
		if !ok {
			var err error
			if space, err = s.Spaces.Space(ctx, b.SpaceID); err != nil {
				return "", fault.Wrap(err, "space %s", b.SpaceID)
			}
			spaces[b.SpaceID] = space
		}
		resource, ok := resources[b.ResourceID]
		if !ok {
			var err error
			if resource, err = s.Equipment.Resource(ctx, b.ResourceID); err != nil {
				return "", fault.Wrap(err, "resource %s", b.ResourceID)
			}
			resources[b.ResourceID] = resource
		}
		addEvent(c, locale, b, space, resource)
	}
	return written(c), nil
}

func newCalendar(locale string, name i18n.Text) *ics.Calendar {
	c := ics.NewCalendarFor("guildhall")
	c.SetProductId("-//Guildhall//Bookings//EN")
	c.SetMethod(ics.MethodPublish)
	c.SetXWRCalName(name.In(locale))
	c.SetRefreshInterval("PT1H")
	c.SetXPublishedTTL("PT1H")
	return c
}

// summary names what is booked, and which one where there are several.
func summary(locale string, b Booking, r Resource) string {
	name := r.Name.In(locale)
	if r.Units > 1 && !r.Places {
		name += " " + i18n.For(locale).T("booking.unit", "N", b.Unit)
	}
	return name
}

// addEvent adds a booking. Its times are UTC; whole days are dates of the space.
func addEvent(c *ics.Calendar, locale string, b Booking, space Space, r Resource) {
	e := c.AddEvent(b.ID.String() + "@guildhall")
	e.SetDtStampTime(b.ChangedAt.Time)
	e.SetCreatedTime(b.CreatedAt.Time)
	e.SetModifiedAt(b.ChangedAt.Time)
	e.SetSequence(b.Sequence)
	e.SetSummary(summary(locale, b, r))
	place := space.Name.In(locale)
	if space.Address != "" {
		place += ", " + space.Address
	}
	e.SetLocation(place)
	if space.Email != "" {
		e.SetOrganizer("mailto:"+space.Email, ics.WithCN(space.Name.In(locale)))
	}
	switch b.Status {
	case Held, Pending:
		e.SetStatus(ics.ObjectStatusTentative)
	case Cancelled, Declined, Expired, NoShow:
		e.SetStatus(ics.ObjectStatusCancelled)
	default:
		e.SetStatus(ics.ObjectStatusConfirmed)
	}
	first, last := clock.DayOf(b.StartsAt, space.Zone), clock.DayOf(b.EndsAt, space.Zone)
	if b.StartsAt.Equal(first.Start(space.Zone)) && b.EndsAt.Equal(last.Start(space.Zone)) {
		e.SetAllDayStartAt(b.StartsAt.In(space.Zone))
		e.SetAllDayEndAt(b.EndsAt.In(space.Zone))
		return
	}
	e.SetStartAt(b.StartsAt.Time)
	e.SetEndAt(b.EndsAt.Time)
}

// written is the calendar as RFC 5545 wants it: lines of at most 75 octets that end in CRLF.
func written(c *ics.Calendar) string { return c.Serialize(ics.WithNewLineWindows) }
