package imports

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one. A file that is taken back later finds the one that stayed.
func (s *Shelf) TakeOver(ctx context.Context, from, to id.ID) error {
	return fault.Wrap(s.db.Reassign(ctx, from, to,
		db.Column{Table: "imports", Name: "member_id"}, db.Column{Table: "imports", Name: "run_by"},
		db.Column{Table: "import_items", Name: "member_id"}, db.Column{Table: "import_items", Name: "subject_id"}, db.Column{Table: "import_identities", Name: "member_id"},
	), "hand what %s has to %s", from, to)
}
