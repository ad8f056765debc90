package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/pquerna/otp/totp"
)

// setUpAuthenticator goes from the page that asks for a second factor to the recovery
// codes, and has every page on the way judged. It gives the secret.
func (v *visitor) setUpAuthenticator(h *house) string {
	v.t.Helper()
	v.judged("the page that asks for a second factor")
	v.tap("form[action='/me/authenticator/begin'] button")
	v.until("there is something to scan", func() bool { return v.address() == "/me/authenticator" })
	v.judged("the page to scan")
	secret := strings.ReplaceAll(eval[string](v, "document.querySelector('.secret').textContent"), " ", "")
	code, err := totp.GenerateCode(secret, h.clock.Now().Time)
	if err != nil {
		v.t.Fatal(err)
	}
	v.fill("input[name=code]", code)
	v.tap("form[action='/me/authenticator'] button")
	v.until("the recovery codes are shown", func() bool { return v.has(".codes li") })
	v.judged("the recovery codes")
	return secret
}

// judged has the present page judged at a desk and on a phone.
func (v *visitor) judged(what string) {
	v.t.Helper()
	for _, s := range screens {
		v.at(s)
		for _, theme := range []string{"light", "dark"} {
			v.theme(theme)
			for _, fault := range v.judge() {
				v.t.Errorf("%s, %s, %s: %s", what, s.name, theme, fault)
			}
		}
	}
	v.at(desk)
}

// TestAPasskeyOpensTheDoor makes a passkey with an authenticator that Chromium plays,
// signs out and comes in with it, without a password.
func TestAPasskeyOpensTheDoor(t *testing.T) {
	t.Parallel()
	h := ownDemo(t)
	v := newVisitor(t, strings.Replace(h.url, "127.0.0.1", "localhost", 1), desk)
	call(v, webauthn.Enable, webauthn.EnableParams{})
	call(v, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	v.signIn("member002")
	v.visit("/me/passkeys/new")
	v.fill("input[name=name]", "Chromium's own")
	v.tap("[data-passkey]")
	v.until("the recovery codes are shown", func() bool { return v.has(".codes li") })
	v.visit("/me/security")
	v.finds("input[name=name][value=\"Chromium's own\"]")
	v.judged("how one signs in, with a passkey")
	v.tap("form[action='/sign-out'] button")
	v.visit("/sign-in?next=/sessions")
	v.judged("the sign-in with a passkey")
	v.tap("[data-passkey]")
	v.until("signed in", func() bool { return v.address() == "/sessions" })
}
