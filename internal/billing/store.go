package billing

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

type store struct{ db *db.DB }

func (s store) add(ctx context.Context, c Charge) error {
	once := clause.OnConflict{Columns: []clause.Column{{Name: "cause"}, {Name: "cause_id"}, {Name: "period_from"}}, DoNothing: true}
	if err := gorm.G[Charge](s.db.In(ctx), once).Create(ctx, &c); err != nil {
		return err
	}
	kept, err := gorm.G[Charge](s.db.In(ctx)).Where("cause = ? AND cause_id = ? AND period_from = ?", c.Cause, c.CauseID, c.PeriodFrom).Take(ctx)
	if err == nil && (kept.Amount() != c.Amount() || kept.PeriodTo != c.PeriodTo) {
		err = fmt.Errorf("%v to %s is charged already from %s on, not %v to %s", kept.Amount(), kept.PeriodTo, c.PeriodFrom, c.Amount(), c.PeriodTo)
	}
	return err
}

func (s store) of(ctx context.Context, cause id.ID) ([]Charge, error) {
	return gorm.G[Charge](s.db.In(ctx)).Where("cause_id = ?", cause).Order("id").Find(ctx)
}

// list has the latest first; ids grow with time.
func (s store) list(ctx context.Context, space, member, after id.ID, limit int) ([]Charge, error) {
	q := gorm.G[Charge](s.db.In(ctx)).Where("member_id = ? AND space_id = ?", member, space)
	if after != "" {
		q = q.Where("id < ?", after)
	}
	return q.Order("id DESC").Limit(limit).Find(ctx)
}

func (s store) sums(ctx context.Context, space, member id.ID) ([]money.Amount, error) {
	return gorm.G[money.Amount](s.db.In(ctx)).Raw(`SELECT SUM(minor) AS minor, currency FROM charges
		WHERE member_id = ? AND space_id = ? GROUP BY currency ORDER BY currency`, member, space).Find(ctx)
}
