package plans

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/i18n"
)

// Somebody who has a plan asks for one that the staff says yes to: they keep what they
// have until then, and what the change costs is reckoned when the answer comes.
func TestAChangeThatNeedsAYesWaitsForIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		maker, pro := h.offers("maker", 3500, nil), h.offers("pro", 6000, func(p *Plan) { p.Approval = true })
		m := h.subscribes(h.maker.Member, maker)
		h.deliver()
		h.owed()
		h.at("2027-02-05 09:00")
		wish := Changing{Plan: pro.ID, Note: "I build boats."}
		shown, err := h.PreviewChange(h.ctx, h.maker, h.space, m.ID, wish)
		h.must(err)
		if !shown.Asks || shown.Total.Minor != 2143 { // 24 of 28 days: 51.43 less 30.00
			t.Errorf("the preview says %+v", shown)
		}
		asked, bill, err := h.Change(h.ctx, h.maker, h.space, m.ID, wish)
		h.must(err)
		if diff := cmp.Diff(shown, bill); diff != "" || !asked.Waits() || asked.Application.MembershipID != m.ID {
			t.Errorf("asked with %+v: %s", asked.Application, diff)
		}
		if got := h.owed(); len(got) != 0 || h.now(m).PlanID != maker.ID || !h.now(m).EndsAt.IsZero() {
			t.Errorf("asking changed something: charged %v, %+v", got, h.now(m).Membership)
		}
		_, err = h.PreviewChange(h.ctx, h.maker, h.space, m.ID, wish)
		h.refused(err, ErrWaiting)
		other := h.offers("other", 100, func(p *Plan) { p.Approval = true })
		_, _, err = h.Change(h.ctx, h.maker, h.space, m.ID, Changing{Plan: other.ID})
		h.refused(err, ErrWaiting)

		h.at("2027-02-11 09:00")
		waiting, _, err := h.Waiting(h.ctx, h.desk, h.space, 0, 0)
		h.must(err)
		if len(waiting) != 1 || waiting[0].Was.ID != maker.ID || waiting[0].Note != "I build boats." || waiting[0].Against != nil {
			t.Fatalf("the staff sees %+v", waiting)
		}
		_, err = h.Approve(h.ctx, h.desk, h.space, asked.Application.ID, false, "")
		h.must(err)
		if len(h.charges) != 1 || waiting[0].Bill.Total.Minor != 1607 {
			t.Errorf("the staff saw %+v, charged was %+v", waiting[0].Bill, h.charges)
		} else if diff := cmp.Diff(waiting[0].Bill.Lines, h.charges[0].Lines); diff != "" {
			t.Errorf("charged otherwise than the staff saw: %s", diff)
		}
		want := `Approved: Your plan changed: pro
The front desk said yes to your request. From Thu 11 Feb 2027 on you have pro instead of maker. This period runs until Sun 28 Feb 2027. What the change costs:

maker, not used: 18 of 28 days: −€22.50
pro, 18 of 28 days from 11 Feb: €38.57
In all: €16.07
Then €60.00 each month, the next on Mon 1 Mar 2027.`
		if diff := cmp.Diff(want, h.said()); diff != "" {
			t.Error(diff)
		}
		if terms, err := h.Terms(h.ctx, h.maker.Member, h.space, h.clock.Now()); err != nil || terms.PlanCode != "pro" {
			t.Errorf("they have %+v (%v)", terms, err)
		}
	})
}

