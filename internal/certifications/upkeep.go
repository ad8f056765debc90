package certifications

import (
	"context"
	"slices"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Upkeep does what is due: it writes to those whose certification ends soon, once,
// and ends what lapsed for want of use, so that a later use does not revive it.
func (s *Service) Upkeep(ctx context.Context) error {
	now := s.Clock.Now()
	var after id.ID
	for {
		due, err := s.store.due(ctx, now, after, upkeepAtOnce)
		if err != nil || len(due) == 0 {
			return fault.Wrap(err, "upkeep of certifications")
		}
		for _, d := range due {
			if err := s.attend(ctx, d, now); err != nil {
				return fault.Wrap(err, "upkeep of %s", d.ID)
			}
		}
		after = due[len(due)-1].ID
	}
}

// upkeepAtOnce is how many grants Upkeep looks at together.
const upkeepAtOnce = 500

// attend does what is due of one grant.
func (s *Service) attend(ctx context.Context, d Held, now clock.Instant) error {
	space, member := d.Kind.SpaceID, d.MemberID
	kinds, err := s.store.kinds(ctx, space)
	if err != nil {
		return err
	}
	held, err := s.store.grants(ctx, space, member)
	if err != nil {
		return err
	}
	used, err := s.used(ctx, space, member, held)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(held, func(h Held) bool { return h.ID == d.ID })
	if i < 0 || !held[i].RevokedAt.IsZero() {
		return nil
	}
	st := stampOf(kinds, held[i], used, now)
	told := outlived(certificates(kinds, held, used), st.Kind.ID, st)
	switch warn := st.EndsAt.Add(-days(st.Kind.RemindDays)); {
	case st.State == Lapsed && !st.Grant.Lapsed:
		return s.lapse(ctx, st, !told)
	case st.State == Expiring && !told && st.Kind.RemindDays > 0 && !now.Before(warn) && st.Grant.RemindedAt.Before(warn):
		return s.remind(ctx, st, now)
	}
	return nil
}

// lapse ends a grant that was not used, for good.
func (s *Service) lapse(ctx context.Context, st Stamp, tell bool) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		fresh, err := s.store.lapse(ctx, st.Grant.ID, st.EndsAt)
		if err != nil || !fresh || !tell {
			return err
		}
		return s.Jobs.Add(ctx, lapsed{Space: st.Kind.SpaceID, Member: st.Grant.MemberID, Grant: st.Grant.ID})
	})
}

func (s *Service) remind(ctx context.Context, st Stamp, now clock.Instant) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		fresh, err := s.store.remind(ctx, st.Grant.ID, st.Grant.RemindedAt, now)
		if err != nil || !fresh {
			return err
		}
		return s.Jobs.Add(ctx, ending{Space: st.Kind.SpaceID, Member: st.Grant.MemberID, Grant: st.Grant.ID})
	})
}
