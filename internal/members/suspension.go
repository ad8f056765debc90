package members

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
)

// Suspender is who suspended somebody.
type Suspender string

// The suspenders: a person who works there, and the space's rule about no-shows.
const (
	ByStaff Suspender = "staff"
	ByRule  Suspender = "rule"
)

var (
	// ErrUntilPast refuses a suspension that would be over before it began.
	ErrUntilPast = fault.Invalid("until", "members.until_past", "This moment is over. Choose one that is still to come, or none.")
	// ErrNoShowRule refuses a rule that can't be kept.
	ErrNoShowRule = fault.Invalid("no_shows", "members.no_show_rule", "Choose 1 to 50 no-shows, within 1 to 365 days, for 1 to 365 days.")
)

// Suspend keeps a person from using the space until they are reinstated. The
// reason is kept, shown to them and written to them. Bookings they have are not touched.
func (s *Service) Suspend(ctx context.Context, by actor.Actor, space, member id.ID, reason string) error {
	return s.SuspendUntil(ctx, by, space, member, reason, clock.Instant{})
}

// SuspendUntil is Suspend that ends by itself at a moment; the zero Instant: not by itself.
func (s *Service) SuspendUntil(ctx context.Context, by actor.Actor, space, member id.ID, reason string, until clock.Instant) error {
	if err := by.May("member.suspend", space, "", nil); err != nil {
		return err
	}
	return s.suspend(ctx, by, space, member, reason, until)
}

// SuspendToday is what the front desk may do: the person stays out until the day of
// the space is over.
func (s *Service) SuspendToday(ctx context.Context, by actor.Actor, space, member id.ID, reason string) error {
	if err := by.May("member.suspend_today", space, "", nil); err != nil {
		return err
	}
	here, err := s.spaces.Space(ctx, space)
	if err != nil {
		return fault.Wrap(err, "space %s", space)
	}
	return s.suspend(ctx, by, space, member, reason, clock.DayOf(s.clock.Now(), here.Zone).Add(1).Start(here.Zone))
}

func (s *Service) suspend(ctx context.Context, by actor.Actor, space, member id.ID, reason string, until clock.Instant) error {
	reason, err := because(reason)
	now := s.clock.Now()
	switch {
	case member == by.Member:
		return ErrNotOneself
	case err != nil:
		return err
	case !until.IsZero() && !until.After(now):
		return ErrUntilPast
	}
	return s.setSuspended(ctx, by, Standing{
		SpaceID: space, MemberID: member, SuspendedAt: now, SuspendedReason: reason, SuspendedUntil: until, SuspendedBy: ByStaff,
	}, reason)
}

// Reinstate ends a suspension, and the person is told. The reason is for the record
// and may be empty.
func (s *Service) Reinstate(ctx context.Context, by actor.Actor, space, member id.ID, reason string) error {
	if err := by.May("member.suspend", space, "", nil); err != nil {
		return err
	}
	return s.setSuspended(ctx, by, Standing{SpaceID: space, MemberID: member}, strings.TrimSpace(reason))
}

// setSuspended gives a standing the suspension of to, or none where that has none.
func (s *Service) setSuspended(ctx context.Context, by actor.Actor, to Standing, reason string) error {
	now, suspend := s.clock.Now(), to.Suspended()
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		// Two owners who suspend each other at once must not both succeed.
		if err := s.db.Lock(ctx, "spaces", to.SpaceID); err != nil {
			return err
		}
		st, err := s.store.standing(ctx, to.SpaceID, to.MemberID)
		switch over := st.at(now); {
		case err != nil:
			return err
		case st.Left():
			return ErrLeft
		case suspend && over.Suspended():
			return ErrAlreadySuspended
		case !suspend && !st.Suspended():
			return ErrNotSuspended
		case by.Role(to.SpaceID) != actor.Owner && st.Role.Above(actor.Desk), by.Role(to.SpaceID) == actor.Desk && st.Role != actor.Member:
			return ErrRoleTooHigh
		}
		if err := s.keepOwner(ctx, st); err != nil {
			return err
		}
		told := jobs.Job(suspended{to.SpaceID, to.MemberID, to.SuspendedAt})
		if to.CountedFrom = st.CountedFrom; !suspend || to.SuspendedBy == ByRule {
			to.CountedFrom = now // what led here is answered for
		}
		if !suspend {
			told = reinstated{to.SpaceID, to.MemberID, st.SuspendedAt}
		}
		if err := s.store.setSuspended(ctx, to); err != nil {
			return err
		}
		if err := s.jobs.Add(ctx, told); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, to.SpaceID, "member.suspend", to.MemberID, map[string]any{
			"suspended": suspend, "reason": reason, "until": to.SuspendedUntil, "by": to.SuspendedBy,
		})
	}), "suspension of %s", to.MemberID)
}

