package billing

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	return fault.Wrap(s.db.Reassign(ctx, from, to,
		db.Column{Table: "charges", Name: "member_id"}, db.Column{Table: "charges", Name: "beneficiary_id"},
	), "hand what %s has to %s", from, to)
}
