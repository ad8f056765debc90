package members

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

func (h *house) named(name, email, phone string) Member {
	h.t.Helper()
	m, err := h.Register(h.ctx, Registration{Name: name, Email: email, Phone: phone, Spaces: []id.ID{h.space}})
	h.must(err)
	return m
}

func TestDuplicatesAreFoundByPhoneNameAndAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.named("Ferdinand Vogel", "fvogel@example.org", "+49 171 2345678")
		h.named("F. Vogel", "someone@example.org", "0171 2345678")
		h.named("Vogel Ferdinand", "ferdi@example.org", "")
		h.named("陈力", "stone@example.org", "")
		h.named("Chen Li", "river@example.org", "")
		h.named("Renée Ünlü", "renee.unlu+maker@example.org", "")
		h.named("Renee Unlu", "reneeunlu@example.com", "")
		h.named("Li Wei", "li@example.org", "12345")
		h.named("Wu Lan", "li@example.com", "12345")
		pairs, err := h.Duplicates(h.ctx, h.manager, h.space)
		h.must(err)
		got := map[string][]Likeness{}
		for _, p := range pairs {
			got[p.A.Name+" / "+p.B.Name] = p.Why
		}
		want := map[string][]Likeness{
			"Ferdinand Vogel / F. Vogel": {SamePhone}, "Ferdinand Vogel / Vogel Ferdinand": {SameName},
			"陈力 / Chen Li": {SameName}, "Renée Ünlü / Renee Unlu": {LikeEmail, SameName},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if len(pairs) > 0 && pairs[0].A.Name != "Renée Ünlü" {
			t.Errorf("the likeliest is not first: %+v", pairs[0])
		}
		_, err = h.Duplicates(h.ctx, h.desk, h.space)
		h.refused(err, actor.ErrForbidden)
	})
}

func TestTwoAccountsBecomeOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		from, into := h.named("Mika Twice", "twice@example.org", "0171 2345678"), h.maker.Member
		h.refused(h.Merge(h.ctx, h.desk, h.space, from.ID, into, "Mika Twice"), actor.ErrForbidden)
		h.refused(h.Merge(h.ctx, h.manager, h.space, from.ID, from.ID, "Mika Twice"), ErrSamePerson)
		h.refused(h.Merge(h.ctx, h.manager, h.space, from.ID, h.manager.Member, "Mika Twice"), ErrMergeOneself)
		h.refused(h.Merge(h.ctx, h.manager, h.space, from.ID, h.owner.Member, "Mika Twice"), ErrAbove)
		h.refused(h.Merge(h.ctx, h.manager, h.space, h.instructor.Member, into, "Ines Instructor"), ErrMergeStaff)
		h.refused(h.Merge(h.ctx, h.manager, h.space, from.ID, into, "Mika"), ErrMergeConfirm)
		h.refused(h.Merge(h.ctx, h.manager, h.space, "nobody", into, "Mika"), ErrNoSuchMember)
		_, err := h.WriteNote(h.ctx, h.desk, h.space, from.ID, "Owes a drill bit.", true)
		h.must(err)
		h.must(h.SuspendUntil(h.ctx, h.manager, h.space, from.ID, "Sparks.", h.clock.Now().Add(time.Hour)))
		h.deliver()
		h.post.taken = nil
		h.must(h.MayMerge(h.ctx, h.manager, h.space, from.ID, into))
		if m, err := h.Member(h.ctx, from.ID); err != nil || m.MergedInto != "" || len(h.post.jobs) != 2 {
			t.Fatalf("trying it changed something: %+v, %v", m, err)
		}
		h.post.taken, h.post.jobs = nil, nil
		h.must(h.Merge(h.ctx, h.manager, h.space, from.ID, into, " Mika Twice "))
		if want := []string{string(from.ID) + " becomes " + string(into)}; !slices.Equal(h.post.taken, want) {
			t.Errorf("the others were told %q", h.post.taken)
		}
		if m, err := h.ByEmail(h.ctx, "TWICE@example.org"); err != nil || m.ID != into || m.Phone != "0171 2345678" {
			t.Errorf("the old address finds %+v, %v", m, err)
		}
		if _, err := h.Actor(h.ctx, from.ID); !errors.Is(err, ErrNoSuchMember) {
			t.Errorf("the account that ended acts: %v", err)
		}
		if !h.acts(into).Suspended[h.space] {
			t.Error("the suspension is gone")
		}
		if notes, err := h.Notes(h.ctx, h.desk, h.space, into); err != nil || len(notes) != 1 {
			t.Errorf("notes: %+v, %v", notes, err)
		}
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "mika"}); err != nil || r.Total != 1 {
			t.Errorf("there are %d of them, %v", r.Total, err)
		}
		h.refused(h.Merge(h.ctx, h.manager, h.space, from.ID, into, "Mika Twice"), ErrNoSuchMember)
		_, err = h.Register(h.ctx, Registration{Name: "Thief", Email: "twice@example.org"})
		h.refused(err, ErrEmailTaken)
		letters := h.deliver()
		var to []string
		for _, l := range letters {
			to = append(to, l.To)
		}
		if diff := cmp.Diff([]string{"mika.maker@example.org", "twice@example.org"}, to); diff != "" || !strings.Contains(letters[0].Text, "mika.maker@example.org") {
			t.Errorf("letters %+v", letters)
		}
		if !h.diary.has("member.merge " + string(into)) {
			t.Error("it is not in the log")
		}
		h.must(h.Readdress(h.ctx, into, "twice@example.org"))
		if m, err := h.ByEmail(h.ctx, "twice@example.org"); err != nil || m.ID != into {
			t.Errorf("the address taken back finds %+v, %v", m, err)
		}
	})
}

