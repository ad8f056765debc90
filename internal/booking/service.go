package booking

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// What booking needs of others, in its own words.
type (
	// Spaces knows where and when.
	Spaces interface {
		// Space is its name, zone and currency, or a NotFound.
		Space(ctx context.Context, space id.ID) (Space, error)
		// Hours is when it is open between two moments.
		Hours(ctx context.Context, space id.ID, from, to clock.Instant) (Hours, error)
	}
	// Members knows who.
	Members interface {
		// Holder is a person as this space knows them, or a NotFound.
		Holder(ctx context.Context, space, member id.ID) (Holder, error)
	}
	// Teams knows what a member's team says to it.
	Teams interface {
		// Team is the one that a member of the space is in; the zero Team: none.
		Team(ctx context.Context, space, member id.ID) (Team, error)
	}
	// Equipment knows what.
	Equipment interface {
		// Resource is one, with the rooms around it and what stands within it, or a NotFound.
		Resource(ctx context.Context, resource id.ID) (Resource, error)
		// OfKind lists those of a kind in the order of the space.
		OfKind(ctx context.Context, space id.ID, kind string) ([]Resource, error)
	}
	// Courses knows how one becomes certified.
	Courses interface {
		// Next is the first session after this moment with a free seat for each of
		// these certifications that has one.
		Next(ctx context.Context, certifications []id.ID, after clock.Instant) ([]Course, error)
	}
	// Audit keeps who did what.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// Jobs takes what may be a minute late.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
		// AddAt adds a job that is due at a moment.
		AddAt(ctx context.Context, job jobs.Job, at clock.Instant) error
	}
	// Mail sends a message.
	Mail interface {
		Send(ctx context.Context, m mail.Message) error
	}
)

// Space is a space as booking sees it.
type Space struct {
	ID       id.ID
	Slug     string
	Name     i18n.Text
	Address  string
	Email    string
	Zone     *time.Location
	Currency string
}

// Span is a time from a start up to, not including, an end.
type Span struct {
	StartsAt, EndsAt clock.Instant
}

// Hours is when a space is open: to everyone and to key holders, each as spans in
// order that do not touch, and the holidays that change them.
type Hours struct {
	Everyone   []Span
	KeyHolders []Span
	Holidays   []Feast
}

// Feast is a day on which the space is closed or keeps other hours than usual.
type Feast struct {
	Span // the whole local day
	Name i18n.Text
}

// Holder is the one a booking is for.
type Holder struct {
	ID           id.ID
	Name         string
	Email        string
	Locale       string
	Role         actor.Role
	Confirmed    bool // the e-mail address is theirs
	Suspended    bool
	Plans        []PlanRun
	Certificates []Certificate
	Unsigned     []Paper // what they are asked to sign, and have not
	Birthday     Birthday
}

// Paper is a document that somebody is asked to sign before they book.
type Paper struct {
	Document id.ID
	Name     i18n.Text
	Kinds    []string // of resources whose use asks for it; with Areas empty: any use
	Areas    []id.ID
	Minors   bool // asked only of who is a minor when the booking starts
	Guardian bool // their guardian signs it
}

// Birthday is what matters of a person's age.
type Birthday struct {
	Asked      bool          // the space asks for it, and it is not known
	Adult      clock.Instant // when they come of age; zero: they are, or nobody knows
	Consented  bool          // a guardian's consent runs
	Invited    bool          // a guardian was asked and has not answered
	Supervised []WeekTime    // when minors may be here
}

// WeekTime is a time of the week.
type WeekTime struct {
	Weekday        int // 1 Monday … 7 Sunday
	FromMin, ToMin int // on the wall, since midnight
}

// PlanRun is a plan a person has, or that the one who pays for their team has, from StartsAt to EndsAt (zero: without end).
type PlanRun struct {
	Plan      string // its code
	Group     string // its price group
	KeyHolder bool
	StartsAt  clock.Instant
	EndsAt    clock.Instant
	Name      i18n.Text
	Pauses    []Span // in which it does not run
	Limits    PlanLimits
	Allowance Allowance
	Team      string // by whose payer they have it; empty: it is their own
	Payer     string // who that is
}

// Certificate is a certification a person holds, from GrantedAt to ExpiresAt
// (zero: for ever). Revoked ones are left out.
type Certificate struct {
	Certification id.ID
	GrantedAt     clock.Instant
	ExpiresAt     clock.Instant
}

// Resource is a machine, desk or room as booking sees it.
type Resource struct {
	ID       id.ID
	SpaceID  id.ID
	AreaID   id.ID
	Slug     string
	Kind     string
	Name     i18n.Text
	Units    int
	Places   bool // a booking takes one unit for each person; otherwise one
	Machine  bool // its time is machine time
	Bookable bool
	// Out says that it is out of service until OutUntil (zero: until further notice).
	Out       bool
	OutUntil  clock.Instant
	OutReason i18n.Text
	// Certifications are asked all; of each list any one.
	Certifications [][]Certification
	Around         []Resource // the rooms it stands in
	Within         []Resource // what stands in it and is taken with it
}

