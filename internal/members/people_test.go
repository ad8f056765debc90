package members

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

func (p *post) NoShows(_ context.Context, _ id.ID, since clock.Instant) ([]NoShow, error) {
	var all []NoShow
	for _, m := range p.missed {
		if m.At.After(since) {
			all = append(all, m)
		}
	}
	return all, nil
}

func (p *post) Left(_ context.Context, _, member id.ID, gone bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = append(p.left, fmt.Sprint(member, " ", gone))
	return nil
}

func (p *post) TakeOver(_ context.Context, from, to id.ID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = append(p.taken, fmt.Sprint(from, " becomes ", to))
	return p.refuses
}

func TestASuspensionWithAnEndIsOverByTheClock(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		until := h.clock.Now().Add(48 * time.Hour)
		h.refused(h.SuspendUntil(h.ctx, h.manager, h.space, h.maker.Member, "Sparks.", h.clock.Now()), ErrUntilPast)
		h.must(h.SuspendUntil(h.ctx, h.manager, h.space, h.maker.Member, "Sparks.", until))
		letters := h.deliver()
		if len(letters) != 1 || !strings.Contains(letters[0].Text, "It ends by itself on") {
			t.Errorf("letters: %+v", letters)
		}
		if !h.acts(h.maker.Member).Suspended[h.space] {
			t.Error("is not suspended")
		}
		h.clock.Advance(48 * time.Hour)
		if h.acts(h.maker.Member).Suspended[h.space] {
			t.Error("is suspended after its end, before the job came by")
		}
		if p, err := h.Person(h.ctx, h.desk, h.space, h.maker.Member); err != nil || p.Standing.Suspended() {
			t.Errorf("the sheet says suspended: %v", err)
		}
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Suspended: true}); err != nil || len(r.People) != 0 {
			t.Errorf("the list says %d are suspended, %v", len(r.People), err)
		}
		h.must(h.LiftOver(h.ctx))
		h.must(h.LiftOver(h.ctx))
		if letters := h.deliver(); len(letters) != 1 || !strings.Contains(letters[0].Subject, "again") {
			t.Errorf("letters: %+v", letters)
		}
		h.refused(h.Reinstate(h.ctx, h.manager, h.space, h.maker.Member, ""), ErrNotSuspended)
	})
}

func TestTheFrontDeskSuspendsForTheDay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.refused(h.SuspendUntil(h.ctx, h.desk, h.space, h.maker.Member, "Loud.", clock.Instant{}), actor.ErrForbidden)
		h.refused(h.SuspendToday(h.ctx, h.instructor, h.space, h.maker.Member, "Loud."), actor.ErrForbidden)
		h.refused(h.SuspendToday(h.ctx, h.desk, h.space, h.desk.Member, "Loud."), ErrNotOneself)
		h.refused(h.SuspendToday(h.ctx, h.desk, h.space, h.instructor.Member, "Loud."), ErrRoleTooHigh)
		h.refused(h.SuspendToday(h.ctx, h.desk, h.space, h.maker.Member, " "), ErrReasonMissing)
		h.must(h.SuspendToday(h.ctx, h.desk, h.space, h.maker.Member, "Loud."))
		p, err := h.Person(h.ctx, h.desk, h.space, h.maker.Member)
		h.must(err)
		if got := p.Standing.SuspendedUntil.Format("2006-01-02 15:04"); got != "2027-03-02 00:00" {
			t.Errorf("until %s", got)
		}
	})
}

