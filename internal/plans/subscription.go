package plans

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrArchived refuses to begin with a plan that is not offered any more.
	ErrArchived = fault.Conflict("plans.archived", "This plan is not offered any more. Choose another.").On("plan")
	// ErrNotOnSale refuses a plan outside the days of its sale.
	ErrNotOnSale = fault.Conflict("plans.not_on_sale", "This plan is not on sale on that day. Choose another day or another plan.").On("plan")
	// ErrStaffStarts refuses to join by oneself what the staff starts.
	ErrStaffStarts = fault.Forbidden("plans.staff_starts", "The front desk starts this plan for you. Talk to them.").On("plan")
	// ErrInvitation refuses whoever has no invitation.
	ErrInvitation = fault.Forbidden("plans.invitation", "This plan is by invitation. Open the link you were given.").On("plan")
	// ErrFull refuses a plan of which all places are taken.
	ErrFull = fault.Conflict("plans.full", "All places of this plan are taken. Choose another plan, or ask the front desk.").On("plan")
	// ErrNoSuchGroup refuses a group of buyers that the plan does not know.
	ErrNoSuchGroup = fault.Invalid("group", "plans.no_such_group", "This plan has no price for that group.")
	// ErrTooLittle refuses to pay less than the least.
	ErrTooLittle = fault.Invalid("amount", "plans.too_little", "Give {{.Least}} or more.")
	// ErrStartsBad refuses to begin in the past or too far ahead.
	ErrStartsBad = fault.Invalid("starts_on", "plans.starts_bad", "Choose a day from today on, within a year.")
	// ErrSamePlan refuses to change to the plan that runs already.
	ErrSamePlan = fault.Conflict("plans.same_plan", "This plan runs already. Choose another.").On("plan")
	// ErrNoteLong refuses a reason or note that is too long.
	ErrNoteLong = fault.Invalid("note", "plans.note_long", "Write at most {{.Most}} characters.")
)

// MaxNote is how many characters a note or a reason may have.
const MaxNote = 500

// maxAhead is how many days ahead a membership can begin.
const maxAhead = 366

// Start is a run of a plan that is to begin.
type Start struct {
	Space      id.ID
	Member     id.ID
	Plan       id.ID
	From       clock.Instant // zero: now
	Until      clock.Instant // zero: as the plan says
	Group      string        // of buyers, whose price is paid; empty: everyone's
	Amount     *int64        // of a period, where one pays what one can; nil: what is suggested
	Proof      bool          // the staff has seen the proof of a concession
	ProofUntil clock.Day     // the last day on which that counts; empty: always
	Trial      *int64        // days to try it out; nil: as the plan says
	Gift       int           // days that it runs longer, for nothing
	Reason     string        // of the gift

	Approved bool // somebody asked for it, and the staff said yes

	provedBy    id.ID // what attest made of Proof
	provedUntil clock.Day
}

// Subscribe starts a run of a plan for somebody. A person has one plan at a time in a
// space: the run that is on then ends, and what was paid for the rest of its period
// is given back. A run that begins later stands in the way of one that would reach
// it (ErrRunLater).
func (s *Service) Subscribe(ctx context.Context, by actor.Actor, st Start) (Membership, error) {
	if err := by.May("membership.edit", st.Space, "", nil); err != nil {
		return Membership{}, err
	}
	var m Membership
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		p, err := s.store.plan(ctx, st.Space, st.Plan)
		if err != nil {
			return err
		}
		if st, err = s.starting(ctx, by, p, st); err != nil {
			return err
		}
		m, _, err = s.begin(ctx, by, p, st)
		return err
	})
	return m, fault.Wrap(err, "subscribe %s", st.Member)
}

