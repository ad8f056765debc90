package audit

import (
	"context"

	"gorm.io/gorm"

	"guildhall/internal/db"
)

func (l *Log) insert(ctx context.Context, e *Entry) error {
	if !l.db.InTx(ctx) {
		return db.ErrOutsideTx
	}
	return gorm.G[Entry](l.db.In(ctx)).Create(ctx, e)
}

// list gives one entry more than asked for, which tells that there is a next page.
// Ids sort by the moment they were made, so they are the order and the cursor.
func (l *Log) list(ctx context.Context, f Filter) ([]Entry, error) {
	q := gorm.G[Entry](l.db.In(ctx)).Where("space_id = ?", f.Space)
	if f.Subject != "" {
		q = q.Where("subject = ?", f.Subject)
	}
	if f.Cursor != "" {
		q = q.Where("id < ?", f.Cursor)
	}
	return q.Order("id DESC").Limit(f.Limit + 1).Find(ctx)
}
