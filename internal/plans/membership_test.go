package plans

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

func TestAMembershipRenewsOnItsDayAndIsChargedOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-01-31 18:00")
		m := h.subscribes(h.maker.Member, h.offers("maker", 3500, nil))
		for _, c := range []struct {
			at    string
			until clock.Day
			owed  []int64
		}{
			{"2027-02-27 23:59", "2027-02-28", []int64{3500}},
			{"2027-02-28 00:00", "2027-03-31", []int64{3500}},
			{"2027-02-28 00:05", "2027-03-31", nil},
			{"2027-06-29 12:00", "2027-06-30", []int64{3500, 3500, 3500}}, // nobody ran it for three months
			{"2028-02-29 00:00", "2028-03-31", []int64{3500, 3500, 3500, 3500, 3500, 3500, 3500, 3500, 3500}},
		} {
			h.at(c.at)
			h.must(h.RenewDue(h.ctx))
			h.must(h.RenewDue(h.ctx))
			if got := h.until(m); got != c.until {
				t.Errorf("at %s it runs until %s, want %s", c.at, got, c.until)
			}
			if diff := cmp.Diff(c.owed, h.owed()); diff != "" {
				t.Errorf("at %s: %s", c.at, diff)
			}
		}
	})
}

func TestAYearBoughtIsAYear(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-11 10:00")
		year := h.offers("year", 39000, func(p *Plan) { p.Period, p.Renews = Year, false })
		m := h.subscribes(h.maker.Member, year)
		if r := h.now(m); h.until(m) != "2028-02-11" || !r.EndsAt.Equal(r.PeriodTo) {
			t.Errorf("%+v", r.Membership)
		}
		h.at("2028-02-11 00:01")
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]string{"Your membership year has begun", "Your membership year has ended"}, h.deliver()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int64{39000}, h.owed()); diff != "" {
			t.Error(diff)
		}
	})
}

// The example that the rules of money are told by.
func TestAChangeInThePeriodChargesWhatItsPreviewSays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		maker, pro := h.offers("maker", 3500, nil), h.offers("pro", 6000, nil)
		m := h.subscribes(h.maker.Member, maker)
		h.owed()
		h.at("2027-02-05 09:00")
		c := Changing{Plan: pro.ID, On: "2027-02-11"}
		bill, err := h.PreviewChange(h.ctx, h.maker, h.space, m.ID, c)
		h.must(err)
		want := []Line{
			{Code: LineCredit, Name: maker.Name, From: "2027-02-11", To: "2027-03-01", Days: 18, Of: 28, Amount: money.Of(-2250, "EUR")},
			{Code: LinePart, Name: pro.Name, From: "2027-02-11", To: "2027-03-01", Days: 18, Of: 28, Amount: money.Of(3857, "EUR")},
		}
		if diff := cmp.Diff(want, bill.Lines); diff != "" || bill.Total.Minor != 1607 {
			t.Errorf("%v: %s", bill.Total, diff)
		}
		if len(h.charges) != 0 {
			t.Error("the preview charged something")
		}
		next, charged, err := h.change(h.maker, h.space, m.ID, c)
		h.must(err)
		if diff := cmp.Diff(bill, charged); diff != "" {
			t.Errorf("charged otherwise than shown: %s", diff)
		}
		if len(h.charges) != 1 || h.charges[0].DueOn != "2027-02-11" {
			t.Errorf("charges %+v", h.charges)
		}
		if diff := cmp.Diff([]int64{1607}, h.owed()); diff != "" {
			t.Error(diff)
		}
		for at, code := range map[string]string{"2027-02-10 23:59": "maker", "2027-02-11 00:00": "pro"} {
			h.at(at)
			if terms, _ := h.Terms(h.ctx, h.maker.Member, h.space, h.clock.Now()); terms.PlanCode != code {
				t.Errorf("at %s the plan is %q, want %s", at, terms.PlanCode, code)
			}
		}
		h.at("2027-03-01 00:00")
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]int64{6000}, h.owed()); diff != "" || h.until(next) != "2027-04-01" {
			t.Errorf("renews until %s: %s", h.until(next), diff)
		}
	})
}

