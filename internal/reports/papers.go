package reports

import (
	"context"

	"gorm.io/gorm"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Signer is somebody of a space, and whether they signed a text.
type Signer struct {
	MemberID id.ID
	Name     string
	Email    string
	SignedAt clock.Instant // zero: not, or too long ago
	Copy     id.ID         // of the signature
}

// Signers says whose signatures under a text are wanted.
type Signers struct {
	Version id.ID         // of the document
	Since   clock.Instant // older signatures do not count; zero: all do
	Missing bool          // only those who have not signed
	Page    int           // from 1
	Limit   int
}

// Signers lists the people of a space by name, with their signature under a text, and
// says how many there are in all.
func (s *Service) Signers(ctx context.Context, by actor.Actor, space id.ID, q Signers) (list []Signer, total int64, err error) {
	if err := by.May("acceptance.list", space, "", nil); err != nil {
		return nil, 0, err
	}
	q.Page = min(max(q.Page, 1), 1_000_000)
	list, total, err = s.store.signers(ctx, space, q)
	return list, total, fault.Wrap(err, "who signed %s", q.Version)
}

func (s store) signers(ctx context.Context, space id.ID, q Signers) (list []Signer, total int64, err error) {
	const from = `
		FROM standings t JOIN members m ON m.id = t.member_id
		LEFT JOIN (SELECT member_id, MAX(id) AS id, MAX(accepted_at) AS at FROM acceptances
			WHERE version_id = ? AND accepted_at >= ? GROUP BY member_id) a ON a.member_id = m.id
		WHERE t.space_id = ? AND (? = 0 OR a.id IS NULL)`
	missing := 0
	if q.Missing {
		missing = 1
	}
	since := int64(0)
	if !q.Since.IsZero() {
		since = q.Since.Unix()
	}
	args := []any{q.Version, since, space, missing}
	count, err := gorm.G[struct{ N int64 }](s.db.In(ctx)).Raw("SELECT COUNT(*) AS n "+from, args...).Take(ctx)
	if err != nil {
		return nil, 0, err
	}
	list, err = gorm.G[Signer](s.db.In(ctx)).Raw(`SELECT m.id AS member_id, m.name, m.email, a.at AS signed_at, COALESCE(a.id, '') AS copy `+
		from+` ORDER BY m.name, m.id LIMIT ? OFFSET ?`, append(args, q.Limit, (q.Page-1)*q.Limit)...).Find(ctx)
	return list, count.N, err
}