// Certification is a kind of proof that a resource asks for.
type Certification struct {
	ID   id.ID
	Name i18n.Text
}

// Course is a session that leads to a certification.
type Course struct {
	Session       id.ID
	Certification id.ID
	Title         i18n.Text
	StartsAt      clock.Instant
	SeatsLeft     int
}

const (
	undoFor   = 60 * time.Second // how long a cancellation can be taken back
	holdFor   = 10 * time.Minute // how long a choice is held
	mostHolds = 5                // that one person makes at a time
	earlyBy   = 15 * time.Minute // how long before the start one may check in
)

// Needs is everything a Service is made of.
type Needs struct {
	DB        *db.DB
	Clock     clock.Clock
	Spaces    Spaces
	Members   Members
	Teams     Teams
	Equipment Equipment
	Courses   Courses
	Audit     Audit
	Jobs      Jobs
	Mail      Mail
	BaseURL   string // what links in letters begin with
}

// Service is what one can do with bookings.
type Service struct {
	Needs
	store store
}

// New makes the Service.
func New(n Needs) *Service { return &Service{Needs: n, store: newStore(n.DB)} }

// intent is what someone wants, with everything that is known about it but what
// is held: one ask, or one for each resource of the kind that was asked for.
type intent struct {
	facts    *facts
	asks     []ask
	override *Override
}

// Book takes the time for good, or says with a Refusal why not.
func (s *Service) Book(ctx context.Context, by actor.Actor, req Request) (Booking, error) {
	if req.Hold != "" {
		return s.confirm(ctx, by, req)
	}
	return s.reserve(ctx, by, req, Confirmed)
}

// Hold keeps the time for ten minutes while someone makes up their mind. It
// becomes a booking only by Book with its id.
func (s *Service) Hold(ctx context.Context, by actor.Actor, req Request) (Booking, error) {
	return s.reserve(ctx, by, req, Held)
}

func (s *Service) reserve(ctx context.Context, by actor.Actor, req Request, status Status) (Booking, error) {
	in, err := s.intend(ctx, by, "booking.create", req)
	if err != nil {
		return Booking{}, err
	}
	b, err := s.take(ctx, in, func(ctx context.Context, a ask, v verdict) (Booking, error) {
		now := in.facts.now
		b := Booking{
			ID: id.New(), SpaceID: a.resource.SpaceID, MemberID: in.facts.holder.ID, BookedBy: by.Member, Status: status,
			Note: strings.TrimSpace(req.Note), CreatedAt: now, Version: 1,
		}
		b.hold(a, v, in.override, now)
		if status == Held {
			b.HeldUntil = now.Add(holdFor)
			switch n, err := s.store.holding(ctx, by.Member, now); {
			case err != nil:
				return b, err
			case n >= mostHolds:
				return b, ErrTooManyHolds
			}
		}
		if err := s.store.insert(ctx, b); err != nil {
			return b, err
		}
		return b, s.booked(ctx, by, in, b, v)
	})
	return b, fault.Wrap(err, "book %s", req.Resource)
}

// confirm makes a booking of a hold, if its time is not up and no rule forbids it by now.
func (s *Service) confirm(ctx context.Context, by actor.Actor, req Request) (Booking, error) {
	b, in, err := s.reconsider(ctx, by, "booking.create", req.Hold, 0, req.Override, func(b Booking, a *ask) error {
		a.verb, a.override = restore, b.Overrides
		switch {
		case b.Status != Held && b.Status != Expired:
			return ErrOver
		case b.Status == Expired || !b.HeldUntil.After(s.Clock.Now()):
			return ErrHoldExpired
		}
		return nil
	})
	if err != nil {
		return Booking{}, err
	}
	b, err = s.take(ctx, in, func(ctx context.Context, a ask, v verdict) (Booking, error) {
		b := b
		b.Status, b.HeldUntil = Confirmed, clock.Instant{}
		if note := strings.TrimSpace(req.Note); note != "" {
			b.Note = note
		}
		b.hold(a, v, in.override, in.facts.now)
		b, err := s.store.update(ctx, b)
		if err != nil {
			return b, err
		}
		return b, s.booked(ctx, by, in, b, v)
	})
	return b, fault.Wrap(err, "confirm %s", req.Hold)
}

// booked tells of a new booking; of a hold nobody is told.
func (s *Service) booked(ctx context.Context, by actor.Actor, in *intent, b Booking, v verdict) error {
	if err := s.note(ctx, by, "booking.create", in, b, v); err != nil || b.Status == Held {
		return err
	}
	return s.Jobs.Add(ctx, booked{b.ID, b.Sequence})
}