func TestAChangeThatIsCalledOffIsNotPaidFor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		maker, pro := h.offers("maker", 3500, nil), h.offers("pro", 6000, nil)
		m := h.subscribes(h.maker.Member, maker)
		next, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: pro.ID, On: "2027-02-11"})
		h.must(err)
		h.owed()
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.refused(err, ErrEndsItself)
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, next.ID, Cancellation{})
		h.must(err)
		if r := h.now(m); !r.EndsAt.IsZero() {
			t.Errorf("it still ends at %s", r.EndsAt)
		}
	})
}

// What was bought for a time, or cancelled to a day, ends then again where the change
// that ended it earlier is called off.
func TestAChangeThatIsCalledOffLeavesTheEndThatWas(t *testing.T) {
	for name, cancelled := range map[string]bool{"bought for a quarter": false, "cancelled to its end": true} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				h.at("2027-01-01 09:00")
				quarter, pro := h.offers("quarter", 30000, func(p *Plan) { p.PeriodCount, p.Renews = 3, cancelled }), h.offers("pro", 6000, nil)
				m := h.subscribes(h.maker.Member, quarter)
				if cancelled {
					_, err := h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
					h.must(err)
				}
				was := h.now(m).EndsAt
				h.owed()
				next, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: pro.ID, On: "2027-02-01"})
				h.must(err)
				_, err = h.CancelMembership(h.ctx, h.maker, h.space, next.ID, Cancellation{})
				h.must(err)
				if r := h.now(m); was.IsZero() || !r.EndsAt.Equal(was) {
					t.Errorf("it ends at %s, and ended at %s", r.EndsAt, was)
				}
			})
		})
	}
}

func TestChangingToAnotherPeriodBeginsAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-04-01 09:00")
		maker, year := h.offers("maker", 3000, nil), h.offers("year", 30000, func(p *Plan) { p.Period = Year })
		m := h.subscribes(h.maker.Member, maker)
		h.owed()
		h.at("2027-04-11 09:00")
		next, bill, err := h.change(h.maker, h.space, m.ID, Changing{Plan: year.ID})
		h.must(err)
		if diff := cmp.Diff([]int64{28000}, h.owed()); diff != "" || h.until(next) != "2028-04-11" {
			t.Errorf("until %s, %+v: %s", h.until(next), bill, diff)
		}
	})
}

func TestPartsOfAPeriodSumToTheWhole(t *testing.T) {
	zone, _ := time.LoadLocation("Europe/Berlin")
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Int64Range(0, 1_000_000).Draw(t, "price")
		anchor := clock.Day("2027-01-01").Add(rapid.IntRange(0, 800).Draw(t, "anchor"))
		m := Membership{Anchor: anchor, Period: Month, PeriodCount: 1, PriceMinor: price, Currency: "EUR", Renews: true, StartsAt: anchor.Start(zone), PeriodTo: anchor.Start(zone)}
		m = m.next(zone)
		days := int(m.PeriodDays)
		same := Plan{ID: "p", Period: Month, PeriodCount: 1, PriceMinor: price, Currency: "EUR", Renews: true}
		used := rapid.IntRange(0, days-1).Draw(t, "used")
		b := beginning{plan: same, price: money.Of(price, "EUR"), from: anchor.Add(used).Start(zone), old: &Run{Membership: m, Plan: same}, zone: zone}
		next, bill, err := b.reckon(Membership{})
		if err != nil || bill.Total.Minor != 0 {
			t.Fatalf("a change to what costs the same costs %v, %v", bill, err)
		}
		if !next.PeriodTo.Equal(m.PeriodTo) || next.PeriodMinor < 0 || next.PeriodMinor > price {
			t.Fatalf("%+v", next)
		}
	})
}

