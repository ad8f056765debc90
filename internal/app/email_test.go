package app

import (
	"errors"
	"fmt"
	"regexp"
	"sync"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/clock"
	"guildhall/internal/members"
)

var emailConfirm = regexp.MustCompile(`/email/confirm\?token=([^\s"<>]+)`)

// Several ask for one new address and press the button in their letters at the same
// moment: one has it then, and each of the others is told that it is another account's.
func TestOneOfThoseWhoConfirmANewAddressAtOnceHasIt(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := t.Context()
		space := setUp(t, a, "community")
		owner := fresh(a, signedIn(t, a, ingrid.Email, ingrid.Password))
		const rounds, racers = 4, 3
		for round := range rounds {
			wish := fmt.Sprintf("Wish%d@example.org", round)
			was, asking := map[string]bool{}, make([]actor.Actor, racers)
			for i := range asking {
				m, err := a.Members.Enrol(ctx, owner, space.ID, members.Enrolment{Name: "Mia", Email: fmt.Sprintf("mia%d.%d@example.org", round, i), Locale: "en"})
				if err != nil {
					t.Fatal(err)
				}
				asking[i] = fresh(a, actor.Actor{Member: m.ID, Session: m.ID})
				was[m.Email] = true
				if err := a.Auth.ChangeEmail(ctx, asking[i], auth.From{Address: "192.0.2.1"}, wish); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.Jobs.RunDue(ctx); err != nil {
				t.Fatal(err)
			}
			letters, err := a.Mail.Kept(ctx, 200)
			if err != nil {
				t.Fatal(err)
			}
			var tokens []string
			for _, l := range letters {
				if found := emailConfirm.FindStringSubmatch(l.Body); l.Recipient == wish && found != nil {
					tokens = append(tokens, found[1])
				}
			}
			if len(tokens) != racers {
				t.Fatalf("%d letters to %s", len(tokens), wish)
			}

			errs, start := make([]error, racers), make(chan struct{})
			var all sync.WaitGroup
			for i, token := range tokens {
				all.Go(func() {
					<-start
					errs[i] = a.Auth.ConfirmEmail(ctx, actor.Actor{}, token)
				})
			}
			close(start)
			all.Wait()
			won := 0
			for _, err := range errs {
				switch {
				case err == nil:
					won++
				case !errors.Is(err, auth.ErrEmailTaken):
					t.Errorf("refused with %v", err)
				}
			}
			have := 0
			for _, by := range asking {
				switch m, err := a.Members.Member(ctx, by.Member); {
				case err != nil:
					t.Fatal(err)
				case m.Email == wish:
					have++
				case !was[m.Email]:
					t.Errorf("who lost is now %s", m.Email)
				}
			}
			if won != 1 || have != 1 {
				t.Errorf("%d are told that they have it, %d have it", won, have)
			}
		}
	})
}
