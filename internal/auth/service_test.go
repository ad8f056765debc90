package auth

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

func TestSomeoneSignsUpConfirmsAndSignsIn(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.signUp(mia, good)
		l := h.deliver()
		if p, _, _ := h.house.ByEmail(t.Context(), mia); p.Confirmed {
			t.Error("confirmed before the letter was read")
		}
		if l.to != mia || l.subject != "Confirm your e-mail address" || !strings.Contains(l.text, "Hello Mia Tanaka") || !strings.Contains(l.text, "24 h") {
			t.Errorf("the letter reads %+v", l)
		}
		token := l.token(t, "/confirm")
		if err := h.Confirm(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if p, _, _ := h.house.ByEmail(t.Context(), mia); !p.Confirmed {
			t.Error("not confirmed by the letter")
		}
		h.signIn(mia, good)
		h.signIn(" MIA@example.org ", good)
		h.refused("the same link again", h.Confirm(t.Context(), token), ErrLink)
	})
}

func TestLettersSpeakTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.house.person("chen@example.org", func(p *Person) { p.Name, p.Locale = "陈力", "zh-CN" })
		if err := h.RequestReset(t.Context(), h.desk, "chen@example.org"); err != nil {
			t.Fatal(err)
		}
		if l := h.deliver(); l.subject != "设置新密码" || !strings.Contains(l.text, "陈力，你好：") || strings.Contains(l.text, "auth.letter") {
			t.Errorf("the letter reads %+v", l)
		}
	})
}

func TestEveryLetterIsWritten(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		for _, locale := range []string{"en", "zh-CN"} {
			p := h.house.person("p-"+locale+"@example.org", func(p *Person) { p.Locale = locale })
			for _, a := range []about{aboutKnown, aboutChanged, aboutCopied} {
				if err := h.Write(t.Context(), Letter{About: a, Member: p.ID}); err != nil {
					t.Fatal(err)
				}
				l := h.post.letters[len(h.post.letters)-1]
				if strings.Contains(l.subject+l.text, "auth.letter") || strings.Contains(l.text, "{{") || !strings.Contains(l.text, "https://hall.example/") {
					t.Errorf("%s, %s reads %+v", a, locale, l)
				}
			}
		}
	})
}

func TestASignUpShowsEverythingThatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		err := h.SignUp(t.Context(), h.desk, SignUp{Newcomer{Email: "nobody"}, "short"})
		h.refused("no name", err, errNoName)
		h.refused("no address", err, errNoEmail)
		h.refused("a short password", err, ErrPasswordShort)
		if n := count(t, h.db, "SELECT count(*) FROM attempts"); n != 0 {
			t.Errorf("%d tries were counted for a form that was filled in wrongly", n)
		}
	})
}

// Signing up again must tell a stranger nothing, neither by its answer nor by how long
// it takes: the same number of hashes is computed.
func TestAKnownAddressLooksLikeAnUnknownOne(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.member(mia, good)
		hashes := func(fn func() error) (n int64, err error) {
			before := h.hasher.done.Load()
			err = fn()
			return h.hasher.done.Load() - before, err
		}
		for _, email := range []string{mia, "stranger@example.org"} {
			n, err := hashes(func() error {
				return h.SignUp(t.Context(), h.desk, SignUp{Newcomer{Email: email, Name: "Mallory", Locale: "en"}, better})
			})
			if n != 1 || err != nil {
				t.Errorf("sign up %s: %d hashes and %v, want 1 and nil", email, n, err)
			}
			n, err = hashes(func() error {
				_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: email, Password: better})
				return err
			})
			if n != 2 || !is(err, ErrUnconfirmed) {
				t.Errorf("sign in %s with that password: %d hashes and %v, want 2 and auth.unconfirmed", email, n, err)
			}
		}
		h.deliver()
		if known := h.post.letters[len(h.post.letters)-2]; known.to != mia || known.subject != "You already have an account" {
			t.Errorf("the owner of the address was told %+v", known)
		}
		h.house.person("import@example.org", nil) // has no password
		for _, email := range []string{mia, "stranger@example.org", "unknown@example.org", "import@example.org"} {
			n, err := hashes(func() error {
				_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: email, Password: notGood})
				return err
			})
			if n != 2 || !is(err, ErrWrong) {
				t.Errorf("sign in %s: %d hashes and %v, want 2 and auth.wrong", email, n, err)
			}
		}
		for _, email := range []string{mia, "unknown@example.org"} {
			jobs := len(h.post.jobs)
			if err := h.RequestReset(t.Context(), h.desk, email); err != nil || len(h.post.jobs) != jobs+1 {
				t.Errorf("reset of %s: %v and %d jobs, want nil and 1", email, err, len(h.post.jobs)-jobs)
			}
		}
		letters := len(h.post.letters)
		h.deliver()
		if got := h.post.letters[letters:]; len(got) != 1 || got[0].to != mia {
			t.Errorf("letters went to %+v, want one to %s", got, mia)
		}
		if _, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: better}); !is(err, ErrUnconfirmed) {
			t.Errorf("signing up again changed the owner's password: %v", err)
		}
	})
}

