package api

import (
	"context"
	"net/http"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/id"
)

// Booking is a resource held for a member from a start to an end.
type Booking struct {
	ID             id.ID               `json:"id"`
	SpaceID        id.ID               `json:"space_id"`
	ResourceID     id.ID               `json:"resource_id"`
	Unit           int                 `json:"unit" doc:"Which one of a pool; the first where it takes several places."`
	Places         int                 `json:"places"`
	MemberID       id.ID               `json:"member_id"`
	BookedBy       id.ID               `json:"booked_by"`
	Status         string              `json:"status"`
	StartsAt       clock.Instant       `json:"starts_at"`
	EndsAt         clock.Instant       `json:"ends_at"`
	Note           string              `json:"note"`
	Price          Money               `json:"price"`
	PriceLines     []booking.PriceLine `json:"price_lines" doc:"How the price came about."`
	Overrides      []string            `json:"overrides,omitempty"`
	OverrideReason string              `json:"override_reason,omitempty"`
	HeldUntil      clock.Instant       `json:"held_until" nullable:"true"`
	CheckedInAt    clock.Instant       `json:"checked_in_at" nullable:"true"`
	CheckedOutAt   clock.Instant       `json:"checked_out_at" nullable:"true"`
	CancelledAt    clock.Instant       `json:"cancelled_at" nullable:"true"`
	CreatedAt      clock.Instant       `json:"created_at"`
	Version        int                 `json:"version"`
}

// Quote is the answer to a wish: its price, or every rule it breaks.
type Quote struct {
	ResourceID id.ID               `json:"resource_id"`
	Unit       int                 `json:"unit"`
	StartsAt   clock.Instant       `json:"starts_at"`
	EndsAt     clock.Instant       `json:"ends_at"`
	Bookable   bool                `json:"bookable"`
	Price      Money               `json:"price"`
	PriceLines []booking.PriceLine `json:"price_lines"`
	Left       *int                `json:"included_minutes_left,omitempty" doc:"Of the machine time that the plan includes, if this is booked; left out where it includes none."`
	FreeUntil  clock.Instant       `json:"free_until" nullable:"true" doc:"It can be cancelled until then; none for what is held."`
	Violations []Violation         `json:"violations"`
}

// Override sets rules aside, with a reason.
type Override struct {
	Rules  []string `json:"rules"`
	Reason string   `json:"reason"`
}

// Wish is what somebody wants to book. Times carry their offset, or none for the
// space's own clocks.
type Wish struct {
	SpaceID    id.ID     `json:"space_id,omitempty" doc:"With kind, where it is not clear which."`
	ResourceID id.ID     `json:"resource_id,omitempty"`
	Kind       string    `json:"kind,omitempty" doc:"Any resource of this kind."`
	Unit       int       `json:"unit,omitempty" minimum:"0"`
	StartsAt   string    `json:"starts_at,omitempty"`
	EndsAt     string    `json:"ends_at,omitempty"`
	MemberID   id.ID     `json:"member_id,omitempty" doc:"For whom; without it, for the caller."`
	Guests     int       `json:"guests,omitempty" minimum:"0" maximum:"499" doc:"Who comes besides."`
	Note       string    `json:"note,omitempty" maxLength:"2000"`
	HoldID     id.ID     `json:"hold_id,omitempty" doc:"Books what is held; then the rest may be left out."`
	Override   *Override `json:"override,omitempty"`
}

type wishInput struct {
	Caller
	Body Wish
}

type bookingsInput struct {
	Caller
	SpaceID    id.ID    `query:"space_id"`
	ResourceID id.ID    `query:"resource_id"`
	MemberID   id.ID    `query:"member_id"`
	From       string   `query:"from"`
	To         string   `query:"to"`
	Status     []string `query:"status" enum:"held,pending,confirmed,in_use,done,cancelled,declined,expired,no_show" doc:"One or more, with commas between."`
	Limit      int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor     string   `query:"cursor" maxLength:"1000"`
}

type moveInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		ResourceID id.ID     `json:"resource_id,omitempty"`
		Unit       int       `json:"unit,omitempty"`
		StartsAt   string    `json:"starts_at,omitempty"`
		EndsAt     string    `json:"ends_at,omitempty"`
		Guests     *int      `json:"guests,omitempty"`
		Version    int       `json:"version,omitempty"`
		Override   *Override `json:"override,omitempty"`
	}
}

type cancelInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body *struct {
		Version  int       `json:"version,omitempty"`
		Override *Override `json:"override,omitempty"`
	} `required:"false"`
}

