package auth

import (
	"context"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"guildhall/internal/actor"
)

// theft is what somebody did who came into Mia's account: theirs is the address from now
// on. It gives their tokens and the link with which Mia objects.
func (h *hall) theft() (thief Tokens, object string) {
	h.t.Helper()
	thief = h.member(mia, good)
	h.clock.Advance(time.Hour)
	if err := h.ChangeEmail(h.t.Context(), h.proved(thief), h.desk, "thief@example.net"); err != nil {
		h.t.Fatal(err)
	}
	h.deliver()
	if err := h.ConfirmEmail(h.t.Context(), thief.by(), h.sentTo("thief@example.net").token(h.t, "/email/confirm")); err != nil {
		h.t.Fatal(err)
	}
	h.deliver()
	return thief, h.sentTo(mia).token(h.t, "/email/object")
}

// Anybody can sign up with an address that somebody else has given up, without reading
// its letters: that must keep nobody from having it back.
func TestASignUpDoesNotBlockAnObjection(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		thief, object := h.theft()
		h.signUp(mia, notGood)
		h.deliver()
		confirm := h.sentTo(mia).token(t, "/confirm")
		if err := h.ObjectToEmail(ctx, object); err != nil {
			t.Fatal(err)
		}
		if h.address(thief) != mia || h.alive(thief) {
			t.Errorf("the address is %s, the thief in: %v", h.address(thief), h.alive(thief))
		}
		h.refused("the letter of the sign-up", h.Confirm(ctx, confirm), ErrLink)
		h.deliver()
		if err := h.Reset(ctx, h.sentTo(mia).token(t, "/password-reset/confirm"), better); err != nil {
			t.Fatal(err)
		}
		if in := h.signIn(mia, better); in.Session.MemberID != thief.Session.MemberID {
			t.Error("the address leads to the other account")
		}
	})
}

// Two at one moment: whoever signs up comes between looking and having the address back.
func TestASignUpAtTheSameMomentDoesNotBlockAnObjection(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		thief, object := h.theft()
		h.house.onReaddress(func() {
			h.house.person(mia, func(p *Person) { p.Confirmed = false })
		})
		if err := h.ObjectToEmail(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		if h.address(thief) != mia || h.alive(thief) {
			t.Errorf("the address is %s, the thief in: %v", h.address(thief), h.alive(thief))
		}
	})
}

// Mia may have begun anew meanwhile, with the address that was hers. Then it stays with
// that account, and the thief loses the other one all the same.
func TestAnAddressThatIsProvenElsewhereMeanwhileStaysThere(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		thief, object := h.theft()
		anew := h.member(mia, better)
		h.post.letters = nil
		h.refused("object", h.ObjectToEmail(ctx, object), ErrAddressElsewhere)
		h.refused("twice", h.ObjectToEmail(ctx, object), ErrLink)
		if h.alive(thief) || h.address(thief) != "" || h.address(anew) != mia {
			t.Errorf("the thief in: %v, by %q; Mia has %q", h.alive(thief), h.address(thief), h.address(anew))
		}
		if _, err := h.SignIn(ctx, h.desk, Credentials{Email: "thief@example.net", Password: good}); !is(err, ErrWrong) {
			t.Errorf("the thief signs in: %v", err)
		}
		for _, job := range h.post.jobs {
			if err := h.Write(ctx, job.(Letter)); err != nil {
				t.Fatal(err)
			}
		}
		if len(h.post.letters) != 0 {
			t.Errorf("letters went out: %+v", h.post.letters)
		}
	})
}

