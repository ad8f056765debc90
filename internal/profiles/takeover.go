package profiles

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// TakeOver makes what one member told of themselves another's, in the transaction in which
// their two accounts become one. Where both told something, what the one who stays told is
// kept: the whole of a profile with its photograph, and each answer.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	told, err := s.store.profile(ctx, to)
	if err != nil {
		return fault.Wrap(err, "profile of %s", to)
	}
	if told.Version > 0 {
		if err := s.store.dropPortraits(ctx, from); err != nil {
			return fault.Wrap(err, "portraits of %s", from)
		}
	}
	return fault.Wrap(s.db.Reassign(ctx, from, to,
		db.Column{Table: "portraits", Name: "member_id"}, db.Column{Table: "profiles", Name: "member_id", Once: true},
		db.Column{Table: "profile_answers", Name: "member_id", Per: "field_id"}, db.Column{Table: "demographics", Name: "member_id", Once: true},
	), "hand what %s told to %s", from, to)
}
