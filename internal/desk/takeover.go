package desk

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one. Who was let in with both is here once.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	if err := s.leaveOnce(ctx, from, to); err != nil {
		return fault.Wrap(err, "visits of %s", from)
	}
	return fault.Wrap(s.DB.Reassign(ctx, from, to,
		db.Column{Table: "visits", Name: "member_id"}, db.Column{Table: "visits", Name: "recorded_by"},
	), "hand what %s has to %s", from, to)
}

// leaveOnce ends the visit of from wherever to is here as well.
func (s *Service) leaveOnce(ctx context.Context, from, to id.ID) error {
	open, err := s.store.openOf(ctx, from, to)
	if err != nil {
		return err
	}
	here := map[id.ID]bool{}
	for _, v := range open {
		if v.MemberID == to {
			here[v.SpaceID] = true
		}
	}
	for _, v := range open {
		if v.MemberID != from || !here[v.SpaceID] {
			continue
		}
		v.LeftAt = s.Clock.Now()
		if err := s.store.leave(ctx, v); err != nil {
			return err
		}
	}
	return nil
}