// note keeps in the audit log what a person would ask about later: that rules
// were set aside and why, and that someone acted for another.
func (s *Service) note(ctx context.Context, by actor.Actor, op actor.Operation, in *intent, b Booking, v verdict) error {
	if len(v.aside) > 0 && in.override != nil {
		detail := map[string]any{"rules": v.aside, "reason": in.override.Reason, "resource": b.ResourceID, "starts_at": b.StartsAt}
		if err := s.Audit.Record(ctx, by, b.SpaceID, "booking.override", b.ID, detail); err != nil {
			return err
		}
	}
	if by.IsHouse() || by.Member == b.MemberID {
		return nil
	}
	return s.Audit.Record(ctx, by, b.SpaceID, op, b.ID, map[string]any{"member": b.MemberID, "resource": b.ResourceID, "starts_at": b.StartsAt})
}

// hold writes into the booking what the verdict gave it.
func (b *Booking) hold(a ask, v verdict, o *Override, now clock.Instant) {
	b.ResourceID, b.Unit, b.Places = a.resource.ID, v.units[0], a.places
	b.StartsAt, b.EndsAt = a.StartsAt, a.EndsAt
	b.cost(v)
	b.ChangedAt = now
	for _, code := range v.aside {
		if !slices.Contains(b.Overrides, code) {
			b.Overrides = append(b.Overrides, code)
		}
	}
	if len(v.aside) > 0 && o != nil { // else they were set aside before, and why is known
		b.OverrideReason = o.Reason
	}
}

// cost writes into the booking what the verdict asks for it.
func (b *Booking) cost(v verdict) {
	b.PriceMinor, b.Currency, b.PriceLines = v.price.Minor, v.price.Currency, v.lines
	b.IncludedMin, b.IncludedOf = v.drawn, v.drawnOf
}

// Move takes another time or resource in place of the old, priced anew; refused,
// it leaves the booking as it was.
func (s *Service) Move(ctx context.Context, by actor.Actor, m Move) (Booking, error) {
	b, in, err := s.reconsider(ctx, by, "booking.change", m.Booking, m.Version, m.Override, func(b Booking, a *ask) error {
		a.verb = change
		if b.Status == InUse {
			return ErrStarted
		}
		if b.Status != Confirmed && b.Status != Pending {
			return ErrOver
		}
		a.unit = m.Unit
		if !m.StartsAt.IsZero() {
			a.Span = Span{m.StartsAt, m.StartsAt.Add(b.EndsAt.Sub(b.StartsAt))}
		}
		if !m.EndsAt.IsZero() {
			a.EndsAt = m.EndsAt
		}
		if m.Places != 0 {
			a.places = m.Places
		}
		if m.Resource == "" || m.Resource == b.ResourceID {
			return nil
		}
		var err error
		if a.resource, err = s.Equipment.Resource(ctx, m.Resource); err == nil && a.resource.SpaceID != b.SpaceID {
			err = ErrNoSuchResource
		}
		return err
	})
	if err != nil {
		return Booking{}, err
	}
	if in.asks[0].isAsBooked() {
		return b, nil
	}
	b, err = s.rewrite(ctx, by, in, b)
	return b, fault.Wrap(err, "move %s", m.Booking)
}

// isAsBooked reports whether the wish is what its booking has already.
func (a ask) isAsBooked() bool {
	b := a.booking
	return a.resource.ID == b.ResourceID && a.StartsAt.Equal(b.StartsAt) && a.EndsAt.Equal(b.EndsAt) && a.places == b.Places &&
		(a.unit == 0 || a.unit == b.Unit)
}

// Extend lets a booking end later. What it adds is priced now and added.
func (s *Service) Extend(ctx context.Context, by actor.Actor, e Extension) (Booking, error) {
	b, in, err := s.reconsider(ctx, by, "booking.change", e.Booking, e.Version, e.Override, func(b Booking, a *ask) error {
		a.verb, a.EndsAt = extend, e.EndsAt
		switch {
		case !b.Status.Live() || b.Status == Held:
			return ErrOver
		case !e.EndsAt.After(b.EndsAt) || !e.EndsAt.After(s.Clock.Now()):
			return ErrNotLater
		}
		return nil
	})
	if err != nil {
		return Booking{}, err
	}
	b, err = s.rewrite(ctx, by, in, b)
	return b, fault.Wrap(err, "extend %s", e.Booking)
}

