package plans

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

type store struct {
	db *db.DB

	offers *db.Memory[id.ID, []Plan]
	had    *db.Memory[place, []Run]
}

// place is a person in a space.
type place struct{ space, member id.ID }

func newStore(d *db.DB) store {
	return store{
		db:     d,
		offers: db.NewMemory[id.ID, []Plan](d, "plans"),
		had:    db.NewMemory[place, []Run](d, "plans", "memberships"),
	}
}

// plans and memberships --------------------------------------------------

func (s store) plans(ctx context.Context, space id.ID) ([]Plan, error) {
	list, err := s.offers.Recall(ctx, space, func(ctx context.Context) ([]Plan, error) {
		return gorm.G[Plan](s.db.In(ctx)).Where("space_id = ?", space).Order("position, code").Find(ctx)
	})
	return slices.Clone(list), err
}

func (s store) plan(ctx context.Context, space, plan id.ID) (Plan, error) {
	p, err := gorm.G[Plan](s.db.In(ctx)).Where("id = ? AND space_id = ?", plan, space).Take(ctx)
	return p, missing(err, ErrNoSuchPlan)
}

func (s store) insertPlan(ctx context.Context, p Plan) error {
	return taken(gorm.G[Plan](s.db.In(ctx)).Create(ctx, &p), "plans_code_key", ErrPlanCodeTaken)
}

// updatePlan writes what can be changed and counts the version up; a version that
// is no longer the stored one is ErrStale.
func (s store) updatePlan(ctx context.Context, p Plan) error {
	was := p.Version
	p.Version++
	err := db.One(gorm.G[Plan](s.db.In(ctx)).Where("id = ? AND version = ?", p.ID, was).
		Select("name", "price_group", "key_holder", "price_minor", "currency", "position", "version").Updates(ctx, p))
	return missing(err, ErrStale)
}

// runs are shared by all who ask.
func (s store) runs(ctx context.Context, space, member id.ID) ([]Run, error) {
	return s.had.Recall(ctx, place{space, member}, func(ctx context.Context) ([]Run, error) {
		return s.readRuns(ctx, space, member)
	})
}

func (s store) readRuns(ctx context.Context, space, member id.ID) ([]Run, error) {
	type row struct {
		Membership `gorm:"embedded"`
		Plan       Plan `gorm:"embedded;embeddedPrefix:p_"`
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT ms.*, p.id AS p_id, p.space_id AS p_space_id, p.code AS p_code, p.name AS p_name, p.price_group AS p_price_group,
			p.key_holder AS p_key_holder, p.price_minor AS p_price_minor, p.currency AS p_currency, p.position AS p_position, p.version AS p_version
		FROM memberships ms JOIN plans p ON p.id = ms.plan_id
		WHERE ms.member_id = ? AND ms.space_id = ? ORDER BY ms.starts_at DESC, ms.id DESC`, member, space).Find(ctx)
	runs := make([]Run, len(rows))
	for i, r := range rows {
		runs[i] = Run(r)
	}
	return runs, err
}

func (s store) membership(ctx context.Context, space, membership id.ID) (Membership, error) {
	m, err := gorm.G[Membership](s.db.In(ctx)).Where("id = ? AND space_id = ?", membership, space).Take(ctx)
	return m, missing(err, ErrNoSuchMembership)
}

func (s store) insertMembership(ctx context.Context, m Membership) error {
	return gorm.G[Membership](s.db.In(ctx)).Create(ctx, &m)
}

func (s store) endMembership(ctx context.Context, membership id.ID, at clock.Instant) error {
	return db.One(gorm.G[Membership](s.db.In(ctx)).Where("id = ?", membership).Update(ctx, "ends_at", at))
}

func (s store) deleteMembership(ctx context.Context, membership id.ID) error {
	return db.One(gorm.G[Membership](s.db.In(ctx)).Where("id = ?", membership).Delete(ctx))
}

// missing turns "no such row" into the refusal that it means here.
func missing(err error, refusal *fault.Error) error {
	if errors.Is(err, db.ErrNone) {
		return refusal
	}
	return err
}

// taken turns a duplicate of this constraint into the refusal that it means here.
func taken(err error, constraint string, refusal *fault.Error) error {
	if db.IsDuplicate(err, constraint) {
		return refusal
	}
	return err
}