// Three no-shows in thirty days suspend for two weeks, where the space said so; once
// forgiven they don't count again.
func TestNoShowsSuspendByTheSpacesRule(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		now := h.clock.Now()
		for _, days := range []int{40, 20, 10, 1} {
			h.post.missed = append(h.post.missed, NoShow{h.maker.Member, now.Add(-time.Duration(days) * 24 * time.Hour)}, NoShow{h.instructor.Member, now.Add(-time.Hour)})
		}
		suspended := func() bool { return h.acts(h.maker.Member).Suspended[h.space] }
		h.must(h.Watch(h.ctx))
		if suspended() {
			t.Fatal("suspended by a rule that is off")
		}
		r, err := h.NoShowRule(h.ctx, h.manager, h.space)
		h.must(err)
		h.refused(h.SetNoShowRule(h.ctx, h.desk, r), actor.ErrForbidden)
		bad := r
		bad.NoShows = 0
		h.refused(h.SetNoShowRule(h.ctx, h.manager, bad), ErrNoShowRule)
		r.Enabled, r.NoShows = true, 3
		h.must(h.SetNoShowRule(h.ctx, h.manager, r))
		h.refused(h.SetNoShowRule(h.ctx, h.manager, r), ErrStale)
		h.must(h.Watch(h.ctx))
		h.must(h.Watch(h.ctx))
		if !suspended() || h.acts(h.instructor.Member).Suspended[h.space] {
			t.Fatal("the rule did not mean the maker, or meant staff")
		}
		letters := h.deliver()
		if len(letters) != 1 || !strings.Contains(letters[0].Text, "3 bookings in 30 days") || !strings.Contains(letters[0].Text, "a person will look at it") {
			t.Errorf("letters: %+v", letters)
		}
		h.must(h.Reinstate(h.ctx, h.manager, h.space, h.maker.Member, "was ill"))
		h.must(h.Watch(h.ctx))
		if suspended() {
			t.Error("what was forgiven counts again")
		}
	})
}

func TestWhoLeavesLosesTheSpaceAtTheNextRequestAndCanComeBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.must(h.Leave(h.ctx, h.maker, h.space))
		if got := h.acts(h.maker.Member).Role(h.space); got != actor.Visitor {
			t.Errorf("is a %s", got)
		}
		if want := fmt.Sprint(h.maker.Member, " ", true); len(h.post.left) != 1 || h.post.left[0] != want {
			t.Errorf("told: %v, want %s", h.post.left, want)
		}
		h.refused(h.Leave(h.ctx, h.acts(h.maker.Member), h.space), actor.ErrForbidden)
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "mika"}); err != nil || r.Total != 0 {
			t.Errorf("is in the list: %d %v", r.Total, err)
		}
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "mika", Left: true}); err != nil || r.Total != 1 {
			t.Errorf("is not among those who left: %d %v", r.Total, err)
		}
		h.refused(h.Suspend(h.ctx, h.manager, h.space, h.maker.Member, "x"), ErrLeft)
		h.refused(h.Readmit(h.ctx, h.instructor, h.space, h.maker.Member), actor.ErrForbidden)
		h.must(h.Readmit(h.ctx, h.desk, h.space, h.maker.Member))
		h.refused(h.Readmit(h.ctx, h.desk, h.space, h.maker.Member), ErrNotLeft)
		h.refused(h.Remove(h.ctx, h.desk, h.space, h.maker.Member, "x"), actor.ErrForbidden)
		h.refused(h.Remove(h.ctx, h.manager, h.space, h.owner.Member, "x"), ErrRoleTooHigh)
		h.refused(h.Remove(h.ctx, h.manager, h.space, h.manager.Member, "x"), ErrNotOneself)
		h.refused(h.Remove(h.ctx, h.manager, h.space, h.maker.Member, ""), ErrReasonMissing)
		h.must(h.Remove(h.ctx, h.manager, h.space, h.maker.Member, "Moved away."))
		// The desk that writes them down again lets them in.
		m, err := h.Enrol(h.ctx, h.desk, h.space, Enrolment{Email: "mika.maker@example.org", Name: "Mika Maker"})
		if err != nil || m.ID != h.maker.Member || h.acts(m.ID).Role(h.space) != actor.Member {
			t.Errorf("enrolled again: %v %v", m, err)
		}
		h.refused(h.Leave(h.ctx, h.owner, h.space), ErrLastOwner)
	})
}

// Two owners leave at once: one stays.
func TestASpaceKeepsAnOwnerWhoeverLeavesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		second := h.join("Otto Owner", actor.Owner)
		var left sync.WaitGroup
		errs := make([]error, 2)
		for i, who := range []actor.Actor{h.owner, second} {
			left.Go(func() { errs[i] = h.Leave(h.ctx, who, h.space) })
		}
		left.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("both or neither left: %v", errs)
		}
	})
}

