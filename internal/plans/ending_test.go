package plans

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/money"
)

// What was paid is given back for days that nobody uses: for none of those to the end of
// the period where the membership ends with it, and once where it is ended in between.
func TestACreditIsForDaysThatAreNotUsed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		m := h.subscribes(h.maker.Member, h.offers("maker", 3100, nil))
		h.owed()
		h.at("2027-03-11 09:00")
		_, err := h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Credit: true, Reason: "Asked at the desk."})
		h.must(err)
		if owed := h.owed(); len(owed) != 0 {
			t.Errorf("it runs to the end of what was paid, and %v is given back", owed)
		}
		h.at("2027-03-21 09:00")
		_, err = h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Now: true, Credit: true, Reason: "Moved away."})
		h.must(err)
		if diff := cmp.Diff([]int64{-1100}, h.owed()); diff != "" {
			t.Error(diff)
		}
	})
}

// The days of a pause that are still to come are none that were paid for: whoever ends a
// membership in a pause, or before one, gets back what is left of their days.
func TestACreditLeavesThePauseOut(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.offers("maker", 3100, func(p *Plan) { p.PauseDays = 60 })
		for _, c := range []struct {
			name, now string
			from      clock.Day
			want      int64
			until     clock.Day
		}{
			{"On the first day of it", "2027-01-11 10:00", "", -2100, "2027-02-01"},
			{"In the middle of it", "2027-01-16 10:00", "", -2100, "2027-02-06"},
			{"Before it", "2027-01-11 10:00", "2027-01-20", -2100, "2027-02-01"},
			{"After it", "2027-02-10 10:00", "", -1100, "2027-02-21"},
		} {
			h.at("2027-01-01 09:00")
			m := h.subscribes(h.join(c.name, actor.Member).Member, p)
			h.at("2027-01-11 09:00")
			_, err := h.Pause(h.ctx, h.desk, h.space, m.ID, Pausing{From: c.from, Until: max(c.from, "2027-01-11").Add(20)})
			h.must(err)
			h.owed()
			h.at(c.now)
			_, err = h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Now: true, Credit: true, Reason: "Moved away."})
			h.must(err)
			if diff := cmp.Diff([]int64{c.want}, h.owed()); diff != "" || h.until(m) != c.until {
				t.Errorf("%s: the period ends %s: %s", c.name, h.until(m), diff)
			}
			if pause, on := h.now(m).Coming(h.clock.Now()); on {
				t.Errorf("%s: what has ended is still paused: %+v", c.name, pause)
			}
		}
	})
}

// What a pause moves is settled before another period is bought: else the day that it
// begins on could come twice, and be charged once.
func TestAPeriodIsNotBoughtInAPause(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		m := h.subscribes(h.maker.Member, h.offers("month", 3100, func(p *Plan) { p.Renews, p.PauseDays = false, 40 }))
		_, err := h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{Until: "2027-03-03"})
		h.must(err)
		h.owed()
		_, err = h.Renew(h.ctx, h.maker, h.space, m.ID)
		h.refused(err, ErrPaused)
		_, err = h.Resume(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		for range 2 {
			_, err = h.Renew(h.ctx, h.maker, h.space, m.ID)
			h.must(err)
		}
		if diff := cmp.Diff([]int64{3100, 3100}, h.owed()); diff != "" || h.until(m) < "2027-04-28" {
			t.Errorf("it runs until %s: %s", h.until(m), diff)
		}
	})
}