// starting is a start by the staff with its proof, or what stands against it.
func (s *Service) starting(ctx context.Context, by actor.Actor, p Plan, st Start) (Start, error) {
	st.Reason = strings.TrimSpace(st.Reason)
	switch {
	case st.Gift < 0 || st.Gift > longestPause:
		return st, ErrDaysBad.On("gift")
	case st.Gift > 0 && st.Reason == "":
		return st, ErrReasonMissing
	case st.Trial != nil && (*st.Trial < 0 || *st.Trial > mostDays):
		return st, ErrNumberBad.With("Most", mostDays).On("trial")
	}
	if !st.From.IsZero() && !by.IsHouse() {
		at, err := s.Spaces.Space(ctx, st.Space)
		if err == nil {
			_, err = s.startsOn(clock.DayOf(st.From, at.Zone), at)
		}
		if err != nil {
			return st, err
		}
	}
	if err := note(st.Reason); err != nil {
		return st, err
	}
	if _, known := p.PriceFor(st.Group); !known {
		return st, ErrNoSuchGroup
	}
	return s.attest(ctx, by, p, st)
}

// Preview is what Subscribe would charge now. It asks the same questions and changes
// nothing.
func (s *Service) Preview(ctx context.Context, by actor.Actor, st Start) (Bill, error) {
	if err := by.May("membership.edit", st.Space, "", nil); err != nil {
		return Bill{}, err
	}
	p, err := s.store.plan(ctx, st.Space, st.Plan)
	if err != nil {
		return Bill{}, fault.Wrap(err, "plan %s", st.Plan)
	}
	if st, err = s.starting(ctx, by, p, st); err != nil {
		return Bill{}, fault.Wrap(err, "preview %s", st.Plan)
	}
	w, err := s.weigh(ctx, p, st)
	if err == nil {
		err = s.roomIn(ctx, p, w.membership.StartsAt)
	}
	return w.bill, fault.Wrap(err, "preview %s", st.Plan)
}

// roomIn refuses a plan of which all places are taken at a moment. It holds only as
// long as the plan is locked.
func (s *Service) roomIn(ctx context.Context, p Plan, at clock.Instant) error {
	if p.Most == 0 {
		return nil
	}
	taken, err := s.store.taken(ctx, p.ID, at)
	if err == nil && taken >= p.Most {
		return ErrFull
	}
	return err
}

// weighed is a start with what would come of it.
type weighed struct {
	space      Space
	runs       []Run
	old        *Run // that ends with it
	overtaken  *Run // that would have begun at the same moment, and is taken away with what was charged for it
	membership Membership
	bill       Bill
}

// weigh says what would come of a start, or what stands against it.
func (s *Service) weigh(ctx context.Context, p Plan, st Start) (w weighed, err error) {
	if _, err = s.People.Person(ctx, st.Space, st.Member); err != nil {
		return w, err
	}
	if w.space, err = s.Spaces.Space(ctx, st.Space); err != nil {
		return w, err
	}
	now := s.Clock.Now()
	if st.From.IsZero() {
		st.From = now
	}
	if !st.Until.IsZero() && !st.Until.After(st.From) {
		return w, ErrRunEnds
	}
	price, err := agreed(p, st)
	switch {
	case err != nil:
		return w, err
	case p.Archived():
		return w, ErrArchived
	}
	if w.runs, err = s.store.runs(ctx, st.Space, st.Member); err != nil {
		return w, err
	}
	fresh := true
	for i, r := range w.runs {
		fresh = fresh && r.PlanID != p.ID
		if r.Runs(st.From) {
			w.old = &w.runs[i]
		}
	}
	if w.old != nil && w.old.PlanID != p.ID && !w.old.StartsAt.Before(st.From) {
		w.overtaken, w.old = w.old, goesOnWithout(w.runs, *w.old)
	}
	if w.old != nil && w.old.PlanID == p.ID {
		return w, ErrSamePlan
	}
	if w.old != nil {
		if _, coming := w.old.Coming(now); coming {
			return w, ErrPaused
		}
	}
	m := Membership{ID: id.New(), MemberID: st.Member, SpaceID: st.Space, PlanID: p.ID, CreatedAt: now, BuyerGroup: st.Group, ProvedBy: st.provedBy, ProvedUntil: st.provedUntil}
	b := beginning{plan: p, price: price, from: st.From, until: st.Until, old: w.old, held: heldDeposits(w.runs, w.overtaken, st.From), fresh: fresh, trial: st.Trial, zone: w.space.Zone}
	if w.membership, w.bill, err = b.reckon(m); err != nil {
		return w, err
	}
	w.give(st.Gift)
	if err = s.payers(ctx, &w.bill, w.old, st); err != nil {
		return w, err
	}
	for _, r := range w.runs {
		if r.StartsAt.After(st.From) && (w.membership.EndsAt.IsZero() || w.membership.EndsAt.After(r.StartsAt)) {
			return w, ErrRunLater
		}
	}
	return w, nil
}

