package booking

import (
	"context"
	"strings"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// The jobs that tell a member what became of a booking. Each names the Sequence
// of the booking it tells of: when that has moved on, later news has its own job.
type (
	booked    news
	moved     news
	cancelled news
)

type news struct {
	Booking  id.ID `json:"booking"`
	Sequence int   `json:"sequence"`
}

// Kind names the job.
func (booked) Kind() string { return "booking.booked" }

// Kind names the job.
func (moved) Kind() string { return "booking.moved" }

// Kind names the job.
func (cancelled) Kind() string { return "booking.cancelled" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, func(ctx context.Context, j booked) error {
		return s.tell(ctx, j.Booking, "booked", func(b Booking) bool { return b.Status.Live() })
	})
	jobs.Handle(q, func(ctx context.Context, j moved) error {
		return s.tell(ctx, j.Booking, "moved", func(b Booking) bool { return b.Status.Live() && b.Sequence == j.Sequence })
	})
	jobs.Handle(q, func(ctx context.Context, j cancelled) error {
		return s.tell(ctx, j.Booking, "cancelled", func(b Booking) bool { return b.Status == Cancelled && b.Sequence == j.Sequence })
	})
}

// tell writes to the member of a booking, in their language, unless the news is old.
func (s *Service) tell(ctx context.Context, booking id.ID, what string, still func(Booking) bool) error {
	b, err := s.store.booking(ctx, booking)
	if err != nil || !still(b) {
		return fault.Wrap(err, "booking %s", booking)
	}
	holder, err := s.Members.Holder(ctx, b.SpaceID, b.MemberID)
	if err != nil {
		return fault.Wrap(err, "holder %s", b.MemberID)
	}
	space, err := s.Spaces.Space(ctx, b.SpaceID)
	if err != nil {
		return fault.Wrap(err, "space %s", b.SpaceID)
	}
	resource, err := s.Equipment.Resource(ctx, b.ResourceID)
	if err != nil {
		return fault.Wrap(err, "resource %s", b.ResourceID)
	}
	due, err := s.Deadlines(ctx, b)
	if err != nil {
		return err
	}
	calendar := newCalendar(holder.Locale, space.Name)
	if b.Status == Cancelled {
		calendar.SetMethod("CANCEL")
	}
	addEvent(calendar, holder.Locale, b, space, resource)
	m := letter(i18n.For(holder.Locale).In(space.Zone), what, b, space, resource, due.FreeUntil, s.Clock.Now())
	m.Text += "\n" + s.BaseURL + "/bookings/" + b.ID.String() + "\n"
	m.To, m.Calendar = holder.Email, written(calendar)
	return s.Mail.Send(ctx, m)
}

// letter is the message about a booking.
func letter(p i18n.Printer, what string, b Booking, space Space, r Resource, freeUntil, now clock.Instant) mail.Message {
	when := p.Date(b.StartsAt, space.Zone) + " " + p.Span(b.StartsAt, b.EndsAt, space.Zone)
	lines := []string{p.T("booking.mail."+what+".text", "Name", r.Name, "When", when), ""}
	if b.Status.Live() {
		if b.PriceMinor > 0 {
			lines = append(lines, p.T("booking.mail.price", "Price", b.Price()))
		}
		if freeUntil.After(now) {
			lines = append(lines, p.T("booking.mail.free_until", "At", freeUntil))
		}
	}
	lines = append(lines, "", space.Name.In(p.Locale))
	if space.Address != "" {
		lines = append(lines, space.Address)
	}
	return mail.Message{
		Subject: p.T("booking.mail."+what+".subject", "Name", r.Name, "When", when),
		Text:    strings.Join(lines, "\n") + "\n",
	}
}

// Deadlines are the moments that a booking runs against, by the rules of now.
type Deadlines struct {
	FreeUntil  clock.Instant // until then it can be cancelled and moved
	ReleasedAt clock.Instant // when it is given away if nobody has checked in; zero: never
}

// Deadlines works out those of a booking.
func (s *Service) Deadlines(ctx context.Context, b Booking) (Deadlines, error) {
	r, err := s.Equipment.Resource(ctx, b.ResourceID)
	if err != nil {
		return Deadlines{}, fault.Wrap(err, "resource %s", b.ResourceID)
	}
	a := ask{verb: cancel, resource: r, Span: Span{b.StartsAt, b.EndsAt}, places: b.Places, booking: b}
	f, err := s.gather(ctx, b.SpaceID, b.MemberID, []Resource{r}, a.Span)
	if err != nil {
		return Deadlines{}, err
	}
	v, err := evaluate(f, a)
	d := Deadlines{FreeUntil: v.freeUntil}
	d.ReleasedAt, _ = f.releasedAt(a)
	return d, err
}
