package auth

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"guildhall/internal/actor"
	"guildhall/internal/id"
)

// now is the code that an authenticator with this secret shows, some steps from now.
func (h *hall) code(secret string, steps int64) string {
	h.t.Helper()
	code, err := hotp.GenerateCodeCustom(secret, uint64(h.clock.Now().Unix()/30+steps), codes)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// proved is by right after they proved who they are.
func (h *hall) proved(t Tokens) actor.Actor {
	by := t.by()
	by.ProvedAt = h.clock.Now()
	return by
}

// locked is someone with an authenticator: their tokens, its secret and the recovery codes.
func (h *hall) locked() (Tokens, string, []string) {
	h.t.Helper()
	tokens := h.member(mia, good)
	setup, err := h.BeginAuthenticator(h.t.Context(), h.proved(tokens))
	if err != nil {
		h.t.Fatal(err)
	}
	recovery, err := h.FinishAuthenticator(h.t.Context(), h.proved(tokens), h.code(setup.Secret, 0))
	if err != nil || len(recovery) != recoveryCodes {
		h.t.Fatalf("finish: %d codes, %v", len(recovery), err)
	}
	h.clock.Advance(time.Minute)
	return tokens, setup.Secret, recovery
}

func (h *hall) with(code string) error {
	_, err := h.SignIn(h.t.Context(), h.desk, Credentials{Email: mia, Password: good, Code: code})
	return err
}

func TestASecondFactorIsAskedForAndUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		_, secret, recovery := h.locked()
		l := h.deliver()
		if l.subject != "Your authenticator is on" {
			t.Errorf("the letter reads %+v", l)
		}
		asked, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good})
		h.refused("without a code", err, ErrSecond)
		if asked.Access != "" || asked.Refresh != "" || asked.Step == "" {
			t.Errorf("half a sign-in gives %+v", asked)
		}
		h.refused("a wrong password with a right code", func() error {
			_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood, Code: h.code(secret, 0)})
			return err
		}(), ErrWrong)
		code := h.code(secret, 0)
		in, err := h.SignInSecond(t.Context(), h.desk, asked.Step, code)
		if err != nil || in.Session.StrongAt.IsZero() {
			t.Fatalf("with the code: %v, strong %v", err, in.Session.StrongAt)
		}
		h.refused("the same code again", h.with(code), ErrCode)
		h.refused("the one before it", h.with(h.code(secret, -1)), ErrCode)
		if err := h.with(h.code(secret, 1)); err != nil {
			t.Errorf("the next one, of a clock that is ahead: %v", err)
		}
		h.refused("one of a clock that is far ahead", h.with(h.code(secret, 2)), ErrCode)

		if err := h.with(strings.ToUpper(recovery[3])); err != nil {
			t.Fatalf("a recovery code: %v", err)
		}
		if l := h.deliver(); l.subject != "A recovery code was used" {
			t.Errorf("the letter reads %+v", l)
		}
		h.refused("the same recovery code again", h.with(recovery[3]), ErrCode)
		if f, _ := h.Factors(t.Context(), in.by()); f.Recovery != recoveryCodes-1 {
			t.Errorf("%d recovery codes are left", f.Recovery)
		}
	})
}

// Of two who bring the same code at one moment, one gets in.
func TestOneCodeLetsOneIn(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		_, secret, recovery := h.locked()
		for name, code := range map[string]string{"of an authenticator": h.code(secret, 0), "to recover": recovery[0]} {
			var in atomic.Int32
			race(4, func(int) {
				if h.with(code) == nil {
					in.Add(1)
				}
			})
			if in.Load() != 1 {
				t.Errorf("a code %s let %d in", name, in.Load())
			}
		}
	})
}

