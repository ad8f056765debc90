package certifications

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

	bySpace *db.Memory[id.ID, []Kind]
	granted *db.Memory[place, []Held]
}

// place is a person in a space.
type place struct{ space, member id.ID }

func newStore(d *db.DB) store {
	return store{
		db:      d,
		bySpace: db.NewMemory[id.ID, []Kind](d, "certifications"),
		granted: db.NewMemory[place, []Held](d, "members", "certifications", "certification_grants"),
	}
}

// kinds ------------------------------------------------------------------

func (s store) kinds(ctx context.Context, space id.ID) ([]Kind, error) {
	list, err := s.bySpace.Recall(ctx, space, func(ctx context.Context) ([]Kind, error) {
		return gorm.G[Kind](s.db.In(ctx)).Where("space_id = ?", space).Order("position, code").Find(ctx)
	})
	return slices.Clone(list), err
}

func (s store) kind(ctx context.Context, space, kind id.ID) (Kind, error) {
	k, err := gorm.G[Kind](s.db.In(ctx)).Where("id = ? AND space_id = ?", kind, space).Take(ctx)
	return k, missing(err, ErrNoSuchKind)
}

func (s store) lastPosition(ctx context.Context, space id.ID) (int64, error) {
	row, err := gorm.G[struct{ Last int64 }](s.db.In(ctx)).Raw(
		"SELECT COALESCE(MAX(position), -1) AS last FROM certifications WHERE space_id = ?", space).Take(ctx)
	return row.Last, err
}

func (s store) insertKind(ctx context.Context, k Kind) error {
	return taken(gorm.G[Kind](s.db.In(ctx)).Create(ctx, &k), "certifications_code_key", ErrCodeTaken)
}

func (s store) updateKind(ctx context.Context, k Kind) error {
	was := k.Version
	k.Version++
	err := db.One(gorm.G[Kind](s.db.In(ctx)).Where("id = ? AND version = ?", k.ID, was).
		Select("code", "name", "about", "valid_days", "position", "version").Updates(ctx, k))
	return taken(missing(err, ErrStale), "certifications_code_key", ErrCodeTaken)
}

// grants -----------------------------------------------------------------

func (s store) insertGrant(ctx context.Context, g Grant) error {
	return gorm.G[Grant](s.db.In(ctx)).Create(ctx, &g)
}

func (s store) revoke(ctx context.Context, grant, by id.ID, at clock.Instant) error {
	return db.One(gorm.G[Grant](s.db.In(ctx)).Where("id = ? AND revoked_at IS NULL", grant).
		Select("revoked_at", "revoked_by").Updates(ctx, Grant{RevokedAt: at, RevokedBy: by}))
}

// grants are all that somebody was granted in a space, the latest first. The list
// is shared by all who ask.
func (s store) grants(ctx context.Context, space, member id.ID) ([]Held, error) {
	return s.granted.Recall(ctx, place{space, member}, func(ctx context.Context) ([]Held, error) {
		type row struct {
			Grant         `gorm:"embedded"`
			Kind          Kind `gorm:"embedded;embeddedPrefix:c_"`
			GrantedByName string
			RevokedByName string
		}
		rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
			SELECT g.*, c.id AS c_id, c.space_id AS c_space_id, c.code AS c_code, c.name AS c_name, c.about AS c_about,
				c.valid_days AS c_valid_days, c.position AS c_position, c.version AS c_version,
				COALESCE(gm.name, '') AS granted_by_name, COALESCE(rm.name, '') AS revoked_by_name
			FROM certification_grants g JOIN certifications c ON c.id = g.certification_id
			LEFT JOIN members gm ON gm.id = g.granted_by LEFT JOIN members rm ON rm.id = g.revoked_by
			WHERE g.member_id = ? AND c.space_id = ? ORDER BY g.granted_at DESC, g.id DESC`, member, space).Find(ctx)
		held := make([]Held, len(rows))
		for i, r := range rows {
			held[i] = Held(r)
		}
		return held, err
	})
}

func (s store) holders(ctx context.Context, kind id.ID, people []id.ID, now clock.Instant) ([]id.ID, error) {
	rows, err := gorm.G[Grant](s.db.In(ctx)).Where("certification_id = ? AND member_id IN ?", kind, people).Find(ctx)
	var holders []id.ID
	for _, g := range rows {
		if g.Valid(now) {
			holders = append(holders, g.MemberID)
		}
	}
	return holders, err
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