// rewrite gives a booking the time of an intent instead of the one it has, and tells of it.
func (s *Service) rewrite(ctx context.Context, by actor.Actor, in *intent, b Booking) (Booking, error) {
	return s.take(ctx, in, func(ctx context.Context, a ask, v verdict) (Booking, error) {
		b := b
		b.hold(a, v, in.override, in.facts.now)
		b.Sequence++
		b, err := s.store.update(ctx, b)
		if err != nil {
			return b, err
		}
		if err := s.note(ctx, by, "booking.change", in, b, v); err != nil {
			return b, err
		}
		return b, s.Jobs.Add(ctx, moved{b.ID, b.Sequence})
	})
}

// Restore takes a cancellation back within 60 seconds, if the time is still free.
// What staff cancelled only staff restore.
func (s *Service) Restore(ctx context.Context, by actor.Actor, booking id.ID) (Booking, error) {
	b, in, err := s.reconsider(ctx, by, "booking.cancel", booking, 0, nil, func(b Booking, a *ask) error {
		a.verb = restore
		switch {
		case b.Status != Cancelled:
			return ErrOver
		case !s.Clock.Now().Before(b.UndoUntil()):
			return ErrUndoOver
		case b.CancelledBy != by.Member && by.Scope("booking.cancel", b.SpaceID) != actor.Any:
			return ErrCancelledByStaff
		}
		a.override = b.Overrides
		return nil
	})
	if err != nil {
		return Booking{}, err
	}
	b, err = s.take(ctx, in, func(ctx context.Context, a ask, v verdict) (Booking, error) {
		b := b
		b.Status, b.CancelledAt, b.CancelledBy, b.ChangedAt = Confirmed, clock.Instant{}, "", in.facts.now
		b.Unit = v.units[0]
		if v.drawn < b.IncludedMin { // meanwhile they were used for something else
			b.cost(v)
		}
		b.Sequence++
		b, err := s.store.update(ctx, b)
		if err != nil {
			return b, err
		}
		return b, s.note(ctx, by, "booking.restore", in, b, v)
	})
	return b, fault.Wrap(err, "restore %s", booking)
}

// Cancel gives the time back. A hold that is given up has expired: there is nothing
// of it to restore, and nobody to tell.
func (s *Service) Cancel(ctx context.Context, by actor.Actor, c Cancellation) (Booking, error) {
	b, in, err := s.reconsider(ctx, by, "booking.cancel", c.Booking, c.Version, c.Override, func(b Booking, a *ask) error {
		a.verb = cancel
		switch b.Status {
		case Held, Pending, Confirmed:
			return nil
		case InUse:
			return ErrStarted
		default:
			return ErrOver
		}
	})
	if err != nil {
		return Booking{}, err
	}
	_, v, err := in.choose()
	if err != nil {
		return Booking{}, err
	}
	if len(v.broken) > 0 && b.Status != Held {
		return Booking{}, Refusal{v.broken, in.facts.space.Zone}
	}
	if b.Status == Held {
		b.Status, b.ChangedAt = Expired, in.facts.now
	} else {
		b.Status, b.CancelledAt, b.CancelledBy, b.ChangedAt = Cancelled, in.facts.now, by.Member, in.facts.now
		b.Sequence++
	}
	b, err = s.change(ctx, b, func(ctx context.Context) error {
		if err := s.store.vacate(ctx, b.ID); err != nil {
			return err
		}
		if err := s.note(ctx, by, "booking.cancel", in, b, v); err != nil || b.Status == Expired {
			return err
		}
		return s.Jobs.AddAt(ctx, cancelled{b.ID, b.Sequence}, b.UndoUntil())
	})
	return b, fault.Wrap(err, "cancel %s", c.Booking)
}

// change writes a booking and does what belongs to it, or neither.
func (s *Service) change(ctx context.Context, b Booking, also func(ctx context.Context) error) (Booking, error) {
	changed := b
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var err error
		if changed, err = s.store.update(ctx, b); err != nil {
			return err
		}
		return also(ctx)
	})
	return changed, err
}

// CheckIn begins a booking, from 15 minutes before its start on.
func (s *Service) CheckIn(ctx context.Context, by actor.Actor, booking id.ID) (Booking, error) {
	var b Booking
	var in *intent
	var v verdict
	// It is judged in the transaction that begins it, with its holder kept still: what
	// it rests on may be taken away at the same moment.
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		known, err := s.visible(ctx, by, "booking.check_in", booking)
		if err != nil {
			return err
		}
		if err := s.DB.Lock(ctx, "members", known.MemberID); err != nil {
			return err
		}
		if b, in, err = s.reconsider(ctx, by, "booking.check_in", booking, 0, nil, s.beginning); err != nil || b.Status == InUse {
			return err
		}
		if _, v, err = in.choose(); err != nil || len(v.broken) > 0 {
			return err
		}
		b.Status, b.CheckedInAt, b.ChangedAt = InUse, in.facts.now, in.facts.now
		b, err = s.store.update(ctx, b)
		return err
	})
	switch {
	case err != nil:
		return Booking{}, fault.Wrap(err, "check in %s", booking)
	case len(v.broken) > 0: // what to do instead is looked for where it keeps nobody waiting
		return Booking{}, s.advise(ctx, in.facts, in.asks[0], v.broken)
	}
	return b, nil
}