func (a *API) bookings() {
	register(a, "booking.quote", http.MethodPost, "/bookings/quote", "The price of a wish, or every rule it breaks", http.StatusOK, a.quote)
	register(a, "booking.create", http.MethodPost, "/bookings", "Book", http.StatusCreated,
		func(ctx context.Context, in *wishInput) (*created, error) { return a.take(ctx, in, a.Booking.Book) })
	register(a, "booking.create", http.MethodPost, "/holds", "Hold a time while making up one's mind", http.StatusCreated,
		func(ctx context.Context, in *wishInput) (*created, error) { return a.take(ctx, in, a.Booking.Hold) })
	register(a, "booking.read", http.MethodGet, "/bookings", "Bookings, a part at a time", http.StatusOK, a.listBookings)
	register(a, "booking.read", http.MethodGet, "/bookings/{id}", "One booking", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[Booking], error) {
			return one(a.Booking.Booking(ctx, in.who.by, in.ID))
		})
	register(a, "booking.change", http.MethodPatch, "/bookings/{id}", "Move or extend a booking", http.StatusOK, a.move)
	register(a, "booking.cancel", http.MethodPost, "/bookings/{id}/cancel", "Give the time back", http.StatusOK, a.cancel)
	register(a, "booking.cancel", http.MethodPost, "/bookings/{id}/restore", "Take a cancellation back, for a minute", http.StatusOK, a.onBooking(a.Booking.Restore))
	register(a, "booking.check_in", http.MethodPost, "/bookings/{id}/check-in", "Begin a booking", http.StatusOK, a.onBooking(a.Booking.CheckIn))
	register(a, "booking.check_in", http.MethodPost, "/bookings/{id}/check-out", "End a booking and give back the rest", http.StatusOK, a.onBooking(a.Booking.CheckOut))
	register(a, "booking.no_show", http.MethodPost, "/bookings/{id}/no-show", "Say that nobody came", http.StatusOK, a.onBooking(a.Booking.MarkNoShow))
}

// created is a new booking and where it is.
type created struct {
	Location string `header:"Location"`
	Body     Booking
}

// request reads a wish: its times on the clocks of its resource's space.
func (a *API) request(ctx context.Context, by actor.Actor, w Wish) (booking.Request, *time.Location, error) {
	req := booking.Request{
		Space: w.SpaceID, Resource: w.ResourceID, Kind: w.Kind, Unit: w.Unit, Member: w.MemberID, Places: w.Guests + 1, Note: w.Note,
		Hold: w.HoldID, Override: override(w.Override),
	}
	if w.HoldID != "" && w.ResourceID == "" && w.Kind == "" {
		return req, time.UTC, nil
	}
	named, err := a.where(ctx, by, w.SpaceID, w.ResourceID)
	if err != nil {
		return req, nil, err
	}
	s, err := a.space(ctx, by, named)
	if err != nil {
		return req, nil, err
	}
	req.Space = s.ID
	req.StartsAt, req.EndsAt, err = times(s.Location(), w.StartsAt, w.EndsAt)
	return req, s.Location(), err
}

func (a *API) quote(ctx context.Context, in *wishInput) (*body[Quote], error) {
	if in.Body.HoldID != "" {
		return a.quoteHold(ctx, in)
	}
	req, zone, err := a.request(ctx, in.who.by, in.Body)
	if err != nil {
		return nil, err
	}
	q, err := a.Booking.Quote(ctx, in.who.by, req)
	out := Quote{
		ResourceID: q.Resource, Unit: q.Unit, StartsAt: q.StartsAt, EndsAt: q.EndsAt, Bookable: q.Bookable(), Price: moneyOf(q.Price),
		PriceLines: lines(q.Lines), FreeUntil: q.FreeUntil, Violations: violations(in.printer(), zone, q.Violations),
	}
	if q.Included {
		out.Left = &q.Left
	}
	return said(out), err
}

// quoteHold says again at what price a time is held: it was judged when it was taken.
func (a *API) quoteHold(ctx context.Context, in *wishInput) (*body[Quote], error) {
	b, err := a.Booking.Booking(ctx, in.who.by, in.Body.HoldID)
	switch {
	case err != nil:
		return nil, err
	case b.Status == booking.Expired, b.Status == booking.Held && !b.HeldUntil.After(a.Clock.Now()):
		return nil, booking.ErrHoldExpired
	case b.Status != booking.Held:
		return nil, booking.ErrOver
	}
	return said(Quote{
		ResourceID: b.ResourceID, Unit: b.Unit, StartsAt: b.StartsAt, EndsAt: b.EndsAt, Bookable: true,
		Price: moneyOf(b.Price()), PriceLines: lines(b.PriceLines), Violations: []Violation{},
	}), nil
}