// Whoever has no address of their own gets that of the account that ends.
func TestWhoWalkedInGetsTheAddressOfTheirOtherAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		from := h.named("Walter Walk", "walter@example.org", "")
		into, err := h.Note(h.ctx, h.desk, h.space, Unreachable{Name: "Walter W.", Phone: "0171 2345678"})
		h.must(err)
		h.must(h.Confirm(h.ctx, from.ID))
		h.must(h.Merge(h.ctx, h.manager, h.space, from.ID, into.ID, "Walter Walk"))
		m, err := h.ByEmail(h.ctx, "walter@example.org")
		if err != nil || m.ID != into.ID || m.Email != "walter@example.org" || !m.Confirmed() || m.Phone != "0171 2345678" {
			t.Errorf("%+v, %v", m, err)
		}
		if letters := h.deliver(); len(letters) != 1 {
			t.Errorf("letters %+v", letters)
		}
	})
}

func TestAMergeThatIsRefusedElsewhereChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		from := h.named("Mika Twice", "twice@example.org", "")
		no := fault.Conflict("test.no", "No.")
		h.post.refuses = no
		h.refused(h.MayMerge(h.ctx, h.manager, h.space, from.ID, h.maker.Member), no)
		h.refused(h.Merge(h.ctx, h.manager, h.space, from.ID, h.maker.Member, from.Name), no)
		if m, err := h.Member(h.ctx, from.ID); err != nil || m.MergedInto != "" {
			t.Errorf("%+v, %v", m, err)
		}
		h.acts(from.ID)
	})
}

// Somebody who is known elsewhere is merged by who manages there, too.
func TestWhoIsKnownElsewhereIsMergedByWhoManagesThere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, err := h.Register(h.ctx, Registration{Name: "Two Spaces", Email: "two@example.org", Spaces: []id.ID{h.space, h.other}})
		h.must(err)
		h.refused(h.Merge(h.ctx, h.manager, h.space, m.ID, h.maker.Member, m.Name), ErrMergeElsewhere)
		h.must(h.Merge(h.ctx, actor.House, h.space, m.ID, h.maker.Member, m.Name))
		if h.acts(h.maker.Member).Role(h.other) != actor.Member {
			t.Error("the standing elsewhere is lost")
		}
	})
}

// Two managers merge the same two at once, each the other way round: one wins.
func TestTwoWaysAtOnceAreOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b := h.named("Aa Bb", "a@example.org", ""), h.named("Bb Aa", "b@example.org", "")
		ways := [][2]Member{{a, b}, {b, a}}
		errs := make([]error, 2)
		var all sync.WaitGroup
		for i, w := range ways {
			all.Go(func() { errs[i] = h.Merge(h.ctx, h.manager, h.space, w[0].ID, w[1].ID, w[0].Name) })
		}
		all.Wait()
		won := slices.Index(errs, nil)
		if won < 0 || !errors.Is(errs[1-won], ErrNoSuchMember) {
			t.Fatalf("%v", errs)
		}
		for _, address := range []string{"a@example.org", "b@example.org"} {
			if m, err := h.ByEmail(h.ctx, address); err != nil || m.ID != ways[won][1].ID {
				t.Errorf("%s finds %+v, %v", address, m, err)
			}
		}
	})
}
