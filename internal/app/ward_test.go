package app

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/privacy"
	"guildhall/internal/spaces"
)

// family is a minor in a space, and two who answer for them there.
type family struct {
	*App
	t                            *testing.T
	space                        spaces.Space
	owner, child, mother, father actor.Actor
	motherAnswers, fatherAnswers id.ID
	childAddress                 string
}

// somebody is a person of the space with a confirmed address, signed in a moment ago.
func (f *family) somebody(name, email string) actor.Actor {
	f.t.Helper()
	ctx := f.t.Context()
	m, err := f.Members.Enrol(ctx, f.owner, f.space.ID, members.Enrolment{Name: name, Email: email, Locale: "en"})
	f.must(err)
	f.must(f.Members.Confirm(ctx, m.ID))
	f.must(f.Auth.Give(ctx, actor.House, "steel rule and ink", m.ID))
	return fresh(f.App, signedIn(f.t, f.App, email, "steel rule and ink"))
}

func (f *family) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// answersFor is a guardian's consent as it is noted at the desk.
func (f *family) answersFor(name, email string) id.ID {
	f.t.Helper()
	g, err := f.Consent.RecordConsent(f.t.Context(), f.owner, f.space.ID, f.child.Member, consent.Invitation{Name: name, Email: email, Locale: "en"}, "Identity card seen", "")
	f.must(err)
	return g.ID
}

func familyOf(t *testing.T, a *App) *family {
	t.Helper()
	f := &family{App: a, t: t, space: setUp(t, a, "community"), childAddress: "canaria@zwitscher.example"}
	f.owner = fresh(a, signedIn(t, a, ingrid.Email, ingrid.Password))
	f.child = f.somebody(canary, f.childAddress)
	f.mother, f.father = f.somebody("Martha Mother", "martha@example.org"), f.somebody("Falk Father", "falk@example.org")
	today := clock.DayOf(a.Clock.Now(), f.space.Location())
	f.must(a.Consent.SayBirthday(t.Context(), f.owner, f.space.ID, f.child.Member, consent.On(today.Add(3), -consent.OfAge), "Identity card seen"))
	f.motherAnswers, f.fatherAnswers = f.answersFor("Martha Mother", "martha@example.org"), f.answersFor("Falk Father", "falk@example.org")
	return f
}

// ready has the jobs done and gives the newest file that a guardian asked for.
func (f *family) ready(by actor.Actor, guardianship id.ID) privacy.Export {
	f.t.Helper()
	f.must(f.Jobs.RunDue(f.t.Context()))
	list, err := f.Privacy.WardExports(f.t.Context(), by, guardianship)
	f.must(err)
	if len(list) == 0 || list[0].Status(f.Clock.Now()) != privacy.Ready {
		f.t.Fatalf("nothing is ready: %+v", list)
	}
	return list[0]
}

