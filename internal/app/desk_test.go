package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/desk"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
)

// door is a space with a day pass, house rules, and somebody at its desk.
type doorway struct {
	*App
	space spaces.Space
	dilek actor.Actor
	pass  plans.Plan
	rules consent.Paper
}

func atTheDoor(t *testing.T, a *App) doorway {
	t.Helper()
	ctx := context.Background()
	d := doorway{App: a, space: setUp(t, a, "community")}
	m, err := a.Members.Enrol(ctx, actor.House, d.space.ID, members.Enrolment{Name: "Dilek", Email: "dilek@harbour.example"})
	if err != nil {
		t.Fatal(err)
	}
	d.dilek = actor.Actor{Member: m.ID, Name: m.Name, Roles: map[id.ID]actor.Role{d.space.ID: actor.Desk}}
	d.pass, err = a.Plans.AddPlan(ctx, actor.House, plans.Plan{
		SpaceID: d.space.ID, Code: "today", Name: i18n.Text{EN: "Day pass", ZH: "日票"}, PriceGroup: plans.Guest, PriceMinor: 1500, Currency: "EUR",
		Period: plans.Day, DepositMinor: 500, Prices: plans.Prices{{Group: "student", Minor: 900}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.rules, err = a.Consent.Draft(ctx, actor.House, d.space.ID, consent.Details{
		Kind: consent.Rules, Audience: consent.Everyone, Title: i18n.Text{EN: "House rules"}, Body: i18n.Text{EN: "Wear glasses."},
	})
	if err == nil {
		d.rules, err = a.Consent.Publish(ctx, actor.House, d.space.ID, d.rules.ID, 0, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// walkIn is what the desk types of somebody new.
func (d doorway) walkIn() desk.WalkIn {
	return desk.WalkIn{
		Name: "Ana Walker", Contact: "+49 151 2345678", Locale: "en", Pass: desk.Choice{Plan: d.pass.ID}, Paid: desk.Cash, Wristband: "W-17",
		Papers:    []desk.Paper{{Document: d.rules.ID, Version: d.rules.Current.ID, Language: "en"}},
		Signature: desk.Signature{Name: "Ana Walker", Address: "192.0.2.9"},
	}
}

func (d doorway) people(t *testing.T) int64 {
	t.Helper()
	roll, err := d.Members.Find(context.Background(), actor.House, d.space.ID, members.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return roll.Total
}

func TestAWalkInIsWrittenDownSignsPaysAndIsLetIn(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		v, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, d.walkIn())
		if err != nil {
			t.Fatal(err)
		}
		if v.Amount() != money.Of(2000, "EUR") || v.Paid != desk.Cash || !v.Here() {
			t.Errorf("the visit is %+v", v)
		}
		terms, err := a.Plans.Terms(ctx, v.MemberID, d.space.ID, now.Now())
		if err != nil || terms.PlanID != d.pass.ID {
			t.Errorf("they have %+v, %v", terms, err)
		}
		page, err := a.Billing.Charges(ctx, actor.House, d.space.ID, v.MemberID, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		sum := map[string]int64{}
		for _, c := range page.Items {
			sum[string(c.Kind)+" "+string(c.Stream)] += c.Minor
		}
		if sum["fee fees"] != 1500 || sum["deposit "] != 500 || sum["payment "] != -2000 {
			t.Errorf("charged %v", sum)
		}
		if due, err := a.Billing.Due(ctx, actor.House, d.space.ID, v.MemberID); err != nil || len(due) != 1 || due[0].Minor != 0 {
			t.Errorf("they owe %v, %v", due, err)
		}
		if st, err := a.Consent.Standing(ctx, d.space.ID, v.MemberID); err != nil || len(st.Unsigned) != 0 {
			t.Errorf("unsigned: %+v, %v", st.Unsigned, err)
		}
		if holder, err := a.Members.BadgeHolder(ctx, d.dilek, d.space.ID, "w17"); err != nil || holder != v.MemberID {
			t.Errorf("the wristband is %s's, %v", holder, err)
		}
		d.leaves(t, v, now)
	})
}

// leaves lets somebody go, and looks that they are gone.
func (d doorway) leaves(t *testing.T, v desk.Visit, now *clock.Movable) {
	t.Helper()
	ctx := context.Background()
	if _, err := d.Desk.Arrive(ctx, d.dilek, d.space.ID, v.MemberID); !errors.Is(err, desk.ErrHere) {
		t.Errorf("let in twice: %v", err)
	}
	now.Advance(time.Hour)
	left, err := d.Desk.Leave(ctx, d.dilek, d.space.ID, v.ID)
	if err != nil || !left.LeftAt.Equal(now.Now()) {
		t.Errorf("left: %+v, %v", left, err)
	}
	if _, err := d.Desk.Leave(ctx, d.dilek, d.space.ID, v.ID); !errors.Is(err, desk.ErrLeft) {
		t.Errorf("left twice: %v", err)
	}
	if _, err := d.Members.BadgeHolder(ctx, d.dilek, d.space.ID, "w17"); !errors.Is(err, members.ErrNoSuchBadge) {
		t.Errorf("the wristband was not taken back: %v", err)
	}
	if _, err := d.Desk.Arrive(ctx, d.dilek, d.space.ID, v.MemberID); err != nil {
		t.Errorf("they can't come back: %v", err)
	}
}

func TestAWalkInIsWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		if _, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, d.walkIn()); err != nil {
			t.Fatal(err)
		}
		before := d.people(t)
		for name, c := range map[string]struct {
			change func(*desk.WalkIn)
			want   error
		}{
			"no name":              {func(w *desk.WalkIn) { w.Name = " " }, members.ErrNameMissing},
			"no way to reach them": {func(w *desk.WalkIn) { w.Contact = "" }, desk.ErrReach},
			"no phone":             {func(w *desk.WalkIn) { w.Contact = "12" }, members.ErrPhoneBad},
			"no address":           {func(w *desk.WalkIn) { w.Contact = "ana@" }, members.ErrEmailBad},
			"no pass":              {func(w *desk.WalkIn) { w.Pass.Plan = "" }, desk.ErrPass},
			"another's pass":       {func(w *desk.WalkIn) { w.Pass.Plan = id.New() }, plans.ErrNoSuchPlan},
			"no proof":             {func(w *desk.WalkIn) { w.Pass.Group = "student" }, plans.ErrProof},
			"another's group":      {func(w *desk.WalkIn) { w.Pass.Group = "pilots" }, plans.ErrNoSuchGroup},
			"not signed":           {func(w *desk.WalkIn) { w.Signature = desk.Signature{} }, desk.ErrUnsigned},
			"a text left out":      {func(w *desk.WalkIn) { w.Papers = nil }, desk.ErrUnsigned},
			"an old text":          {func(w *desk.WalkIn) { w.Papers[0].Version = id.New() }, consent.ErrSuperseded},
			"not paid":             {func(w *desk.WalkIn) { w.Paid = "beads" }, desk.ErrPaid},
			"a wristband in use":   {func(w *desk.WalkIn) { w.Wristband = "w17" }, members.ErrBadgeTaken},
			"a minor alone":        {func(w *desk.WalkIn) { w.Birthday = "2015-01-02" }, consent.ErrGuardianName},
			"a guardian unseen":    {func(w *desk.WalkIn) { w.Birthday, w.Guardian.Name = "2015-01-02", "Petra" }, consent.ErrVerified},
			"not born yet":         {func(w *desk.WalkIn) { w.Birthday = "2045-01-02" }, consent.ErrBirthday},
			"somebody known":       {func(w *desk.WalkIn) { w.Contact = "0151 2345678" }, desk.ErrKnown},
		} {
			w := d.walkIn()
			w.Name, w.Contact, w.Wristband = "Ben Other", "+49 30 998877", ""
			c.change(&w)
			_, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, w)
			if !errors.Is(err, c.want) || fault.All(err) == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if after := d.people(t); after != before {
			t.Errorf("there were %d people and are %d: somebody was half let in", before, after)
		}
		w := d.walkIn()
		w.Name, w.Wristband, w.Other = "Ana's brother", "", true
		w.Pass.Group = "student"
		w.Pass.Proof = true
		v, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, w)
		if err != nil || v.Minor != 1400 {
			t.Errorf("somebody else with the same phone: %+v, %v", v, err)
		}
		today := clock.DayOf(a.Clock.Now(), d.space.Location())
		if r, err := a.Plans.Run(ctx, actor.House, d.space.ID, v.MembershipID); err != nil || r.ProvedBy != d.dilek.Member || r.ProvedUntil != today {
			t.Errorf("the proof was seen by %q and counts until %q, %v", r.ProvedBy, r.ProvedUntil, err)
		}
	})
}