func TestWhatAPlanCostsLaterChangesNoMembershipThatRuns(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.offers("maker", 3500, func(p *Plan) { p.Prices = Prices{{"student", 1900}} })
		m := h.subscribes(h.maker.Member, p)
		student, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: h.desk.Member, Plan: p.ID, Group: "student", Proof: true})
		h.must(err)
		p.PriceMinor, p.Prices, p.Period = 9900, Prices{{"student", 5000}}, Year
		_, err = h.EditPlan(h.ctx, h.manager, p)
		h.must(err)
		h.owed()
		h.clock.Advance(31 * 24 * time.Hour)
		h.must(h.RenewDue(h.ctx))
		got := h.owed()
		if len(got) != 2 || got[0]+got[1] != 3500+1900 {
			t.Errorf("charged %v", got)
		}
		if h.now(m).PriceMinor != 3500 || h.now(student).PriceMinor != 1900 {
			t.Error("a price moved")
		}
	})
}

func TestTheLastPlaceGoesToOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.offers("few", 3500, func(p *Plan) { p.Most = 3 })
		var people []actor.Actor
		for i := range 12 {
			people = append(people, h.join(fmt.Sprint("Racer ", i), actor.Member))
		}
		made, full := atOnce(12, func(i int) error {
			_, err := h.Join(h.ctx, people[i], Joining{Space: h.space, Plan: p.ID})
			return err
		}, ErrFull)
		if made != 3 || full != 9 || len(h.owed()) != 3 {
			t.Errorf("%d joined and %d found it full; want 3 and 9", made, full)
		}
		late := h.join("Late", actor.Member)
		_, err := h.PreviewJoin(h.ctx, late, Joining{Space: h.space, Plan: p.ID})
		h.refused(err, ErrFull)
		_, err = h.Preview(h.ctx, h.desk, Start{Space: h.space, Member: late.Member, Plan: p.ID})
		h.refused(err, ErrFull)
	})
}

func TestATrialIsFreeAndThenItIsPaid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		p := h.offers("maker", 3500, func(p *Plan) { p.TrialDays, p.SetupMinor, p.DepositMinor = 14, 1000, 5000 })
		done, err := h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: p.ID})
		h.must(err)
		if got := h.owed(); len(got) != 0 || h.until(done.Membership) != "2027-03-15" {
			t.Errorf("a trial until %s that costs %v", h.until(done.Membership), got)
		}
		h.at("2027-03-15 00:00")
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]int64{4500, 5000}, h.owed()); diff != "" || h.until(done.Membership) != "2027-04-15" {
			t.Error(diff)
		}
		h.at("2027-04-15 00:00")
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]int64{3500}, h.owed()); diff != "" {
			t.Error(diff)
		}
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, done.Membership.ID, Cancellation{Now: true})
		h.must(err)
		h.clock.Advance(time.Hour)
		_, err = h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: p.ID})
		h.must(err)
		if diff := cmp.Diff([]int64{3500}, h.owed()); diff != "" {
			t.Errorf("whoever comes back tries it again: %s", diff)
		}
	})
}