// beginning says what is asked of a booking that begins.
func (s *Service) beginning(b Booking, a *ask) error {
	a.verb, a.override = begin, b.Overrides
	switch now := s.Clock.Now(); {
	case b.Status == InUse:
		return nil
	case b.Status != Confirmed || !b.EndsAt.After(now):
		return ErrOver
	case now.Before(b.StartsAt.Add(-earlyBy)):
		return ErrTooEarly.With("At", b.StartsAt.Add(-earlyBy))
	}
	return nil
}

// CheckOut ends a booking and gives back what is left of its time.
func (s *Service) CheckOut(ctx context.Context, by actor.Actor, booking id.ID) (Booking, error) {
	b, err := s.visible(ctx, by, "booking.check_in", booking)
	if err != nil {
		return Booking{}, err
	}
	switch b.Status {
	case InUse:
	case Done:
		return b, nil
	case Confirmed:
		return Booking{}, ErrNotCheckedIn
	default:
		return Booking{}, ErrOver
	}
	now := s.Clock.Now()
	b.Status, b.CheckedOutAt, b.ChangedAt = Done, now, now
	b, err = s.change(ctx, b, func(ctx context.Context) error {
		if !now.Before(b.EndsAt) {
			return nil
		}
		return s.store.shorten(ctx, b.ID, b.EndsAt.Sub(now))
	})
	return b, fault.Wrap(err, "check out %s", booking)
}

// MarkNoShow says that nobody came, and gives back what is left of the time.
func (s *Service) MarkNoShow(ctx context.Context, by actor.Actor, booking id.ID) (Booking, error) {
	b, err := s.visible(ctx, by, "booking.no_show", booking)
	if err != nil {
		return Booking{}, err
	}
	now := s.Clock.Now()
	switch {
	case b.Status == NoShow:
		return b, nil
	case b.Status == InUse || !b.CheckedInAt.IsZero():
		return Booking{}, ErrStarted
	case b.Status != Confirmed && b.Status != Done:
		return Booking{}, ErrOver
	case b.StartsAt.After(now):
		return Booking{}, ErrTooEarly.With("At", b.StartsAt)
	}
	b, err = s.release(ctx, b, now, func(ctx context.Context) error {
		return s.Audit.Record(ctx, by, b.SpaceID, "booking.no_show", b.ID, map[string]any{"member": b.MemberID})
	})
	return b, fault.Wrap(err, "mark %s as missed", booking)
}

// release makes a no-show of a booking and gives all its time back.
func (s *Service) release(ctx context.Context, b Booking, now clock.Instant, also func(ctx context.Context) error) (Booking, error) {
	b.Status, b.ChangedAt = NoShow, now
	return s.change(ctx, b, func(ctx context.Context) error {
		if err := s.store.vacate(ctx, b.ID); err != nil {
			return err
		}
		return also(ctx)
	})
}

// Booking is one booking, to whoever may see it.
func (s *Service) Booking(ctx context.Context, by actor.Actor, booking id.ID) (Booking, error) {
	return s.visible(ctx, by, "booking.read", booking)
}

// visible reads a booking for someone who may do this with it. To whoever may not
// even see it, it does not exist.
func (s *Service) visible(ctx context.Context, by actor.Actor, op actor.Operation, booking id.ID) (Booking, error) {
	b, err := s.store.booking(ctx, booking)
	if err != nil {
		return Booking{}, fault.Wrap(err, "booking %s", booking)
	}
	if err := by.May("booking.read", b.SpaceID, b.MemberID, ErrNoSuchBooking); errors.Is(err, actor.ErrForbidden) {
		return Booking{}, ErrNoSuchBooking
	} else if err != nil {
		return Booking{}, err
	}
	return b, by.May(op, b.SpaceID, b.MemberID, ErrNoSuchBooking)
}

// Bookings lists bookings in pages. Without a space they are one's own in every
// space that one is in.
func (s *Service) Bookings(ctx context.Context, by actor.Actor, f Filter) (Page, error) {
	if !by.SignedIn() && !by.IsHouse() {
		return Page{}, actor.ErrSignIn
	}
	if by.Scope("booking.read", f.Space) != actor.Any {
		if f.Member == "" {
			f.Member = by.Member
		}
		if f.Member != by.Member && by.May("booking.read", f.Space, f.Member, ErrNoSuchMember) != nil {
			return Page{}, ErrNoSuchMember
		}
		if f.within = slices.Collect(maps.Keys(by.Roles)); len(f.within) == 0 { // who has left the house
			return Page{}, actor.ErrForbidden
		}
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 200)
	items, err := s.store.list(ctx, f)
	if err != nil {
		return Page{}, fault.Wrap(err, "list bookings")
	}
	if len(items) <= f.Limit {
		return Page{Items: items}, nil
	}
	items = items[:f.Limit]
	return Page{Items: items, Next: cursor(items[len(items)-1])}, nil
}

