package auth

import (
	"testing"

	"github.com/descope/virtualwebauthn"

	"guildhall/internal/actor"
)

// device is an authenticator in software, and who it makes keys for.
type device struct {
	virtualwebauthn.Authenticator
	party virtualwebauthn.RelyingParty
	key   virtualwebauthn.Credential
}

func newDevice(origin string) *device {
	return &device{
		Authenticator: virtualwebauthn.NewAuthenticator(), key: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2),
		party: virtualwebauthn.RelyingParty{ID: "hall.example", Name: "Guildhall", Origin: origin},
	}
}

func (d *device) make(t *testing.T, a Ask, owner string) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(string(a.Options))
	if err != nil {
		t.Fatal(err)
	}
	answer := virtualwebauthn.CreateAttestationResponse(d.party, d.Authenticator, d.key, *options)
	d.Options.UserHandle = []byte(owner)
	d.AddCredential(d.key)
	return []byte(answer)
}

func (d *device) show(t *testing.T, a Ask) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(string(a.Options))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAssertionResponse(d.party, d.Authenticator, d.key, *options))
}

func (h *hall) passkey(t *testing.T, d *device, by actor.Actor, name string) ([]string, error) {
	t.Helper()
	ask, err := h.BeginPasskey(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	return h.FinishPasskey(t.Context(), by, ask.Token, name, d.make(t, ask, by.Member.String()))
}

func TestAPasskeyLetsItsOwnerIn(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		d := newDevice("https://hall.example")
		recovery, err := h.passkey(t, d, h.proved(tokens), "Mia's phone")
		if err != nil || len(recovery) != recoveryCodes {
			t.Fatalf("make one: %d codes, %v", len(recovery), err)
		}
		if l := h.deliver(); l.subject != "You have a new passkey" {
			t.Errorf("the letter reads %+v", l)
		}

		ask, err := h.BeginPasskeySignIn(t.Context(), h.desk)
		if err != nil {
			t.Fatal(err)
		}
		answer := d.show(t, ask)
		in, err := h.SignInByPasskey(t.Context(), h.desk, ask.Token, answer)
		if err != nil || in.Session.MemberID != tokens.Session.MemberID || in.Session.StrongAt.IsZero() {
			t.Fatalf("sign in: %v, %+v", err, in.Session)
		}
		_, err = h.SignInByPasskey(t.Context(), h.desk, ask.Token, answer)
		h.refused("the same answer again", err, ErrCeremony)

		_, err = h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: good})
		h.refused("the password alone", err, ErrSecond)
		if err := h.with(recovery[0]); err != nil {
			t.Errorf("with a recovery code: %v", err)
		}

		proof, err := h.BeginPasskeyProof(t.Context(), in.by())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.ProveByPasskey(t.Context(), in.by(), proof.Token, d.show(t, proof)); err != nil {
			t.Errorf("prove by passkey: %v", err)
		}
		f, err := h.Factors(t.Context(), in.by())
		if err != nil || len(f.Passkeys) != 1 || f.Passkeys[0].UsedAt.IsZero() {
			t.Fatalf("the list: %+v, %v", f, err)
		}
		h.refused("rename it to nothing", h.RenamePasskey(t.Context(), in.by(), f.Passkeys[0].ID, " "), ErrPasskeyName)
		ben := h.member("ben@example.org", good)
		h.refused("another renames it", h.RenamePasskey(t.Context(), ben.by(), f.Passkeys[0].ID, "Ben's"), ErrNoPasskey)
		h.refused("another removes it", h.RemovePasskey(t.Context(), h.proved(ben), f.Passkeys[0].ID), ErrNoPasskey)
		if err := h.RemovePasskey(t.Context(), h.proved(in), f.Passkeys[0].ID); err != nil {
			t.Fatal(err)
		}
		ask, _ = h.BeginPasskeySignIn(t.Context(), h.desk)
		_, err = h.SignInByPasskey(t.Context(), h.desk, ask.Token, d.show(t, ask))
		h.refused("after it was removed", err, ErrPasskey)
	})
}

func TestAPasskeyOfAnotherPlaceIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		evil := newDevice("https://hall.example.evil.test")
		_, err := h.passkey(t, evil, h.proved(tokens), "Phished")
		h.refused("made on another page", err, ErrPasskey)

		d := newDevice("https://hall.example")
		if _, err := h.passkey(t, d, h.proved(tokens), "Phone"); err != nil {
			t.Fatal(err)
		}
		ask, _ := h.BeginPasskeySignIn(t.Context(), h.desk)
		d.party.Origin = "https://hall.example:8443"
		_, err = h.SignInByPasskey(t.Context(), h.desk, ask.Token, d.show(t, ask))
		h.refused("shown on another page", err, ErrPasskey)

		// What was asked of one person is not for another to answer, nor for another purpose.
		d.party.Origin = "https://hall.example"
		ben := h.member("ben@example.org", good)
		proof, _ := h.BeginPasskeyProof(t.Context(), ben.by())
		_, err = h.ProveByPasskey(t.Context(), ben.by(), proof.Token, d.show(t, proof))
		h.refused("another's passkey as proof", err, ErrPasskey)
		ask, _ = h.BeginPasskeySignIn(t.Context(), h.desk)
		_, err = h.ProveByPasskey(t.Context(), tokens.by(), ask.Token, d.show(t, ask))
		h.refused("a sign-in's answer as proof", err, ErrCeremony)
	})
}

func TestWherePasskeysCanBeHad(t *testing.T) {
	for base, want := range map[string]string{
		"https://hall.example": "https://hall.example", "http://127.0.0.1:8080": "http://localhost:8080", "http://localhost:8080": "http://localhost:8080",
		"http://[::1]:8080": "http://localhost:8080", "http://hall.example": "", "https://192.0.2.7": "", "http://192.0.2.7:8080": "",
	} {
		got := (&Service{relying: relying(base)}).PasskeysAt()
		if got != want {
			t.Errorf("%s: %q, want %q", base, got, want)
		}
	}
}