func TestAPauseMovesTheEndOfThePeriodAndHasItsLimits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		p := h.offers("maker", 3500, func(p *Plan) { p.PauseDays, p.PauseLongest = 30, 20 })
		m := h.subscribes(h.maker.Member, p)
		h.at("2027-03-10 09:00")
		pause := func(by actor.Actor, from, until clock.Day, reason string) error {
			_, err := h.Pause(h.ctx, by, h.space, m.ID, Pausing{From: from, Until: until, Reason: reason})
			return err
		}
		later := h.join("Later", actor.Member)
		run, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: later.Member, Plan: p.ID, From: clock.Day("2027-03-20").Start(time.UTC)})
		h.must(err)
		_, err = h.Pause(h.ctx, later, h.space, run.ID, Pausing{From: "2027-03-12", Until: "2027-03-15"})
		h.refused(err, ErrPauseEarly)
		h.refused(pause(h.maker, "", "2027-04-10", ""), ErrPauseLong)
		h.refused(pause(h.maker, "2027-03-09", "2027-03-12", ""), ErrPauseBad)
		h.refused(pause(h.maker, "2027-03-12", "2027-03-12", ""), ErrPauseBad)
		h.refused(pause(h.maker, "2027-04-01", "2027-04-12", ""), ErrPauseLate)
		h.must(pause(h.maker, "", "2027-03-20", ""))
		h.refused(pause(h.maker, "2027-03-25", "2027-03-28", ""), ErrPaused)
		if h.until(m) != "2027-04-11" {
			t.Errorf("it ends %s", h.until(m))
		}
		terms, err := h.Terms(h.ctx, h.maker.Member, h.space, h.clock.Now())
		h.must(err)
		if terms.Active() || terms.PriceGroup != Guest {
			t.Errorf("a paused membership runs: %+v", terms)
		}
		h.at("2027-03-15 12:00")
		_, err = h.Resume(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		if h.until(m) != "2027-04-06" { // five days were used
			t.Errorf("after an early end it ends %s", h.until(m))
		}
		_, err = h.Resume(h.ctx, h.maker, h.space, m.ID)
		h.refused(err, ErrNotPaused)
		h.must(pause(h.maker, "2027-03-16", "2027-04-05", ""))
		h.at("2027-04-06 12:00")
		h.refused(pause(h.maker, "", "2027-04-12", ""), ErrPauseUsed)
		h.refused(pause(h.desk, "", "2027-05-20", ""), ErrPauseLong)
		h.must(pause(h.desk, "", "2027-05-20", "In hospital."))
		h.at("2027-07-01 12:00")
		h.must(h.RenewDue(h.ctx))
		if h.until(m) != "2027-07-09" {
			t.Errorf("in summer it runs until %s", h.until(m))
		}
		none := h.subscribes(h.desk.Member, h.offers("none", 100, nil))
		_, err = h.Pause(h.ctx, h.maker, h.space, none.ID, Pausing{Until: "2027-07-10"})
		h.refused(err, ErrNoSuchMembership)
	})
}

func TestAMembershipIsCancelledWithNoticeAndTerm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-01-31 09:00")
		p := h.offers("maker", 3500, func(p *Plan) { p.MinPeriods, p.NoticeDays = 3, 14 })
		m := h.subscribes(h.maker.Member, p)
		_, err := h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{Now: true, Aside: true, Reason: "I want to"})
		h.refused(err, ErrTerm)
		r, err := h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		if zone, _ := time.LoadLocation("Europe/Berlin"); clock.DayOf(r.EndsAt, zone) != "2027-04-30" {
			t.Errorf("it ends %s", r.EndsAt)
		}
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.refused(err, ErrCancelled)
		r, err = h.Keep(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		if !r.EndsAt.IsZero() {
			t.Errorf("renewed, it ends %s", r.EndsAt)
		}
		_, err = h.Keep(h.ctx, h.maker, h.space, m.ID)
		h.refused(err, ErrRenewed)

		h.at("2027-05-20 09:00") // 11 days before the period ends, so the next one counts
		h.must(h.RenewDue(h.ctx))
		h.owed()
		r, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		if zone, _ := time.LoadLocation("Europe/Berlin"); clock.DayOf(r.EndsAt, zone) != "2027-06-30" {
			t.Errorf("with notice it ends %s", r.EndsAt)
		}
		_, err = h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Now: true, Aside: true})
		h.refused(err, ErrReasonMissing)
		_, err = h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Now: true, Aside: true, Credit: true, Reason: "Moved away."})
		h.must(err)
		if diff := cmp.Diff([]int64{-1242}, h.owed()); diff != "" { // 11 of the 31 days from 30 April
			t.Error(diff)
		}
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.refused(err, ErrRunEnded)
		h.clock.Advance(time.Minute)
		h.must(h.RenewDue(h.ctx))
		if len(h.lapses) != 1 {
			t.Errorf("bookings were looked at %d times", len(h.lapses))
		}
		back, err := h.Renew(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		if back.ID == m.ID || !back.Runs(h.clock.Now()) {
			t.Errorf("came back with %+v", back)
		}
	})
}

