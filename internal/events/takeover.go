package events

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one. Who has a seat with both has one seat then.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	return fault.Wrap(s.db.Reassign(ctx, from, to,
		db.Column{Table: "registrations", Name: "member_id", Per: "session_id"},
	), "hand what %s has to %s", from, to)
}
