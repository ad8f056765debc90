package auth

import (
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
)

// sentTo is the last letter to an address.
func (h *hall) sentTo(email string) letter {
	h.t.Helper()
	for i := len(h.post.letters) - 1; i >= 0; i-- {
		if h.post.letters[i].to == email {
			return h.post.letters[i]
		}
	}
	h.t.Fatalf("nothing was sent to %s", email)
	return letter{}
}

func (h *hall) address(t Tokens) string {
	h.t.Helper()
	p, err := h.house.ByID(h.t.Context(), t.Session.MemberID)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Email
}

func TestAnAddressIsChangedByWhoReadsTheNewOne(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		here, elsewhere := h.member(mia, good), h.signIn(mia, good)
		h.refused("without a fresh proof", h.ChangeEmail(ctx, here.by(), h.desk, "mia@new.example"), actor.ErrFresh)
		h.refused("the same", h.ChangeEmail(ctx, h.proved(here), h.desk, " MIA@example.org "), ErrSameEmail)
		h.refused("no address", h.ChangeEmail(ctx, h.proved(here), h.desk, "mia"), errNoEmail)
		if err := h.ChangeEmail(ctx, h.proved(here), h.desk, "mia@first.example"); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		overtaken := h.sentTo("mia@first.example").token(t, "/email/confirm")
		if err := h.ChangeEmail(ctx, h.proved(here), h.desk, "mia@new.example"); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		if pending, err := h.PendingEmail(ctx, here.by()); err != nil || pending != "mia@new.example" || h.address(here) != mia {
			t.Errorf("pending %q, %v; the address is %s", pending, err, h.address(here))
		}
		if told := h.sentTo(mia); !strings.Contains(told.text, "mia@new.example") {
			t.Errorf("the old address reads %q", told.text)
		}
		h.refused("one asked for before", h.ConfirmEmail(ctx, here.by(), overtaken), ErrLink)
		if err := h.RequestReset(ctx, h.desk, mia); err != nil {
			t.Fatal(err)
		}
		reset := h.deliver().token(t, "/password-reset/confirm")
		token := h.sentTo("mia@new.example").token(t, "/email/confirm")
		h.refused("a forged one", h.ConfirmEmail(ctx, here.by(), token+"x"), ErrLink)
		var at sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			at.Go(func() { errs[i] = h.ConfirmEmail(ctx, here.by(), token) })
		}
		at.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("of two at once: %v", errs)
		}
		if h.address(here) != "mia@new.example" || !h.alive(here) || h.alive(elsewhere) {
			t.Errorf("%s; here %v, elsewhere %v", h.address(here), h.alive(here), h.alive(elsewhere))
		}
		h.refused("a letter to the old address", h.Reset(ctx, reset, better), ErrLink)
		h.signIn("Mia@NEW.example", good)
		if _, err := h.SignIn(ctx, h.desk, Credentials{Email: mia, Password: good}); !is(err, ErrWrong) {
			t.Errorf("the old address opens: %v", err)
		}
	})
}

func TestTheLinkToANewAddressLastsADay(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		here := h.member(mia, good)
		if err := h.ChangeEmail(t.Context(), h.proved(here), h.desk, "mia@new.example"); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		h.clock.Set(h.clock.Now().Add(EmailFor))
		h.refused("too late", h.ConfirmEmail(t.Context(), actor.Actor{}, h.sentTo("mia@new.example").token(t, "/email/confirm")), ErrLink)
	})
}

func TestAnAddressThatIsTakenIsNotToldToStrangers(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		here := h.member(mia, good)
		bob := h.house.person("Bob@example.org", nil)
		if err := h.ChangeEmail(ctx, h.proved(here), h.desk, "bob@example.org"); err != nil {
			t.Fatalf("it tells: %v", err)
		}
		h.deliver()
		if told := h.sentTo(bob.Email); strings.Contains(told.text, "/email/confirm") {
			t.Errorf("who has the address reads %q", told.text)
		}
		// Two who both ask for a free one: one gets it.
		other := h.member("noah@example.org", good)
		tokens := make([]string, 2)
		for i, who := range []Tokens{here, other} {
			if err := h.ChangeEmail(ctx, h.proved(who), h.desk, "both@example.org"); err != nil {
				t.Fatal(err)
			}
			h.deliver()
			tokens[i] = h.sentTo("both@example.org").token(t, "/email/confirm")
		}
		if err := h.ConfirmEmail(ctx, actor.Actor{}, tokens[1]); err != nil {
			t.Fatal(err)
		}
		h.refused("the second", h.ConfirmEmail(ctx, actor.Actor{}, tokens[0]), ErrEmailTaken)
		if h.address(here) != mia || h.address(other) != "both@example.org" {
			t.Errorf("%s and %s", h.address(here), h.address(other))
		}
	})
}

func TestWhoHasTheOldAddressObjects(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		thief := h.member(mia, good)
		change := func(to string) (confirm, object string) {
			if err := h.ChangeEmail(ctx, h.proved(thief), h.desk, to); err != nil {
				t.Fatal(err)
			}
			h.deliver()
			return h.sentTo(to).token(t, "/email/confirm"), h.sentTo(mia).token(t, "/email/object")
		}
		confirm, object := change("thief@example.net")
		if err := h.ObjectToEmail(ctx, object); err != nil {
			t.Fatal(err)
		}
		h.refused("after the objection", h.ConfirmEmail(ctx, thief.by(), confirm), ErrLink)
		if h.alive(thief) {
			t.Error("the thief is still in")
		}
		h.deliver()
		if err := h.Reset(ctx, h.sentTo(mia).token(t, "/password-reset/confirm"), good); err != nil {
			t.Fatal(err)
		}
		thief = h.signIn(mia, good)
		confirm, object = change("thief@example.org")
		if err := h.ConfirmEmail(ctx, thief.by(), confirm); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		if again := h.sentTo(mia).token(t, "/email/object"); again != object {
			t.Error("the letters to the old address bring different links")
		}
		h.refused("a forged one", h.ObjectToEmail(ctx, object+"x"), ErrLink)
		if err := h.ObjectToEmail(ctx, object); err != nil {
			t.Fatal(err)
		}
		h.refused("twice", h.ObjectToEmail(ctx, object), ErrLink)
		if h.address(thief) != mia || h.alive(thief) {
			t.Errorf("the address is %s, the thief in: %v", h.address(thief), h.alive(thief))
		}
		h.deliver()
		if err := h.Reset(ctx, h.sentTo(mia).token(t, "/password-reset/confirm"), better); err != nil {
			t.Errorf("no new password: %v", err)
		}
		late := h.signIn(mia, better)
		if err := h.ChangeEmail(ctx, h.proved(late), h.desk, "mia@late.example"); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		object = h.sentTo(mia).token(t, "/email/object")
		h.clock.Set(h.clock.Now().Add(ObjectFor + time.Minute))
		h.refused("after a week", h.ObjectToEmail(ctx, object), ErrLink)
	})
}
