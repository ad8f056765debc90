package consent

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/testkit"
)

// kid is a minor called like this.
func (h *makerspace) kid(name string) actor.Actor {
	h.t.Helper()
	kid := h.join(name, actor.Member)
	h.must(h.SayBirthday(h.ctx, kid, h.space, kid.Member, "2012-06-01", ""))
	return kid
}

var petra = Invitation{Name: "Petra Parent", Email: "petra.parent@example.org", Locale: "en"}

// answersWhile runs a guardian's answer, and something that meets it: what meets it begins
// before the answer is given, and comes as far as it can.
func (h *makerspace) answersWhile(g Guardianship, answer func(ctx context.Context) error, meets func() error) error {
	h.t.Helper()
	var met error
	var wg sync.WaitGroup
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		if err := h.db.Lock(ctx, "guardianships", g.ID); err != nil {
			return err
		}
		wg.Go(func() { met = meets() })
		time.Sleep(300 * time.Millisecond)
		return answer(ctx)
	}))
	wg.Wait()
	return met
}

// What a guardian has answered stands, whatever others do at that moment.
func TestAGuardiansAnswerIsNotOverwritten(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		yes := func(door Door) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := h.Consent(ctx, actor.Actor{}, door, signed("Petra Parent"), nil)
				return err
			}
		}
		no := func(door Door) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := h.Decline(ctx, actor.Actor{}, door)
				return err
			}
		}
		for _, c := range []struct {
			name    string
			answer  func(Door) func(ctx context.Context) error
			meets   func(kid actor.Actor) error
			answers func(Guardianship) bool
		}{
			{"a yes, while the letter is asked for again", yes, func(kid actor.Actor) error {
				_, err := h.AskGuardian(h.ctx, kid, h.space, kid.Member, petra)
				return err
			}, Guardianship.Runs},
			{"a no, while the letter is asked for again", no, func(kid actor.Actor) error {
				_, err := h.AskGuardian(h.ctx, kid, h.space, kid.Member, petra)
				return err
			}, func(g Guardianship) bool { return !g.EndedAt.IsZero() }},
			{"a no, while the desk writes a yes down", no, func(kid actor.Actor) error {
				_, err := h.RecordConsent(h.ctx, h.desk, h.space, kid.Member, petra, "Identity card seen", "")
				return err
			}, func(g Guardianship) bool { return !g.EndedAt.IsZero() && g.RecordedBy == "" }},
		} {
			h.waiting = nil
			kid := h.kid(c.name)
			g, err := h.AskGuardian(h.ctx, kid, h.space, kid.Member, petra)
			h.must(err)
			door := Door{Token: h.token(h.deliver()[0])}
			h.clock.Advance(time.Hour)
			h.must(h.answersWhile(g, c.answer(door), func() error { return c.meets(kid) }))
			if g, err = h.store.guardianship(h.ctx, g.ID); err != nil || !c.answers(g) {
				t.Errorf("%s: kept as %+v, %v", c.name, g, err)
			}
		}
	})
}

func TestEveryGuardianIsToldOfComingOfAgeOnce(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		kid := h.minor("2009-03-15")
		for _, i := range []Invitation{petra, {Name: "Paul Parent", Email: "paul.parent@example.org", Locale: "en"}} {
			_, err := h.RecordConsent(h.ctx, h.desk, h.space, kid.Member, i, "Identity card seen", "")
			h.must(err)
		}
		h.deliver()
		h.clock.Set(testkit.At(t, "2027-03-14 23:00"))
		h.must(h.ComeOfAge(h.ctx))
		if n := len(h.waiting); n != 3 {
			t.Errorf("%d jobs for three letters: one that fails sends others again", n)
		}
		var told []string
		for _, m := range h.deliver() {
			told = append(told, m.To)
		}
		slices.Sort(told)
		if want := "kim.kid@example.org paul.parent@example.org petra.parent@example.org"; strings.Join(told, " ") != want {
			t.Errorf("told are %v, want %s", told, want)
		}
	})
}

// Who answered by the link of a letter has no account there, and is known by their address.
func TestWhoIsErasedAnswersForNobody(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		byLink, asked, byAccount, others := h.kid("Kit"), h.kid("Kim"), h.kid("Kai"), h.kid("Kat")
		var doors []Door
		for _, kid := range []actor.Actor{byLink, byAccount, asked} {
			_, err := h.AskGuardian(h.ctx, kid, h.space, kid.Member, Invitation{Name: "Petra Parent", Email: "Petra.Parent@example.org", Locale: "en"})
			h.must(err)
			doors = append(doors, Door{Token: h.token(h.deliver()[0])})
		}
		_, err := h.Consent(h.ctx, actor.Actor{}, doors[0], signed("Petra Parent"), nil)
		h.must(err)
		_, err = h.Consent(h.ctx, h.parent, doors[1], signed("Petra Parent"), nil)
		h.must(err)
		_, err = h.RecordConsent(h.ctx, h.desk, h.space, others.Member, Invitation{Name: "Otto Other", Email: "otto@example.org", Locale: "en"}, "Identity card seen", "")
		h.must(err)
		h.deliver()
		h.must(h.Erase(h.ctx, h.parent.Member))
		for _, kid := range []actor.Actor{byLink, asked, byAccount} {
			all, err := h.store.guardians(h.ctx, h.space, kid.Member)
			h.must(err)
			for _, g := range all {
				if g.Name+g.Email+g.EmailKey+g.Signature+g.Address != "" || g.TokenHash != nil || g.EndedAt.IsZero() {
					t.Errorf("there is still %+v", g)
				}
			}
			if st := h.standing(kid.Member); st.Consented || st.Invited {
				t.Errorf("their guardian goes on: %+v", st)
			}
		}
		if st := h.standing(others.Member); !st.Consented {
			t.Error("another guardian is gone, too")
		}
		letters := h.deliver()
		if len(letters) != 3 {
			t.Fatalf("letters: %v", letters)
		}
		to := map[string]bool{}
		for _, m := range letters {
			to[m.To] = true
			if !strings.HasPrefix(m.To, "k") || m.Subject != "Your guardian is no longer here" || strings.Contains(m.Text, "Petra") || strings.Contains(m.Text, "{{") {
				t.Errorf("the child reads %+v", m)
			}
		}
		if len(to) != 3 {
			t.Errorf("told are %v", to)
		}
	})
}
