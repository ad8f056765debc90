package mail

import (
	"context"

	"gorm.io/gorm"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

// Kept is the record of a message.
type Kept struct {
	ID        id.ID
	Recipient string
	Subject   string
	Body      string
	Calendar  string
	CreatedAt clock.Instant
	SentAt    clock.Instant // not set: kept, for want of a server
}

// TableName is where records are.
func (Kept) TableName() string { return "mails" }

type store struct{ db *db.DB }

func (s store) insert(ctx context.Context, k Kept) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		return gorm.G[Kept](s.db.In(ctx)).Create(ctx, &k)
	})
}

func (s store) newest(ctx context.Context, limit int) ([]Kept, error) {
	return gorm.G[Kept](s.db.In(ctx)).Order("created_at DESC, id DESC").Limit(limit).Find(ctx)
}

func (s store) deleteBefore(ctx context.Context, t clock.Instant) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		_, err := gorm.G[Kept](s.db.In(ctx)).Where("created_at < ?", t).Delete(ctx)
		return err
	})
}

func (s store) deleteTo(ctx context.Context, address string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		_, err := gorm.G[Kept](s.db.In(ctx)).Where("LOWER(recipient) = LOWER(?)", address).Delete(ctx)
		return err
	})
}
