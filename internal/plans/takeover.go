package plans

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrBothRun refuses to make two people one who each have a running plan in a space:
// which of the two goes on is for somebody to say.
var ErrBothRun = fault.Conflict("plans.both_run", "Both accounts have a plan that runs in the same space. End one of the two first.")

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one. ErrBothRun where each has a plan that runs in the same space. Where
// both have asked for one there, the request of the account that stays is the one that waits.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	switch both, err := s.store.bothRun(ctx, from, to, s.Clock.Now()); {
	case err != nil:
		return fault.Wrap(err, "plans of %s", from)
	case both:
		return ErrBothRun
	}
	if err := s.store.askOnce(ctx, from, to, s.Clock.Now()); err != nil {
		return fault.Wrap(err, "requests of %s", from)
	}
	return fault.Wrap(s.DB.Reassign(ctx, from, to,
		db.Column{Table: "memberships", Name: "member_id"}, db.Column{Table: "memberships", Name: "proved_by"},
		db.Column{Table: "plan_applications", Name: "member_id"}, db.Column{Table: "plan_applications", Name: "decided_by"},
	), "hand what %s has to %s", from, to)
}
