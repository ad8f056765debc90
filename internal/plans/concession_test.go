package plans

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/clock"
)

func TestAConcessionAsksForAProofThatCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		card := h.offers("card", 1500, func(p *Plan) { p.Audience = Concession })
		full := h.offers("full", 4900, func(p *Plan) { p.Prices = Prices{{"student", 1900}} })
		for _, j := range []Joining{{Space: h.space, Plan: card.ID}, {Space: h.space, Plan: full.ID, Group: "student"}} {
			_, err := h.Join(h.ctx, h.maker, j)
			h.refused(err, ErrNoProof)
			_, err = h.PreviewJoin(h.ctx, h.maker, j)
			h.refused(err, ErrNoProof)
		}
		h.proofs[h.maker.Member] = Shown{By: h.desk.Member, Until: "2027-02-28"} // it was accepted, and is over
		_, err := h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: card.ID})
		h.refused(err, ErrNoProof)
		h.proofs[h.maker.Member] = Shown{By: h.desk.Member, Until: "2027-03-31"}
		_, err = h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: card.ID, StartsOn: "2027-04-01"}) // over when it would begin
		h.refused(err, ErrNoProof)
		done, err := h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: full.ID, Group: "student"})
		h.must(err)
		if m := h.now(done.Membership); done.Waits() || m.ProvedBy != h.desk.Member || m.ProvedUntil != "2027-03-31" {
			t.Errorf("joined with a proof: waits %v, %q until %q", done.Waits(), m.ProvedBy, m.ProvedUntil)
		}
		if diff := cmp.Diff([]int64{1900}, h.owed()); diff != "" {
			t.Error(diff)
		}
		_, _, err = h.change(h.maker, h.space, done.Membership.ID, Changing{Plan: card.ID})
		h.must(err)
	})
}

func TestTheStaffSaysUntilWhenAProofCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		card := h.offers("card", 1500, func(p *Plan) { p.Audience = Concession })
		start := Start{Space: h.space, Member: h.maker.Member, Plan: card.ID}
		_, err := h.Subscribe(h.ctx, h.desk, start)
		h.refused(err, ErrProof)
		for _, day := range []clock.Day{"2027-02-28", "soon"} {
			start.Proof, start.ProofUntil = true, day
			_, err = h.Subscribe(h.ctx, h.desk, start)
			h.refused(err, ErrProofUntil)
		}
		start.ProofUntil = "2027-09-30"
		m, err := h.Subscribe(h.ctx, h.desk, start)
		h.must(err)
		if r := h.now(m); r.ProvedBy != h.desk.Member || r.ProvedUntil != "2027-09-30" {
			t.Errorf("seen by %q until %q", r.ProvedBy, r.ProvedUntil)
		}
	})
}

func TestAReducedPriceGivesWayWhenItsProofIsOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		p := h.offers("full", 4900, func(p *Plan) { p.Prices = Prices{{"student", 1900}} })
		h.proofs[h.maker.Member] = Shown{By: h.desk.Member, Until: "2027-04-15"}
		done, err := h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: p.ID, Group: "student"})
		h.must(err)
		h.deliver()
		for _, c := range []struct {
			at      string
			letters []string
			owed    []int64
		}{
			{"2027-03-29 09:00", []string{"Your membership full renews soon"}, []int64{1900}},
			{"2027-04-01 09:00", []string{"Your membership full is renewed"}, []int64{1900}},
			{"2027-04-29 09:00", []string{"Your reduced price for full is about to end"}, nil},
			{"2027-05-01 09:00", []string{"Your membership full is renewed"}, []int64{4900}},
			{"2027-06-01 09:00", []string{"Your membership full is renewed"}, []int64{4900}},
		} {
			h.at(c.at)
			h.must(h.RenewDue(h.ctx))
			if diff := cmp.Diff(c.owed, h.owed()); diff != "" {
				t.Errorf("at %s: %s", c.at, diff)
			}
			if diff := cmp.Diff(c.letters, h.deliver()); diff != "" {
				t.Errorf("at %s: %s", c.at, diff)
			}
		}
		if r := h.now(done.Membership); r.BuyerGroup != "" || r.ProvedUntil != "" {
			t.Errorf("it is still agreed for %q until %q", r.BuyerGroup, r.ProvedUntil)
		}
	})
}