// A person whom an import brought has no password. Whoever signs up with their address
// gets in only by the letter, so that nobody reads a stranger's bookings.
func TestAnAddressFromAnImportIsClaimedByItsLetterOnly(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.house.person(mia, func(p *Person) { p.Confirmed = false })
		h.signUp(mia, good)
		if _, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good}); !is(err, ErrUnconfirmed) {
			t.Fatalf("in before the address was proven: %v", err)
		}
		if err := h.Confirm(t.Context(), h.deliver().token(t, "/confirm")); err != nil {
			t.Fatal(err)
		}
		h.signIn(mia, good)
	})
}

// Someone signs up with an address that is not theirs and waits. When its owner signs
// up and confirms, the owner's password counts, and the other's never did.
func TestAnAddressTakenInAdvanceGoesToItsOwner(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		out := func(when string, want *fault.Error) {
			t.Helper()
			_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood})
			h.refused("the squatter "+when, err, want)
		}
		h.signUp(mia, notGood)
		out("at once", ErrUnconfirmed)
		h.deliver()
		h.signUp(mia, good)
		if err := h.Confirm(t.Context(), h.deliver().token(t, "/confirm")); err != nil {
			t.Fatal(err)
		}
		out("afterwards", ErrWrong)
		h.signIn(mia, good)
		h.refused("the squatter's letter", h.Confirm(t.Context(), h.post.letters[0].token(t, "/confirm")), ErrLink)
		out("after all", ErrWrong)
	})
}

// The later sign-up is the stranger's: the owner, who has both letters, uses their own.
func TestEachLetterBringsThePasswordOfItsOwnSignUp(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.signUp(mia, good)
		own := h.deliver().token(t, "/confirm")
		h.signUp(mia, notGood)
		h.deliver()
		if err := h.Confirm(t.Context(), own); err != nil {
			t.Fatal(err)
		}
		h.signIn(mia, good)
	})
}

// A stranger signs up with the address of someone who then sets a password by reset.
// The stranger's letter lies in the mailbox still; pressing its link changes nothing.
func TestASignUpsPasswordIsVoidOnceTheAddressIsProvenOtherwise(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.house.person(mia, func(p *Person) { p.Confirmed = false })
		h.signUp(mia, notGood)
		strangers := h.deliver().token(t, "/confirm")
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		if err := h.Reset(t.Context(), h.deliver().token(t, "/password-reset/confirm"), good); err != nil {
			t.Fatal(err)
		}
		owner := h.signIn(mia, good)
		if err := h.Confirm(t.Context(), strangers); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood}); !is(err, ErrWrong) || !h.alive(owner) {
			t.Errorf("the stranger gets %v and the owner is in: %v", err, h.alive(owner))
		}
	})
}

// unconfirmed is someone whom an operator gave a password before the address was proven.
func (h *hall) unconfirmed() Tokens {
	h.t.Helper()
	p := h.house.person(mia, func(p *Person) { p.Confirmed = false })
	if err := h.Give(h.t.Context(), actor.House, good, p.ID); err != nil {
		h.t.Fatal(err)
	}
	return h.signIn(mia, good)
}

func TestTheLetterCanBeHadAgain(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.unconfirmed()
		ask := func() string {
			t.Helper()
			if err := h.AskConfirm(t.Context(), tokens.by(), h.desk); err != nil {
				t.Fatal(err)
			}
			return h.deliver().token(t, "/confirm")
		}
		first := ask()
		if err := h.Confirm(t.Context(), ask()); err != nil {
			t.Fatal(err)
		}
		h.refused("the first link", h.Confirm(t.Context(), first), ErrLink)
		if !h.alive(tokens) {
			t.Error("confirming signed the person out")
		}
		h.signIn(mia, good)
		if err := h.AskConfirm(t.Context(), tokens.by(), h.desk); err != nil || len(h.post.jobs) != 0 {
			t.Errorf("whoever has confirmed is written to again: %v, %d jobs", err, len(h.post.jobs))
		}
		h.refused("a stranger", h.AskConfirm(t.Context(), actor.Actor{}, h.desk), actor.ErrSignIn)
	})
}

