package members

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/id"
)

// proofs are certifications as rows, and no rule about them.
type proofs struct{ h *house }

func (p proofs) Kinds(ctx context.Context, space id.ID) (kinds []Certification, err error) {
	err = p.h.db.In(ctx).Raw("SELECT id, code FROM certifications WHERE space_id = ? ORDER BY code", space).Scan(&kinds).Error
	return kinds, err
}

func (p proofs) Bring(ctx context.Context, by actor.Actor, _, member, certification id.ID) error {
	return p.h.db.Tx(ctx, func(ctx context.Context) error {
		return p.h.db.In(ctx).Exec(`INSERT INTO certification_grants (id, member_id, certification_id, granted_by, granted_at, note)
			VALUES (?, ?, ?, ?, ?, '')`, id.New(), member, certification, by.Member, p.h.clock.Now()).Error
	})
}

// kind is a kind of certification that the space knows.
func (h *house) kind(code string) Certification {
	h.t.Helper()
	c := Certification{ID: id.New(), Code: code}
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO certifications (id, space_id, code, name, about, valid_days, position, version)
			VALUES (?, ?, ?, '{}', '{}', 0, 1, 1)`, c.ID, h.space, c.Code).Error
	}))
	return c
}

// grants is how many certifications somebody holds.
func (h *house) grants(member id.ID) (n int64) {
	h.t.Helper()
	h.must(h.db.In(h.ctx).Raw("SELECT COUNT(*) FROM certification_grants WHERE member_id = ?", member).Scan(&n).Error)
	return n
}