// Whoever was promised the place of one who leaves gets it: one who has left can't stay
// after all, whichever way they try it.
func TestAPlaceThatIsPromisedIsTaken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		forms := map[string]func(renews Plan) (Membership, func() error){
			"kept": func(p Plan) (Membership, func() error) {
				m := h.subscribes(h.maker.Member, p)
				_, err := h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
				h.must(err)
				return m, func() error { _, err := h.Keep(h.ctx, h.maker, h.space, m.ID); return err }
			},
			"called-off": func(p Plan) (Membership, func() error) {
				m := h.subscribes(h.maker.Member, p)
				next, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: h.offers("other", 100, nil).ID, On: "2027-03-01"})
				h.must(err)
				return m, func() error {
					_, err := h.CancelMembership(h.ctx, h.maker, h.space, next.ID, Cancellation{})
					return err
				}
			},
			"bought": func(p Plan) (Membership, func() error) {
				m := h.subscribes(h.maker.Member, p)
				return m, func() error { _, err := h.Renew(h.ctx, h.maker, h.space, m.ID); return err }
			},
			"given": func(p Plan) (Membership, func() error) {
				m := h.subscribes(h.maker.Member, p)
				return m, func() error { _, err := h.Gift(h.ctx, h.desk, h.space, m.ID, 3, "Thanks."); return err }
			},
			"paused": func(p Plan) (Membership, func() error) {
				m := h.subscribes(h.maker.Member, p)
				return m, func() error {
					_, err := h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{Until: "2027-02-05"})
					return err
				}
			},
		}
		for name, form := range forms {
			h.at("2027-02-01 09:00")
			h.maker = h.join("Mika "+name, actor.Member)
			p := h.offers(name, 3100, func(p *Plan) {
				p.Most, p.PauseDays, p.Renews = 1, 20, name == "kept" || name == "called-off"
			})
			m, longer := form(p)
			if end := h.now(m).EndsAt; end.IsZero() {
				t.Fatalf("%s: it does not end", name)
			}
			next := h.join("Nele "+name, actor.Member)
			_, err := h.Join(h.ctx, next, Joining{Space: h.space, Plan: p.ID, StartsOn: "2027-03-01"})
			h.must(err)
			if err := longer(); !errors.Is(err, ErrPromised) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// One place, and at once one who stays after all and one who joins from when they would
// have left.
func TestWhoStaysAndWhoJoinsRaceForAPlace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 5 {
			h.at("2027-02-01 09:00")
			p := h.offers("few-"+string(rune('a'+i)), 3100, func(p *Plan) { p.Most = 1 })
			stays, joins := h.join("Mika "+p.Code, actor.Member), h.join("Nele "+p.Code, actor.Member)
			m := h.subscribes(stays.Member, p)
			_, err := h.CancelMembership(h.ctx, stays, h.space, m.ID, Cancellation{})
			h.must(err)
			done, _ := atOnce(2, func(i int) error {
				if i == 0 {
					_, err := h.Keep(h.ctx, stays, h.space, m.ID)
					return err
				}
				_, err := h.Join(h.ctx, joins, Joining{Space: h.space, Plan: p.ID, StartsOn: "2027-03-01"})
				return err
			}, ErrFull)
			if done != 1 {
				t.Errorf("%d of them have the place", done)
			}
		}
	})
}

// Whom a team's limit keeps from starting a plan does not start or buy it by renewing.
func TestWhoseSpendingIsLimitedDoesNotRenew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		chief := h.join("Cleo Chief", actor.Member).Member
		m := h.subscribes(h.maker.Member, h.offers("month", 3100, func(p *Plan) { p.Renews = false }))
		h.payers[h.maker.Member] = Payer{Member: chief, Name: "Cleo Chief", Team: "Chiefs", Limited: true}
		h.owed()
		for _, at := range []string{"2027-02-10 09:00", "2027-03-10 09:00"} {
			h.at(at)
			_, err := h.Renew(h.ctx, h.maker, h.space, m.ID)
			h.refused(err, ErrTeamLimits)
			if owed := h.owed(); len(owed) != 0 {
				t.Errorf("the team pays %v", owed)
			}
		}
		_, err := h.Renew(h.ctx, h.desk, h.space, m.ID)
		h.must(err)
	})
}

// What goes wrong with one membership is told, and the others are seen to.
func TestOneBadMembershipStopsNoOther(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		p := h.offers("maker", 3100, nil)
		bad, good := h.subscribes(h.maker.Member, p), h.subscribes(h.join("Nele", actor.Member).Member, p)
		h.charges = []Charge{{Cause: "membership", CauseID: bad.ID, From: "2027-03-01"}} // it does not match
		h.at("2027-03-01 09:00")
		for range 2 {
			if err := h.RenewDue(h.ctx); err == nil {
				t.Error("nothing is said of the bad one")
			}
		}
		if h.until(good) != "2027-04-01" || h.until(bad) != "2027-03-01" {
			t.Errorf("the good one runs until %s, the bad one until %s", h.until(good), h.until(bad))
		}
	})
}