// Who signed up and did not open the letter is told so, and has it sent again: by the
// right password only, and only so often.
func TestWhoDidNotConfirmIsToldSoAndGetsTheLetterAgain(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.signUp(mia, good)
		first := h.deliver().token(t, "/confirm")
		h.clock.Advance(3 * 24 * time.Hour) // the link is too old by now
		h.refused("the link of three days ago", h.Confirm(t.Context(), first), ErrLink)

		refused, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good})
		h.refused("sign in", err, ErrUnconfirmed)
		if refused.Access != "" || refused.Refresh != "" || refused.Step == "" {
			t.Fatalf("a sign-in that was refused gave %+v", refused)
		}
		h.refused("the step as one of a second factor", second(h, refused.Step), ErrStep)
		guess, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood})
		h.refused("a guess", err, ErrWrong)
		if guess.Step != "" {
			t.Error("a guesser can have the letter sent")
		}
		h.refused("a letter for a guess", h.LetterAgain(t.Context(), h.desk, Credentials{Email: mia, Password: notGood}), ErrWrong)
		h.refused("a made-up step", h.LetterByStep(t.Context(), h.desk, "x"), ErrStep)
		if len(h.post.jobs) != 0 {
			t.Fatalf("%d letters before anyone asked for one", len(h.post.jobs))
		}

		if err := h.LetterByStep(t.Context(), h.desk, refused.Step); err != nil {
			t.Fatal(err)
		}
		if err := h.LetterAgain(t.Context(), h.desk, Credentials{Email: mia, Password: good}); err != nil {
			t.Fatal(err)
		}
		link := h.deliver().token(t, "/confirm")
		if err := h.LetterByStep(t.Context(), h.desk, refused.Step); err != nil {
			t.Fatal(err)
		}
		h.refused("a fourth letter", h.LetterByStep(t.Context(), h.desk, refused.Step), ErrTooMany)
		if err := h.Confirm(t.Context(), link); err != nil {
			t.Fatal(err)
		}
		h.refused("the step after that", h.LetterByStep(t.Context(), h.desk, refused.Step), ErrStep)
		h.signIn(mia, good)
		letters := len(h.post.letters)
		if err := h.LetterAgain(t.Context(), h.desk, Credentials{Email: mia, Password: good}); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		if got := h.post.letters[letters:]; len(got) != 0 {
			t.Errorf("who is in got %+v", got)
		}
	})
}

// A member's address that someone else signs up with: the button brings the letter that
// says there is an account, so it tells as little as the sign-up did.
func TestTheLetterAgainTellsNothingOfAMember(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.member(mia, good)
		h.signUp(mia, better)
		h.deliver()
		refused, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: better})
		h.refused("sign in", err, ErrUnconfirmed)
		if err := h.LetterByStep(t.Context(), h.desk, refused.Step); err != nil {
			t.Fatal(err)
		}
		if got := h.deliver(); got.to != mia || got.subject != "You already have an account" {
			t.Errorf("the owner got %+v", got)
		}
	})
}

func second(h *hall, step string) error {
	_, err := h.SignInSecond(h.t.Context(), h.desk, step, "123456")
	return err
}

func TestTwoSignUpsWithOneNewAddressMakeOnePerson(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		var failed atomic.Int64
		race(3, func(int) {
			if err := h.SignUp(t.Context(), h.desk, SignUp{Newcomer{Email: mia, Name: "Mia", Locale: "en"}, good}); err != nil {
				failed.Add(1)
				t.Error(err)
			}
		})
		if len(h.house.people) != 1 {
			t.Errorf("%d people, want 1", len(h.house.people))
		}
	})
}

func TestLinksGrowOld(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.signUp(mia, good)
		confirm := h.deliver().token(t, "/confirm")
		h.clock.Advance(ConfirmFor)
		h.refused("confirm after a day", h.Confirm(t.Context(), confirm), ErrLink)

		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		reset := h.deliver().token(t, "/password-reset/confirm")
		h.clock.Advance(ResetFor)
		h.refused("reset after half an hour", h.Reset(t.Context(), reset, better), ErrLink)
	})
}

// A letter that waited in the queue for an hour is not too old when it comes.
func TestALinkLastsFromWhenItsLetterIsWritten(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.signUp(mia, good)
		h.clock.Advance(30 * time.Hour)
		if err := h.Confirm(t.Context(), h.deliver().token(t, "/confirm")); err != nil {
			t.Error(err)
		}
	})
}

func TestALetterThatFailedIsSentAgain(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.signUp(mia, good)
		h.post.fail = errors.New("the mail server is away")
		if err := h.Write(t.Context(), h.post.jobs[0].(Letter)); err == nil {
			t.Fatal("a letter that was not sent counts as written")
		}
		h.post.fail = nil
		if err := h.Confirm(t.Context(), h.deliver().token(t, "/confirm")); err != nil {
			t.Error(err)
		}
	})
}

