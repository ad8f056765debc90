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

// ofKinds are the tables that a kind is read from.
var ofKinds = []string{"certifications", "certification_prerequisites", "certification_teachers"}

func newStore(d *db.DB) store {
	return store{
		db:      d,
		bySpace: db.NewMemory[id.ID, []Kind](d, ofKinds...),
		granted: db.NewMemory[place, []Held](d, append([]string{"members", "certification_grants"}, ofKinds...)...),
	}
}

// kinds ------------------------------------------------------------------

// kinds are those of a space in its order, each with what it requires and who
// teaches it. Their lists are shared by all who ask.
func (s store) kinds(ctx context.Context, space id.ID) ([]Kind, error) {
	list, err := s.bySpace.Recall(ctx, space, func(ctx context.Context) ([]Kind, error) {
		kinds, err := gorm.G[Kind](s.db.In(ctx)).Where("space_id = ?", space).Order("position, code").Find(ctx)
		if err != nil || len(kinds) == 0 {
			return kinds, err
		}
		return kinds, s.complete(ctx, space, kinds)
	})
	return slices.Clone(list), err
}

// required is a row of certification_prerequisites.
type required struct {
	CertificationID id.ID
	RequiresID      id.ID
	Choice          int64
}

// TableName is the table.
func (required) TableName() string { return "certification_prerequisites" }

// taught is a row of certification_teachers.
type taught struct {
	CertificationID id.ID
	MemberID        id.ID
}

// TableName is the table.
func (taught) TableName() string { return "certification_teachers" }

// complete reads what stands in other tables into the kinds of a space.
func (s store) complete(ctx context.Context, space id.ID, kinds []Kind) error {
	at := make(map[id.ID]*Kind, len(kinds))
	for i := range kinds {
		at[kinds[i].ID] = &kinds[i]
	}
	requires, err := gorm.G[required](s.db.In(ctx)).Raw(`
		SELECT p.* FROM certification_prerequisites p JOIN certifications c ON c.id = p.certification_id
		WHERE c.space_id = ? ORDER BY p.certification_id, p.choice, p.requires_id`, space).Find(ctx)
	if err != nil {
		return err
	}
	last := required{Choice: -1}
	for _, r := range requires {
		k := at[r.CertificationID]
		if r.CertificationID != last.CertificationID || r.Choice != last.Choice {
			k.Requires = append(k.Requires, nil)
		}
		group := len(k.Requires) - 1
		k.Requires[group] = append(k.Requires[group], r.RequiresID)
		last = r
	}
	teachers, err := gorm.G[taught](s.db.In(ctx)).Raw(`
		SELECT t.* FROM certification_teachers t JOIN certifications c ON c.id = t.certification_id
		WHERE c.space_id = ? ORDER BY t.certification_id, t.member_id`, space).Find(ctx)
	for _, t := range teachers {
		at[t.CertificationID].Teachers = append(at[t.CertificationID].Teachers, t.MemberID)
	}
	return err
}

func (s store) kind(ctx context.Context, space, kind id.ID) (Kind, error) {
	kinds, err := s.kinds(ctx, space)
	if err != nil {
		return Kind{}, err
	}
	k, known := kindOf(kinds, kind)
	if !known {
		return Kind{}, ErrNoSuchKind
	}
	return k, nil
}

func (s store) insertKind(ctx context.Context, k Kind) error {
	return taken(gorm.G[Kind](s.db.In(ctx)).Create(ctx, &k), "certifications_code_key", ErrCodeTaken)
}

func (s store) updateKind(ctx context.Context, k Kind) error {
	was := k.Version
	k.Version++
	err := db.One(gorm.G[Kind](s.db.In(ctx)).Where("id = ? AND version = ?", k.ID, was).
		Select("code", "name", "about", "ladder", "level", "valid_days", "valid_months", "disuse_days", "remind_days",
			"pass_mark", "hours_min", "hours_on", "position", "version").Updates(ctx, k))
	return taken(missing(err, ErrStale), "certifications_code_key", ErrCodeTaken)
}

