package profiles

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

func (s store) profile(ctx context.Context, member id.ID) (Profile, error) {
	p, err := gorm.G[Profile](s.db.In(ctx)).Where("member_id = ?", member).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Profile{MemberID: member}, nil
	}
	return p, err
}

func (s store) profiles(ctx context.Context, people []id.ID) (map[id.ID]Profile, error) {
	rows, err := gorm.G[Profile](s.db.In(ctx)).Where("member_id IN ?", people).Find(ctx)
	told := make(map[id.ID]Profile, len(rows))
	for _, p := range rows {
		told[p.MemberID] = p
	}
	return told, err
}

// save writes a profile and counts its version up; ErrStale where another is there.
func (s store) save(ctx context.Context, p Profile) error {
	was := p.Version
	p.Version++
	if was == 0 {
		done := gorm.WithResult()
		err := gorm.G[Profile](s.db.In(ctx), done, clause.OnConflict{DoNothing: true}).Create(ctx, &p)
		if err == nil && done.RowsAffected == 0 {
			return ErrStale
		}
		return err
	}
	err := db.One(gorm.G[Profile](s.db.In(ctx)).Where("member_id = ? AND version = ?", p.MemberID, was).
		Select("address", "contact_name", "contact_phone", "contact_relation", "makes", "skills", "portrait_id", "version").Updates(ctx, p))
	if errors.Is(err, db.ErrNone) {
		return ErrStale
	}
	return err
}

func (s store) drop(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Profile](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

func (s store) insertPortrait(ctx context.Context, p Portrait) error {
	return gorm.G[Portrait](s.db.In(ctx)).Create(ctx, &p)
}

func (s store) portrait(ctx context.Context, portrait id.ID) (Portrait, error) {
	p, err := gorm.G[Portrait](s.db.In(ctx)).Where("id = ?", portrait).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Portrait{}, ErrNoSuchPortrait
	}
	return p, err
}

func (s store) dropPortraits(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Portrait](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

func (s store) fields(ctx context.Context, space id.ID) ([]Field, error) {
	return gorm.G[Field](s.db.In(ctx)).Where("space_id = ?", space).Order("position, id").Find(ctx)
}

func (s store) field(ctx context.Context, space, field id.ID) (Field, error) {
	f, err := gorm.G[Field](s.db.In(ctx)).Where("id = ? AND space_id = ?", field, space).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Field{}, ErrNoSuchField
	}
	return f, err
}

func (s store) insertField(ctx context.Context, f Field) error {
	return gorm.G[Field](s.db.In(ctx)).Create(ctx, &f)
}

func (s store) updateField(ctx context.Context, f Field) error {
	was := f.Version
	f.Version++
	err := db.One(gorm.G[Field](s.db.In(ctx)).Where("id = ? AND version = ?", f.ID, was).
		Select("label", "hint", "choices", "required", "seen_by", "edited_by", "position", "archived_at", "version").Updates(ctx, f))
	if errors.Is(err, db.ErrNone) {
		return ErrStale
	}
	return err
}

// answer is a row of profile_answers.
type answer struct {
	FieldID   id.ID
	MemberID  id.ID
	Value     string
	UpdatedAt clock.Instant
}

// TableName is where GORM finds it.
func (answer) TableName() string { return "profile_answers" }

func (s store) answers(ctx context.Context, space, member id.ID) (map[id.ID]string, error) {
	rows, err := gorm.G[answer](s.db.In(ctx)).Raw(`SELECT a.* FROM profile_answers a JOIN profile_fields f ON f.id = a.field_id
		WHERE a.member_id = ? AND f.space_id = ?`, member, space).Find(ctx)
	given := make(map[id.ID]string, len(rows))
	for _, r := range rows {
		given[r.FieldID] = r.Value
	}
	return given, err
}

// setAnswers writes these answers; an empty one is taken back.
func (s store) setAnswers(ctx context.Context, member id.ID, answers map[id.ID]string, now clock.Instant) error {
	for field, value := range answers {
		if _, err := gorm.G[answer](s.db.In(ctx)).Where("field_id = ? AND member_id = ?", field, member).Delete(ctx); err != nil {
			return err
		}
		if value == "" {
			continue
		}
		if err := gorm.G[answer](s.db.In(ctx)).Create(ctx, &answer{field, member, value, now}); err != nil {
			return err
		}
	}
	return nil
}

func (s store) demographics(ctx context.Context, member id.ID) (Demographics, error) {
	d, err := gorm.G[Demographics](s.db.In(ctx)).Where("member_id = ?", member).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Demographics{}, errNothing
	}
	return d, err
}

func (s store) tell(ctx context.Context, d Demographics) error {
	if err := s.forget(ctx, d.MemberID); err != nil {
		return err
	}
	return gorm.G[Demographics](s.db.In(ctx)).Create(ctx, &d)
}

func (s store) forget(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Demographics](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

// TableName is where GORM finds it.
func (Demographics) TableName() string { return "demographics" }

func (s store) erase(ctx context.Context, member id.ID) error {
	if err := s.forget(ctx, member); err != nil {
		return err
	}
	if err := s.dropPortraits(ctx, member); err != nil {
		return err
	}
	if _, err := gorm.G[answer](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx); err != nil {
		return err
	}
	_, err := gorm.G[Profile](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}
