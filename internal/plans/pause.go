package plans

import (
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrPaused refuses a second pause, and what can't be done in one.
	ErrPaused = fault.Conflict("plans.paused", "This membership is paused, or a pause is planned. End that pause first.")
	// ErrNotPaused refuses to go on with what is not paused.
	ErrNotPaused = fault.Conflict("plans.not_paused", "This membership is not paused.")
	// ErrNoPauses refuses to pause where the plan allows no pauses.
	ErrNoPauses = fault.Conflict("plans.no_pauses", "This plan has no pauses. Talk to the front desk.").On("until")
	// ErrPauseLong refuses a pause that is longer than the plan allows.
	ErrPauseLong = fault.Invalid("until", "plans.pause_long", "Pause for at most {{.Days}} days.")
	// ErrPauseUsed refuses more days than are left.
	ErrPauseUsed = fault.Invalid("until", "plans.pause_used", "{{.Days}} days of pause are left in these twelve months.")
	// ErrPauseBad refuses a pause that begins in the past, or ends before it begins.
	ErrPauseBad = fault.Invalid("until", "plans.pause_bad", "Choose a first day from today on, and a day to come back after it.")
	// ErrPauseEarly refuses a pause of what does not run yet.
	ErrPauseEarly = fault.Invalid("from", "plans.pause_early", "The membership begins on {{.Day}}. Begin the pause then or later.")
	// ErrPauseLate refuses a pause that begins in a later period.
	ErrPauseLate = fault.Invalid("from", "plans.pause_late", "Begin the pause before the period ends on {{.Day}}.")
)

// longestPause is what the staff can pause in one go, in days.
const longestPause = 366

// Pausing is a wish to pause: from the beginning of a day until the beginning of
// the day on which the person is back.
type Pausing struct {
	From   clock.Day // empty: today
	Until  clock.Day
	Reason string
}

// Pause stops a membership for some days; the period it is in, and what hangs on its
// end, move by as many. Its own plan's limits can be set aside by the staff, with a
// reason.
func (s *Service) Pause(ctx context.Context, by actor.Actor, space, membership id.ID, p Pausing) (Run, error) {
	var r Run
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var at Space
		var err error
		if r, at, err = s.holdToExtend(ctx, by, space, membership); err != nil {
			return err
		}
		p.Reason = strings.TrimSpace(p.Reason)
		if p, err = s.pausable(by, r, at, p); err != nil {
			return err
		}
		if err := s.mayRunLonger(ctx, r, at); err != nil {
			return err
		}
		pause := Pause{
			ID: id.New(), MembershipID: r.ID, StartsAt: p.From.Start(at.Zone), EndsAt: p.Until.Start(at.Zone), Reason: p.Reason, CreatedAt: s.Clock.Now(),
		}
		r.Membership = r.shifted(p.From.DaysUntil(p.Until), at.Zone)
		if err := s.store.updateMembership(ctx, r.Membership); err != nil {
			return err
		}
		if err := s.store.insertPause(ctx, pause); err != nil {
			return err
		}
		r.Pauses = append(append([]Pause{}, r.Pauses...), pause)
		if err := s.Jobs.Add(ctx, news{What: paused, Space: space, Membership: r.ID, At: pause.StartsAt}); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.own", r.MemberID, map[string]any{"membership": r.ID, "paused": p})
	})
	return r, fault.Wrap(err, "pause %s", membership)
}

// nothingAfter refuses to make a run longer that another one follows.
func (s *Service) nothingAfter(ctx context.Context, r Run) error {
	runs, err := s.store.runs(ctx, r.SpaceID, r.MemberID)
	for _, other := range runs {
		if other.ID != r.ID && other.StartsAt.After(r.StartsAt) {
			return ErrRunLater
		}
	}
	return err
}

// holdToExtend is hold for what may let a membership run longer than it was to: the
// plans whose places it counts are locked first, as by everybody who begins.
func (s *Service) holdToExtend(ctx context.Context, by actor.Actor, space, membership id.ID) (Run, Space, error) {
	r, err := s.Run(ctx, by, space, membership)
	if err != nil {
		return r, Space{}, err
	}
	runs, err := s.store.runs(ctx, space, r.MemberID)
	if err != nil {
		return r, Space{}, err
	}
	var limited []id.ID
	for _, other := range runs {
		if other.Plan.Most > 0 && (other.ID == r.ID || !other.Over(s.Clock.Now())) {
			limited = append(limited, other.PlanID)
		}
	}
	slices.Sort(limited) // in one order, whoever locks more than one
	for _, plan := range slices.Compact(limited) {
		if err := s.DB.Lock(ctx, "plans", plan); err != nil {
			return r, Space{}, err
		}
	}
	return s.hold(ctx, by, space, membership)
}

