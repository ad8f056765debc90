package certifications

import (
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

func codes(err error) string {
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, strings.TrimPrefix(f.Code, "certifications."))
	}
	return strings.Join(all, " ")
}

func TestAHigherLevelCountsAsTheLower(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, two := h.make(Kind{Code: "laser-1", Ladder: "laser", Level: 1}), h.make(Kind{Code: "laser-2", Ladder: "laser", Level: 2})
		g := h.grant(two)
		held, err := h.Held(h.ctx, h.maker.Member, h.space)
		h.must(err)
		if len(held) != 2 || !sorted(held)[one.ID] {
			t.Errorf("level 2 is worth %v", held)
		}
		who, err := h.Holders(h.ctx, h.space, one.ID, []id.ID{h.maker.Member, h.desk.Member})
		h.must(err)
		if len(who) != 1 {
			t.Errorf("holders of level 1: %v", who)
		}
		h.must(h.takeBack(h.manager, h.maker.Member, g.ID, "Slept at the laser."))
		if held, err = h.Held(h.ctx, h.maker.Member, h.space); err != nil || len(held) != 0 {
			t.Errorf("revoked, and %v is held: %v", held, err)
		}
	})
}

func TestEveryMissingPieceIsNamed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b, c := h.kind("a", 0), h.kind("b", 0), h.kind("c", 0)
		top := h.make(Kind{Code: "top", PassMark: 80, HoursMin: 600, HoursOn: Words{"laser"}, Requires: [][]id.ID{{a.ID}, {b.ID, c.ID}}})
		award := Award{Member: h.maker.Member, Kind: top.ID}
		_, err := h.Certify(h.ctx, h.instructor, h.space, award)
		if got := codes(err); got != "score prerequisite prerequisite hours" {
			t.Errorf("missing: %s", got)
		}
		low := int64(79)
		award.Score, h.minutes = &low, Minutes{OfKind: map[string]int64{"laser": 600, "saw": 10}}
		h.grant(a)
		h.grant(c)
		_, err = h.Certify(h.ctx, h.instructor, h.space, award)
		h.refused(err, ErrPassMark)
		*award.Score = 80
		g, err := h.Certify(h.ctx, h.instructor, h.space, award)
		h.must(err)
		if g.Score == nil || *g.Score != 80 {
			t.Errorf("kept the score %v", g.Score)
		}
	})
}

func TestPrerequisitesMakeNoCircle(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b := h.kind("a", 0), h.kind("b", 0)
		b.Requires = [][]id.ID{{a.ID}}
		b, err := h.Edit(h.ctx, h.manager, b)
		h.must(err)
		c := h.make(Kind{Code: "c", Requires: [][]id.ID{{b.ID}}})
		a.Requires = [][]id.ID{{c.ID}}
		_, err = h.Edit(h.ctx, h.manager, a)
		h.refused(err, ErrCycle)
		for _, wrong := range [][][]id.ID{{{a.ID}}, {{id.New()}}, {{b.ID}, {b.ID}}} {
			a.Requires = wrong
			_, err = h.Edit(h.ctx, h.manager, a)
			h.refused(err, ErrRequires)
		}
	})
}

func TestAnInstructorGrantsOnlyWhatTheyTeach(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k := h.kind("weld-l1", 0)
		k.Teachers = nil
		k, err := h.Edit(h.ctx, h.manager, k)
		h.must(err)
		_, err = h.Certify(h.ctx, h.instructor, h.space, Award{Member: h.maker.Member, Kind: k.ID})
		h.refused(err, ErrNotTeacher)
		g := h.grant(k)
		h.refused(h.takeBack(h.instructor, h.maker.Member, g.ID, "Mine."), ErrNotTeacher)
		k.Teachers = []id.ID{h.maker.Member}
		_, err = h.Edit(h.ctx, h.manager, k)
		h.refused(err, ErrTeachers)
	})
}

func TestWhatIsNotUsedLapsesForGood(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k := h.make(Kind{Code: "laser-l1", DisuseDays: 90, RemindDays: 14})
		h.grant(k)
		start := h.clock.Now()
		h.deliver()
		day := func(n int) clock.Instant { return start.Add(time.Duration(n) * 24 * time.Hour) }
		holds := func(want bool) {
			t.Helper()
			held, err := h.Held(h.ctx, h.maker.Member, h.space)
			h.must(err)
			if (len(held) == 1) != want {
				t.Errorf("held %v at %s, want %v", held, h.clock.Now(), want)
			}
		}
		h.used[k.ID] = day(50)
		h.clock.Set(day(130))
		holds(true)
		h.must(h.Upkeep(h.ctx))
		h.must(h.Upkeep(h.ctx))
		if got := h.deliver(); len(got) != 1 || !strings.Contains(got[0].Text, "lapses on") {
			t.Errorf("reminded with %+v", got)
		}
		h.clock.Set(day(140))
		holds(false)
		h.must(h.Upkeep(h.ctx))
		h.used[k.ID] = day(141) // on something else that asks for the ladder
		h.clock.Set(day(142))
		holds(false)
		if got := h.deliver(); len(got) != 1 || !strings.Contains(got[0].Text, "lapsed on") {
			t.Errorf("told with %+v", got)
		}
	})
}

func TestOneLetterBeforeTheEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k := h.make(Kind{Code: "saw", ValidMonths: 1, RemindDays: 7})
		h.clock.Set(testInstant(t, "2027-01-31T12:00:00Z"))
		g := h.grant(k)
		if want := "2027-02-28T23:00:00Z"; g.ExpiresAt.Format(time.RFC3339) != want {
			t.Errorf("a month from 31 January is over %s, want %s", g.ExpiresAt.Format(time.RFC3339), want)
		}
		h.deliver()
		for _, n := range []int{20, 22, 23, 24} {
			h.clock.Set(g.GrantedAt.Add(time.Duration(n) * 24 * time.Hour))
			h.must(h.Upkeep(h.ctx))
		}
		if got := h.deliver(); len(got) != 1 || !strings.HasSuffix(got[0].Subject, "ends on Sun 28 Feb 2027") {
			t.Errorf("letters: %+v", got)
		}
	})
}

func TestRevokingCancelsOrKeepsWhatRestsOnIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		laser, saw := h.kind("laser-l1", 0), h.kind("saw-l1", 0)
		g := h.grant(laser)
		h.grant(saw)
		h.deliver()
		soon := h.clock.Now().Add(time.Hour)
		on := func(k Kind) Booked {
			return Booked{ID: id.New(), Name: k.Name, StartsAt: soon, EndsAt: soon.Add(time.Hour), Asks: [][]id.ID{{k.ID}}}
		}
		h.ahead = []Booked{on(laser), on(saw)}
		preview, err := h.Depending(h.ctx, h.manager, h.space, h.maker.Member, g.ID)
		h.must(err)
		if len(preview) != 1 || preview[0].ID != h.ahead[0].ID {
			t.Errorf("depends: %+v", preview)
		}
		_, err = h.Revoke(h.ctx, h.manager, h.space, Revocation{Member: h.maker.Member, Grant: g.ID, Reason: "Bypassed the interlock.", Cancel: true})
		h.must(err)
		if len(h.cancelled) != 1 || h.cancelled[0] != h.ahead[0].ID {
			t.Errorf("cancelled %v", h.cancelled)
		}
		if got := h.deliver(); len(got) != 1 || !strings.Contains(got[0].Text, "Bypassed the interlock.") || !strings.Contains(got[0].Text, "were cancelled") {
			t.Errorf("told with %+v", got)
		}
	})
}

func TestASlipIsTakenBackWithinTenMinutes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k := h.kind("laser-l1", 0)
		g := h.grant(k)
		h.must(h.Undo(h.ctx, h.instructor, h.space, h.maker.Member, g.ID))
		if got := h.deliver(); len(got) != 0 {
			t.Errorf("told with %+v", got)
		}
		g = h.grant(k)
		h.used[k.ID] = h.clock.Now()
		h.refused(h.Undo(h.ctx, h.instructor, h.space, h.maker.Member, g.ID), ErrUndoOver)
		delete(h.used, k.ID)
		h.clock.Advance(10 * time.Minute)
		h.refused(h.Undo(h.ctx, h.instructor, h.space, h.maker.Member, g.ID), ErrUndoOver)
		history, err := h.Grants(h.ctx, h.manager, h.space, h.maker.Member)
		h.must(err)
		if len(history) != 2 {
			t.Errorf("the history has %d", len(history))
		}
	})
}

func TestTwoWhoGrantAtOnceGrantOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k := h.kind("laser-l1", 365)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			by := []actor.Actor{h.instructor, h.manager}[i%2]
			wg.Go(func() { _, errs[i] = h.Certify(h.ctx, by, h.space, Award{Member: h.maker.Member, Kind: k.ID}) })
		}
		wg.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
			} else {
				h.refused(err, ErrAlreadyHeld)
			}
		}
		if made != 1 {
			t.Errorf("%d granted, want 1", made)
		}
	})
}

func TestWhatIsNextSaysWhatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one := h.make(Kind{Code: "laser-1", Ladder: "laser", Level: 1, ValidDays: 20})
		two := h.make(Kind{Code: "laser-2", Ladder: "laser", Level: 2, Requires: [][]id.ID{{one.ID}}, HoursMin: 600})
		h.seats = []Course{{Session: id.New(), Kind: two.ID}}
		h.grant(one)
		c, err := h.Card(h.ctx, h.maker, h.space, h.maker.Member)
		h.must(err)
		if len(c.Stamps) != 2 || c.Stamps[0].State != Expiring || c.Stamps[1].State != Pending {
			t.Errorf("stamps %+v", c.Stamps)
		}
		if len(c.Next) != 2 || !c.Next[0].Renews || len(c.Next[1].Lacks) != 1 || c.Next[1].Lacks[0].Need != 600 || !c.Next[1].Seat {
			t.Errorf("next %+v", c.Next)
		}
		_, err = h.Card(h.ctx, h.maker, h.space, h.desk.Member)
		h.refused(err, ErrNoSuchHolder)
	})
}

func testInstant(t *testing.T, s string) clock.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return clock.At(at)
}