func TestNotesAreStruckAndNeverChanged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.refused(func() error { _, err := h.WriteNote(h.ctx, h.maker, h.space, h.desk.Member, "x", false); return err }(), actor.ErrForbidden)
		h.refused(func() error { _, err := h.WriteNote(h.ctx, h.desk, h.space, h.desk.Member, "x", false); return err }(), ErrNotAboutOneself)
		h.refused(func() error { _, err := h.WriteNote(h.ctx, h.desk, h.space, h.maker.Member, " ", false); return err }(), ErrNoteMissing)
		h.refused(func() error {
			_, err := h.WriteNote(h.ctx, h.desk, h.space, h.maker.Member, strings.Repeat("力", MaxNote+1), false)
			return err
		}(), ErrNoteTooLong)
		h.refused(func() error { _, err := h.WriteNote(h.ctx, h.desk, h.space, id.New(), "x", false); return err }(), ErrNoSuchMember)
		n, err := h.WriteNote(h.ctx, h.desk, h.space, h.maker.Member, "Left the kiln on.", true)
		h.must(err)
		// An instructor knows whom they teach; anybody else is nobody to them.
		_, err = h.WriteNote(h.ctx, h.instructor, h.space, h.maker.Member, "Careful at the lathe.", false)
		h.refused(err, ErrNoSuchMember)
		_, err = h.Notes(h.ctx, h.instructor, h.space, h.maker.Member)
		h.refused(err, ErrNoSuchMember)
		h.post.taught = map[id.ID]bool{h.maker.Member: true}
		if own, err := h.Notes(h.ctx, h.instructor, h.space, h.maker.Member); err != nil || len(own) != 0 {
			t.Errorf("an instructor sees %+v %v", own, err)
		}
		_, err = h.WriteNote(h.ctx, h.instructor, h.space, h.maker.Member, "Careful at the lathe.", false)
		h.must(err)
		h.post.taught = nil // what they wrote they read also when the lessons are over
		if all, err := h.Notes(h.ctx, h.manager, h.space, h.maker.Member); err != nil || len(all) != 2 || all[1].AuthorName != "Dana Desk" {
			t.Errorf("%+v %v", all, err)
		}
		if own, err := h.Notes(h.ctx, h.instructor, h.space, h.maker.Member); err != nil || len(own) != 1 {
			t.Errorf("an instructor sees %+v %v", own, err)
		}
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Pinned: true}); err != nil || r.Total != 1 {
			t.Errorf("%d with a pinned note, %v", r.Total, err)
		}
		h.refused(h.StrikeNote(h.ctx, h.instructor, h.space, h.maker.Member, n.ID), ErrNoSuchNote)
		h.must(h.StrikeNote(h.ctx, h.manager, h.space, h.maker.Member, n.ID))
		h.refused(h.StrikeNote(h.ctx, h.manager, h.space, h.maker.Member, n.ID), ErrNoteStruck)
		h.refused(h.PinNote(h.ctx, h.manager, h.space, h.maker.Member, n.ID, true), ErrNoteStruck)
		if all, err := h.Notes(h.ctx, h.manager, h.space, h.maker.Member); err != nil || all[1].Text != "Left the kiln on." || all[1].StrikerName != "Max Manager" || all[1].Pinned {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestPeopleAreFoundByTheirTags(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		add := func(en, zh string) (Tag, error) {
			return h.AddTag(h.ctx, h.manager, h.space, i18n.Text{EN: en, ZH: zh})
		}
		helper, err := add("  Volunteer ", "志愿者")
		h.must(err)
		if helper.Name.EN != "Volunteer" {
			t.Errorf("called %q", helper.Name.EN)
		}
		for _, name := range []string{"volunteer", "", strings.Repeat("x", MaxTag+1), "two\nlines"} {
			if _, err := add(name, ""); err == nil && name != "two\nlines" {
				t.Errorf("%q was taken", name)
			}
		}
		h.refused(func() error { _, err := h.AddTag(h.ctx, h.desk, h.space, i18n.Text{EN: "x"}); return err }(), actor.ErrForbidden)
		h.must(h.SetTags(h.ctx, h.desk, h.space, h.maker.Member, []id.ID{helper.ID, helper.ID}))
		h.refused(h.SetTags(h.ctx, h.desk, h.space, h.maker.Member, []id.ID{id.New()}), ErrNoSuchTag)
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Tag: helper.ID}); err != nil || r.Total != 1 {
			t.Errorf("%d %v", r.Total, err)
		}
		_, err = h.EditTag(h.ctx, h.manager, h.space, helper.ID, helper.Name, true, helper.Version)
		h.must(err)
		h.refused(func() error {
			_, err := h.EditTag(h.ctx, h.manager, h.space, helper.ID, helper.Name, false, helper.Version)
			return err
		}(), ErrStale)
		h.must(h.SetTags(h.ctx, h.desk, h.space, h.instructor.Member, []id.ID{helper.ID}))
		if tags, err := h.TagsOf(h.ctx, h.desk, h.space, h.instructor.Member); err != nil || len(tags) != 0 {
			t.Errorf("an archived tag was given: %v %v", tags, err)
		}
		h.must(h.SetTags(h.ctx, h.desk, h.space, h.maker.Member, nil))
		if tags, err := h.TagsOf(h.ctx, h.desk, h.space, h.maker.Member); err != nil || len(tags) != 0 {
			t.Errorf("%v %v", tags, err)
		}
	})
}

