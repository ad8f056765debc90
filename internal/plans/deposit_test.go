package plans

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/clock"
)

// deposits are what was charged as deposits since the last time it was asked.
func (h *house) deposits() (minor []int64) {
	for _, c := range h.charges {
		if c.Deposit {
			minor = append(minor, c.Amount.Minor)
		}
	}
	h.charges = nil
	return minor
}

// sum is what was charged in all, deposits left out, and the deposits.
func (h *house) sum() (fees, deposits int64) {
	for _, c := range h.charges {
		if c.Deposit {
			deposits += c.Amount.Minor
		} else {
			fees += c.Amount.Minor
		}
	}
	return fees, deposits
}

func TestADepositIsGivenBackOnceWhenTheMembershipHasEnded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		pro := h.offers("pro", 9500, func(p *Plan) { p.DepositMinor = 9500 })
		more := h.offers("more", 9500, func(p *Plan) { p.DepositMinor = 12000 })
		less := h.offers("less", 2000, nil)
		m := h.subscribes(h.maker.Member, pro)
		steps := func(what string, want ...int64) {
			t.Helper()
			h.must(h.RenewDue(h.ctx))
			h.must(h.RenewDue(h.ctx))
			if diff := cmp.Diff(want, h.deposits()); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
		steps("joined", 9500)
		h.clock.Advance(time.Minute)
		m, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: more.ID})
		h.must(err)
		steps("changed to one that asks for more", 2500)
		h.at("2027-02-05 09:00")
		m, _, err = h.change(h.maker, h.space, m.ID, Changing{Plan: less.ID})
		h.must(err)
		steps("changed to one that asks for none")
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		steps("cancelled")
		h.at("2027-03-01 00:01")
		steps("ended", -2500, -9500)
		h.at("2027-03-02 00:01")
		steps("a day later")
		h.subscribes(h.maker.Member, pro) // who comes back leaves one again
		steps("back", 9500)
	})
}

func TestADepositOfAMembershipThatEndsByItselfAndIsFoundLate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		h.subscribes(h.maker.Member, h.offers("week", 6000, func(p *Plan) { p.Period, p.Renews, p.DepositMinor = Week, false, 5000 }))
		h.deposits()
		h.at("2027-06-01 09:00") // nobody ran it for months
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]int64{-5000}, h.deposits()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestADepositIsKeptForAReason(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		m := h.subscribes(h.maker.Member, h.offers("pro", 9500, func(p *Plan) { p.DepositMinor = 8000 }))
		_, err := h.KeepDeposit(h.ctx, h.desk, h.space, m.ID, " ")
		h.refused(err, ErrReasonMissing)
		if _, err := h.KeepDeposit(h.ctx, h.maker, h.space, m.ID, "mine"); err == nil {
			t.Error("a member keeps deposits")
		}
		r, err := h.KeepDeposit(h.ctx, h.desk, h.space, m.ID, "The locker was never emptied.")
		h.must(err)
		if r.Deposit().Minor != 0 || r.DepositKept == "" {
			t.Errorf("%+v", r.Membership)
		}
		_, err = h.KeepDeposit(h.ctx, h.desk, h.space, m.ID, "again")
		h.refused(err, ErrNoDeposit)
		if fees, deposits := h.sum(); fees != 9500+8000 || deposits != 0 {
			t.Errorf("%d in fees and %d in deposits", fees, deposits)
		}
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		h.at("2027-03-02 00:01")
		h.must(h.RenewDue(h.ctx))
		if _, deposits := h.sum(); deposits != 0 {
			t.Errorf("what was kept is given back: %d", deposits)
		}
	})
}

