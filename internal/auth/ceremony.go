package auth

import (
	"context"
	"encoding/json"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrCeremony is the answer to what nobody asked for, or asked for too long ago.
var ErrCeremony = fault.Invalid("", "auth.ceremony", "That took too long, or was done already. Begin once more.")

// ceremonyFor is how long a browser has to answer what it was asked.
const ceremonyFor = 10 * time.Minute

// ceremony is something a browser was asked; what it holds answers it, once.
type ceremony struct {
	ID        id.ID
	Hash      string // of what the browser holds
	Purpose   string
	MemberID  id.ID  // empty where it is to be found out
	Detail    string // JSON
	CreatedAt clock.Instant
	ExpiresAt clock.Instant
}

func (ceremony) TableName() string { return "ceremonies" }

// ask begins a ceremony whose answer is known by what the browser holds.
func (s *Service) ask(ctx context.Context, what, holds string, member id.ID, detail any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	c := ceremony{ID: id.New(), Hash: digest(holds), Purpose: what, MemberID: member, Detail: string(text), CreatedAt: now, ExpiresAt: now.Add(ceremonyFor)}
	return s.db.Tx(ctx, func(ctx context.Context) error { return s.store.addCeremony(ctx, c) })
}

// answered ends a ceremony and reads what was kept of it; ErrCeremony if there is none.
func (s *Service) answered(ctx context.Context, what, holds string, detail any) (id.ID, error) {
	var c ceremony
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		c, err = s.store.takeCeremony(ctx, what, digest(holds), s.clock.Now())
		return err
	})
	if err != nil {
		return "", instead(err, db.ErrNone, ErrCeremony)
	}
	return c.MemberID, json.Unmarshal([]byte(c.Detail), detail)
}
