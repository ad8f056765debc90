package booking

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	return fault.Wrap(s.DB.Reassign(ctx, from, to,
		db.Column{Table: "bookings", Name: "member_id"}, db.Column{Table: "bookings", Name: "booked_by"}, db.Column{Table: "bookings", Name: "cancelled_by"},
		db.Column{Table: "closures", Name: "created_by"},
	), "hand what %s has to %s", from, to)
}