func TestGuessingCodesEnds(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		_, secret, _ := h.locked()
		for range 5 {
			h.refused("a guess", h.with("000000"), ErrCode)
		}
		h.refused("the sixth, though right", h.with(h.code(secret, 0)), ErrTooMany)
		h.clock.Advance(16 * time.Minute)
		if err := h.with(h.code(secret, 0)); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

func TestANewPasswordDoesNotSkipTheSecondFactor(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		_, secret, _ := h.locked()
		asked, _ := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good})
		if err := h.RequestReset(t.Context(), h.desk, mia); err != nil {
			t.Fatal(err)
		}
		if err := h.Reset(t.Context(), h.deliver().token(t, "/password-reset/confirm"), better); err != nil {
			t.Fatal(err)
		}
		_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: better})
		h.refused("the new password alone", err, ErrSecond)
		_, err = h.SignInSecond(t.Context(), h.desk, asked.Step, h.code(secret, 0))
		h.refused("a first step by the old password", err, ErrStep)
	})
}

// What harms is not for an open screen, nor for a stranger's step.
func TestASecondFactorIsChangedWithAFreshProofOnly(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens, secret, _ := h.locked()
		stale := tokens.by()
		for name, err := range map[string]error{
			"remove": h.RemoveAuthenticator(t.Context(), stale),
			"codes":  func() error { _, err := h.NewRecoveryCodes(t.Context(), stale); return err }(),
			"begin":  func() error { _, err := h.BeginAuthenticator(t.Context(), stale); return err }(),
		} {
			h.refused(name, err, actor.ErrFresh)
		}
		if _, err := h.Prove(t.Context(), stale, Proof{Code: h.code(secret, 0)}); err != nil {
			t.Errorf("prove it by a code: %v", err)
		}
		_, err := h.Prove(t.Context(), stale, Proof{Code: h.code(secret, 0)})
		h.refused("by the same code again", err, ErrCode)
		_, err = h.BeginAuthenticator(t.Context(), h.proved(tokens))
		h.refused("a second authenticator", err, ErrHasAuthenticator)
		if err := h.RemoveAuthenticator(t.Context(), h.proved(tokens)); err != nil {
			t.Fatal(err)
		}
		if err := h.with(""); err != nil {
			t.Errorf("the password alone after that: %v", err)
		}
		if n := count(t, h.db, "SELECT count(*) FROM recovery_codes"); n != 0 {
			t.Errorf("%d recovery codes are left of a factor that is gone", n)
		}
	})
}

func TestStaffKeepsItsLastFactor(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens, _, _ := h.locked()
		h.house.mu.Lock()
		p := h.house.people[tokens.Session.MemberID]
		p.Staff = true
		h.house.people[p.ID] = p
		h.house.mu.Unlock()
		h.refused("the last one", h.RemoveAuthenticator(t.Context(), h.proved(tokens)), ErrLastFactor)
		if err := h.RequireFactor(t.Context(), actor.House, false); err != nil {
			t.Fatal(err)
		}
		if err := h.RemoveAuthenticator(t.Context(), h.proved(tokens)); err != nil {
			t.Errorf("where none is required: %v", err)
		}
	})
}

// What holds in every space is not set by who owns only some of them.
func TestWhoOwnsAPartOfTheHouseSetsNothingForAllOfIt(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens, _, _ := h.locked()
		by := h.proved(tokens)
		h.refused("a member", h.RequireFactor(t.Context(), by, false), actor.ErrForbidden)
		by.Roles = map[id.ID]actor.Role{id.New(): actor.Owner}
		h.refused("who owns one space", h.RequireFactor(t.Context(), by, false), ErrNotWholeHouse)
		h.house.ownsAll = by.Member
		if err := h.RequireFactor(t.Context(), by, false); err != nil {
			t.Errorf("who owns all: %v", err)
		}
	})
}