// intend gathers what is known about a request.
func (s *Service) intend(ctx context.Context, by actor.Actor, op actor.Operation, req Request) (*intent, error) {
	resources, err := s.wanted(ctx, req)
	if err != nil {
		return nil, err
	}
	space := resources[0].SpaceID
	member := req.Member
	if member == "" {
		member = by.Member
	}
	if err := by.May(op, space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	if member == "" {
		return nil, ErrNoSuchMember
	}
	a := ask{verb: create, Span: Span{req.StartsAt, req.EndsAt}, unit: req.Unit, places: max(req.Places, 1)}
	in := &intent{override: req.Override}
	for _, r := range resources {
		a.resource = r
		in.asks = append(in.asks, a)
	}
	return in, s.inform(ctx, by, in, member)
}

// wanted are the resources that would do for a request, in the order of the space.
func (s *Service) wanted(ctx context.Context, req Request) ([]Resource, error) {
	if req.Resource == "" && (req.Kind == "" || req.Space == "") {
		return nil, ErrChoose
	}
	if req.Resource == "" {
		resources, err := s.Equipment.OfKind(ctx, req.Space, req.Kind)
		if err == nil && len(resources) == 0 {
			err = ErrNoSuchResource
		}
		return resources, fault.Wrap(err, "resources of kind %s", req.Kind)
	}
	r, err := s.Equipment.Resource(ctx, req.Resource)
	if err == nil && req.Space != "" && r.SpaceID != req.Space {
		err = ErrNoSuchResource
	}
	return []Resource{r}, fault.Wrap(err, "resource %s", req.Resource)
}

// reconsider reads a booking that someone wants to do something with, and gathers
// what is known about it. shape says whether its status allows it, and what is to become of it.
func (s *Service) reconsider(ctx context.Context, by actor.Actor, op actor.Operation, booking id.ID, version int, o *Override,
	shape func(Booking, *ask) error) (Booking, *intent, error) {
	b, err := s.visible(ctx, by, op, booking)
	if err != nil {
		return Booking{}, nil, err
	}
	if version != 0 && version != b.Version {
		return Booking{}, nil, ErrStale
	}
	resource, err := s.Equipment.Resource(ctx, b.ResourceID)
	if err != nil {
		return Booking{}, nil, fault.Wrap(err, "resource %s", b.ResourceID)
	}
	a := ask{resource: resource, Span: Span{b.StartsAt, b.EndsAt}, places: b.Places, booking: b}
	if err := shape(b, &a); err != nil {
		return Booking{}, nil, err
	}
	in := &intent{asks: []ask{a}, override: o}
	return b, in, s.inform(ctx, by, in, b.MemberID)
}

// inform checks the shape of an intent and gathers the facts but for what is held.
func (s *Service) inform(ctx context.Context, by actor.Actor, in *intent, member id.ID) error {
	for i := range in.asks {
		if err := in.asks[i].check(); err != nil {
			return err
		}
	}
	a := in.asks[0]
	if o := in.override; o != nil && len(o.Rules) > 0 {
		if err := by.May("booking.override", a.resource.SpaceID, "", nil); err != nil {
			return err
		}
		if o.Reason = strings.TrimSpace(o.Reason); o.Reason == "" {
			return ErrReasonNeeded
		}
		for i := range in.asks {
			in.asks[i].override = append(in.asks[i].override, o.Rules...)
		}
	}
	var err error
	in.facts, err = s.gather(ctx, a.resource.SpaceID, member, resourcesOf(in.asks), a.Span)
	return err
}

// mostPlaces is the most people a booking may be for.
const mostPlaces = 500

// check says what no rule needs to be asked for.
func (a ask) check() error {
	switch {
	case !a.EndsAt.After(a.StartsAt):
		return ErrSpan
	case a.EndsAt.Sub(a.StartsAt) > yearMin*time.Minute:
		return ErrTooWide
	case a.places < 1 || a.places > mostPlaces:
		return ErrPlaces
	case a.unit < 0 || a.unit > a.resource.Units:
		return ErrNoSuchUnit
	}
	return nil
}

func resourcesOf(asks []ask) []Resource {
	list := make([]Resource, len(asks))
	for i, a := range asks {
		list[i] = a.resource
	}
	return list
}

// gather loads the facts about these resources of a space for a member (empty: a
// stranger), for times from a day before the span to ten days after it.
func (s *Service) gather(ctx context.Context, space, member id.ID, resources []Resource, span Span) (*facts, error) {
	f := &facts{now: s.Clock.Now(), courses: map[id.ID]Course{}, names: map[id.ID]i18n.Text{}}
	var err error
	if f.space, err = s.Spaces.Space(ctx, space); err != nil {
		return nil, fault.Wrap(err, "space %s", space)
	}
	if member != "" {
		if f.holder, err = s.Members.Holder(ctx, space, member); err != nil {
			return nil, fault.Wrap(err, "holder %s", member)
		}
		if f.team, err = s.Teams.Team(ctx, space, member); err != nil {
			return nil, fault.Wrap(err, "team of %s", member)
		}
	}
	if f.hours, err = s.Spaces.Hours(ctx, space, span.StartsAt.Add(-24*time.Hour), span.EndsAt.Add(10*24*time.Hour)); err != nil {
		return nil, fault.Wrap(err, "hours of %s", space)
	}
	if f.rules, err = s.store.rulesAbout(ctx, space, withParts(resources)); err != nil {
		return nil, fault.Wrap(err, "rules of %s", space)
	}
	if err := s.name(ctx, f); err != nil {
		return nil, err
	}
	ids := make([]id.ID, len(resources))
	for i, r := range resources {
		ids[i] = r.ID
	}
	f.prices, err = s.store.prices(ctx, ids...)
	return f, fault.Wrap(err, "prices of %v", ids)
}

// withParts are the resources, each followed by what is within it.
func withParts(resources []Resource) []Resource {
	var list []Resource
	for _, r := range resources {
		list = append(append(list, r), r.Within...)
	}
	return list
}

// name finds the names of what must be booked first.
func (s *Service) name(ctx context.Context, f *facts) error {
	for _, r := range f.rules {
		if r.Kind != FirstRule || f.names[r.Params.Resource] != (i18n.Text{}) {
			continue
		}
		first, err := s.Equipment.Resource(ctx, r.Params.Resource)
		if err != nil {
			return fault.Wrap(err, "resource %s", r.Params.Resource)
		}
		f.names[first.ID] = first.Name
	}
	return nil
}

// look adds what is held around a span to the facts, and what the holder has
// booked where a rule counts that. It returns the holds whose time is up.
func (s *Service) look(ctx context.Context, f *facts, resources []Resource, span Span) ([]id.ID, error) {
	var widest time.Duration
	for _, r := range f.rules {
		widest = max(widest, minutes(r.Params.BeforeMin), minutes(r.Params.AfterMin))
	}
	held, stale, err := s.store.held(ctx, units(resources), Span{span.StartsAt.Add(-widest), span.EndsAt.Add(widest)}, f.now)
	f.held = make(map[unit][]stretch, len(held))
	for _, h := range held {
		of := unit{h.resource, h.unit}
		f.held[of] = append(f.held[of], h)
	}
	if err != nil || f.holder.ID == "" {
		return stale, fault.Wrap(err, "what is held")
	}
	if f.team.counts() {
		if err := s.lookAtTeam(ctx, f, span); err != nil {
			return stale, err
		}
	}
	if err := s.lookAtMinutes(ctx, f, span); err != nil {
		return stale, err
	}
	if !f.countsBookings() {
		return stale, nil
	}
	from := span.StartsAt
	if f.now.Before(from) {
		from = f.now
	}
	for _, r := range f.rules {
		if gap := minutes(r.Params.GapMin); f.now.After(span.StartsAt.Add(-gap)) {
			from = earlier(from, span.StartsAt.Add(-gap))
		}
	}
	f.mine, err = s.store.engagements(ctx, f.space.ID, []id.ID{f.holder.ID}, from, f.now)
	return stale, fault.Wrap(err, "bookings of %s", f.holder.ID)
}

// lookAtTeam adds what everybody in the holder's team has booked in the weeks and
// months of a span.
func (s *Service) lookAtTeam(ctx context.Context, f *facts, span Span) error {
	var err error
	f.teamed, err = s.store.engagements(ctx, f.space.ID, slices.Collect(maps.Keys(f.team.Joined)), since(span.StartsAt, f.space.Zone), f.now)
	return fault.Wrap(err, "bookings of team %s", f.team.ID)
}

func earlier(a, b clock.Instant) clock.Instant {
	if b.Before(a) {
		return b
	}
	return a
}

// countsBookings reports whether some rule asks what else the holder has booked.
func (f *facts) countsBookings() bool {
	return slices.ContainsFunc(f.rules, func(r Rule) bool { return r.Kind == PersonalRule || r.Kind == FirstRule })
}

// choose is the ask that breaks no rule, the first of several, or else the one
// that breaks fewest.
func (in *intent) choose() (ask, verdict, error) {
	var best verdict
	var which ask
	for i, a := range in.asks {
		v, err := evaluate(in.facts, a)
		if err != nil {
			return a, v, err
		}
		if i == 0 || len(v.broken) < len(best.broken) {
			which, best = a, v
		}
		if len(v.broken) == 0 {
			break
		}
	}
	return which, best, nil
}

// take judges an intent and takes the time it wants, in place of what its booking
// held so far, with the booking that write makes: all of it or nothing. What
// speaks against it is a Refusal, with remedies.
func (s *Service) take(ctx context.Context, in *intent, write func(context.Context, ask, verdict) (Booking, error)) (Booking, error) {
	resources, span := resourcesOf(in.asks), in.asks[0].Span
	a, v, err := in.choose()
	if err == nil && len(v.broken) > 0 { // spare the writer what will be refused anyway
		if _, err = s.look(ctx, in.facts, resources, span); err == nil {
			a, v, err = in.choose()
		}
		if err == nil && len(v.broken) > 0 {
			return Booking{}, s.advise(ctx, in.facts, a, v.broken)
		}
	}
	if err != nil {
		return Booking{}, err
	}
	var b Booking
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.lock(ctx, resources); err != nil {
			return err
		}
		if err := s.renew(ctx, in); err != nil {
			return err
		}
		stale, err := s.look(ctx, in.facts, resourcesOf(in.asks), span)
		if err != nil {
			return err
		}
		if a, v, err = in.choose(); err != nil {
			return err
		}
		if len(v.broken) > 0 {
			return Refusal{v.broken, in.facts.space.Zone}
		}
		if err := s.store.expire(ctx, stale, in.facts.now); err != nil {
			return err
		}
		if a.booking.ID != "" {
			if err := s.store.vacate(ctx, a.booking.ID); err != nil {
				return err
			}
		}
		if b, err = write(ctx, a, v); err != nil {
			return err
		}
		return s.store.occupy(ctx, b.ID, v.takes)
	})
	var refusal Refusal
	switch {
	case errors.As(err, &refusal):
		return Booking{}, s.advise(ctx, in.facts, a, refusal.Violations)
	case errors.Is(err, ErrTaken): // the second wall
		return Booking{}, s.advise(ctx, in.facts, a, []Violation{violation(Taken, args("Name", a.resource.Name, "StartsAt", a.StartsAt), nil)})
	case err != nil:
		return Booking{}, err
	}
	return b, nil
}

