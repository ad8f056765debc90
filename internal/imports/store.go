package imports

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

type store struct{ db *db.DB }

// withoutContent are the columns that are few bytes.
const withoutContent = "id, space_id, kind, member_id, file_name, settings, created_at, done_at, created, unchanged, gained, refused, " +
	"state, total, position, started_at, run_by, reason, undone_at, taken, stayed"

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
		Select(withoutContent).
		Where("space_id = ? AND kind = ? AND state <> ?", space, kind, Kept).
		Order("created_at DESC, id DESC").Limit(20).Find(ctx)
}

func (s store) finish(ctx context.Context, i Import) error {
	err := db.One(gorm.G[Import](s.db.In(ctx)).Where("id = ? AND done_at IS NULL", i.ID).
		Select("done_at", "created", "unchanged", "state").Updates(ctx, i))
	if errors.Is(err, db.ErrNone) {
		return ErrDone
	}
	return err
}

func (s store) state(ctx context.Context, space id.ID, kind Kind, i id.ID) (Import, error) {
	found, err := gorm.G[Import](s.db.In(ctx)).Select(withoutContent).Where("id = ? AND space_id = ? AND kind = ?", i, space, kind).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Import{}, ErrNoSuchImport
	}
	return found, err
}

func (s store) note(ctx context.Context, i Import) error {
	return db.One(gorm.G[Import](s.db.In(ctx)).Where("id = ?", i.ID).
		Select("done_at", "created", "unchanged", "gained", "refused", "state", "total", "position", "started_at", "run_by", "reason", "undone_at", "taken", "stayed").
		Updates(ctx, i))
}

func (s store) settle(ctx context.Context, i id.ID, settings string) error {
	return db.One(gorm.G[Import](s.db.In(ctx)).Where("id = ?", i).Update(ctx, "settings", settings))
}

// before are the imports that were brought before then and whose content is kept.
func (s store) before(ctx context.Context, then clock.Instant) ([]Import, error) {
	return gorm.G[Import](s.db.In(ctx)).Select("id, state").
		Where("created_at < ? AND (content IS NOT NULL OR body <> '')", then).Find(ctx)
}

// whole are the imports whose content is kept, without it.
func (s store) whole(ctx context.Context) ([]Import, error) {
	return gorm.G[Import](s.db.In(ctx)).Select("id, state").Where("content IS NOT NULL OR body <> ''").Find(ctx)
}

// content is an import with its content.
func (s store) content(ctx context.Context, i id.ID) (Import, error) {
	return gorm.G[Import](s.db.In(ctx)).Where("id = ?", i).Take(ctx)
}

// of are the imports that made something for a person.
func (s store) of(ctx context.Context, member id.ID) ([]id.ID, error) {
	rows, err := gorm.G[struct{ ImportID id.ID }](s.db.In(ctx)).Raw("SELECT DISTINCT import_id FROM import_items WHERE member_id = ?", member).Find(ctx)
	ids := make([]id.ID, len(rows))
	for n, r := range rows {
		ids[n] = r.ImportID
	}
	return ids, err
}

// forget drops content and the words of it; what was being run is stopped.
func (s store) forget(ctx context.Context, imports []Import) error {
	for _, i := range imports {
		if i.State == Running {
			i.State = Stopped
		}
		_, err := gorm.G[Import](s.db.In(ctx)).Where("id = ?", i.ID).
			Select("content", "body", "settings", "reason", "state").Updates(ctx, Import{Settings: "{}", Reason: ErrForgotten.Code, State: i.State})
		if err != nil {
			return err
		}
		if _, err := gorm.G[refusal](s.db.In(ctx)).Where("import_id = ?", i.ID).Delete(ctx); err != nil {
			return err
		}
	}
	return nil
}

// unmark forgets how what was made for a person was made.
func (s store) unmark(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Item](s.db.In(ctx)).Where("member_id = ?", member).Update(ctx, "mark", "")
	return err
}

// mapping is what a space chose for the columns of a file.
type mapping struct {
	SpaceID   id.ID
	Kind      Kind
	Headings  string
	Settings  string
	UpdatedAt clock.Instant
}

// TableName is where GORM finds it.
func (mapping) TableName() string { return "import_mappings" }