func TestTheHouseTakesALostFactorAway(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens, _, _ := h.locked()
		h.refused("another person", h.ResetFactor(t.Context(), h.proved(tokens), tokens.Session.MemberID), actor.ErrForbidden)
		if err := h.ResetFactor(t.Context(), actor.House, tokens.Session.MemberID); err != nil {
			t.Fatal(err)
		}
		if l := h.deliver(); l.subject != "Your second factor was removed" || h.alive(tokens) {
			t.Errorf("the letter reads %+v; still signed in: %v", l, h.alive(tokens))
		}
		if err := h.with(""); err != nil {
			t.Errorf("the password alone: %v", err)
		}
	})
}

// The secret is sealed: a copy of the database gives no codes, a changed key keeps them.
func TestASecretIsSealedAndOutlivesItsKey(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		_, secret, _ := h.locked()
		if n := count(t, h.db, "SELECT count(*) FROM authenticators WHERE secret LIKE ?", "%"+secret+"%"); n != 0 {
			t.Error("the database holds the secret itself")
		}
		old := h.keys
		h.keys = append(NewKeys(), old...)
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.keys = h.keys[:1]
		if err := h.with(h.code(secret, 0)); err != nil {
			t.Errorf("with the new key alone: %v", err)
		}
		sealed, err := h.keys.seal("a", "one")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := h.keys.open(sealed, "another"); err == nil {
			t.Errorf("what was sealed for one opens for another: %q", text)
		}
	})
}

// factorsHeld runs fn while nobody else can change a member's factors, and what meets it
// as far as that comes meanwhile.
func (h *hall) factorsHeld(member id.ID, fn func(ctx context.Context) error, meet ...func()) {
	h.t.Helper()
	var wg sync.WaitGroup
	if err := h.db.Tx(h.t.Context(), func(ctx context.Context) error {
		if err := h.store.lock(ctx, "factors|"+member.String()); err != nil {
			return err
		}
		for _, m := range meet {
			wg.Go(m)
		}
		time.Sleep(300 * time.Millisecond)
		return fn(ctx)
	}); err != nil {
		h.t.Fatal(err)
	}
	wg.Wait()
}

func TestAnAuthenticatorThatHasBeenFinishedIsNotBegunAgain(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		setup, err := h.BeginAuthenticator(t.Context(), h.proved(tokens))
		if err != nil {
			t.Fatal(err)
		}
		pending, err := h.store.authenticator(t.Context(), tokens.Session.MemberID)
		if err != nil {
			t.Fatal(err)
		}
		var again error
		h.factorsHeld(tokens.Session.MemberID, func(ctx context.Context) error {
			return h.store.activate(ctx, pending, 1, h.clock.Now())
		}, func() { _, again = h.BeginAuthenticator(t.Context(), h.proved(tokens)) })
		h.refused("begin at the same moment", again, ErrHasAuthenticator)
		h.refused("without a code", h.with(""), ErrSecond)
		if err := h.with(h.code(setup.Secret, 0)); err != nil {
			t.Errorf("the authenticator that was finished: %v", err)
		}
	})
}

func TestTwoFirstFactorsAtOnceMakeTenCodes(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		by := h.proved(tokens)
		setup, err := h.BeginAuthenticator(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		d := newDevice("https://hall.example")
		ask, err := h.BeginPasskey(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		answer := d.make(t, ask, by.Member.String())
		var texts [2][]string
		var errs [2]error
		h.factorsHeld(by.Member, func(context.Context) error { return nil },
			func() { texts[0], errs[0] = h.FinishAuthenticator(t.Context(), by, h.code(setup.Secret, 0)) },
			func() { texts[1], errs[1] = h.FinishPasskey(t.Context(), by, ask.Token, "phone", answer) })
		if errs[0] != nil || errs[1] != nil {
			t.Fatal(errs)
		}
		if n := len(texts[0]) + len(texts[1]); n != recoveryCodes {
			t.Errorf("%d codes were shown, want %d", n, recoveryCodes)
		}
		if f, _ := h.factors(t.Context(), by.Member); f.Recovery != recoveryCodes {
			t.Errorf("%d codes count, want %d", f.Recovery, recoveryCodes)
		}
	})
}
