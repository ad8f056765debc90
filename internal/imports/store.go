package imports

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"guildhall/internal/db"
	"guildhall/internal/id"
)

type store struct{ db *db.DB }

func (s store) insert(ctx context.Context, i Import) error {
	return gorm.G[Import](s.db.In(ctx)).Create(ctx, &i)
}

func (s store) one(ctx context.Context, space id.ID, kind Kind, i id.ID) (Import, error) {
	found, err := gorm.G[Import](s.db.In(ctx)).Where("id = ? AND space_id = ? AND kind = ?", i, space, kind).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Import{}, ErrNoSuchImport
	}
	return found, err
}

func (s store) recent(ctx context.Context, space id.ID, kind Kind) ([]Import, error) {
	return gorm.G[Import](s.db.In(ctx)).
		Select("id, space_id, kind, member_id, file_name, created_at, done_at, created, unchanged").
		Where("space_id = ? AND kind = ? AND done_at IS NOT NULL", space, kind).
		Order("created_at DESC, id DESC").Limit(20).Find(ctx)
}

func (s store) finish(ctx context.Context, i Import) error {
	err := db.One(gorm.G[Import](s.db.In(ctx)).Where("id = ? AND done_at IS NULL", i.ID).
		Select("done_at", "created", "unchanged").Updates(ctx, i))
	if errors.Is(err, db.ErrNone) {
		return ErrDone
	}
	return err
}