func TestAGuardianGetsTheFileOfTheirChildAndNobodyElseDoes(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := t.Context()
		f := familyOf(t, a)
		// A link that sets a new password waits in a letter to the child.
		f.must(a.Auth.RequestReset(ctx, auth.From{Address: "192.0.2.7"}, f.childAddress))
		e, err := a.Privacy.AskForWard(ctx, f.mother, f.motherAnswers)
		f.must(err)
		if _, err := a.Privacy.AskForWard(ctx, f.mother, f.motherAnswers); !errors.Is(err, privacy.ErrInTheMaking) {
			t.Errorf("a second while the first is made: %v", err)
		}
		f.ready(f.mother, f.motherAnswers)

		if list, err := a.Privacy.Exports(ctx, f.child); err != nil || len(list) != 0 {
			t.Errorf("the child's own files: %+v, %v", list, err)
		}
		for who, fetch := range map[string]func() ([]byte, error){
			"the child":               func() ([]byte, error) { return a.Privacy.Fetch(ctx, f.child, e.ID) },
			"the other guardian":      func() ([]byte, error) { return a.Privacy.FetchForWard(ctx, f.father, f.fatherAnswers, e.ID) },
			"with another's consent":  func() ([]byte, error) { return a.Privacy.FetchForWard(ctx, f.father, f.motherAnswers, e.ID) },
			"the owner of the space":  func() ([]byte, error) { return a.Privacy.FetchForWard(ctx, f.owner, f.motherAnswers, e.ID) },
			"the mother, as her own":  func() ([]byte, error) { return a.Privacy.Fetch(ctx, f.mother, e.ID) },
			"the child, as their own": func() ([]byte, error) { return a.Privacy.FetchForWard(ctx, f.child, f.motherAnswers, e.ID) },
		} {
			if body, err := fetch(); len(body) > 0 || kindOf(err) != fault.KindNotFound {
				t.Errorf("%s: %d bytes, %v", who, len(body), err)
			}
		}

		body, err := a.Privacy.FetchForWard(ctx, f.mother, f.motherAnswers, e.ID)
		f.must(err)
		files := unzip(t, body)
		if !bytes.Contains(files["data.json"], []byte(canary)) || !bytes.Contains(files["data.json"], []byte(f.child.Member)) {
			t.Errorf("data.json is not about the child: %.300s", files["data.json"])
		}
		if !bytes.Contains(files["csv/mails.csv"], []byte("token=…")) {
			t.Errorf("the letter with the link is not in the file: %s", files["csv/mails.csv"])
		}
		for name, file := range files {
			if key.Match(bytes.ReplaceAll(file, []byte("token=…"), nil)) {
				t.Errorf("%s has a link that opens the child's account", name)
			}
		}
		if _, err := a.Privacy.FetchForWard(ctx, f.mother, f.motherAnswers, e.ID); !errors.Is(err, privacy.ErrFetched) {
			t.Errorf("a second time: %v", err)
		}
		f.childKnows()
	})
}

func kindOf(err error) fault.Kind {
	refusal, ok := fault.As(err)
	if !ok {
		return 0
	}
	return refusal.Kind
}

// childKnows demands that the child was told, by letter and in what happened to their account.
func (f *family) childKnows() {
	f.t.Helper()
	letters, err := f.Mail.Kept(f.t.Context(), 50)
	f.must(err)
	told := 0
	for _, l := range letters {
		if l.Recipient == f.childAddress && strings.Contains(l.Body, "Martha Mother") && strings.Contains(l.Body, "asked for a file") {
			told++
		}
	}
	if told != 1 {
		f.t.Errorf("the child got %d letters about it", told)
	}
	events, err := f.Auth.Events(f.t.Context(), f.child)
	f.must(err)
	happened := 0
	for _, e := range events {
		if e.Operation == "privacy.ward" {
			happened++
		}
	}
	if happened != 2 {
		f.t.Errorf("what happened to the child's account: %+v", events)
	}
}

// Whether a consent is taken back or the child comes of age: the hold on the child's data
// ends at once, also on a file that is ready.
func TestAGuardiansHoldEndsWithTheGuardianship(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(f *family, now *clock.Movable)
		want error
	}{
		"withdrawn": {func(f *family, _ *clock.Movable) {
			_, err := f.Consent.Decline(f.t.Context(), f.mother, consent.Door{Guardianship: f.motherAnswers})
			f.must(err)
		}, consent.ErrNotGuarding},
		"ended at the desk": {func(f *family, _ *clock.Movable) {
			f.must(f.Consent.RecordEnd(f.t.Context(), f.owner, f.space.ID, f.child.Member, f.motherAnswers))
		}, consent.ErrNotGuarding},
		"of age": {func(f *family, now *clock.Movable) { now.Advance(4 * 24 * time.Hour) }, consent.ErrGrown},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, a *App, now *clock.Movable) {
				ctx := t.Context()
				f := familyOf(t, a)
				_, err := a.Privacy.AskForWard(ctx, f.mother, f.motherAnswers)
				f.must(err)
				e := f.ready(f.mother, f.motherAnswers)
				c.end(f, now)
				if _, err := a.Privacy.FetchForWard(ctx, f.mother, f.motherAnswers, e.ID); !errors.Is(err, c.want) {
					t.Errorf("fetch: %v", err)
				}
				if _, err := a.Privacy.AskForWard(ctx, f.mother, f.motherAnswers); !errors.Is(err, c.want) {
					t.Errorf("ask: %v", err)
				}
				if _, err := a.Privacy.WardExports(ctx, f.mother, f.motherAnswers); !errors.Is(err, c.want) {
					t.Errorf("list: %v", err)
				}
				if err := a.Privacy.EraseWard(ctx, f.mother, f.motherAnswers, f.childAddress); !errors.Is(err, c.want) {
					t.Errorf("erase: %v", err)
				}
				if m, err := a.Members.Member(ctx, f.child.Member); err != nil || m.Name != canary {
					t.Errorf("the child is %+v, %v", m, err)
				}
			})
		})
	}
}

