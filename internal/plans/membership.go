package plans

import (
	"math"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrRunEnds refuses a run of a plan that ends before it starts.
	ErrRunEnds = fault.Invalid("ends", "plans.run_ends", "A membership ends after it starts.")
	// ErrRunLater refuses a run that would run into one that starts later.
	ErrRunLater = fault.Conflict("plans.run_later", "Another plan starts while this one would run. End this one before, or end that one.").On("plan")
	// ErrNoSuchMembership is the answer where there is no such run of a plan.
	ErrNoSuchMembership = fault.NotFound("plans.no_such_membership", "There is no such membership here.")
	// ErrRunEnded refuses to do something with a membership that has ended.
	ErrRunEnded = fault.Conflict("plans.run_ended", "This membership has ended already.")
)

// Membership is one member's run of a plan, [StartsAt, EndsAt). What was agreed is
// kept in it, so that a plan that is changed later changes no price of a membership
// that runs.
type Membership struct {
	ID               id.ID
	MemberID         id.ID
	SpaceID          id.ID
	PlanID           id.ID
	StartsAt         clock.Instant
	EndsAt           clock.Instant // zero: until it is ended
	CreatedAt        clock.Instant
	BuyerGroup       string // whose price was agreed; empty: everyone's
	ProvedBy         id.ID  // who looked at the proof of a concession
	ProvedUntil      clock.Day
	PriceMinor       int64 // of a whole period, as agreed
	Currency         string
	Period           Unit
	PeriodCount      int64
	Renews           bool
	NoticeDays       int64
	TermEndsAt       clock.Instant // of the minimum term
	Anchor           clock.Day     // the day that periods are counted from
	Turn             int64         // periods from the anchor to PeriodTo
	PeriodFrom       clock.Instant
	PeriodTo         clock.Instant // zero: begun before periods were counted
	PeriodDays       int64         // that were paid in this period
	PeriodMinor      int64         // what was charged for them
	TrialEndsAt      clock.Instant
	SetupDue         int64 // charged with the first period that is paid
	DepositDue       int64
	DepositMinor     int64         // charged with this run: the member's money, which the space holds
	DepositSettledAt clock.Instant // given back, or kept
	DepositKept      string        // why the space kept it; empty: it did not
	CancelledAt      clock.Instant
	CancelReason     string
	RemindedAt       clock.Instant // of the end of which period
	LapsedAt         clock.Instant // when its end was seen to
	EndsWithout      clock.Instant // the end it had before what follows made it end earlier; zero: that made none earlier
}

// Runs reports whether the membership runs at this moment, paused or not.
func (m Membership) Runs(at clock.Instant) bool {
	return !at.Before(m.StartsAt) && (m.EndsAt.IsZero() || at.Before(m.EndsAt))
}

// Over reports whether it has ended at this moment.
func (m Membership) Over(at clock.Instant) bool { return !m.EndsAt.IsZero() && !at.Before(m.EndsAt) }

// Price is what a period costs, as agreed.
func (m Membership) Price() money.Amount { return money.Of(m.PriceMinor, m.Currency) }

// GoesOn reports whether another period begins when this one is over.
func (m Membership) GoesOn() bool {
	return m.Renews && (m.EndsAt.IsZero() || m.EndsAt.After(m.PeriodTo))
}

// Trial reports whether it is being tried out at this moment.
func (m Membership) Trial(at clock.Instant) bool { return at.Before(m.TrialEndsAt) }

// next moves the membership into the period after this one.
func (m Membership) next(zone *time.Location) Membership {
	m.Turn++
	m.PeriodFrom = m.PeriodTo
	m.PeriodTo = m.Period.After(m.Anchor, m.Turn*m.PeriodCount).Start(zone)
	m.PeriodDays = int64(clock.DayOf(m.PeriodFrom, zone).DaysUntil(clock.DayOf(m.PeriodTo, zone)))
	m.PeriodMinor = m.PriceMinor
	return m
}

// whole is how many days the period has that the membership is in, had it neither
// been paused nor begun in the middle of it.
func (m Membership) whole() int64 {
	from, to := m.Period.After(m.Anchor, (m.Turn-1)*m.PeriodCount), m.Period.After(m.Anchor, m.Turn*m.PeriodCount)
	return int64(from.DaysUntil(to))
}

// counted is a membership whose periods were not counted yet, in the one it is in.
func (m Membership) counted(now clock.Instant, zone *time.Location) Membership {
	m.Anchor, m.Turn = clock.DayOf(m.StartsAt, zone), 0
	m.PeriodTo = m.Anchor.Start(zone)
	for m = m.next(zone); !m.PeriodTo.After(now); {
		m = m.next(zone)
	}
	return m
}

// shifted is the membership with the end of this period, and what hangs on it, so
// many days later.
func (m Membership) shifted(days int, zone *time.Location) Membership {
	later := func(at clock.Instant) clock.Instant {
		if at.IsZero() {
			return at
		}
		return clock.DayOf(at, zone).Add(days).Start(zone)
	}
	if m.Trial(m.PeriodFrom) {
		m.TrialEndsAt = later(m.TrialEndsAt)
	}
	m.PeriodTo, m.EndsAt, m.TermEndsAt = later(m.PeriodTo), later(m.EndsAt), later(m.TermEndsAt)
	m.Anchor, m.Turn = clock.DayOf(m.PeriodTo, zone), 0
	return m
}

