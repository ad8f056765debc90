package members

import (
	"context"
	"errors"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// CheckNewcomer is a registration tidied up, with its EmailKey, and everything that is
// wrong with it, whether by may give the role in the space among it.
func (s *Service) CheckNewcomer(by actor.Actor, space id.ID, r Registration, role actor.Role) (Registration, string, error) {
	r, err := r.normal()
	wrong := fault.Many(fault.All(err))
	var refusal *fault.Error
	if errors.As(maySetRole(by.Role(space), actor.Member, role), &refusal) {
		wrong.Add(refusal)
	}
	return r, EmailKey(r.Email), wrong.Err()
}

// Bring gives the person of this address a standing in the space, as an import says,
// since joined or else from now on. Who has one keeps it as it is. It says whether the
// person and whether the standing is new.
func (s *Service) Bring(ctx context.Context, by actor.Actor, space id.ID, r Registration, role actor.Role, joined clock.Instant) (m Member, account, standing bool, err error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return Member{}, false, false, err
	}
	if r, _, err = s.CheckNewcomer(by, space, r, role); err != nil {
		return Member{}, false, false, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		m = r.member(s.clock.Now())
		switch err := s.store.insertMember(ctx, m); {
		case err == nil:
			account = true
		case errors.Is(err, ErrEmailTaken):
			if m, err = s.store.byEmail(ctx, m.EmailKey); err != nil {
				return err
			}
		default:
			return err
		}
		if joined.IsZero() {
			joined = s.clock.Now()
		}
		var err error
		standing, err = s.store.addStanding(ctx, Standing{SpaceID: space, MemberID: m.ID, Role: role, JoinedAt: joined})
		return err
	})
	return m, account, standing, fault.Wrap(err, "bring %s", strings.TrimSpace(r.Email))
}

// Dismiss takes away the standing that an import gave, and with account the person
// too: as if they had never been here. Whoever asks has seen to it that nothing else
// is known of them.
func (s *Service) Dismiss(ctx context.Context, by actor.Actor, space, member id.ID, account bool) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.deleteStanding(ctx, space, member); err != nil || !account {
			return err
		}
		return s.store.deleteMember(ctx, member)
	}), "dismiss %s", member)
}