// give lets what begins run some days longer, for nothing; nobody is bound for longer by it.
func (w *weighed) give(days int) {
	if days == 0 {
		return
	}
	term, to := w.membership.TermEndsAt, w.bill.To
	w.membership = w.membership.shifted(days, w.space.Zone)
	w.membership.TermEndsAt, w.bill.To = term, to.Add(days)
	w.bill.Lines = append(w.bill.Lines, Line{Code: LineGift, From: to, To: w.bill.To, Days: int64(days), Amount: money.Of(0, w.membership.Currency)})
}

// agreed is the price of a period that is agreed on.
func agreed(p Plan, st Start) (money.Amount, error) {
	price, known := p.PriceFor(st.Group)
	if !known {
		return price, ErrNoSuchGroup
	}
	if !p.FreePrice || st.Amount == nil {
		return price, nil
	}
	price.Minor = *st.Amount
	if price.Minor < p.FloorMinor || price.Minor > mostMinor {
		return price, ErrTooLittle.With("Least", money.Of(p.FloorMinor, p.Currency))
	}
	return price, nil
}

// begin starts a run, ends the one before, and charges for it.
func (s *Service) begin(ctx context.Context, by actor.Actor, p Plan, st Start) (Membership, Bill, error) {
	if p.Most > 0 { // before the member: everybody locks in this order
		if err := s.DB.Lock(ctx, "plans", p.ID); err != nil {
			return Membership{}, Bill{}, err
		}
	}
	if err := s.DB.Lock(ctx, "members", st.Member); err != nil {
		return Membership{}, Bill{}, err
	}
	w, err := s.weigh(ctx, p, st)
	if err != nil {
		return w.membership, w.bill, err
	}
	m := w.membership
	if err := s.roomIn(ctx, p, m.StartsAt); err != nil {
		return m, w.bill, err
	}
	if w.overtaken != nil {
		if err := s.takeAway(ctx, w.overtaken.Membership, w.space); err != nil {
			return m, w.bill, err
		}
	}
	if w.old != nil {
		if err := s.end(ctx, w.old.Membership, m.StartsAt); err != nil {
			return m, w.bill, err
		}
	}
	if err := s.store.insertMembership(ctx, m); err != nil {
		return m, w.bill, err
	}
	if err := s.charge(ctx, m, w.bill, "membership"); err != nil {
		return m, w.bill, err
	}
	if err := s.Bookings.Unmark(ctx, m.SpaceID, m.MemberID); err != nil {
		return m, w.bill, err
	}
	if !st.Approved {
		if err := s.store.grant(ctx, m, by.Member, s.Clock.Now()); err != nil {
			return m, w.bill, err
		}
	}
	if !by.IsHouse() {
		if err := s.Jobs.Add(ctx, w.news(st)); err != nil {
			return m, w.bill, err
		}
	}
	return m, w.bill, s.Audit.Record(ctx, by, m.SpaceID, "membership.edit", m.MemberID, begun(m, st))
}

// news is what the member is told of a start.
func (w weighed) news(st Start) news {
	n := news{What: joined, Space: w.membership.SpaceID, Membership: w.membership.ID, Approved: st.Approved}
	switch {
	case w.old != nil:
		n.What, n.Was = changed, w.old.ID
	case slices.ContainsFunc(w.runs, func(r Run) bool { return r.Over(w.membership.StartsAt) }):
		n.What = returned
	}
	return n
}

