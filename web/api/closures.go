package api

import (
	"context"
	"net/http"
	"slices"

	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Closure is a time in which a resource is not to be had.
type Closure struct {
	ID         id.ID         `json:"id,omitempty"`
	ResourceID id.ID         `json:"resource_id"`
	StartsAt   clock.Instant `json:"starts_at"`
	EndsAt     clock.Instant `json:"ends_at"`
	Reason     i18n.Text     `json:"reason"`
	InTheWay   []Booking     `json:"in_the_way,omitempty" doc:"With dry_run: the bookings it would hit."`
}

type closureInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		StartsAt string    `json:"starts_at"`
		EndsAt   string    `json:"ends_at"`
		Reason   i18n.Text `json:"reason"`
		DryRun   bool      `json:"dry_run,omitempty" doc:"Only say which bookings it would hit."`
		Confirm  bool      `json:"confirm,omitempty" doc:"Cancel the bookings in its way and tell their members; without it they refuse it."`
	}
}

// closed is a closure that was made, 201, or only looked at, 200.
type closed struct {
	Status int
	Body   Closure
}

type liftInput struct {
	Caller
	ID      id.ID `path:"id"`
	Closure id.ID `path:"closure_id"`
}

// closures has the times in which a resource is not to be had.
func (a *API) closures() {
	register(a, "availability.read", http.MethodGet, "/resources/{id}/closures", "The closures of a resource that stand and are not over", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[List[Closure]], error) {
			all, err := a.closuresOf(ctx, in.Caller, in.ID)
			return list(each(all, closure), ""), err
		})
	register(a, "closure.edit", http.MethodPost, "/resources/{id}/closures", "Close a resource for a time", http.StatusCreated, a.closeResource)
	answers := a.huma.OpenAPI().Paths["/resources/{id}/closures"].Post.Responses
	answers["200"] = answers["201"] // of a dry run
	register(a, "closure.edit", http.MethodDelete, "/resources/{id}/closures/{closure_id}", "End a closure now", http.StatusNoContent,
		func(ctx context.Context, in *liftInput) (*nothing, error) {
			all, err := a.closuresOf(ctx, in.Caller, in.ID)
			if err == nil && !slices.ContainsFunc(all, func(c booking.Closure) bool { return c.ID == in.Closure }) {
				err = booking.ErrNoSuchClosure
			}
			if err == nil {
				_, err = a.Booking.Lift(ctx, in.who.by, in.Closure)
			}
			return nil, err
		})
}

func (a *API) closuresOf(ctx context.Context, c Caller, resource id.ID) ([]booking.Closure, error) {
	r, err := a.Equipment.Resource(ctx, c.who.by, resource)
	if err != nil {
		return nil, err
	}
	all, err := a.Booking.Closures(ctx, c.who.by, r.SpaceID, a.Clock.Now())
	return slices.DeleteFunc(all, func(c booking.Closure) bool { return c.ResourceID != resource }), err
}

func (a *API) closeResource(ctx context.Context, in *closureInput) (*closed, error) {
	r, err := a.Equipment.Resource(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	s, err := a.Spaces.Space(ctx, in.who.by, r.SpaceID)
	if err != nil {
		return nil, err
	}
	from, to, err := times(s.Location(), in.Body.StartsAt, in.Body.EndsAt)
	if err != nil {
		return nil, err
	}
	span := booking.Span{StartsAt: from, EndsAt: to}
	if in.Body.DryRun {
		hit, err := a.Booking.InTheWay(ctx, in.who.by, r.ID, span)
		return &closed{http.StatusOK, Closure{ResourceID: r.ID, StartsAt: from, EndsAt: to, Reason: in.Body.Reason, InTheWay: each(hit, bookingOut)}}, err
	}
	how := a.Booking.Close
	if in.Body.Confirm {
		how = a.Booking.Clear
	}
	c, err := how(ctx, in.who.by, r.ID, span, in.Body.Reason)
	return &closed{http.StatusCreated, closure(c)}, err
}

func closure(c booking.Closure) Closure {
	return Closure{ID: c.ID, ResourceID: c.ResourceID, StartsAt: c.StartsAt, EndsAt: c.EndsAt, Reason: c.Reason}
}