func because(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", ErrReasonMissing
	case utf8.RuneCountInString(reason) > MaxReason:
		return "", ErrReasonTooLong
	}
	return reason, nil
}

// NoShow is a booking that somebody did not come to.
type NoShow struct {
	Member id.ID
	At     clock.Instant
}

// NoShowRule says when a space suspends by itself: so many no-shows within so many
// days suspend for so many days. It is off until a manager switches it on.
type NoShowRule struct {
	SpaceID     id.ID
	Enabled     bool
	NoShows     int64
	WithinDays  int64
	SuspendDays int64
	Version     int64 // 0: never set
}

// TableName is where GORM finds it.
func (NoShowRule) TableName() string { return "suspension_rules" }

func defaultNoShowRule(space id.ID) NoShowRule {
	return NoShowRule{SpaceID: space, NoShows: 3, WithinDays: 30, SuspendDays: 14}
}

// NoShowRule is the rule of a space.
func (s *Service) NoShowRule(ctx context.Context, by actor.Actor, space id.ID) (NoShowRule, error) {
	if err := by.May("member.suspension_rule", space, "", nil); err != nil {
		return NoShowRule{}, err
	}
	r, err := s.store.noShowRule(ctx, space)
	return r, fault.Wrap(err, "no-show rule of %s", space)
}

// SetNoShowRule changes the rule of a space. ErrStale if someone did so since
// r.Version was looked at.
func (s *Service) SetNoShowRule(ctx context.Context, by actor.Actor, r NoShowRule) error {
	if err := by.May("member.suspension_rule", r.SpaceID, "", nil); err != nil {
		return err
	}
	var wrong fault.Many
	for _, n := range []struct {
		field       string
		value, most int64
	}{{"no_shows", r.NoShows, 50}, {"within_days", r.WithinDays, 365}, {"suspend_days", r.SuspendDays, 365}} {
		if n.value < 1 || n.value > n.most {
			wrong.Add(ErrNoShowRule.On(n.field))
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.saveNoShowRule(ctx, r); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, r.SpaceID, "member.suspension_rule", r.SpaceID, r)
	}), "no-show rule of %s", r.SpaceID)
}

// liftAtOnce is how many suspensions LiftOver writes off together.
const liftAtOnce = 200

// LiftOver writes down that suspensions have run out, and tells those who had them.
func (s *Service) LiftOver(ctx context.Context) error {
	over, err := s.store.over(ctx, s.clock.Now(), liftAtOnce)
	if err != nil {
		return fault.Wrap(err, "suspensions that are over")
	}
	for _, st := range over {
		err := s.setSuspended(ctx, actor.House, Standing{SpaceID: st.SpaceID, MemberID: st.MemberID}, "")
		if err != nil && fault.All(err) == nil {
			return err
		}
	}
	return nil
}

// Watch suspends whom the rule of their space means. Staff is never meant, nor is
// who is suspended already or was forgiven since.
func (s *Service) Watch(ctx context.Context) error {
	rules, err := s.store.noShowRules(ctx)
	if err != nil {
		return fault.Wrap(err, "no-show rules")
	}
	for _, r := range rules {
		if err := s.watch(ctx, r); err != nil {
			return fault.Wrap(err, "no-shows in %s", r.SpaceID)
		}
	}
	return nil
}

func (s *Service) watch(ctx context.Context, r NoShowRule) error {
	now := s.clock.Now()
	missed, err := s.bookings.NoShows(ctx, r.SpaceID, now.Add(-time.Duration(r.WithinDays)*24*time.Hour))
	if err != nil {
		return err
	}
	times := map[id.ID][]clock.Instant{}
	for _, m := range missed {
		times[m.Member] = append(times[m.Member], m.At)
	}
	for member, at := range times {
		st, err := s.store.standing(ctx, r.SpaceID, member)
		if err != nil && fault.All(err) == nil {
			return err
		}
		at = slices.DeleteFunc(at, func(t clock.Instant) bool { return !t.After(st.CountedFrom) })
		if err != nil || st.Role != actor.Member || st.Left() || st.at(now).Suspended() || int64(len(at)) < r.NoShows {
			continue
		}
		if err := s.suspendByRule(ctx, r, member, len(at)); err != nil && fault.All(err) == nil {
			return err
		}
	}
	return nil
}

func (s *Service) suspendByRule(ctx context.Context, r NoShowRule, member id.ID, missed int) error {
	m, err := s.store.member(ctx, member)
	if err != nil {
		return err
	}
	reason := i18n.For(m.Locale).T("members.rule.reason", "Count", missed, "Days", r.WithinDays)
	now := s.clock.Now()
	return s.setSuspended(ctx, actor.House, Standing{
		SpaceID: r.SpaceID, MemberID: member, SuspendedAt: now, SuspendedReason: reason, SuspendedBy: ByRule,
		SuspendedUntil: now.Add(time.Duration(r.SuspendDays) * 24 * time.Hour),
	}, reason)
}