func TestATokenIsStoredAsItsHashOnly(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		calendar, err := h.NewCalendar(t.Context(), tokens.by())
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		reset := h.deliver().token(t, "/password-reset/confirm")
		for table, token := range map[string]string{"refresh_tokens": tokens.Refresh, "calendar_tokens": calendar, "one_time_tokens": reset} {
			if n := count(t, h.db, "SELECT count(*) FROM "+table+" WHERE hash = ?", token); n != 0 {
				t.Errorf("%s holds the token itself", table)
			}
			if n := count(t, h.db, "SELECT count(*) FROM "+table+" WHERE hash = ?", digest(token)); n != 1 {
				t.Errorf("%s does not hold the token's hash", table)
			}
		}
	})
}

func TestANewPasswordByLetter(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		old := h.member(mia, good)
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		token := h.deliver().token(t, "/password-reset/confirm")
		h.refused("a bad password", h.Reset(t.Context(), token, "password"), ErrPasswordCommon)
		if err := h.Reset(t.Context(), token, better); err != nil {
			t.Fatalf("the link was used up by a password that was refused: %v", err)
		}
		if h.alive(old) {
			t.Error("a session outlived the password")
		}
		if l := h.deliver(); l.subject != "You have a new password" || l.to != mia {
			t.Errorf("the letter reads %+v", l)
		}
		if _, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good}); !is(err, ErrWrong) {
			t.Errorf("the old password still counts: %v", err)
		}
		h.signIn(mia, better)
		h.refused("the same link again", h.Reset(t.Context(), token, good), ErrLink)
	})
}

// Whoever has tried in vain until they must wait, here or on a device they are known on,
// and then sets a new password, gets in with it.
func TestAResetEndsTheWait(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		known := h.desk
		known.Device = h.member(mia, good).Device
		h.memberElsewhere("ben@example.org")
		guess := func(from From, email string) {
			_, err := h.SignIn(t.Context(), from, Credentials{Email: email, Password: notGood})
			for !is(err, ErrTooMany) {
				h.refused("a guess", err, ErrWrong)
				_, err = h.SignIn(t.Context(), from, Credentials{Email: email, Password: notGood})
			}
		}
		guess(h.desk, mia)
		guess(known, mia)
		guess(h.desk, "ben@example.org")
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		if err := h.Reset(t.Context(), h.deliver().token(t, "/password-reset/confirm"), better); err != nil {
			t.Fatal(err)
		}
		h.signIn(mia, better)
		h.desk = known
		h.signIn(mia, better)
		_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: "ben@example.org", Password: good})
		h.refused("another address", err, ErrTooMany)
	})
}

func TestAResetProvesTheAddress(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.signUp(mia, good)
		h.deliver()
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		if err := h.Reset(t.Context(), h.deliver().token(t, "/password-reset/confirm"), better); err != nil {
			t.Fatal(err)
		}
		if p, _, _ := h.house.ByEmail(t.Context(), mia); !p.Confirmed {
			t.Error("whoever read the letter owns the address")
		}
	})
}

func TestOfTwoResetsWithOneLinkOneCounts(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.member(mia, good)
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		token := h.deliver().token(t, "/password-reset/confirm")
		passwords := []string{better, "seven blunt chisels", "eleven warm kilns", "a drawer of odd screws"}
		var won atomic.Int64
		var winner string
		race(len(passwords), func(i int) {
			switch err := h.Reset(t.Context(), token, passwords[i]); {
			case err == nil:
				won.Add(1)
				winner = passwords[i]
			case !is(err, ErrLink):
				t.Error(err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d of %d resets counted", won.Load(), len(passwords))
		}
		h.signIn(mia, winner)
	})
}

func TestAUsedResetMakesTheOthersUseless(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.member(mia, good)
		var links []string
		for range 2 {
			if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
				t.Fatal(err)
			}
			links = append(links, h.deliver().token(t, "/password-reset/confirm"))
		}
		if err := h.Reset(t.Context(), links[1], better); err != nil {
			t.Fatal(err)
		}
		h.refused("the earlier link", h.Reset(t.Context(), links[0], good), ErrLink)
	})
}