func TestAConcessionEndsWithItsProofUnlessANewOneIsAccepted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		card := h.offers("card", 1500, func(p *Plan) { p.Audience = Concession })
		h.proofs[h.maker.Member] = Shown{By: h.desk.Member, Until: "2027-03-20"}
		done, err := h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: card.ID})
		h.must(err)
		h.proofs[h.maker.Member] = Shown{By: h.manager.Member, Until: "2027-04-20"}
		h.at("2027-04-01 09:00")
		h.must(h.RenewDue(h.ctx))
		if r := h.now(done.Membership); r.Over(h.clock.Now()) || r.ProvedBy != h.manager.Member || r.ProvedUntil != "2027-04-20" {
			t.Errorf("with a new proof: %+v", r.Membership)
		}
		h.deliver()
		h.owed()
		h.at("2027-04-29 09:00")
		h.must(h.RenewDue(h.ctx))
		if diff := cmp.Diff([]string{"Your membership card needs a new proof"}, h.deliver()); diff != "" {
			t.Error(diff)
		}
		h.at("2027-05-01 09:00")
		h.must(h.RenewDue(h.ctx))
		if r := h.now(done.Membership); !r.Over(h.clock.Now()) || len(h.owed()) != 0 {
			t.Errorf("without a proof it goes on: %+v", r.Membership)
		}
		_, err = h.Renew(h.ctx, h.maker, h.space, done.Membership.ID)
		h.refused(err, ErrNoProof)
		h.proofs[h.maker.Member] = Shown{By: h.desk.Member}
		_, err = h.Renew(h.ctx, h.maker, h.space, done.Membership.ID)
		h.must(err)
	})
}

func TestWhatTheStaffStartsCostsWhatItsPreviewSays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		p := h.offers("full", 4900, func(p *Plan) { p.SetupMinor, p.TrialDays = 2000, 14 })
		none, week := int64(0), int64(7)
		for _, c := range []struct {
			name  string
			wish  Start
			codes []string
			total int64
			until clock.Day
		}{
			{"as the plan says", Start{}, []string{LineTrial}, 0, "2027-03-15"},
			{"a trial of a week", Start{Trial: &week}, []string{LineTrial}, 0, "2027-03-08"},
			{"no trial", Start{Trial: &none}, []string{LinePeriod, LineSetup}, 6900, "2027-04-01"},
			{"days given", Start{Trial: &none, Gift: 5, Reason: "The laser was out."}, []string{LinePeriod, LineSetup, LineGift}, 6900, "2027-04-06"},
		} {
			member := h.join(c.name, "member").Member
			c.wish.Space, c.wish.Member, c.wish.Plan = h.space, member, p.ID
			bill, err := h.Preview(h.ctx, h.desk, c.wish)
			h.must(err)
			var codes []string
			for _, l := range bill.Lines {
				codes = append(codes, l.Code)
			}
			if diff := cmp.Diff(c.codes, codes); diff != "" || bill.Total.Minor != c.total || bill.To != c.until {
				t.Errorf("%s: %v until %s: %s", c.name, bill.Total, bill.To, diff)
			}
			m, err := h.Subscribe(h.ctx, h.desk, c.wish)
			h.must(err)
			if got := h.until(m); got != c.until {
				t.Errorf("%s: runs until %s", c.name, got)
			}
			total := int64(0)
			for _, n := range h.owed() {
				total += n
			}
			if total != c.total {
				t.Errorf("%s: charged %d", c.name, total)
			}
		}
		_, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: h.maker.Member, Plan: p.ID, Gift: 5})
		h.refused(err, ErrReasonMissing)
	})
}
