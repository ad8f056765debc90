package desk

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"guildhall/internal/db"
	"guildhall/internal/id"
)

type store struct{ db *db.DB }

func (s store) insert(ctx context.Context, v Visit) error {
	return gorm.G[Visit](s.db.In(ctx)).Create(ctx, &v)
}

func (s store) visit(ctx context.Context, space, visit id.ID) (Visit, error) {
	v, err := gorm.G[Visit](s.db.In(ctx)).Where("id = ? AND space_id = ?", visit, space).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoSuchVisit
	}
	return v, err
}

// here is the visit that somebody has not ended; they have one at the most.
func (s store) here(ctx context.Context, space, member id.ID) (Visit, bool, error) {
	v, err := gorm.G[Visit](s.db.In(ctx)).Where("space_id = ? AND member_id = ? AND left_at IS NULL", space, member).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return v, false, nil
	}
	return v, err == nil, err
}

func (s store) present(ctx context.Context, space id.ID, members []id.ID) ([]Visit, error) {
	return gorm.G[Visit](s.db.In(ctx)).Where("space_id = ? AND left_at IS NULL AND member_id IN ?", space, members).Find(ctx)
}

// open are visits that nobody has ended, in the order of their ids.
func (s store) open(ctx context.Context, after id.ID, limit int) ([]Visit, error) {
	return gorm.G[Visit](s.db.In(ctx)).Where("left_at IS NULL AND id > ?", after).Order("id").Limit(limit).Find(ctx)
}

// openOf are the visits of two people that are not over.
func (s store) openOf(ctx context.Context, a, b id.ID) ([]Visit, error) {
	return gorm.G[Visit](s.db.In(ctx)).Where("member_id IN ? AND left_at IS NULL", []id.ID{a, b}).Find(ctx)
}

// leave ends a visit once; ErrLeft where somebody else did.
func (s store) leave(ctx context.Context, v Visit) error {
	err := db.One(gorm.G[Visit](s.db.In(ctx)).Where("id = ? AND left_at IS NULL", v.ID).Update(ctx, "left_at", v.LeftAt))
	if errors.Is(err, db.ErrNone) {
		err = ErrLeft
	}
	return err
}

func (s store) forget(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Visit](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}