// lock keeps others from these resources and what is within them until the
// transaction ends.
func (s *Service) lock(ctx context.Context, resources []Resource) error {
	var ids []id.ID
	for _, r := range withParts(resources) {
		ids = append(ids, r.ID)
	}
	return fault.Wrap(s.DB.Lock(ctx, "resources", ids...), "lock %v", ids)
}

// renew reads again, in the transaction, what may have changed while it waited for
// its turn: the machine, its rules and prices, the hours, and who the holder is by
// now, from whom it keeps others where a rule counts what they have, as it does from
// a team that has limits.
func (s *Service) renew(ctx context.Context, in *intent) error {
	for i := range in.asks {
		a := &in.asks[i]
		var err error
		if a.resource, err = s.Equipment.Resource(ctx, a.resource.ID); err != nil {
			return fault.Wrap(err, "resource %s", a.resource.ID)
		}
		if err := a.check(); err != nil {
			return err
		}
	}
	// A certification is not revoked between the look at it and the booking that rests on it.
	holder := in.facts.holder.ID
	certified := holder != "" && slices.ContainsFunc(in.asks, func(a ask) bool { return len(a.resource.Certifications) > 0 })
	if certified {
		if team := in.facts.team; team.counts() { // before the member, as below
			if err := s.DB.Lock(ctx, "teams", team.ID); err != nil {
				return fault.Wrap(err, "lock team %s", team.ID)
			}
		}
		if err := s.DB.Lock(ctx, "members", holder); err != nil {
			return fault.Wrap(err, "lock %s", holder)
		}
	}
	f, err := s.gather(ctx, in.facts.space.ID, holder, resourcesOf(in.asks), in.asks[0].Span)
	if err != nil {
		return err
	}
	in.facts = f
	if f.team.counts() {
		if err := s.DB.Lock(ctx, "teams", f.team.ID); err != nil {
			return fault.Wrap(err, "lock team %s", f.team.ID)
		}
	}
	var others []id.ID
	if f.countsBookings() && !certified {
		others = []id.ID{holder}
	}
	if slices.ContainsFunc(in.asks, func(a ask) bool { return a.resource.Machine }) { // included minutes are used once
		others = append(others, f.holder.sharers()...)
	}
	return fault.Wrap(s.DB.Lock(ctx, "members", others...), "lock %v", others)
}
