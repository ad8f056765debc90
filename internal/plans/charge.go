package plans

import (
	"context"
	"slices"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Billing keeps what is due. A charge of the same Cause, CauseID and first day of
// the period is kept once, however often it is brought.
type Billing interface {
	Charge(ctx context.Context, c Charge) error
	// Charged is what was charged for a cause, the first first.
	Charged(ctx context.Context, cause id.ID) ([]Charge, error)
	// Reverse takes back what was charged for a cause, by charges of the opposite.
	Reverse(ctx context.Context, cause id.ID, on clock.Day) error
}

// Charge is an amount that is due, and how it came about. Below zero it is owed to
// who pays.
type Charge struct {
	Space   id.ID
	Member  id.ID // whom it is for
	Payer   id.ID // empty: whoever paid what this gives back
	Settles bool  // it is about the deposit: whoever paid that
	Deposit bool  // stays the payer's money; else it is a fee
	Amount  money.Amount
	Lines   []Line
	Cause   string // membership, membership.deposit, …
	CauseID id.ID
	From    clock.Day // the period it is for
	To      clock.Day // the day after its last
	DueOn   clock.Day
}

// The codes of lines.
const (
	LinePeriod  = "period"  // a whole period
	LinePart    = "part"    // Days of Of
	LineCredit  = "credit"  // Days of Of that were paid and are not used
	LineTrial   = "trial"   // nothing, for now
	LineGift    = "gift"    // nothing, for days that the staff gives
	LineSetup   = "setup"   // once
	LineDeposit = "deposit" // once, and given back
	LineBack    = "deposit_back"
	LineKept    = "deposit_kept" // it became a fee
)

// Line is one step of how an amount came about.
type Line struct {
	Code   string
	Name   i18n.Text // of the plan
	From   clock.Day // the first day it is for
	To     clock.Day // the day after its last
	Days   int64
	Of     int64
	Amount money.Amount
}

// Bill is what beginning a run of a plan costs, before or as it is charged.
type Bill struct {
	Lines   []Line // the fees
	Total   money.Amount
	Deposit money.Amount
	Starts  clock.Day
	From    clock.Day // the period
	To      clock.Day // the day after its last
	Renews  bool
	Price   money.Amount // of each period after
	Period  Unit         // so long
	Count   int64        // or so many of them
	Asks    bool         // the staff says yes first
	Payer   Payer
	Back    Line   // what is given back for the run before, where not Payer paid that; else it is among Lines
	BackTo  Payer  // who did
	Later   []Line // the fee and the deposit that come with the first period that is paid
}

// beginning is a run that is to begin.
type beginning struct {
	plan  Plan
	price money.Amount // of a whole period
	from  clock.Instant
	until clock.Instant // zero: as the plan says
	old   *Run          // what it takes the place of
	held  int64         // of the member's deposits
	fresh bool          // whoever begins never had the plan
	trial *int64        // days to try it out; nil: as the plan says
	zone  *time.Location
}

// reckon works out the counters of a new membership and what it costs: the
// whole first period, or the days that are left of the period of the plan before
// where both have the same; less what was paid before for the days that are left.
func (b beginning) reckon(m Membership) (Membership, Bill, error) {
	p, day := b.plan, clock.DayOf(b.from, b.zone)
	m.PriceMinor, m.Currency, m.Period, m.PeriodCount = b.price.Minor, b.price.Currency, p.Period, p.PeriodCount
	m.Renews, m.NoticeDays, m.StartsAt, m.EndsAt = p.Renews && b.until.IsZero(), p.NoticeDays, b.from, b.until
	m.PeriodFrom = day.Start(b.zone)
	if p.MinPeriods > 0 {
		m.TermEndsAt = p.Period.After(day, p.MinPeriods*p.PeriodCount).Start(b.zone)
	}
	zero := money.Of(0, b.price.Currency)
	bill := Bill{Starts: day, Total: zero, Deposit: zero, Price: b.price, Renews: m.Renews, Period: p.Period, Count: p.PeriodCount}
	old, err := b.before(m)
	if err != nil {
		return m, bill, err
	}
	if old != nil {
		credit, err := b.credit(*old)
		if err != nil {
			return m, bill, err
		}
		if credit.Amount.Minor != 0 {
			bill.Lines = append(bill.Lines, credit)
		}
	}
	trial := int64(0)
	if b.trial != nil {
		trial = *b.trial
	} else if b.fresh {
		trial = p.TrialDays
	}
	switch {
	case old != nil && old.Period == p.Period && old.PeriodCount == p.PeriodCount && !old.Trial(b.from) && old.GoesOn():
		m, err = b.goOn(m, *old, &bill)
	case old == nil && trial > 0:
		m.Anchor, m.Turn = day.Add(int(trial)), 0
		m.PeriodTo = m.Anchor.Start(b.zone)
		m.TrialEndsAt, m.SetupDue, m.DepositDue = m.PeriodTo, p.SetupMinor, p.DepositMinor
		bill.later(p)
		bill.Lines = append(bill.Lines, Line{Code: LineTrial, Name: p.Name, From: day, To: m.Anchor, Days: trial, Amount: zero})
	default:
		m.Anchor, m.Turn, m.PeriodTo = day, 0, m.PeriodFrom
		m = m.next(b.zone)
		bill.Lines = append(bill.Lines, Line{Code: LinePeriod, Name: p.Name, From: day, To: clock.DayOf(m.PeriodTo, b.zone), Amount: b.price})
	}
	if err != nil {
		return m, bill, err
	}
	if m.TrialEndsAt.IsZero() {
		setup := int64(0)
		if b.fresh && (b.old == nil || b.old.Trial(b.from)) {
			setup = p.SetupMinor
		}
		bill.once(p.Name, setup, max(0, p.DepositMinor-b.held)) // what is held already stays held
	}
	m.DepositMinor = bill.Deposit.Minor
	if m.EndsAt.IsZero() && !p.Renews {
		m.EndsAt = m.PeriodTo
	}
	bill.From, bill.To = day, clock.DayOf(m.PeriodTo, b.zone)
	bill.Total, err = sum(bill.Lines, zero)
	return m, bill, err
}

// once puts the fee and the deposit on the bill that are asked for one time.
func (b *Bill) once(plan i18n.Text, setup, deposit int64) {
	if setup > 0 {
		b.Lines = append(b.Lines, Line{Code: LineSetup, Name: plan, Amount: money.Of(setup, b.Price.Currency)})
	}
	b.Deposit = money.Of(deposit, b.Price.Currency)
}

// later says what is asked for once and after the trial.
func (b *Bill) later(p Plan) {
	for _, l := range []Line{{Code: LineSetup, Amount: money.Of(p.SetupMinor, p.Currency)}, {Code: LineDeposit, Amount: money.Of(p.DepositMinor, p.Currency)}} {
		if l.Name = p.Name; l.Amount.Minor > 0 {
			b.Later = append(b.Later, l)
		}
	}
}

// charges are what a bill asks for of a run, each by itself: the fees, what somebody
// else gets back for the run before, and the deposit.
func (b Bill) charges(m Membership, cause string) []Charge {
	c := Charge{Space: m.SpaceID, Member: m.MemberID, Payer: b.Payer.Member, Amount: b.Total, Lines: b.Lines, Cause: cause, CauseID: m.ID, From: b.From, To: b.To, DueOn: b.Starts}
	var all []Charge
	if worth(b.Lines) {
		all = append(all, c)
	}
	if b.BackTo.Member != "" {
		back := c
		back.Payer, back.Amount, back.Lines, back.Cause = b.BackTo.Member, b.Back.Amount, []Line{b.Back}, cause+".unused"
		all = append(all, back)
	}
	if b.Deposit.Minor != 0 {
		c.Deposit, c.Amount, c.Cause = true, b.Deposit, cause+".deposit"
		c.Lines = []Line{{Code: LineDeposit, Amount: b.Deposit}}
		all = append(all, c)
	}
	return all
}

// worth reports whether lines are about money, be it that they come to nothing together.
func worth(lines []Line) bool {
	return slices.ContainsFunc(lines, func(l Line) bool { return l.Amount.Minor != 0 })
}

func sum(lines []Line, total money.Amount) (money.Amount, error) {
	var err error
	for _, l := range lines {
		if total, err = total.Add(l.Amount); err != nil {
			return total, err
		}
	}
	return total, nil
}

// before is the run that the new one takes the place of, in the period in which the
// new one begins. None where it is not counted in the same money.
func (b beginning) before(m Membership) (*Membership, error) {
	if b.old == nil || b.old.Currency != m.Currency {
		return nil, nil
	}
	old := b.old.Membership
	if old.PeriodTo.IsZero() {
		old = old.counted(b.from, b.zone)
		old.PeriodMinor = 0 // nobody knows what was paid
	}
	for old.GoesOn() && !old.PeriodTo.After(b.from) {
		old = old.next(b.zone)
	}
	if !old.PeriodTo.After(b.from) {
		return nil, nil
	}
	return &old, nil
}

// goOn puts the days that are left of a period on the bill: those of the plan
// before are given back, and those of the new one asked for.
func (b beginning) goOn(m, old Membership, bill *Bill) (Membership, error) {
	day, to := clock.DayOf(b.from, b.zone), clock.DayOf(old.PeriodTo, b.zone)
	m.Anchor, m.Turn, m.PeriodTo = old.Anchor, old.Turn, old.PeriodTo
	if old.TermEndsAt.After(m.TermEndsAt) {
		m.TermEndsAt = old.TermEndsAt
	}
	whole := m.whole()
	left := min(int64(day.DaysUntil(to)), whole)
	parts, err := b.price.Allocate(whole-left, left)
	if err != nil {
		return m, err
	}
	m.PeriodDays, m.PeriodMinor = left, parts[1].Minor
	bill.Lines = append(bill.Lines, Line{Code: LinePart, Name: b.plan.Name, From: day, To: to, Days: left, Of: whole, Amount: parts[1]})
	return m, nil
}

// credit is what was paid for the days of a period that are left.
func (b beginning) credit(old Membership) (Line, error) {
	day, to := clock.DayOf(b.from, b.zone), clock.DayOf(old.PeriodTo, b.zone)
	left := min(int64(day.DaysUntil(to)), old.PeriodDays)
	l := Line{Code: LineCredit, Name: b.old.Plan.Name, From: day, To: to, Days: left, Of: old.PeriodDays, Amount: money.Of(0, old.Currency)}
	if left <= 0 || old.PeriodMinor == 0 {
		return l, nil
	}
	parts, err := money.Of(old.PeriodMinor, old.Currency).Allocate(old.PeriodDays-left, left)
	if err == nil {
		l.Amount = parts[1].Neg()
	}
	return l, err
}
