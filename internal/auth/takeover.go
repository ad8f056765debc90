package auth

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one. Every way of signing in as from ends at once and for good; the
// addresses that were theirs are known as to's.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	if _, err := s.store.endAll(ctx, from, "", s.clock.Now()); err != nil {
		return fault.Wrap(err, "sessions of %s", from)
	}
	if err := s.store.closeEmails(ctx, from, s.clock.Now()); err != nil {
		return fault.Wrap(err, "addresses of %s", from)
	}
	if err := s.store.shut(ctx, from); err != nil {
		return fault.Wrap(err, "sign-in of %s", from)
	}
	return fault.Wrap(s.db.Reassign(ctx, from, to,
		db.Column{Table: "email_changes", Name: "member_id"},
	), "hand what %s has to %s", from, to)
}