// Whatever a thief adds to come back by goes with the change of the address.
func TestAnObjectionTakesEveryWayInThatTheThiefAdded(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		ctx := t.Context()
		thief := h.member(mia, good)
		mias := newDevice("https://hall.example")
		if _, err := h.passkey(t, mias, h.proved(thief), "Mia's phone"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.by(m, h.proved(thief), user("mia", mia, true)); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(time.Hour)
		m.FastForward(time.Hour)
		if err := h.ChangeEmail(ctx, h.proved(thief), h.desk, "thief@example.net"); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		object := h.sentTo(mia).token(t, "/email/object")
		if err := h.ConfirmEmail(ctx, thief.by(), h.sentTo("thief@example.net").token(t, "/email/confirm")); err != nil {
			t.Fatal(err)
		}
		thiefs := newDevice("https://hall.example")
		if _, err := h.passkey(t, thiefs, h.proved(thief), "Not Mia's"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.by(m, h.proved(thief), user("thief", "thief@example.net", true)); err != nil {
			t.Fatal(err)
		}
		setup, err := h.BeginAuthenticator(ctx, h.proved(thief))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.FinishAuthenticator(ctx, h.proved(thief), h.code(setup.Secret, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.NewRecoveryCodes(ctx, h.proved(thief)); err != nil {
			t.Fatal(err)
		}
		program, _, err := h.MakeToken(ctx, h.proved(thief), NewToken{Name: "script", Scopes: []actor.Reach{actor.Reaches[0]}, Days: 365})
		if err != nil {
			t.Fatal(err)
		}
		calendar, err := h.NewCalendar(ctx, h.proved(thief))
		if err != nil {
			t.Fatal(err)
		}

		if err := h.ObjectToEmail(ctx, object); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignIn(ctx, h.desk, Credentials{Email: mia, Password: good}); !is(err, ErrWrong) {
			t.Errorf("the password that the thief knew: %v", err)
		}
		enter := func(d *device) error {
			ask, err := h.BeginPasskeySignIn(ctx, h.desk)
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.SignInByPasskey(ctx, h.desk, ask.Token, d.show(t, ask))
			return err
		}
		h.refused("the thief's passkey", enter(thiefs), ErrPasskey)
		if _, err := h.Program(ctx, program); !is(err, ErrSession) {
			t.Errorf("the thief's token: %v", err)
		}
		if _, err := h.CalendarOwner(ctx, calendar); !is(err, ErrNoCalendar) {
			t.Errorf("the thief's calendar: %v", err)
		}
		if left, _ := h.store.identities(ctx, thief.Session.MemberID); len(left) != 1 || left[0].Subject != "mia" {
			t.Errorf("identities: %+v", left)
		}
		if f, _ := h.factors(ctx, thief.Session.MemberID); !f.Authenticator.IsZero() || f.Recovery != 0 || len(f.Passkeys) != 1 {
			t.Errorf("second factors: %+v", f)
		}
		if err := enter(mias); err != nil {
			t.Errorf("Mia's own passkey: %v", err)
		}
	})
}

// A password that was set by a letter ends what programs do in somebody's name, too.
func TestANewPasswordByLetterEndsTheTokensOfPrograms(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		tokens := h.member(mia, good)
		program, _, err := h.MakeToken(ctx, h.proved(tokens), NewToken{Name: "script", Scopes: []actor.Reach{actor.Reaches[0]}, Days: 365})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RequestReset(ctx, h.desk, mia); err != nil {
			t.Fatal(err)
		}
		if err := h.Reset(ctx, h.deliver().token(t, "/password-reset/confirm"), better); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Program(ctx, program); !is(err, ErrSession) {
			t.Errorf("the token goes on: %v", err)
		}
		if l := h.deliver(); l.to != mia || l.subject != "You have a new password" {
			t.Errorf("the letter reads %+v", l)
		}
	})
}

// Who objects while the change is being confirmed undoes it.
func TestAnObjectionWaitsForAConfirmationThatIsUnderWay(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		thief := h.member(mia, good)
		if err := h.ChangeEmail(ctx, h.proved(thief), h.desk, "thief@example.net"); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		confirm, object := h.sentTo("thief@example.net").token(t, "/email/confirm"), h.sentTo(mia).token(t, "/email/object")
		under := make(chan struct{})
		h.house.onReaddress(func() {
			close(under)
			time.Sleep(300 * time.Millisecond) // for the objection to come as far as it can
		})
		var confirmed, objected error
		race(2, func(i int) {
			if i == 0 {
				confirmed = h.ConfirmEmail(context.WithoutCancel(ctx), thief.by(), confirm)
				return
			}
			<-under
			objected = h.ObjectToEmail(context.WithoutCancel(ctx), object)
		})
		if confirmed != nil || objected != nil {
			t.Errorf("confirmed %v, objected %v", confirmed, objected)
		}
		if h.address(thief) != mia || h.alive(thief) {
			t.Errorf("the address is %s, the thief in: %v", h.address(thief), h.alive(thief))
		}
	})
}