func TestChangingThePassword(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		here, there := h.member(mia, good), h.signIn(mia, good)
		h.refused("not knowing the present one", h.ChangePassword(t.Context(), here.by(), notGood, better), ErrOldPassword)
		h.refused("a stranger", h.ChangePassword(t.Context(), actor.Actor{}, good, better), actor.ErrSignIn)
		h.refused("one's own name", h.ChangePassword(t.Context(), here.by(), good, "MiaTanaka77"), ErrPasswordYours)
		if err := h.ChangePassword(t.Context(), here.by(), good, better); err != nil {
			t.Fatal(err)
		}
		if !h.alive(here) || h.alive(there) {
			t.Errorf("here %v, elsewhere %v; want to stay here and be out elsewhere", h.alive(here), h.alive(there))
		}
		if l := h.deliver(); l.subject != "Your password was changed" {
			t.Errorf("the letter reads %+v", l)
		}
		h.signIn(mia, better)
	})
}

func TestGuessingThePresentPasswordIsLimited(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		here := h.member(mia, good)
		for range 5 {
			h.refused("a guess", h.ChangePassword(t.Context(), here.by(), notGood, better), ErrOldPassword)
		}
		h.refused("the sixth", h.ChangePassword(t.Context(), here.by(), good, better), ErrTooMany)
	})
}

func TestTheHouseGivesPasswordsAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		a, b := h.house.person(mia, nil), h.house.person("ben@example.org", nil)
		before := h.hasher.done.Load()
		if err := h.Give(t.Context(), actor.House, good, a.ID, b.ID); err != nil {
			t.Fatal(err)
		}
		if n := h.hasher.done.Load() - before; n != 1 {
			t.Errorf("%d hashes for one password", n)
		}
		h.signIn(mia, good)
		owner := h.signIn("ben@example.org", good)
		h.refused("an owner", h.Give(t.Context(), owner.by(), better, a.ID), actor.ErrForbidden)
	})
}

func TestAnAccessTokenIsAskedEachTime(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		session, err := h.Authenticate(t.Context(), tokens.Access)
		if err != nil || session.ID != tokens.Session.ID || session.MemberID != tokens.Session.MemberID {
			t.Fatalf("the token gives %+v, %v", session, err)
		}
		if err := h.SignOut(t.Context(), tokens.by()); err != nil {
			t.Fatal(err)
		}
		if h.alive(tokens) {
			t.Error("the access token outlived its session")
		}
		_, err = h.Refresh(t.Context(), h.desk, tokens.Refresh)
		h.refused("the refresh token of an ended session", err, ErrSession)
		h.refused("signing out twice", h.SignOut(t.Context(), tokens.by()), ErrNoSuchSession)
	})
}

func TestAnAccessTokenLivesTenMinutes(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		h.clock.Advance(AccessFor - time.Second)
		if !h.alive(tokens) {
			t.Error("dead before its time")
		}
		h.clock.Advance(time.Second)
		if h.alive(tokens) {
			t.Error("alive after its time")
		}
	})
}

func TestTokensAreRefreshed(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		first := h.member(mia, good)
		h.clock.Advance(time.Hour)
		second, err := h.Refresh(t.Context(), h.desk, first.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		if second.Refresh == first.Refresh || second.Session.ID != first.Session.ID || !h.alive(second) {
			t.Errorf("refreshed into %+v", second)
		}
		if _, err := h.Refresh(t.Context(), h.desk, second.Refresh); err != nil {
			t.Error(err)
		}
	})
}

func TestAStolenRefreshTokenEndsBoth(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		stolen := h.member(mia, good)
		elsewhere := h.signIn(mia, good)
		owner, err := h.Refresh(t.Context(), h.desk, stolen.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Refresh(t.Context(), From{Address: somebody}, stolen.Refresh)
		h.refused("the thief", err, ErrSession)
		if h.alive(owner) || h.alive(stolen) {
			t.Error("an access token of the copied session still counts")
		}
		_, err = h.Refresh(t.Context(), h.desk, owner.Refresh)
		h.refused("the owner's next refresh", err, ErrSession)
		if !h.alive(elsewhere) {
			t.Error("another session of the owner was ended too")
		}
		if l := h.deliver(); l.subject != "One of your sessions was ended" {
			t.Errorf("the letter reads %+v", l)
		}
	})
}

// The thief comes first: then it is the owner's token that comes a second time.
func TestAThiefWhoIsFasterLosesToo(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		owner := h.member(mia, good)
		thief, err := h.Refresh(t.Context(), From{Address: somebody}, owner.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Refresh(t.Context(), h.desk, owner.Refresh)
		h.refused("the owner", err, ErrSession)
		if h.alive(thief) {
			t.Error("the thief is still in")
		}
		_, err = h.Refresh(t.Context(), From{Address: somebody}, thief.Refresh)
		h.refused("the thief's next refresh", err, ErrSession)
	})
}