func TestAReminderComesOnceBeforeThePeriodEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		m := h.subscribes(h.maker.Member, h.offers("maker", 3500, nil))
		h.subscribes(h.desk.Member, h.offers("day", 1500, func(p *Plan) { p.Period, p.Renews = Day, false }))
		h.deliver()
		h.at("2027-03-24 12:00")
		h.must(h.RenewDue(h.ctx))
		h.deliver()
		h.at("2027-03-26 09:00")
		h.must(h.RenewDue(h.ctx))
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]string{"Your membership maker renews soon"}, h.deliver()); diff != "" {
			t.Error(diff)
		}
		_, err := h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		h.at("2027-04-01 00:00")
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]string{"Your membership maker is cancelled", "Your membership maker has ended"}, h.deliver()); diff != "" {
			t.Error(diff)
		}
		h.must(h.Set(h.ctx, h.manager, Settings{SpaceID: h.space, OnLapse: Cancel, ReminderDays: 3}))
		h.refused(h.Set(h.ctx, h.desk, Settings{SpaceID: h.space, OnLapse: Cancel}), actor.ErrForbidden)
	})
}

func TestWhoMayBuyWhatAndWhoWaits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		join := func(p Plan, change func(*Joining)) (Joined, error) {
			j := Joining{Space: h.space, Plan: p.ID}
			if change != nil {
				change(&j)
			}
			return h.Join(h.ctx, h.maker, j)
		}
		_, err := join(h.offers("staff", 100, func(p *Plan) { p.Audience = StaffOnly }), nil)
		h.refused(err, ErrStaffStarts)
		invited := h.offers("invited", 100, func(p *Plan) { p.Audience = Invitation })
		_, err = join(invited, nil)
		h.refused(err, ErrInvitation)
		_, err = join(h.offers("later", 100, func(p *Plan) { p.SoldFrom = "2027-04-01" }), nil)
		h.refused(err, ErrNotOnSale)
		gone := h.offers("gone", 100, nil)
		_, err = h.Archive(h.ctx, h.manager, h.space, gone.ID)
		h.must(err)
		_, err = h.Archive(h.ctx, h.manager, h.space, gone.ID)
		h.refused(err, ErrArchivedAlready)
		_, err = join(gone, nil)
		h.refused(err, ErrArchived)
		_, err = join(h.offers("maker", 100, nil), func(j *Joining) { j.Group = "student" })
		h.refused(err, ErrNoSuchGroup)
		little := int64(400)
		can := h.offers("can", 1500, func(p *Plan) { p.FreePrice, p.FloorMinor = true, 500 })
		_, err = join(can, func(j *Joining) { j.Amount = &little })
		h.refused(err, ErrTooLittle)

		student := h.offers("student", 4900, func(p *Plan) { p.Prices = Prices{{"teacher", 1900}} })
		asked, err := join(student, func(j *Joining) { j.Group, j.Note = "teacher", "Card of the university" })
		h.must(err)
		if !asked.Waits() || asked.Membership.ID != "" {
			t.Errorf("a concession without proof: %+v", asked)
		}
		_, err = join(student, func(j *Joining) { j.Group = "teacher" })
		h.refused(err, ErrWaiting)
		waiting, total, err := h.Waiting(h.ctx, h.desk, h.space, 0, 0)
		h.must(err)
		if len(waiting) != 1 || total != 1 || waiting[0].Name != "Mika Maker" || waiting[0].PriceMinor != 1900 {
			t.Errorf("waiting: %+v", waiting)
		}
		_, err = h.Approve(h.ctx, h.maker, h.space, asked.Application.ID, true, "")
		h.refused(err, actor.ErrForbidden)
		_, err = h.Approve(h.ctx, h.desk, h.space, asked.Application.ID, false, "")
		h.refused(err, ErrProof)
		m, err := h.Approve(h.ctx, h.desk, h.space, asked.Application.ID, true, "")
		h.must(err)
		_, err = h.Approve(h.ctx, h.desk, h.space, asked.Application.ID, true, "")
		h.refused(err, ErrDecided)
		if diff := cmp.Diff([]int64{1900}, h.owed()); diff != "" {
			t.Error(diff)
		}
		_, err = join(invited, func(j *Joining) { j.Code = invited.Invite })
		h.refused(err, ErrRuns)
		_, _, err = h.change(h.maker, h.space, m.ID, Changing{Plan: student.ID})
		h.refused(err, ErrSamePlan)
		other := h.join("Olaf Other", actor.Member)
		asks := h.offers("asks", 100, func(p *Plan) { p.Approval = true })
		asked, err = h.Join(h.ctx, other, Joining{Space: h.space, Plan: asks.ID})
		h.must(err)
		h.refused(h.Decline(h.ctx, h.desk, h.space, asked.Application.ID, " "), ErrReasonMissing)
		h.must(h.Decline(h.ctx, h.desk, h.space, asked.Application.ID, "We are full until May."))
		if diff := cmp.Diff([]string{"Approved: Your membership student has begun", "About your wish for asks"}, h.deliver()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMembershipsFromBeforePeriodsWereCountedGoOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2026-11-10 09:00")
		m := h.subscribes(h.maker.Member, h.offers("maker", 3500, nil))
		h.owed()
		h.must(h.DB.Tx(h.ctx, func(ctx context.Context) error {
			return h.DB.In(ctx).Exec("UPDATE memberships SET anchor = '', turn = 0, period_from = NULL, period_to = NULL, period_days = 0, period_minor = 0 WHERE id = ?", m.ID).Error
		}))
		h.at("2027-03-01 09:00")
		h.must(h.RenewDue(h.ctx))
		if got := h.owed(); len(got) != 0 || h.until(m) != "2027-03-10" {
			t.Errorf("until %s, charged %v", h.until(m), got)
		}
		h.at("2027-03-10 09:00")
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]int64{3500}, h.owed()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestGivenDaysAreFree(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		m := h.subscribes(h.maker.Member, h.offers("maker", 3500, nil))
		h.owed()
		_, err := h.Gift(h.ctx, h.maker, h.space, m.ID, 7, "for me")
		h.refused(err, actor.ErrForbidden)
		_, err = h.Gift(h.ctx, h.desk, h.space, m.ID, 0, "x")
		h.refused(err, ErrDaysBad)
		_, err = h.Gift(h.ctx, h.desk, h.space, m.ID, 7, "The laser was broken for a week.")
		h.must(err)
		if got := h.owed(); len(got) != 0 || h.until(m) != "2027-04-08" {
			t.Errorf("until %s for %v", h.until(m), got)
		}
	})
}