func (s store) remember(ctx context.Context, m mapping) error {
	return gorm.G[mapping](s.db.In(ctx), clause.OnConflict{
		Columns:   []clause.Column{{Name: "space_id"}, {Name: "kind"}, {Name: "headings"}},
		DoUpdates: clause.AssignmentColumns([]string{"settings", "updated_at"}),
	}).Create(ctx, &m)
}

func (s store) remembered(ctx context.Context, space id.ID, kind Kind, headings string) (string, error) {
	m, err := gorm.G[mapping](s.db.In(ctx)).Where("space_id = ? AND kind = ? AND headings = ?", space, kind, headings).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return m.Settings, err
}

// what was made --------------------------------------------------------------

func (s store) made(ctx context.Context, items []Item) error {
	return gorm.G[Item](s.db.In(ctx)).CreateInBatches(ctx, &items, 100)
}

func (s store) items(ctx context.Context, i id.ID, after int64, lines int) ([]Item, error) {
	return gorm.G[Item](s.db.In(ctx)).Raw(`
		SELECT * FROM import_items WHERE import_id = ? AND undone_at IS NULL AND line IN (
			SELECT DISTINCT line FROM import_items WHERE import_id = ? AND line > ? AND undone_at IS NULL ORDER BY line LIMIT ?)
		ORDER BY line, kind, subject_id`, i, i, after, lines).Find(ctx)
}

func (s store) subjects(ctx context.Context, i id.ID, kind string) ([]id.ID, error) {
	items, err := gorm.G[Item](s.db.In(ctx)).Where("import_id = ? AND kind = ?", i, kind).Order("line, subject_id").Find(ctx)
	subjects := make([]id.ID, len(items))
	for n, item := range items {
		subjects[n] = item.SubjectID
	}
	return subjects, err
}

func (s store) lines(ctx context.Context, i id.ID) (int64, error) {
	row, err := gorm.G[struct{ N int64 }](s.db.In(ctx)).Raw("SELECT COUNT(DISTINCT line) AS n FROM import_items WHERE import_id = ?", i).Take(ctx)
	return row.N, err
}

func (s store) tookBack(ctx context.Context, i id.ID, line int64, stays string, at clock.Instant) error {
	_, err := gorm.G[Item](s.db.In(ctx)).Where("import_id = ? AND line = ?", i, line).
		Select("stays", "undone_at").Updates(ctx, Item{Stays: stays, UndoneAt: at})
	return err
}

func (s store) stayed(ctx context.Context, i id.ID, most int) ([]Item, error) {
	return gorm.G[Item](s.db.In(ctx)).Raw(`
		SELECT import_id, line, MIN(member_id) AS member_id, MIN(stays) AS stays FROM import_items
		WHERE import_id = ? AND stays <> '' GROUP BY import_id, line ORDER BY line LIMIT ?`, i, most).Find(ctx)
}

// what was left out -----------------------------------------------------------

// refusal is one thing that was wrong with a line.
type refusal struct {
	ImportID id.ID
	Line     int64
	Place    int64
	Field    string
	Code     string
	Args     string
}

// TableName is where GORM finds it.
func (refusal) TableName() string { return "import_refusals" }

func (s store) refused(ctx context.Context, rows []refusal) error {
	return gorm.G[refusal](s.db.In(ctx)).CreateInBatches(ctx, &rows, 100)
}

func (s store) refusals(ctx context.Context, i id.ID) ([]refusal, error) {
	return gorm.G[refusal](s.db.In(ctx)).Where("import_id = ?", i).Order("line, place").Find(ctx)
}

// who is who -----------------------------------------------------------------

func (s store) identities(ctx context.Context, space id.ID, source string) ([]Identity, error) {
	return gorm.G[Identity](s.db.In(ctx)).Where("space_id = ? AND source = ?", space, source).Find(ctx)
}

func (s store) identify(ctx context.Context, known Identity) error {
	return gorm.G[Identity](s.db.In(ctx), clause.OnConflict{DoNothing: true}).Create(ctx, &known)
}

func (s store) unknow(ctx context.Context, space, member id.ID) error {
	_, err := gorm.G[Identity](s.db.In(ctx)).Where("space_id = ? AND member_id = ?", space, member).Delete(ctx)
	return err
}

func (s store) deleteIdentities(ctx context.Context, member id.ID) error {
	return s.db.In(ctx).Exec("DELETE FROM import_identities WHERE member_id = ?", member).Error
}