// mayRunLonger refuses to let a run go on past its end where another one of its member
// follows it, or others have all places of its plan by then.
func (s *Service) mayRunLonger(ctx context.Context, r Run, at Space) error {
	if err := s.nothingAfter(ctx, r); err != nil {
		return err
	}
	return s.roomOn(ctx, []Run{r}, r.ID, at)
}

// roomOn refuses to let one of these runs go on past its end where others have all
// places of its plan by then. It holds only as long as the plan is locked.
func (s *Service) roomOn(ctx context.Context, runs []Run, membership id.ID, at Space) error {
	r := runs[slices.IndexFunc(runs, func(r Run) bool { return r.ID == membership })]
	if r.EndsAt.IsZero() { // its place is its own
		return nil
	}
	err := s.roomIn(ctx, r.Plan, r.EndsAt)
	if errors.Is(err, ErrFull) {
		return ErrPromised.With("Plan", r.Plan.Name).With("Day", clock.DayOf(r.EndsAt, at.Zone))
	}
	return err
}

// pausable is the wish with its days filled in, or what stands against it.
func (s *Service) pausable(by actor.Actor, r Run, at Space, p Pausing) (Pausing, error) {
	now := s.Clock.Now()
	today := clock.DayOf(now, at.Zone)
	if p.From == "" {
		p.From = today
	}
	if r.Over(now) {
		return p, ErrRunEnded
	}
	if _, coming := r.Coming(now); coming {
		return p, ErrPaused
	}
	if !p.From.Valid() || !p.Until.Valid() || p.From < today || p.Until <= p.From {
		return p, ErrPauseBad
	}
	if begins := clock.DayOf(r.StartsAt, at.Zone); p.From < begins {
		return p, ErrPauseEarly.With("Day", begins)
	}
	if end := clock.DayOf(r.PeriodTo, at.Zone); p.From >= end {
		return p, ErrPauseLate.With("Day", end)
	}
	if err := note(p.Reason); err != nil {
		return p, err
	}
	days := p.From.DaysUntil(p.Until)
	if days > longestPause {
		return p, ErrPauseLong.With("Days", longestPause)
	}
	err := pauseLimits(r, at, p.From, days)
	if err != nil && staff(by, r.SpaceID) && p.Reason != "" {
		err = nil
	}
	return p, err
}

// pauseLimits are those of the plan.
func pauseLimits(r Run, at Space, from clock.Day, days int) error {
	plan := r.Plan
	if plan.PauseDays == 0 {
		return ErrNoPauses
	}
	if plan.PauseLongest > 0 && int64(days) > plan.PauseLongest {
		return ErrPauseLong.With("Days", plan.PauseLongest)
	}
	if left := PauseLeft(r, at, from); int64(days) > left {
		return ErrPauseUsed.With("Days", left)
	}
	return nil
}

// PauseLeft is how many days of pause the plan still allows in the twelve months
// before this day.
func PauseLeft(r Run, at Space, from clock.Day) int64 {
	left := r.Plan.PauseDays
	for _, p := range r.Pauses {
		a, b := max(clock.DayOf(p.StartsAt, at.Zone), Year.After(from, -1)), clock.DayOf(p.EndsAt, at.Zone)
		left -= max(0, int64(a.DaysUntil(b)))
	}
	return max(0, left)
}

// Resume ends a pause now; one that was only planned is taken away. The days that
// were not used come off the end of the period again.
func (s *Service) Resume(ctx context.Context, by actor.Actor, space, membership id.ID) (Run, error) {
	var r Run
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var at Space
		var err error
		if r, at, err = s.hold(ctx, by, space, membership); err != nil {
			return err
		}
		now := s.Clock.Now()
		pause, coming := r.Coming(now)
		if !coming {
			return ErrNotPaused
		}
		r.Membership, pause = r.resumed(pause, now, at.Zone)
		if err := s.store.updateMembership(ctx, r.Membership); err != nil {
			return err
		}
		if err := s.store.endPause(ctx, pause); err != nil {
			return err
		}
		if err := s.Jobs.Add(ctx, news{What: resumed, Space: space, Membership: r.ID, At: now}); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.own", r.MemberID, map[string]any{"membership": r.ID, "resumed": now})
	})
	if err == nil {
		r, err = s.run(ctx, r.Membership)
	}
	return r, fault.Wrap(err, "resume %s", membership)
}
