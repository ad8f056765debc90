package certifications

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
		db.Column{Table: "certification_grants", Name: "member_id"}, db.Column{Table: "certification_grants", Name: "granted_by"}, db.Column{Table: "certification_grants", Name: "revoked_by"},
		db.Column{Table: "certification_photos", Name: "member_id"}, db.Column{Table: "certification_teachers", Name: "member_id", Per: "certification_id"},
	), "hand what %s has to %s", from, to)
}
