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
	After   *Signer       // instead of Page: the last of those before
	Limit   int
}

// Signers lists the people of a space by name, with their signature under a text, and
// says how many there are in all.
func (s *Service) Signers(ctx context.Context, by actor.Actor, space id.ID, q Signers) (list []Signer, total int64, err error) {
	if err := by.May("acceptance.list", space, "", nil); err != nil {
		return nil, 0, err
	}
	q.Page = min(max(q.Page, 1), 1_000_000)
	if q.After != nil {
		q.Page = 1
	}
	list, total, err = s.store.signers(ctx, space, q)
	return list, total, fault.Wrap(err, "who signed %s", q.Version)
}

func (s store) signers(ctx context.Context, space id.ID, q Signers) (list []Signer, total int64, err error) {
	since := int64(0)
	if !q.Since.IsZero() {
		since = q.Since.Unix()
	}
	const signed = "FROM acceptances a WHERE a.version_id = ? AND a.member_id = t.member_id AND a.accepted_at >= ?"
	from, args := "FROM standings t JOIN members m ON m.id = t.member_id WHERE t.space_id = ?", []any{space}
	if q.Missing {
		from += " AND t.left_at IS NULL AND NOT EXISTS (SELECT 1 " + signed + ")"
	} else { // who has left is asked nothing any more, but what they signed stays
		from += " AND (t.left_at IS NULL OR EXISTS (SELECT 1 " + signed + "))"
	}
	args = append(args, q.Version, since)
	count, err := gorm.G[struct{ N int64 }](s.db.In(ctx)).Raw("SELECT COUNT(*) AS n "+from, args...).Take(ctx)
	if err != nil {
		return nil, 0, err
	}
	if q.After != nil {
		from += " AND (m.name, m.id) > (?, ?)"
		args = append(args, q.After.Name, q.After.MemberID)
	}
	list, err = gorm.G[Signer](s.db.In(ctx)).Raw(`
		SELECT t.*, (SELECT MAX(a.accepted_at) `+signed+`) AS signed_at, COALESCE((SELECT MAX(a.id) `+signed+`), '') AS copy
		FROM (SELECT m.id AS member_id, m.name, m.email `+from+` ORDER BY m.name, m.id LIMIT ? OFFSET ?) t ORDER BY t.name, t.member_id`,
		append(append([]any{q.Version, since, q.Version, since}, args...), q.Limit, (q.Page-1)*q.Limit)...).Find(ctx)
	return list, count.N, err
}