func (a *API) take(ctx context.Context, in *wishInput, how func(context.Context, actor.Actor, booking.Request) (booking.Booking, error)) (*created, error) {
	req, _, err := a.request(ctx, in.who.by, in.Body)
	if err != nil {
		return nil, err
	}
	b, err := how(ctx, in.who.by, req)
	return &created{Location: Prefix + "/bookings/" + b.ID.String(), Body: bookingOut(b)}, err
}

func (a *API) listBookings(ctx context.Context, in *bookingsInput) (*body[List[Booking]], error) {
	named, err := a.where(ctx, in.who.by, in.SpaceID, in.ResourceID)
	if err != nil {
		return nil, err
	}
	zone := time.UTC
	f := booking.Filter{Space: named, Resource: in.ResourceID, Member: in.MemberID, Limit: in.Limit, Cursor: in.Cursor}
	if named != "" {
		s, err := a.Spaces.Space(ctx, in.who.by, named)
		if err != nil {
			return nil, err
		}
		zone = s.Location()
	}
	if in.From != "" {
		if f.From, err = moment(zone, "from", in.From); err != nil {
			return nil, err
		}
	}
	if in.To != "" {
		if f.To, err = moment(zone, "to", in.To); err != nil {
			return nil, err
		}
	}
	if in.From != "" && in.To != "" && !f.To.After(f.From) {
		return nil, booking.ErrSpan.On("to")
	}
	for _, s := range in.Status {
		f.Statuses = append(f.Statuses, booking.Status(s))
	}
	page, err := a.Booking.Bookings(ctx, in.who.by, f)
	return list(each(page.Items, bookingOut), page.Next), err
}

func (a *API) move(ctx context.Context, in *moveInput) (*body[Booking], error) {
	b, err := a.Booking.Booking(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	s, err := a.Spaces.Space(ctx, in.who.by, b.SpaceID)
	if err != nil {
		return nil, err
	}
	from, to, err := moments(s.Location(), in.Body.StartsAt, in.Body.EndsAt)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	if unsaid(in.Body.ResourceID, in.Body.Unit, in.Body.StartsAt, in.Body.EndsAt, in.Body.Guests) {
		return nil, ErrNothing
	}
	onlyLonger := in.Body.ResourceID == "" && in.Body.Unit == 0 && in.Body.Guests == nil && (from.IsZero() || from.Equal(b.StartsAt)) && to.After(b.EndsAt)
	if onlyLonger {
		return one(a.Booking.Extend(ctx, in.who.by, booking.Extension{Booking: in.ID, Version: seen, EndsAt: to, Override: override(in.Body.Override)}))
	}
	m := booking.Move{
		Booking: in.ID, Version: seen, Resource: in.Body.ResourceID, Unit: in.Body.Unit, StartsAt: from, EndsAt: to, Override: override(in.Body.Override),
	}
	if in.Body.Guests != nil {
		m.Places = *in.Body.Guests + 1
	}
	return one(a.Booking.Move(ctx, in.who.by, m))
}

func (a *API) cancel(ctx context.Context, in *cancelInput) (*body[Booking], error) {
	c := booking.Cancellation{Booking: in.ID}
	said := 0
	if in.Body != nil {
		said, c.Override = in.Body.Version, override(in.Body.Override)
	}
	var err error
	if c.Version, err = in.version(said); err != nil {
		return nil, err
	}
	return one(a.Booking.Cancel(ctx, in.who.by, c))
}

func (a *API) onBooking(act func(context.Context, actor.Actor, id.ID) (booking.Booking, error)) func(context.Context, *idInput) (*body[Booking], error) {
	return func(ctx context.Context, in *idInput) (*body[Booking], error) { return one(act(ctx, in.who.by, in.ID)) }
}

func one(b booking.Booking, err error) (*body[Booking], error) { return said(bookingOut(b)), err }

func override(o *Override) *booking.Override {
	if o == nil {
		return nil
	}
	return &booking.Override{Rules: o.Rules, Reason: o.Reason}
}

func lines(l []booking.PriceLine) []booking.PriceLine {
	if l == nil {
		return []booking.PriceLine{}
	}
	return l
}

func bookingOut(b booking.Booking) Booking {
	return Booking{
		b.ID, b.SpaceID, b.ResourceID, b.Unit, b.Places, b.MemberID, b.BookedBy, string(b.Status), b.StartsAt, b.EndsAt, b.Note,
		moneyOf(b.Price()), lines(b.PriceLines), b.Overrides, b.OverrideReason, b.HeldUntil, b.CheckedInAt, b.CheckedOutAt, b.CancelledAt,
		b.CreatedAt, int(b.Version),
	}
}