// A planned change is overtaken by another of the same day: what was charged for it is
// taken back, and what was paid before is given back once.
func TestAPlannedChangeThatIsOvertakenLeavesExactMoney(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		a, b, c := h.offers("a", 3500, nil), h.offers("b", 6000, func(p *Plan) { p.DepositMinor = 5000 }), h.offers("c", 2000, nil)
		m := h.subscribes(h.maker.Member, a)
		h.at("2027-02-05 09:00")
		planned, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: b.ID, On: "2027-02-11"})
		h.must(err)
		_, err = h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{Until: "2027-02-08"})
		if err == nil {
			t.Error("a membership is paused into the one that follows")
		}
		last, bill, err := h.change(h.maker, h.space, planned.ID, Changing{Plan: c.ID, On: "2027-02-11"})
		h.must(err)
		if got := bill.Total.Minor; got != -2250+1286 { // 18 of 28 days of 35 and of 20
			t.Errorf("the bill is %d: %+v", got, bill.Lines)
		}
		if fees, deposits := h.sum(); fees != 3500-2250+1286 || deposits != 0 {
			t.Errorf("%d in fees, %d in deposits", fees, deposits)
		}
		_, err = h.Run(h.ctx, h.desk, h.space, planned.ID)
		h.refused(err, ErrNoSuchMembership)
		at, _ := h.Space(h.ctx, h.space)
		if end := clock.DayOf(h.now(m).EndsAt, at.Zone); end != "2027-02-11" {
			t.Errorf("the first ends on %s", end)
		}
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, last.ID, Cancellation{}) // called off
		h.must(err)
		if fees, _ := h.sum(); fees != 3500 || !h.now(m).EndsAt.IsZero() {
			t.Errorf("%d in fees, and the first ends %s", fees, h.now(m).EndsAt)
		}
	})
}

// Who changes, and is cancelled with a credit before the change, gets each day back once.
func TestACreditBeforeAPlannedChangeGivesEachDayBackOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		a, b := h.offers("a", 2800, nil), h.offers("b", 5600, nil)
		m := h.subscribes(h.maker.Member, a)
		h.at("2027-02-05 09:00")
		_, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: b.ID, On: "2027-02-11"})
		h.must(err)
		_, err = h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Now: true, Credit: true})
		h.must(err)
		// Four days of a at 1 a day, and 18 of b at 2.
		if fees, _ := h.sum(); fees != 400+3600 {
			t.Errorf("%d in fees: %+v", fees, h.charges)
		}
	})
}

func TestChangingTwiceInADayIsExact(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		a, b, c := h.offers("a", 2800, nil), h.offers("b", 5600, nil), h.offers("c", 8400, nil)
		m := h.subscribes(h.maker.Member, a)
		h.at("2027-02-15 09:00")
		for _, plan := range []Plan{b, c, b, c} {
			var err error
			m, _, err = h.change(h.maker, h.space, m.ID, Changing{Plan: plan.ID})
			h.must(err)
			h.clock.Advance(time.Minute)
		}
		if fees, _ := h.sum(); fees != 1400+4200 {
			t.Errorf("%d in fees", fees)
		}
	})
}

func TestWhatCantBeDoneTwiceIsRefusedClearly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		plan := h.offers("maker", 3500, func(p *Plan) { p.PauseDays = 30 })
		m := h.subscribes(h.maker.Member, plan)
		_, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: plan.ID})
		h.refused(err, ErrSamePlan)
		_, err = h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{Until: "2027-02-08"})
		h.must(err)
		_, err = h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{Until: "2027-02-09"})
		h.refused(err, ErrPaused)
		_, err = h.Resume(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		_, err = h.Resume(h.ctx, h.maker, h.space, m.ID)
		h.refused(err, ErrNotPaused)
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.refused(err, ErrCancelled)
	})
}

func TestThePeriodAMomentLiesIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-01-31 18:00")
		at, _ := h.Space(h.ctx, h.space)
		plan := h.offers("maker", 3500, func(p *Plan) { p.PauseDays = 60 })
		m := h.subscribes(h.maker.Member, plan)
		lies := func(day, from, to clock.Day) {
			t.Helper()
			a, b := h.now(m).PeriodAt(day.Start(at.Zone).Add(time.Second), at)
			if clock.DayOf(a, at.Zone) != from || clock.DayOf(b, at.Zone) != to {
				t.Errorf("%s lies in %s to %s, want %s to %s", day, clock.DayOf(a, at.Zone), clock.DayOf(b, at.Zone), from, to)
			}
		}
		lies("2027-02-10", "2027-01-31", "2027-02-28")
		lies("2027-02-28", "2027-02-28", "2027-03-31")
		lies("2027-05-15", "2027-04-30", "2027-05-31")
		_, err := h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{Until: "2027-02-10"})
		h.must(err)
		lies("2027-02-12", "2027-01-31", "2027-03-10") // the pause made it longer, and no second allowance
		lies("2027-03-10", "2027-03-10", "2027-04-10")
	})
}