func TestOfTwoRefreshesAtOnceOneWinsAndTheSessionEnds(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		var mu sync.Mutex
		var won []Tokens
		race(8, func(int) {
			next, err := h.Refresh(t.Context(), h.desk, tokens.Refresh)
			if err != nil {
				h.refused("a loser", err, ErrSession)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			won = append(won, next)
		})
		if len(won) != 1 {
			t.Fatalf("%d of 8 got tokens", len(won))
		}
		if h.alive(won[0]) {
			t.Error("a token that came twice leaves its session")
		}
	})
}

// Five tabs are opened at once, each with the same expired cookie.
func TestTabsOfOneBrowserStaySignedIn(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		h.clock.Advance(time.Hour)
		var mu sync.Mutex
		next := map[string]int{}
		race(5, func(int) {
			tab, err := h.Resume(t.Context(), h.desk, tokens.Refresh)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			next[tab.Refresh]++
			if !h.alive(tab) {
				t.Error("a tab was given a dead token")
			}
		})
		if len(next) != 1 {
			t.Errorf("the tabs were given %d refresh tokens, want one for all", len(next))
		}
		for token := range next {
			if _, err := h.Resume(t.Context(), h.desk, token); err != nil {
				t.Errorf("the browser can't go on: %v", err)
			}
		}
	})
}

func TestABrowsersTokenIsNoneOfAnothersBusiness(t *testing.T) {
	for name, change := range map[string]func(h *hall){
		"from another address": func(h *hall) { h.desk.Address = somebody },
		"with another browser": func(h *hall) { h.desk.Agent = "Safari" },
		"after a while":        func(h *hall) { h.clock.Advance(together + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *hall) {
				tokens := h.member(mia, good)
				owner, err := h.Resume(t.Context(), h.desk, tokens.Refresh)
				if err != nil {
					t.Fatal(err)
				}
				change(h)
				_, err = h.Resume(t.Context(), h.desk, tokens.Refresh)
				h.refused("the same token", err, ErrSession)
				if h.alive(owner) {
					t.Error("a copied token leaves its session")
				}
			})
		})
	}
}

func TestHowLongASessionLasts(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name  string
		who   Person
		uses  []time.Duration // how long after one another
		lasts bool
	}{
		{"a member after 13 days", Person{}, []time.Duration{13 * day}, true},
		{"a member idle for 14 days", Person{}, []time.Duration{14 * day}, false},
		{"a member who comes each week, day 84", Person{}, repeat(7*day, 12), true},
		{"a member who comes each week, day 91", Person{}, repeat(7*day, 13), false},
		{"the desk after eleven hours", Person{Staff: true}, repeat(time.Hour, 11), true},
		{"the desk after twelve hours", Person{Staff: true}, repeat(time.Hour, 12), false},
		{"the desk after an early and a late customer", Person{Staff: true}, []time.Duration{11 * time.Hour}, true},
		{"a manager idle for 29 minutes", Person{Staff: true, Manages: true}, []time.Duration{29 * time.Minute}, true},
		{"a manager idle for half an hour", Person{Staff: true, Manages: true}, []time.Duration{30 * time.Minute}, false},
		{"a manager at work after eleven hours", Person{Staff: true, Manages: true}, repeat(20*time.Minute, 33), true},
		{"a manager at work after twelve hours", Person{Staff: true, Manages: true}, repeat(20*time.Minute, 36), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, h *hall) {
				p := h.house.person(mia, func(p *Person) { p.Staff, p.Manages = c.who.Staff, c.who.Manages })
				if err := h.Give(t.Context(), actor.House, good, p.ID); err != nil {
					t.Fatal(err)
				}
				tokens := h.signIn(mia, good)
				var err error
				for i, after := range c.uses {
					h.clock.Advance(after)
					if tokens, err = h.Refresh(t.Context(), h.desk, tokens.Refresh); err != nil && i < len(c.uses)-1 {
						t.Fatalf("ended at use %d: %v", i, err)
					}
				}
				if c.lasts != (err == nil) {
					t.Errorf("the last use gives %v", err)
				}
			})
		})
	}
}

func repeat(d time.Duration, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = d
	}
	return all
}

// Whoever is given keys to the house in the middle of a long session must sign in anew.
func TestASessionIsShortenedWhenAMemberBecomesStaff(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		h.clock.Advance(13 * time.Hour)
		p, _, _ := h.house.ByEmail(t.Context(), mia)
		p.Staff = true
		h.house.people[p.ID] = p
		_, err := h.Refresh(t.Context(), h.desk, tokens.Refresh)
		h.refused("after thirteen hours", err, ErrSession)
	})
}

