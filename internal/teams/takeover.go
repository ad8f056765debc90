package teams

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrBothIn refuses to make two people one who are each in a team of a space.
var ErrBothIn = fault.Conflict("teams.both_in", "Both accounts are in a team of the same space. Take one of the two out first.")

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one. ErrBothIn where each is in a team of the same space.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	switch both, err := s.store.bothIn(ctx, from, to); {
	case err != nil:
		return fault.Wrap(err, "places of %s", from)
	case both:
		return ErrBothIn
	}
	return fault.Wrap(s.DB.Reassign(ctx, from, to,
		db.Column{Table: "team_members", Name: "member_id"},
		db.Column{Table: "team_invitations", Name: "member_id"}, db.Column{Table: "team_invitations", Name: "invited_by"},
	), "hand what %s has to %s", from, to)
}