// Who was only asked and has not consented has no hold.
func TestWhoIsAskedOnlyHasNoHold(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		f := familyOf(t, a)
		aunt := f.somebody("Anne Aunt", "anne@example.org")
		g, err := a.Consent.AskGuardian(t.Context(), f.child, f.space.ID, f.child.Member, consent.Invitation{Name: "Anne Aunt", Email: "anne@example.org"})
		f.must(err)
		if _, err := a.Privacy.AskForWard(t.Context(), aunt, g.ID); !errors.Is(err, consent.ErrNotGuarding) {
			t.Errorf("ask: %v", err)
		}
		if err := a.Privacy.EraseWard(t.Context(), aunt, g.ID, f.childAddress); !errors.Is(err, consent.ErrNotGuarding) {
			t.Errorf("erase: %v", err)
		}
	})
}

func TestAGuardianErasesTheirChild(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := t.Context()
		f := familyOf(t, a)
		if err := a.Privacy.EraseWard(ctx, f.mother, f.motherAnswers, "martha@example.org"); !errors.Is(err, privacy.ErrConfirm) {
			t.Errorf("with another address: %v", err)
		}
		second, err := a.Spaces.Create(ctx, f.owner, spaces.NewSpace{
			Name: f.space.Name, Slug: "second", Blueprint: "community", Country: "DE", Zone: "Europe/Berlin", Currency: "EUR", Hours: week(),
		})
		f.must(err)
		_, err = a.Members.Enrol(ctx, actor.House, second.ID, members.Enrolment{Name: canary, Email: f.childAddress})
		f.must(err)
		if err := a.Privacy.EraseWard(ctx, f.mother, f.motherAnswers, f.childAddress); !errors.Is(err, privacy.ErrWardElsewhere) {
			t.Errorf("of a space where she does not answer, too: %v", err)
		}
		_, err = a.Consent.RecordConsent(ctx, actor.House, second.ID, f.child.Member, consent.Invitation{Name: "Martha Mother", Email: "martha@example.org"}, "Identity card seen", "")
		f.must(err)
		f.must(a.Privacy.EraseWard(ctx, f.mother, f.motherAnswers, f.childAddress))
		f.must(a.Jobs.RunDue(ctx))
		for _, word := range []string{"Canaria", "canaria", "zwitscher"} {
			if places := mentions(t, a, word); len(places) > 0 {
				t.Errorf("%q is still in %v", word, places)
			}
		}
		if found, err := a.Verify(ctx); err != nil || len(found) > 0 {
			t.Errorf("verify: %v, %v", found, err)
		}
		if m, err := a.Members.Member(ctx, f.mother.Member); err != nil || m.Name != "Martha Mother" {
			t.Errorf("the mother is %+v, %v", m, err)
		}
		if _, err := a.Privacy.Ward(ctx, f.mother, f.motherAnswers); err == nil {
			t.Error("she still answers for who is no more")
		}
		erased, err := (&erasures{path: a.Config.File(erasuresFile)}).All()
		if err != nil || !slices.Contains(erased, f.child.Member) {
			t.Errorf("the list of the erased: %v, %v", erased, err)
		}
	})
}