func TestTheEleventhSessionEndsTheOldest(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		all := []Tokens{h.member(mia, good)}
		for range MaxSessions {
			h.clock.Advance(time.Second)
			all = append(all, h.signIn(mia, good))
		}
		if h.alive(all[0]) || !h.alive(all[1]) || !h.alive(all[MaxSessions]) {
			t.Error("not the oldest was ended")
		}
		list, err := h.Sessions(t.Context(), all[1].by())
		if err != nil || len(list) != MaxSessions || list[0].ID != all[MaxSessions].Session.ID {
			t.Errorf("%d sessions listed, %v", len(list), err)
		}
	})
}

func TestSigningOutElsewhere(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		a, b, c := h.member(mia, good), h.signIn(mia, good), h.signIn(mia, good)
		other := h.member("ben@example.org", good)
		h.refused("another's session", h.End(t.Context(), other.by(), a.Session.ID), ErrNoSuchSession)
		h.refused("no session", h.End(t.Context(), a.by(), id.New()), ErrNoSuchSession)
		h.refused("a stranger", h.End(t.Context(), actor.Actor{}, a.Session.ID), actor.ErrSignIn)
		if err := h.End(t.Context(), a.by(), c.Session.ID); err != nil {
			t.Fatal(err)
		}
		n, err := h.EndOthers(t.Context(), a.by())
		if err != nil || n != 1 {
			t.Errorf("%d others ended, %v; want 1", n, err)
		}
		if !h.alive(a) || h.alive(b) || h.alive(c) || !h.alive(other) {
			t.Error("the wrong sessions were ended")
		}
	})
}

func TestTheCalendarsAddress(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		by := h.member(mia, good).by()
		if since, err := h.Calendar(t.Context(), by); err != nil || !since.IsZero() {
			t.Errorf("a calendar before there is one: %v, %v", since, err)
		}
		first, err := h.NewCalendar(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		if who, err := h.CalendarOwner(t.Context(), first); err != nil || who != by.Member {
			t.Errorf("the calendar is %s's, %v", who, err)
		}
		second, err := h.NewCalendar(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.CalendarOwner(t.Context(), first)
		h.refused("the address before", err, ErrNoCalendar)
		if since, err := h.Calendar(t.Context(), by); err != nil || !since.Equal(h.clock.Now()) {
			t.Errorf("a calendar since %v, %v", since, err)
		}
		if err := h.RevokeCalendar(t.Context(), by); err != nil {
			t.Fatal(err)
		}
		_, err = h.CalendarOwner(t.Context(), second)
		h.refused("the revoked address", err, ErrNoCalendar)
		_, err = h.NewCalendar(t.Context(), actor.Actor{})
		h.refused("a stranger", err, actor.ErrSignIn)
	})
}

func TestGuessingIsLimited(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.member(mia, good)
		guess := func(from From, email, password string) error {
			_, err := h.SignIn(t.Context(), from, Credentials{Email: email, Password: password})
			return err
		}
		stranger := From{Address: somebody}
		for _, email := range []string{mia, "Mia@Example.org", " mia@example.org", mia, mia} {
			h.refused("a guess", guess(stranger, email, notGood), ErrWrong)
			h.clock.Advance(time.Minute)
		}
		err := guess(stranger, mia, good)
		h.refused("the sixth, though right", err, ErrTooMany)
		if e, _ := fault.As(err); e == nil || e.RetryAfter != 14*60 || e.Args["Minutes"] != 14 {
			t.Errorf("wait %+v, want 14 minutes", e)
		}
		if err := guess(h.desk, mia, good); err != nil {
			t.Errorf("the owner, elsewhere, is kept out: %v", err)
		}
		if err := guess(stranger, "ben@example.org", notGood); !is(err, ErrWrong) {
			t.Errorf("another address: %v", err)
		}
		h.clock.Advance(14 * time.Minute)
		if err := guess(stranger, mia, good); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

func TestRefusedTriesDoNotLengthenTheWait(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.member(mia, good)
		for range 5 {
			_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood})
			h.refused("a guess", err, ErrWrong)
		}
		for range 14 {
			h.clock.Advance(time.Minute)
			_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood})
			h.refused("waiting", err, ErrTooMany)
		}
		h.clock.Advance(time.Minute)
		h.signIn(mia, good)
	})
}

// A stranger with many addresses tries one account all day. Its owner, on a device
// that was signed in before, does not notice.
func TestAStrangerCantKeepTheOwnerOut(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		known := h.member(mia, good)
		for i := range 30 {
			_, err := h.SignIn(t.Context(), From{Address: "198.51.100." + string(rune('a'+i))}, Credentials{Email: mia, Password: notGood})
			h.refused("a guess", err, ErrWrong)
		}
		_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good})
		h.refused("an unknown device", err, ErrTooMany)
		h.desk.Device = known.Device
		if again := h.signIn(mia, good); again.Device != known.Device {
			t.Error("a known device was given another token")
		}
		h.desk.Device = h.memberElsewhere("ben@example.org").Device
		_, err = h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good})
		h.refused("a device that is known to another", err, ErrTooMany)
	})
}