// What is missing is said all at once, and so is what only shows when it is tried.
func TestAWalkInSaysEverythingThatIsWrongAtOnce(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		if _, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, d.walkIn()); err != nil {
			t.Fatal(err)
		}
		said := func(w desk.WalkIn) string {
			_, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, w)
			var fields []string
			for _, f := range fault.All(err) {
				fields = append(fields, f.Field)
			}
			slices.Sort(fields)
			return strings.Join(fields, " ")
		}
		empty := desk.WalkIn{Birthday: "2016-05-04", Papers: d.walkIn().Papers}
		if got, want := said(empty), "contact guardian name paid pass signature verified"; got != want {
			t.Errorf("an empty form: %q, want %q", got, want)
		}
		tried := d.walkIn() // the wristband is in use, the price asks for a proof, and the text was changed
		tried.Name, tried.Contact, tried.Pass.Group, tried.Papers[0].Version = "Ben Other", "+49 30 998877", "student", id.New()
		if got := said(tried); !strings.Contains(got, "proof") || !strings.Contains(got, "wristband") || len(strings.Fields(got)) < 2 {
			t.Errorf("what shows when it is tried: %q", got)
		}
		if known := d.walkIn(); said(known) != "contact" {
			t.Errorf("somebody known: %q", said(known))
		}
	})
}