// resumed is the membership with a pause that ends now: the days that were not used come
// off the end of the period. The day on which one is back is one of those that run.
func (m Membership) resumed(p Pause, now clock.Instant, zone *time.Location) (Membership, Pause) {
	back := max(clock.DayOf(p.StartsAt, zone), clock.DayOf(now, zone))
	unused := back.DaysUntil(clock.DayOf(p.EndsAt, zone))
	p.EndsAt = back.Start(zone)
	return m.shifted(-unused, zone), p
}

// PeriodAt is the period that a moment lies in, [from, to), also one that is still to
// come. A pause makes the period longer that it falls in.
func (m Membership) PeriodAt(at clock.Instant, in Space) (from, to clock.Instant) {
	if m.PeriodTo.IsZero() {
		m = m.counted(latest(at, m.StartsAt), in.Zone)
	}
	turn := func(n int64) clock.Instant { return m.Period.After(m.Anchor, n*m.PeriodCount).Start(in.Zone) }
	n := m.Turn
	for !turn(n).After(at) {
		n++
	}
	for turn(n - 1).After(at) {
		n--
	}
	from, to = turn(n-1), turn(n)
	paid := m.paid()
	if first := turn(m.Turn - paid + 1); !at.Before(m.PeriodFrom) && m.PeriodFrom.Before(first) && at.Before(first) { // of those that are paid for
		from, to = earliest(turn(m.Turn-paid), m.PeriodFrom), first
	}
	return from, to
}

// paid is how many periods the one that is on consists of: whoever renews by hand what
// does not renew has more than one. Days that a pause or a gift adds are none of them.
func (m Membership) paid() int64 {
	if m.Renews {
		return 1
	}
	days := map[Unit]float64{Day: 1, Week: 7, Month: 365.25 / 12, Year: 365.25}[m.Period] * float64(m.PeriodCount)
	return max(1, int64(math.Round(float64(m.PeriodDays)/days)))
}

func latest(a, b clock.Instant) clock.Instant {
	if b.After(a) {
		return b
	}
	return a
}

func earliest(a, b clock.Instant) clock.Instant {
	if b.Before(a) {
		return b
	}
	return a
}

// Pause is a time in which a membership does not run, [StartsAt, EndsAt).
type Pause struct {
	ID           id.ID
	MembershipID id.ID
	StartsAt     clock.Instant
	EndsAt       clock.Instant
	Reason       string
	CreatedAt    clock.Instant
}

// TableName is where GORM finds it.
func (Pause) TableName() string { return "membership_pauses" }

// Run is a membership with the plan it is a run of, and its pauses in order.
type Run struct {
	Membership
	Plan   Plan
	Pauses []Pause
}

// Paused is the pause that it is in at this moment.
func (r Run) Paused(at clock.Instant) (Pause, bool) {
	for _, p := range r.Pauses {
		if !at.Before(p.StartsAt) && at.Before(p.EndsAt) {
			return p, true
		}
	}
	return Pause{}, false
}

// Coming is the pause that is on or still to come at this moment.
func (r Run) Coming(at clock.Instant) (Pause, bool) {
	for _, p := range r.Pauses {
		if at.Before(p.EndsAt) {
			return p, true
		}
	}
	return Pause{}, false
}

// Terms are what a person has of their plan at a moment. Someone without a plan
// is a Guest and no key holder.
type Terms struct {
	PlanID     id.ID // empty: no plan
	PlanCode   string
	PlanName   i18n.Text
	PriceGroup string
	KeyHolder  bool
	Until      clock.Instant // when these terms end at the latest; zero: not known to end
}

// Active reports whether a membership runs.
func (t Terms) Active() bool { return t.PlanID != "" }

// TermsOf is what these runs, the latest first, give at a moment.
func TermsOf(runs []Run, at clock.Instant) Terms {
	t := Terms{PriceGroup: Guest}
	for _, r := range runs {
		if pause, paused := r.Paused(at); r.Runs(at) && paused {
			t.Until = pause.EndsAt
			continue
		}
		if r.Runs(at) {
			return Terms{
				PlanID: r.PlanID, PlanCode: r.Plan.Code, PlanName: r.Plan.Name,
				PriceGroup: r.Plan.PriceGroup, KeyHolder: r.Plan.KeyHolder, Until: r.EndsAt,
			}
		}
		if r.StartsAt.After(at) && (t.Until.IsZero() || r.StartsAt.Before(t.Until)) {
			t.Until = r.StartsAt
		}
	}
	return t
}

// Current is the run that is on at this moment, paused or not.
func Current(runs []Run, at clock.Instant) (Run, bool) {
	for _, r := range runs {
		if r.Runs(at) {
			return r, true
		}
	}
	return Run{}, false
}