func (h *hall) memberElsewhere(email string) Tokens {
	h.t.Helper()
	p := h.house.person(email, nil)
	if err := h.Give(h.t.Context(), actor.House, good, p.ID); err != nil {
		h.t.Fatal(err)
	}
	return h.signIn(email, good)
}

func TestManyGuessesAtOnceAreLimitedToo(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.member(mia, good)
		var wrong, refused atomic.Int64
		race(20, func(int) {
			_, err := h.SignIn(t.Context(), From{Address: somebody}, Credentials{Email: mia, Password: notGood})
			switch {
			case is(err, ErrWrong):
				wrong.Add(1)
			case is(err, ErrTooMany):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
		if wrong.Load() != 5 || refused.Load() != 15 {
			t.Errorf("%d guesses passed and %d were refused, want 5 and 15", wrong.Load(), refused.Load())
		}
	})
}

func TestAllAddressesOfOneLineCountAsOne(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "2001:db8:1:2:aaaa::1": "2001:db8:1:2::/64", "2001:db8:1:2::9": "2001:db8:1:2::/64",
		"2001:db8:1:3::9": "2001:db8:1:3::/64", "": "",
	} {
		if got := network(address); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
}

func TestLettersAreLimited(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		for range 3 {
			if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
				t.Fatal(err)
			}
			h.signUp(mia, good)
		}
		h.refused("the fourth reset", h.RequestReset(t.Context(), h.desk, mia), ErrTooMany)
		h.refused("the fourth sign-up", h.SignUp(t.Context(), h.desk, SignUp{Newcomer{Email: mia, Name: "Mia"}, good}), ErrTooMany)
		for i := range 17 {
			if err := h.RequestReset(t.Context(), h.desk, string(rune('a'+i))+"@example.org"); err != nil {
				t.Fatal(err)
			}
		}
		err := h.RequestReset(t.Context(), h.desk, "z@example.org")
		h.refused("the 21st from one place", err, ErrTooMany)
		if e, _ := fault.As(err); e == nil || e.RetryAfter <= 0 {
			t.Errorf("it does not say for how long: %+v", e)
		}
	})
}

func TestWhatIsDeadIsSwept(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		old := h.member(mia, good)
		if err := h.SignOut(t.Context(), old.by()); err != nil {
			t.Fatal(err)
		}
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood})
		h.refused("a guess", err, ErrWrong)
		h.clock.Advance(deadFor + 48*time.Hour)
		fresh := h.signIn(mia, good)
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{"sessions": 1, "refresh_tokens": 1, "one_time_tokens": 0, "attempts": 0, "passwords": 1} {
			if n := count(t, h.db, "SELECT count(*) FROM "+table); n != want {
				t.Errorf("%d rows left in %s, want %d", n, table, want)
			}
		}
		if !h.alive(fresh) {
			t.Error("a living session was swept away")
		}
	})
}

// Whoever knows the present password does not guess, however weak the new ones are.
func TestAWeakNewPasswordIsNoGuess(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		for range 6 {
			h.refused("a weak one", h.ChangePassword(t.Context(), tokens.by(), good, "short"), ErrPasswordShort)
		}
		if _, err := h.Prove(t.Context(), tokens.by(), Proof{Password: good}); err != nil {
			t.Errorf("prove: %v", err)
		}
		if err := h.ChangePassword(t.Context(), tokens.by(), good, better); err != nil {
			t.Errorf("change: %v", err)
		}
	})
}

// A limit of a day holds for a day, whatever is swept meanwhile.
func TestALimitOfADayIsNotForgottenBefore(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		for i := range 6 {
			err := h.ChangeEmail(t.Context(), h.proved(tokens), h.desk, fmt.Sprintf("mia%d@example.net", i))
			if i < 5 && err != nil {
				t.Fatal(err)
			}
			if i == 5 {
				h.refused("the sixth of a day", err, ErrTooMany)
			}
			if i >= 4 {
				continue // the sixth comes right after the fifth
			}
			for range 4 {
				h.clock.Advance(time.Hour - time.Minute)
				if err := h.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		err := h.try(t.Context(), []limit{{"longer", 1, attemptsFor + time.Second, time.Minute}})
		if _, refusal := fault.As(err); err == nil || refusal {
			t.Errorf("a limit looks back further than tries are remembered: %v", err)
		}
	})
}