// Whoever writes somebody down with a plan that is a concession says that they saw the
// proof, and how long it counts; else nobody is written down.
func TestAConcessionOfANewcomerAsksForAProof(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		young, err := a.Plans.AddPlan(ctx, actor.House, plans.Plan{
			SpaceID: d.space.ID, Code: "young", Name: i18n.Text{EN: "Young"}, PriceGroup: "member", PriceMinor: 900, Currency: "EUR",
			Period: plans.Month, PeriodCount: 1, Renews: true, Audience: plans.Concession,
		})
		if err != nil {
			t.Fatal(err)
		}
		before := d.people(t)
		for proof, want := range map[members.Proof]error{{}: plans.ErrProof, {Seen: true, Until: "2020-01-01"}: plans.ErrProofUntil, {Until: "2099-01-01"}: plans.ErrProof} {
			_, err := a.Members.Enrol(ctx, d.dilek, d.space.ID, members.Enrolment{Name: "Yuna", Email: "yuna@example.org", Plan: young.ID, Proof: proof})
			if !errors.Is(err, want) {
				t.Errorf("%+v: %v", proof, err)
			}
		}
		if after := d.people(t); after != before {
			t.Errorf("there were %d people and are %d", before, after)
		}
		m, err := a.Members.Enrol(ctx, d.dilek, d.space.ID, members.Enrolment{
			Name: "Yuna", Email: "yuna@example.org", Plan: young.ID, Proof: members.Proof{Seen: true, Until: "2099-09-30"},
		})
		if err != nil {
			t.Fatal(err)
		}
		runs, err := a.Plans.Held(ctx, d.space.ID, m.ID)
		if err != nil || len(runs) != 1 || runs[0].ProvedBy != d.dilek.Member || runs[0].ProvedUntil != "2099-09-30" {
			t.Errorf("the plan: %+v, %v", runs, err)
		}
	})
}

func TestAMinorWalksInWithAGuardian(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		w := d.walkIn()
		w.Birthday, w.Guardian = "2013-05-06", desk.Guardian{Name: "Petra Walker", Verified: "ID card", Address: "192.0.2.9", Locale: "en"}
		w.Signature.Name = "Petra Walker"
		v, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, w)
		if err != nil {
			t.Fatal(err)
		}
		st, err := a.Consent.Standing(ctx, d.space.ID, v.MemberID)
		if err != nil || !st.Minor || !st.Consented || len(st.Unsigned) != 0 {
			t.Errorf("%+v, %v", st, err)
		}
		signed, err := a.Consent.Acceptances(ctx, actor.House, d.space.ID, v.MemberID)
		if err != nil || len(signed) != 1 || !signed[0].Guardian || signed[0].Name != "Petra Walker" {
			t.Errorf("signed %+v, %v", signed, err)
		}
	})
}

