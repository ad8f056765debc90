package consent

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase blanks what names a person in what they signed and chose, and forgets when
// they were born and who their guardians are. Whom they answered for has no guardian in
// them any more, and is told. It is asked by whoever erases a person, in the transaction
// that does: that something was signed, and when, is kept.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		addresses, err := s.members.Addresses(ctx, member)
		if err != nil {
			return err
		}
		keys := make([]string, len(addresses)) // a guardian who answered by a link is known by these alone
		for i, a := range addresses {
			keys[i] = emailKey(a)
		}
		if err := s.leave(ctx, member, keys); err != nil {
			return err
		}
		return s.store.erase(ctx, member, keys)
	}), "erase the consents of %s", member)
}

// leave ends everything that somebody answers for, or was asked to, as a guardian.
func (s *Service) leave(ctx context.Context, guardian id.ID, keys []string) error {
	all, err := s.store.guardianshipsOf(ctx, guardian, keys)
	if err != nil {
		return err
	}
	for _, g := range all {
		if g, err = s.lockedGuardianship(ctx, g.ID); err != nil {
			return err
		}
		if g.MemberID == guardian || !g.EndedAt.IsZero() {
			continue
		}
		g.EndedAt, g.EndedBy = s.clock.Now(), guardian
		if err := s.store.updateGuardianship(ctx, g); err != nil {
			return err
		}
		if err := s.jobs.Add(ctx, answered{Guardianship: g.ID, What: gone}); err != nil {
			return err
		}
		if err := s.audit.Record(ctx, actor.House, g.SpaceID, "guardian.answer", g.MemberID, map[string]any{"guardianship": g.ID, "ended": true}); err != nil {
			return err
		}
	}
	return nil
}
