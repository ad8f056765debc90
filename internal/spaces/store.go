package spaces

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

// store is the only one to touch the tables spaces, opening_hours and holidays,
// and the row of settings that holds the set-up token's hash.
type store struct {
	db *db.DB

	byID      *db.Memory[id.ID, Space]
	calendars *db.Memory[id.ID, Calendar]
}

func newStore(d *db.DB) store {
	return store{
		db:        d,
		byID:      db.NewMemory[id.ID, Space](d, "spaces"),
		calendars: db.NewMemory[id.ID, Calendar](d, "spaces", "opening_hours", "holidays"),
	}
}

const setupKey = "setup_token"

// setting is a row of settings.
type setting struct {
	Key   string
	Value string
}

func (s store) spaces(ctx context.Context) ([]Space, error) {
	return gorm.G[Space](s.db.In(ctx)).Order("position, id").Find(ctx)
}

func (s store) space(ctx context.Context, space id.ID) (Space, error) {
	return s.byID.Recall(ctx, space, func(ctx context.Context) (Space, error) {
		return found(gorm.G[Space](s.db.In(ctx)).Where("id = ?", space).Take(ctx))
	})
}

// calendar is shared by all who ask.
func (s store) calendar(ctx context.Context, space id.ID) (Calendar, error) {
	return s.calendars.Recall(ctx, space, func(ctx context.Context) (Calendar, error) {
		sp, err := s.space(ctx, space)
		if err != nil {
			return Calendar{}, err
		}
		hours, err := s.hours(ctx, space)
		if err != nil {
			return Calendar{}, err
		}
		days, err := s.holidays(ctx, space, "")
		if err != nil {
			return Calendar{}, err
		}
		c := Calendar{Zone: sp.Location(), Hours: hours, Holidays: make(map[clock.Day]Holiday, len(days))}
		for _, h := range days {
			c.Holidays[h.Day] = h
		}
		return c, nil
	})
}

func (s store) spaceAt(ctx context.Context, slug string) (Space, error) {
	return found(gorm.G[Space](s.db.In(ctx)).Where("slug = ?", slug).Take(ctx))
}

func found(sp Space, err error) (Space, error) {
	if errors.Is(err, db.ErrNone) {
		err = ErrNoSuchSpace
	}
	return sp, err
}

func (s store) count(ctx context.Context) (int, error) {
	n, err := gorm.G[Space](s.db.In(ctx)).Count(ctx, "id")
	return int(n), err
}

func (s store) insert(ctx context.Context, sp Space) error {
	return gorm.G[Space](s.db.In(ctx)).Create(ctx, &sp)
}

// update writes what can be changed and counts the version up; a version that
// is no longer the stored one is ErrStale.
func (s store) update(ctx context.Context, sp Space) error {
	was := sp.Version
	sp.Version++
	err := db.One(gorm.G[Space](s.db.In(ctx)).Where("id = ? AND version = ?", sp.ID, was).
		Select("slug", "name", "about", "headline", "sections", "streams", "country", "address", "email", "phone", "zone", "currency", "version").
		Updates(ctx, sp))
	if errors.Is(err, db.ErrNone) {
		return ErrStale
	}
	return err
}

func (s store) hours(ctx context.Context, space id.ID) ([]Hours, error) {
	return gorm.G[Hours](s.db.In(ctx)).Where("space_id = ?", space).Order("weekday, opens_min, audience").Find(ctx)
}

func (s store) replaceHours(ctx context.Context, space id.ID, week []Hours) error {
	if _, err := gorm.G[Hours](s.db.In(ctx)).Where("space_id = ?", space).Delete(ctx); err != nil {
		return err
	}
	if len(week) == 0 {
		return nil
	}
	rows := slices.Clone(week)
	for i := range rows {
		rows[i].ID, rows[i].SpaceID = id.New(), space
	}
	return gorm.G[Hours](s.db.In(ctx)).CreateInBatches(ctx, &rows, len(rows))
}

func (s store) holidays(ctx context.Context, space id.ID, from clock.Day) ([]Holiday, error) {
	return gorm.G[Holiday](s.db.In(ctx)).Where("space_id = ? AND day >= ?", space, from).Order("day").Find(ctx)
}

func (s store) holiday(ctx context.Context, space, holiday id.ID) (Holiday, error) {
	h, err := gorm.G[Holiday](s.db.In(ctx)).Where("id = ? AND space_id = ?", holiday, space).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoSuchHoliday
	}
	return h, err
}

func (s store) addHoliday(ctx context.Context, h Holiday) error {
	return gorm.G[Holiday](s.db.In(ctx)).Create(ctx, &h)
}

func (s store) removeHoliday(ctx context.Context, space, holiday id.ID) error {
	err := db.One(gorm.G[Holiday](s.db.In(ctx)).Where("id = ? AND space_id = ?", holiday, space).Delete(ctx))
	if errors.Is(err, db.ErrNone) {
		return ErrNoSuchHoliday
	}
	return err
}

func (s store) keepSetupToken(ctx context.Context, hash string) error {
	return gorm.G[setting](s.db.In(ctx), clause.OnConflict{
		Columns: []clause.Column{{Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"value"}),
	}).Create(ctx, &setting{Key: setupKey, Value: hash})
}

func (s store) setupToken(ctx context.Context) (string, error) {
	row, err := gorm.G[setting](s.db.In(ctx)).Where("key = ?", setupKey).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return row.Value, err
}

// useSetupToken deletes the token, and refuses when another was here first.
func (s store) useSetupToken(ctx context.Context, hash string) error {
	err := db.One(gorm.G[setting](s.db.In(ctx)).Where("key = ? AND value = ?", setupKey, hash).Delete(ctx))
	if errors.Is(err, db.ErrNone) {
		return ErrSetupToken
	}
	return err
}
