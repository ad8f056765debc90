package privacy

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

// store is the only one to touch the tables exports and erasures.
type store struct{ db *db.DB }

// about are the columns of an export but for the file itself.
const about = "id, member_id, asked_by, asked_at, steps, done, finished_at, size, fetched_at, expires_at"

func (s store) insert(ctx context.Context, e Export) error {
	return gorm.G[Export](s.db.In(ctx)).Create(ctx, &e)
}

// newest are the latest files about a person that somebody asked for.
func (s store) newest(ctx context.Context, member, asker id.ID, limit int) ([]Export, error) {
	return gorm.G[Export](s.db.In(ctx)).Select(about).Where("member_id = ? AND asked_by = ?", member, asker).Order("asked_at DESC, id DESC").Limit(limit).Find(ctx)
}

// one is an export by its id; false where it is gone.
func (s store) one(ctx context.Context, export id.ID) (Export, bool, error) {
	e, err := gorm.G[Export](s.db.In(ctx)).Select(about).Where("id = ?", export).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return e, false, nil
	}
	return e, err == nil, err
}

// export is a file about a person with its ZIP, for who asked for it.
func (s store) export(ctx context.Context, member, asker, export id.ID) (Export, []byte, error) {
	type row struct {
		Export `gorm:"embedded"`
		Body   []byte
	}
	r, err := gorm.G[row](s.db.In(ctx)).Raw("SELECT "+about+", body FROM exports WHERE id = ? AND member_id = ? AND asked_by = ?", export, member, asker).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoSuchExport
	}
	return r.Export, r.Body, err
}

func (s store) progress(ctx context.Context, export id.ID, done, steps int) error {
	_, err := gorm.G[Export](s.db.In(ctx)).Where("id = ?", export).Select("done", "steps").Updates(ctx, Export{Done: int64(done), Steps: int64(steps)})
	return err
}

// finish keeps the ZIP of an export that is not finished yet.
func (s store) finish(ctx context.Context, export id.ID, body []byte, now clock.Instant) error {
	return s.db.In(ctx).Exec("UPDATE exports SET body = ?, size = ?, finished_at = ?, done = steps WHERE id = ? AND finished_at IS NULL",
		body, len(body), now, export).Error
}

func (s store) fetched(ctx context.Context, export id.ID, now clock.Instant) error {
	return s.db.In(ctx).Exec("UPDATE exports SET body = NULL, fetched_at = ? WHERE id = ?", now, export).Error
}

func (s store) deleteExpired(ctx context.Context, now clock.Instant) error {
	_, err := gorm.G[Export](s.db.In(ctx)).Where("expires_at <= ?", now).Delete(ctx)
	return err
}

// deleteExports drops the files about a person, and those that they asked for.
func (s store) deleteExports(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Export](s.db.In(ctx)).Where("member_id = ? OR asked_by = ?", member, member).Delete(ctx)
	return err
}

// addErasure reports false where the person was erased before.
func (s store) addErasure(ctx context.Context, e Erasure) (fresh bool, err error) {
	done := gorm.WithResult()
	err = gorm.G[Erasure](s.db.In(ctx), done, clause.OnConflict{DoNothing: true}).Create(ctx, &e)
	return done.RowsAffected == 1, err
}

func (s store) erased(ctx context.Context) ([]id.ID, error) {
	list, err := gorm.G[Erasure](s.db.In(ctx)).Order("at, id").Find(ctx)
	members := make([]id.ID, len(list))
	for i, e := range list {
		members[i] = e.MemberID
	}
	return members, err
}

func (s store) known(ctx context.Context, member id.ID) (bool, error) {
	row, err := gorm.G[struct{ N int64 }](s.db.In(ctx)).Raw("SELECT COUNT(*) AS n FROM members WHERE id = ?", member).Take(ctx)
	return row.N == 1, err
}