// begun is what is written down of a start.
func begun(m Membership, st Start) map[string]any {
	detail := map[string]any{"plan": m.PlanID, "starts": m.StartsAt, "ends": m.EndsAt, "price": m.PriceMinor, "group": m.BuyerGroup}
	if m.ProvedBy != "" {
		detail["proof_seen_by"], detail["proof_until"] = m.ProvedBy, m.ProvedUntil
	}
	if st.Gift > 0 {
		detail["days"], detail["reason"] = st.Gift, st.Reason
	}
	return detail
}

// end lets a run end at a moment because another begins then.
func (s *Service) end(ctx context.Context, m Membership, at clock.Instant) error {
	if m.EndsAt.After(at) {
		m.EndsWithout = m.EndsAt
	}
	m.EndsAt = at
	return s.store.updateMembership(ctx, m)
}

// takeAway takes a run away that has not begun, with what was charged for it.
func (s *Service) takeAway(ctx context.Context, m Membership, at Space) error {
	if err := s.Billing.Reverse(ctx, m.ID, clock.DayOf(s.Clock.Now(), at.Zone)); err != nil {
		return err
	}
	return s.store.deleteMembership(ctx, m.ID)
}

// goesOnWithout is the run that ends only because another begins, as it is without
// that one; nil: none does.
func goesOnWithout(runs []Run, next Run) *Run {
	for _, r := range runs {
		if !r.EndsAt.Equal(next.StartsAt) {
			continue
		}
		if !r.EndsWithout.IsZero() || r.Renews && r.CancelledAt.IsZero() {
			r.EndsAt, r.EndsWithout = r.EndsWithout, clock.Instant{}
			return &r
		}
	}
	return nil
}

// heldDeposits is what the space will hold of a member's deposits at a moment, but for
// one run: also those that are asked for when a trial is over before then.
func heldDeposits(runs []Run, but *Run, at clock.Instant) int64 {
	held := int64(0)
	for _, r := range runs {
		if !r.DepositSettledAt.IsZero() || but != nil && r.ID == but.ID {
			continue
		}
		held += r.DepositMinor
		if r.Runs(at) && r.TrialEndsAt.Before(at) {
			held += r.DepositDue
		}
	}
	return held
}

// charge brings what a bill asks for to billing: for the member, to be paid by who pays
// for them by what the bill says.
func (s *Service) charge(ctx context.Context, m Membership, b Bill, cause string) error {
	for _, c := range b.charges(m, cause) {
		if err := s.Billing.Charge(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// Unsubscribe ends a run of a plan at a moment; one that would only start then
// or later is taken away altogether, with what was charged for it. Else nothing is
// given back for it.
func (s *Service) Unsubscribe(ctx context.Context, by actor.Actor, space, membership id.ID, at clock.Instant) error {
	if err := by.May("membership.edit", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		r, in, err := s.hold(ctx, by, space, membership)
		if err != nil {
			return err
		}
		if r.Over(at) {
			return ErrRunEnded
		}
		r.CancelledAt = s.Clock.Now()
		if r.StartsAt.Before(at) {
			if err = s.end(ctx, r.Membership, at); err == nil && !by.IsHouse() {
				err = s.Jobs.Add(ctx, news{What: cancelled, Space: space, Membership: r.ID, At: r.CancelledAt})
			}
		} else {
			err = s.takeAway(ctx, r.Membership, in)
		}
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.edit", r.MemberID, map[string]any{"plan": r.PlanID, "ended": at})
	}), "end membership %s", membership)
}

// startsOn is when a day begins that somebody begins on; it refuses one that is past or too far away.
func (s *Service) startsOn(day clock.Day, at Space) (clock.Instant, error) {
	now := s.Clock.Now()
	today := clock.DayOf(now, at.Zone)
	switch {
	case day == "" || day == today:
		return now, nil
	case !day.Valid() || day < today || day > today.Add(maxAhead):
		return now, ErrStartsBad
	}
	return day.Start(at.Zone), nil
}

func note(text string) error {
	if utf8.RuneCountInString(text) > MaxNote {
		return ErrNoteLong.With("Most", MaxNote)
	}
	return nil
}