func (s store) setRequires(ctx context.Context, k Kind) error {
	if _, err := gorm.G[required](s.db.In(ctx)).Where("certification_id = ?", k.ID).Delete(ctx); err != nil {
		return err
	}
	for choice, group := range k.Requires {
		for _, r := range group {
			if err := gorm.G[required](s.db.In(ctx)).Create(ctx, &required{k.ID, r, int64(choice)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s store) setTeachers(ctx context.Context, k Kind) error {
	if _, err := gorm.G[taught](s.db.In(ctx)).Where("certification_id = ?", k.ID).Delete(ctx); err != nil {
		return err
	}
	for _, t := range k.Teachers {
		if err := gorm.G[taught](s.db.In(ctx)).Create(ctx, &taught{k.ID, t}); err != nil {
			return err
		}
	}
	return nil
}

// grants -----------------------------------------------------------------

func (s store) insertGrant(ctx context.Context, g Grant) error {
	return gorm.G[Grant](s.db.In(ctx)).Create(ctx, &g)
}

// revoke writes who took a grant back, when and why.
func (s store) revoke(ctx context.Context, g Grant) error {
	return db.One(gorm.G[Grant](s.db.In(ctx)).Where("id = ? AND revoked_at IS NULL", g.ID).
		Select("revoked_at", "revoked_by", "revoked_reason", "undone").Updates(ctx, g))
}

// lapse ends a grant that stands; fresh says whether it did so.
func (s store) lapse(ctx context.Context, grant id.ID, at clock.Instant) (fresh bool, err error) {
	rows, err := gorm.G[Grant](s.db.In(ctx)).Where("id = ? AND revoked_at IS NULL AND NOT lapsed", grant).
		Select("expires_at", "lapsed").Updates(ctx, Grant{ExpiresAt: at, Lapsed: true})
	return rows == 1, err
}

// remind notes that a letter is under way, unless another noted it since.
func (s store) remind(ctx context.Context, grant id.ID, was, now clock.Instant) (fresh bool, err error) {
	q := gorm.G[Grant](s.db.In(ctx)).Where("id = ?", grant)
	if was.IsZero() {
		q = q.Where("reminded_at IS NULL")
	} else {
		q = q.Where("reminded_at = ?", was)
	}
	rows, err := q.Update(ctx, "reminded_at", now)
	return rows == 1, err
}

// deleteGrant takes away a grant that never was.
func (s store) deleteGrant(ctx context.Context, grant id.ID) error {
	return db.One(gorm.G[Grant](s.db.In(ctx)).Where("id = ?", grant).Delete(ctx))
}

// grants are all that somebody was granted in a space, the latest first. The list
// is shared by all who ask.
func (s store) grants(ctx context.Context, space, member id.ID) ([]Held, error) {
	return s.granted.Recall(ctx, place{space, member}, func(ctx context.Context) ([]Held, error) {
		kinds, err := s.kinds(ctx, space)
		if err != nil {
			return nil, err
		}
		type row struct {
			Grant         `gorm:"embedded"`
			GrantedByName string
			RevokedByName string
		}
		rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
			SELECT g.*, COALESCE(gm.name, '') AS granted_by_name, COALESCE(rm.name, '') AS revoked_by_name
			FROM certification_grants g JOIN certifications c ON c.id = g.certification_id
			LEFT JOIN members gm ON gm.id = g.granted_by LEFT JOIN members rm ON rm.id = g.revoked_by
			WHERE g.member_id = ? AND c.space_id = ? ORDER BY g.granted_at DESC, g.id DESC`, member, space).Find(ctx)
		held := make([]Held, 0, len(rows))
		for _, r := range rows {
			if k, known := kindOf(kinds, r.CertificationID); known {
				held = append(held, Held{r.Grant, k, r.GrantedByName, r.RevokedByName})
			}
		}
		return held, err
	})
}

// holders are those of these people with a grant of one of these kinds that counts now.
func (s store) holders(ctx context.Context, kinds, people []id.ID, now clock.Instant) ([]id.ID, error) {
	rows, err := gorm.G[Grant](s.db.In(ctx)).Where("certification_id IN ? AND member_id IN ?", kinds, people).Find(ctx)
	var holders []id.ID
	for _, g := range rows {
		if g.Valid(now) && !slices.Contains(holders, g.MemberID) {
			holders = append(holders, g.MemberID)
		}
	}
	return holders, err
}

// standing is the condition that a grant counts now.
const standing = "g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > ?)"

// holdersOf are those who were granted a kind, by name.
func (s store) holdersOf(ctx context.Context, k Kind, show string, now clock.Instant, limit, offset int) (rows []Holder, total int64, err error) {
	from := ` FROM certification_grants g JOIN members m ON m.id = g.member_id LEFT JOIN members gm ON gm.id = g.granted_by
		WHERE g.certification_id = ? AND `
	args := []any{k.ID}
	switch show {
	case ShowExpiring:
		warn := max(k.RemindDays, soon)
		from, args = from+standing+" AND g.expires_at <= ?", append(args, now, now.Add(days(warn)))
	case ShowPast:
		from, args = from+"NOT ("+standing+") AND NOT g.undone", append(args, now)
	default:
		from, args = from+standing, append(args, now)
	}
	counted, err := gorm.G[struct{ N int64 }](s.db.In(ctx)).Raw("SELECT COUNT(*) AS n"+from, args...).Take(ctx)
	if err != nil {
		return nil, 0, err
	}
	rows, err = gorm.G[Holder](s.db.In(ctx)).Raw("SELECT g.*, m.name, COALESCE(gm.name, '') AS granted_by_name"+from+
		" ORDER BY m.name, g.granted_at DESC, g.id LIMIT ? OFFSET ?", append(args, limit, offset)...).Find(ctx)
	return rows, counted.N, err
}

// counts are how many people hold each kind of a space now.
func (s store) counts(ctx context.Context, space id.ID, now clock.Instant) (map[id.ID]int64, error) {
	type row struct {
		CertificationID id.ID
		N               int64
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT g.certification_id, COUNT(DISTINCT g.member_id) AS n FROM certification_grants g JOIN certifications c ON c.id = g.certification_id
		WHERE c.space_id = ? AND `+standing+` GROUP BY g.certification_id`, space, now).Find(ctx)
	counts := make(map[id.ID]int64, len(rows))
	for _, r := range rows {
		counts[r.CertificationID] = r.N
	}
	return counts, err
}

// due are the grants that count and may want a letter or lapse, in the order of
// their ids.
func (s store) due(ctx context.Context, now clock.Instant, after id.ID, limit int) ([]Held, error) {
	type row struct {
		Grant   `gorm:"embedded"`
		SpaceID id.ID
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT g.*, c.space_id FROM certification_grants g JOIN certifications c ON c.id = g.certification_id
		WHERE g.id > ? AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > ?)
			AND (c.disuse_days > 0 AND NOT g.lapsed
				OR c.remind_days > 0 AND g.expires_at <= ? + c.remind_days * 86400
					AND (g.reminded_at IS NULL OR g.reminded_at < g.expires_at - c.remind_days * 86400))
		ORDER BY g.id LIMIT ?`, after, now, now, limit).Find(ctx)
	due := make([]Held, len(rows))
	for i, r := range rows {
		due[i] = Held{Grant: r.Grant, Kind: Kind{ID: r.CertificationID, SpaceID: r.SpaceID}}
	}
	return due, err
}

// photographs ------------------------------------------------------------

func (s store) insertPhoto(ctx context.Context, p Photo) error {
	return gorm.G[Photo](s.db.In(ctx)).Create(ctx, &p)
}

func (s store) hang(ctx context.Context, grant, photo id.ID) error {
	return db.One(gorm.G[Grant](s.db.In(ctx)).Where("id = ? AND (photo_id IS NULL OR photo_id = '')", grant).Update(ctx, "photo_id", photo))
}

func (s store) photo(ctx context.Context, photo id.ID) (Photo, error) {
	p, err := gorm.G[Photo](s.db.In(ctx)).Where("id = ?", photo).Take(ctx)
	return p, missing(err, ErrNoSuchPhoto)
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

// unsay takes the words and photographs away that tell of a person's grants, and
// takes them off the lists of who teaches what.
func (s store) unsay(ctx context.Context, member id.ID) error {
	for _, statement := range []string{
		"UPDATE certification_grants SET note = '', revoked_reason = '', photo_id = NULL WHERE member_id = ?",
		"DELETE FROM certification_photos WHERE member_id = ?",
		"DELETE FROM certification_teachers WHERE member_id = ?",
	} {
		if err := s.db.In(ctx).Exec(statement, member).Error; err != nil {
			return err
		}
	}
	return nil
}
