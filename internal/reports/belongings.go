package reports

import (
	"context"

	"gorm.io/gorm"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Belonging is how many things of a kind are somebody's, in every space.
type Belonging struct {
	Kind  string // bookings, plans, certifications, seats, charges, visits, notes, proofs, badges
	Count int
}

// Belongings counts, in the same order for everybody, what would move if the account of a person of the space became another's.
func (s *Service) Belongings(ctx context.Context, by actor.Actor, space, member id.ID) ([]Belonging, error) {
	if err := by.May("member.merge", space, "", ErrNoSuchSpace); err != nil {
		return nil, err
	}
	list, err := s.store.belongings(ctx, member)
	return list, fault.Wrap(err, "belongings of %s", member)
}

func (s store) belongings(ctx context.Context, member id.ID) ([]Belonging, error) {
	return gorm.G[Belonging](s.db.In(ctx)).Raw(`
		SELECT 'bookings' AS kind, count(*) AS count FROM bookings WHERE member_id = ?
		UNION ALL SELECT 'plans', count(*) FROM memberships WHERE member_id = ?
		UNION ALL SELECT 'certifications', count(*) FROM certification_grants WHERE member_id = ?
		UNION ALL SELECT 'seats', count(*) FROM registrations WHERE member_id = ?
		UNION ALL SELECT 'charges', count(*) FROM charges WHERE member_id = ?
		UNION ALL SELECT 'visits', count(*) FROM visits WHERE member_id = ?
		UNION ALL SELECT 'notes', count(*) FROM notes WHERE member_id = ?
		UNION ALL SELECT 'proofs', count(*) FROM proofs WHERE member_id = ?
		UNION ALL SELECT 'badges', count(*) FROM badges WHERE member_id = ? AND ended_at IS NULL`,
		member, member, member, member, member, member, member, member, member).Find(ctx)
}