// The amounts of a plan that are asked for together are never too much for one charge.
func TestThePricesOfAPlanCanBeSummed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.AddPlan(h.ctx, h.manager, Plan{SpaceID: h.space, Code: "gold", Name: i18n.Text{EN: "Gold"}, PriceGroup: "member", Currency: "EUR", PriceMinor: money.Max, SetupMinor: 1})
		h.refused(err, ErrPlanPrice)
	})
}

// The staff starts a plan from today on; what ran already comes by an import.
func TestTheStaffStartsAPlanFromTodayOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.offers("day", 500, func(p *Plan) { p.Period = Day })
		for _, from := range []string{"2000-01-01", "2027-02-28", "2028-03-03"} {
			st := Start{Space: h.space, Member: h.maker.Member, Plan: p.ID, From: clock.Day(from).Start(time.UTC)}
			_, err := h.Subscribe(h.ctx, h.desk, st)
			h.refused(err, ErrStartsBad)
			_, err = h.Preview(h.ctx, h.desk, st)
			h.refused(err, ErrStartsBad)
		}
		_, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: h.maker.Member, Plan: p.ID, From: h.clock.Now().Add(-time.Hour)})
		h.must(err)
	})
}

// The deposit of a plan that is tried out and the one of the plan that follows it are one.
func TestAPlanThatFollowsATrialTakesNoSecondDeposit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		deposit := func(p *Plan) { p.DepositMinor = 5000 }
		next := h.offers("next", 3100, deposit)
		tried := h.offers("tried", 3100, func(p *Plan) { p.TrialDays, p.DepositMinor = 14, 5000 })
		for _, on := range []clock.Day{"2027-02-10", "2027-03-02"} { // in the trial, and after it
			h.at("2027-02-01 09:00")
			who := h.join("Nele "+string(on), actor.Member)
			m := h.subscribes(who.Member, tried)
			_, _, err := h.change(who, h.space, m.ID, Changing{Plan: next.ID, On: on})
			h.must(err)
			h.at("2027-03-10 09:00")
			h.must(h.RenewDue(h.ctx))
			if _, held := h.sum(); held != 5000 {
				t.Errorf("changed on %s: %d are held", on, held)
			}
			h.charges = nil
		}
	})
}

// Whoever has planned a pause, or waits for a plan, is erased like everybody.
func TestWhoIsErasedHasNoPlanAheadAndWaitsForNone(t *testing.T) {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	each(t, func(t *testing.T, h *house) {
		p := h.offers("maker", 3500, func(p *Plan) { p.PauseDays = 30 })
		m, err := h.Subscribe(h.ctx, actor.House, Start{Space: h.space, Member: h.maker.Member, Plan: p.ID, From: h.clock.Now().Add(10 * 24 * time.Hour)})
		h.must(err)
		from := clock.DayOf(m.StartsAt, berlin).Add(2)
		_, err = h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{From: from, Until: from.Add(5)})
		h.must(err)
		h.must(h.Erase(h.ctx, h.maker.Member))
		runs, err := h.Runs(h.ctx, actor.House, h.space, h.maker.Member)
		h.must(err)
		if len(runs) != 0 {
			t.Errorf("there is still %+v", runs)
		}
	})
}

// A pass that was bought for one period is over when that is.
func TestAPassThatIsBroughtIsOverWhenItWas(t *testing.T) {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	each(t, func(t *testing.T, h *house) {
		p := h.offers("week", 900, func(p *Plan) { p.Period, p.Renews = Week, false })
		from := h.clock.Now().Add(-100 * 24 * time.Hour)
		m, err := h.Bring(h.ctx, actor.House, Brought{Space: h.space, Member: h.maker.Member, Plan: p.ID, From: from})
		h.must(err)
		if want := clock.DayOf(from, berlin).Add(7).Start(berlin); !m.EndsAt.Equal(want) {
			t.Errorf("it ends on %s, want %s", m.EndsAt, want)
		}
	})
}