func TestAChangeThatIsDeclinedLeavesThePlanAsItIs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		pro := h.offers("pro", 6000, func(p *Plan) { p.Approval = true })
		m := h.subscribes(h.maker.Member, h.offers("maker", 3500, nil))
		h.deliver()
		h.owed()
		asked, _, err := h.Change(h.ctx, h.maker, h.space, m.ID, Changing{Plan: pro.ID})
		h.must(err)
		h.must(h.Decline(h.ctx, h.desk, h.space, asked.Application.ID, "The workshop is full."))
		want := `About your wish for pro
You asked to change to pro. The front desk can't do that: The workshop is full.

Your plan maker goes on as it is, and nothing is charged.`
		if diff := cmp.Diff(want, h.said()); diff != "" {
			t.Error(diff)
		}
		if r := h.now(m); !r.EndsAt.IsZero() || len(h.owed()) != 0 {
			t.Errorf("declined, it is %+v", r.Membership)
		}
		again, _, err := h.Change(h.ctx, h.maker, h.space, m.ID, Changing{Plan: pro.ID})
		h.must(err)
		h.must(h.Withdraw(h.ctx, h.maker, h.space, again.Application.ID))
		_, err = h.Approve(h.ctx, h.desk, h.space, again.Application.ID, false, "")
		h.refused(err, ErrDecided)
	})
}

// What stands against a yes is seen before it is said, and said again where it is said anyway.
func TestTheStaffSeesWhatStandsAgainstAYes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		pro := h.offers("pro", 6000, func(p *Plan) { p.Approval = true })
		maker := h.offers("maker", 3500, func(p *Plan) { p.PauseDays = 30 })
		m := h.subscribes(h.maker.Member, maker)
		h.at("2027-02-02 09:00")
		asked, _, err := h.Change(h.ctx, h.maker, h.space, m.ID, Changing{Plan: pro.ID})
		h.must(err)
		_, err = h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{Until: "2027-02-10"})
		h.must(err)
		waiting, _, err := h.Waiting(h.ctx, h.desk, h.space, 0, 0)
		h.must(err)
		h.refused(waiting[0].Against, ErrPaused)
		_, err = h.Approve(h.ctx, h.desk, h.space, asked.Application.ID, false, "")
		h.refused(err, ErrPaused)
		_, err = h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: h.maker.Member, Plan: pro.ID})
		h.refused(err, ErrPaused)
		_, err = h.Resume(h.ctx, h.maker, h.space, m.ID)
		h.must(err)

		// The desk gives it to them by another way: then nothing waits any more.
		_, _, err = h.change(h.desk, h.space, m.ID, Changing{Plan: pro.ID})
		h.must(err)
		if n, err := h.WaitingCount(h.ctx, h.desk, h.space); err != nil || n != 0 {
			t.Errorf("%d wait (%v)", n, err)
		}
	})
}

// Of many requests at once one waits.
func TestOneRequestWaitsAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var wishes []Plan
		for _, code := range []string{"a", "b", "c", "d", "e", "f"} {
			wishes = append(wishes, h.offers(code, 6000, func(p *Plan) { p.Approval, p.Most = true, 5 }))
		}
		m := h.subscribes(h.maker.Member, h.offers("maker", 3500, nil))
		done, refused := atOnce(len(wishes), func(i int) error {
			_, _, err := h.Change(h.ctx, h.maker, h.space, m.ID, Changing{Plan: wishes[i].ID})
			return err
		}, ErrWaiting)
		if n, err := h.WaitingCount(h.ctx, h.desk, h.space); done != 1 || refused != 5 || n != 1 || err != nil {
			t.Errorf("%d asked, %d were refused, %d wait (%v)", done, refused, n, err)
		}
	})
}

// Two accounts that become one have one request.
func TestTwoRequestsOfOnePersonBecomeOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		pro := h.offers("pro", 6000, func(p *Plan) { p.Approval, p.Name = true, i18n.Text{EN: "Pro"} })
		other := h.join("Mika Maker Two", actor.Member)
		for _, who := range []actor.Actor{h.maker, other} {
			_, err := h.Join(h.ctx, who, Joining{Space: h.space, Plan: pro.ID})
			h.must(err)
		}
		h.must(h.db.Tx(h.ctx, func(ctx context.Context) error { return h.TakeOver(ctx, other.Member, h.maker.Member) }))
		if n, err := h.WaitingCount(h.ctx, h.desk, h.space); err != nil || n != 1 {
			t.Errorf("%d wait (%v)", n, err)
		}
	})
}
