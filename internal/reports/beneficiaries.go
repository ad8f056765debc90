package reports

import (
	"context"

	"gorm.io/gorm"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Beneficiaries are the names of the others for whom somebody was charged in a space, for
// them and for the front desk.
func (s *Service) Beneficiaries(ctx context.Context, by actor.Actor, space, payer id.ID) (map[id.ID]string, error) {
	if err := by.May("charge.read", space, payer, ErrNoSuchPerson); err != nil {
		return nil, err
	}
	names, err := s.store.beneficiaries(ctx, space, payer)
	return names, fault.Wrap(err, "whom %s pays for", payer)
}

func (s store) beneficiaries(ctx context.Context, space, payer id.ID) (map[id.ID]string, error) {
	type person struct {
		ID   id.ID
		Name string
	}
	people, err := gorm.G[person](s.db.In(ctx)).Raw(`
		SELECT id, name FROM members WHERE id IN (
			SELECT beneficiary_id FROM charges WHERE member_id = ? AND space_id = ? AND beneficiary_id <> member_id)`, payer, space).Find(ctx)
	names := make(map[id.ID]string, len(people))
	for _, p := range people {
		names[p.ID] = p.Name
	}
	return names, err
}
