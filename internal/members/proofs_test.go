package members

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/id"
)

// proofs are certifications as rows, and no rule about them.
type proofs struct{ h *house }

func (p proofs) Bring(ctx context.Context, by actor.Actor, _, member, certification id.ID) error {
	return p.h.db.Tx(ctx, func(ctx context.Context) error {
		return p.h.db.In(ctx).Exec(`INSERT INTO certification_grants (id, member_id, certification_id, granted_by, granted_at, note)
			VALUES (?, ?, ?, ?, ?, '')`, id.New(), member, certification, by.Member, p.h.clock.Now()).Error
	})
}

// certification is a kind that the space knows.
type certification struct {
	ID   id.ID
	Code string
}

func (h *house) kind(code string) certification {
	h.t.Helper()
	c := certification{ID: id.New(), Code: code}
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO certifications (id, space_id, code, name, about, valid_days, position, version)
			VALUES (?, ?, ?, '{}', '{}', 0, 1, 1)`, c.ID, h.space, c.Code).Error
	}))
	return c
}