func TestWhatIsWrongWithAPlanIsSaid(t *testing.T) {
	good := Plan{ID: id.New(), Code: "x", Name: i18n.Text{EN: "X"}, PriceGroup: "member", Currency: "EUR"}.normal()
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Plan){
		"no name":         func(p *Plan) { p.Name = i18n.Text{} },
		"a negative fee":  func(p *Plan) { p.SetupMinor = -1 },
		"no such period":  func(p *Plan) { p.Period = "fortnight" },
		"99 months":       func(p *Plan) { p.PeriodCount = 99 },
		"no such buyers":  func(p *Plan) { p.Audience = "friends" },
		"a sale backward": func(p *Plan) { p.SoldFrom, p.SoldTo = "2027-03-02", "2027-03-01" },
		"no such day":     func(p *Plan) { p.SoldFrom = "2027-02-30" },
		"hours backward":  func(p *Plan) { p.Includes.FromMin, p.Includes.ToMin = 600, 540 },
		"a group twice":   func(p *Plan) { p.Prices = Prices{{"a", 1}, {"a", 2}} },
		"a floor too high": func(p *Plan) {
			p.FreePrice, p.FloorMinor, p.PriceMinor = true, 500, 400
		},
		"minus one place":     func(p *Plan) { p.Most = -1 },
		"a floor for nobody":  func(p *Plan) { p.FloorMinor = 500 },
		"a pause too long":    func(p *Plan) { p.PauseDays, p.PauseLongest = 10, 20 },
		"an eighth day":       func(p *Plan) { p.Includes.Weekdays = 1 << 7 },
		"a code of two lines": func(p *Plan) { p.Code = "a\nb" },
	} {
		p := good
		change(&p)
		if p.check() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// What was bought is one period however long a pause makes it, and two when it was
// renewed by hand.
func TestAPauseOfWhatDoesNotRenewBeginsNoSecondPeriod(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 00:00")
		at, err := h.Space(h.ctx, h.space)
		h.must(err)
		for _, c := range []struct {
			name  string
			until clock.Day // of the pause
			again bool
			want  []clock.Day
		}{
			{"ten days", "2027-03-20", false, []clock.Day{"2027-03-01", "2027-04-11"}},
			{"longer than a period", "2027-04-24", false, []clock.Day{"2027-03-01", "2027-05-16"}},
			{"renewed by hand", "2027-03-20", true, []clock.Day{"2027-03-01", "2027-04-11", "2027-05-11"}},
		} {
			p := h.offers("month-"+strings.ReplaceAll(c.name, " ", "-"), 3500, func(p *Plan) { p.Renews, p.PauseDays = false, 60 })
			m := h.subscribes(h.join(c.name, actor.Member).Member, p)
			_, err := h.Pause(h.ctx, h.desk, h.space, m.ID, Pausing{From: "2027-03-10", Until: c.until})
			h.must(err)
			if c.again {
				h.at(string(c.until) + " 09:00") // once the pause is over
				_, err := h.Renew(h.ctx, h.desk, h.space, m.ID)
				h.must(err)
			}
			got := []clock.Day{c.want[0]}
			for day := c.want[0]; day < c.want[len(c.want)-1]; day = day.Add(1) {
				from, to := h.now(m).PeriodAt(day.Start(at.Zone).Add(time.Hour), at)
				if clock.DayOf(from, at.Zone) != got[len(got)-1] && clock.DayOf(from, at.Zone) != got[max(0, len(got)-2)] {
					t.Fatalf("%s: on %s the period begins on %s", c.name, day, clock.DayOf(from, at.Zone))
				}
				if end := clock.DayOf(to, at.Zone); end != got[len(got)-1] {
					got = append(got, end)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
	})
}

// A renewal is charged to who pays by then, and what is given back to who paid.
func TestWhoPaysIsAskedForEachCharge(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		plan, chief := h.offers("maker", 3100, func(p *Plan) { p.DepositMinor = 5000 }), h.join("Cleo Chief", actor.Member).Member
		m := h.subscribes(h.maker.Member, plan)
		h.payers[h.maker.Member] = Payer{Member: chief, Name: "Cleo Chief", Team: "Chiefs", Limited: true}
		h.at("2027-03-01 09:00")
		h.must(h.RenewDue(h.ctx))
		_, err := h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Now: true, Aside: true, Credit: true, Reason: "Moved away."})
		h.must(err)
		h.at("2027-03-01 10:00")
		h.must(h.RenewDue(h.ctx))
		var payers []id.ID
		for _, c := range h.charges {
			if payers = append(payers, c.Payer); c.Member != h.maker.Member {
				t.Errorf("for somebody else: %+v", c)
			}
		}
		if diff := cmp.Diff([]id.ID{h.maker.Member, h.maker.Member, chief, "", ""}, payers); diff != "" {
			t.Errorf("fee, deposit, renewal, credit and deposit back: %s", diff)
		}
		if back := h.charges[4]; !back.Settles || h.charges[3].Settles {
			t.Errorf("the deposit is not given back: %+v", back)
		}
		other := h.offers("pro", 6000, nil)
		_, err = h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: other.ID})
		h.refused(err, ErrTeamLimits)
		bill, err := h.Preview(h.ctx, h.desk, Start{Space: h.space, Member: h.maker.Member, Plan: other.ID})
		if err != nil || bill.Payer.Name != "Cleo Chief" {
			t.Errorf("the staff is told that %+v pays: %v", bill.Payer, err)
		}
	})
}