func TestABadgeIsOnePersonsAndFindsThem(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b, err := h.GiveBadge(h.ctx, h.desk, h.space, h.maker.Member, "04:a3:7f 21")
		h.must(err)
		h.refused(func() error { _, err := h.GiveBadge(h.ctx, h.desk, h.space, h.desk.Member, "04A37F21"); return err }(), ErrBadgeTaken)
		for _, number := range []string{"", " :-", strings.Repeat("1", MaxBadge+1)} {
			h.refused(func() error { _, err := h.GiveBadge(h.ctx, h.desk, h.space, h.maker.Member, number); return err }(), ErrBadgeNumber)
		}
		for _, text := range []string{"04a37f21", "04:A3:7F:21"} {
			if r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: text}); err != nil || r.Total != 1 {
				t.Errorf("%s finds %d, %v", text, r.Total, err)
			}
		}
		if who, err := h.BadgeHolder(h.ctx, h.desk, h.space, "04-a3-7f-21"); err != nil || who != h.maker.Member {
			t.Errorf("%s %v", who, err)
		}
		h.refused(h.EndBadge(h.ctx, h.desk, h.space, h.maker.Member, b.ID, "eaten"), ErrBadgeEnding)
		h.must(h.EndBadge(h.ctx, h.desk, h.space, h.maker.Member, b.ID, Lost))
		h.refused(h.EndBadge(h.ctx, h.desk, h.space, h.maker.Member, b.ID, Returned), ErrBadgeEnded)
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "04a37f21"}); err != nil || r.Total != 0 {
			t.Errorf("a lost badge finds %d, %v", r.Total, err)
		}
		_, err = h.GiveBadge(h.ctx, h.desk, h.space, h.desk.Member, "04A37F21")
		h.must(err)
	})
}

// Two desks give out the same badge at once: one of them does.
func TestABadgeIsGivenOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var given sync.WaitGroup
		errs := make([]error, 2)
		for i, who := range []id.ID{h.maker.Member, h.instructor.Member} {
			given.Go(func() { _, errs[i] = h.GiveBadge(h.ctx, h.desk, h.space, who, "77") })
		}
		given.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("both or neither: %v", errs)
		}
	})
}

// TestOneAddressGoesToOneOfTwo: of two people who take an address at the same moment,
// however they write it, one has it and the other keeps what they had.
func TestOneAddressGoesToOneOfTwo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		people := []id.ID{h.maker.Member, h.desk.Member}
		answers := make([]error, len(people))
		var wait sync.WaitGroup
		for i, email := range []string{"Bob@new.example", "bob@new.example"} {
			wait.Go(func() { answers[i] = h.Readdress(h.ctx, people[i], email) })
		}
		wait.Wait()
		holder, err := h.ByEmail(h.ctx, "BOB@new.example")
		h.must(err)
		for i, err := range answers {
			m, failed := h.Member(h.ctx, people[i])
			h.must(failed)
			switch {
			case holder.ID == people[i] && (err != nil || !m.Confirmed()):
				t.Errorf("who has it was told %v, and is confirmed: %t", err, m.Confirmed())
			case holder.ID != people[i]:
				h.refused(err, ErrEmailTaken)
			}
		}
		if holder.ID != people[0] && holder.ID != people[1] {
			t.Errorf("it is %s's", holder.ID)
		}
	})
}