func TestTwoDesksLetOneInOnce(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		var wait sync.WaitGroup
		answers := make([]error, 8)
		for i := range answers {
			wait.Go(func() { _, answers[i] = a.Desk.Arrive(ctx, d.dilek, d.space.ID, d.dilek.Member) })
		}
		wait.Wait()
		in := 0
		for _, err := range answers {
			if err == nil {
				in++
			} else if !errors.Is(err, desk.ErrHere) {
				t.Error(err)
			}
		}
		if in != 1 {
			t.Errorf("let in %d times", in)
		}
	})
}

func TestWhoLeftWithoutAWordIsNotHereTomorrow(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		v, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, d.walkIn())
		if err != nil {
			t.Fatal(err)
		}
		midnight := clock.DayOf(now.Now(), d.space.Location()).Add(1).Start(d.space.Location())
		now.Set(midnight.Add(-time.Second))
		if err := a.Desk.CloseDays(ctx); err != nil {
			t.Fatal(err)
		}
		if v, _ = a.Desk.Visit(ctx, d.dilek, d.space.ID, v.ID); !v.Here() {
			t.Error("they were sent away before midnight")
		}
		now.Set(midnight.Add(3 * time.Hour))
		for range 2 {
			if err := a.Desk.CloseDays(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if v, _ = a.Desk.Visit(ctx, d.dilek, d.space.ID, v.ID); !v.LeftAt.Equal(midnight) {
			t.Errorf("they left at %v, not at %v", v.LeftAt, midnight)
		}
	})
}

// TestTheDeskSeesWhoComes: a visit, and somebody who is kept out.
func TestTheDeskSeesWhoComes(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		day := clock.DayOf(now.Now(), d.space.Location())
		today := func(state reports.ArrivalState) reports.Arrivals {
			t.Helper()
			list, err := a.Reports.Arrivals(ctx, d.dilek, d.space.ID, day.Start(d.space.Location()), day.Add(1).Start(d.space.Location()), state, 1, 50)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if n := today("").Total(""); n != 0 {
			t.Errorf("%d come to an empty space", n)
		}
		v, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, d.walkIn())
		if err != nil {
			t.Fatal(err)
		}
		list := today(reports.Present)
		if list.Total(reports.Present) != 1 || len(list.Rows) != 1 || list.Rows[0].Subject != v.ID || list.Rows[0].Wristband != "W-17" || list.Rows[0].NoPlan {
			t.Errorf("%+v", list)
		}
		if len(today(reports.Late).Rows) != 0 {
			t.Error("somebody is late who was not expected")
		}
		if err := a.Members.Suspend(ctx, actor.House, d.space.ID, v.MemberID, "Paint on the laser."); err != nil {
			t.Fatal(err)
		}
		if rows := today("").Rows; len(rows) != 1 || !rows[0].Suspended {
			t.Errorf("%+v", rows)
		}
		if _, err := a.Desk.Leave(ctx, d.dilek, d.space.ID, v.ID); err != nil {
			t.Fatal(err)
		}
		if rows := today(reports.Gone).Rows; len(rows) != 1 || rows[0].Visit != "" {
			t.Errorf("%+v", rows)
		}
		if _, err := a.Desk.Arrive(ctx, d.dilek, d.space.ID, v.MemberID); !errors.Is(err, desk.ErrSuspended) {
			t.Errorf("a suspended one is let in: %v", err)
		}
	})
}

// A pass would end the plan of who has one and give it back: it is not sold to them.
func TestAPassIsNotSoldToWhoHasAPlan(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx, d := context.Background(), atTheDoor(t, a)
		v, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, d.walkIn())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Desk.Leave(ctx, d.dilek, d.space.ID, v.ID); err != nil {
			t.Fatal(err)
		}
		again := d.walkIn()
		again.Member, again.Wristband = v.MemberID, ""
		if _, err := a.Desk.WalkIn(ctx, d.dilek, d.space.ID, again); !errors.Is(err, desk.ErrHasPlan) {
			t.Errorf("another pass on the same day: %v", err)
		}
		if due, err := a.Billing.Due(ctx, actor.House, d.space.ID, v.MemberID); err != nil || len(due) != 1 || due[0].Minor != 0 {
			t.Errorf("they owe %v, %v", due, err)
		}
	})
}