// Who paid for days that are not used gets them back, though another pays for the plan
// that takes their place; and pays them again where that is called off.
func TestAChangeGivesBackToWhoPaidBefore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		small, big := h.offers("small", 3500, nil), h.offers("big", 6000, nil)
		chief := h.join("Cleo Chief", actor.Member).Member
		m := h.subscribes(h.maker.Member, small)
		h.payers[h.maker.Member] = Payer{Member: chief, Name: "Cleo Chief", Team: "Chiefs"}
		h.at("2027-02-10 09:00")
		wish := Changing{Plan: big.ID, On: "2027-02-11"}
		bill, err := h.PreviewChange(h.ctx, h.desk, h.space, m.ID, wish)
		h.must(err)
		if bill.Total.Minor != 3857 || bill.Back.Amount.Minor != -2250 || bill.BackTo.Member != h.maker.Member || len(bill.Lines) != 1 {
			t.Errorf("the preview says %+v", bill)
		}
		later, _, err := h.change(h.desk, h.space, m.ID, wish)
		h.must(err)
		owed := func() map[id.ID]int64 {
			sums := map[id.ID]int64{}
			for _, c := range h.charges {
				sums[c.Payer] += c.Amount.Minor
			}
			return sums
		}
		if diff := cmp.Diff(map[id.ID]int64{h.maker.Member: 3500 - 2250, chief: 3857}, owed()); diff != "" {
			t.Errorf("after the change: %s", diff)
		}
		_, err = h.CancelMembership(h.ctx, h.desk, h.space, later.ID, Cancellation{})
		h.must(err)
		if diff := cmp.Diff(map[id.ID]int64{h.maker.Member: 3500, chief: 0}, owed()); diff != "" {
			t.Errorf("once it is called off: %s", diff)
		}
	})
}

// Who cancels while trying it out pays nothing, whatever notice and term the plan has;
// taking that back is no renewal.
func TestATrialCanBeLeftFree(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		p := h.offers("maker", 4900, func(p *Plan) { p.TrialDays, p.NoticeDays, p.MinPeriods = 7, 14, 3 })
		m := h.subscribes(h.maker.Member, p)
		h.at("2027-02-03 09:00")
		r, err := h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		if !r.EndsAt.Equal(m.TrialEndsAt) {
			t.Errorf("the trial ends at %v, and it at %v", m.TrialEndsAt, r.EndsAt)
		}
		h.deliver()
		h.jobs = nil
		_, err = h.Keep(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		if diff := cmp.Diff([]string{"Your membership maker goes on"}, h.deliver()); diff != "" {
			t.Errorf("taking the cancellation back: %s", diff)
		}
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		h.at("2027-04-01 09:00")
		h.must(h.RenewDue(h.ctx))
		if owed := h.owed(); len(owed) != 0 {
			t.Errorf("who left the trial owes %v", owed)
		}
	})
}
