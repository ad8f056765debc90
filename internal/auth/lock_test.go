package auth

import (
	"testing"
	"time"
)

// watched reports whether the screen of these tokens is locked.
func (h *hall) watched(t Tokens) bool {
	h.t.Helper()
	session, err := h.Authenticate(h.t.Context(), t.Access)
	if err != nil {
		h.t.Fatal(err)
	}
	locked, err := h.Watch(h.t.Context(), session)
	if err != nil {
		h.t.Fatal(err)
	}
	return locked
}

func TestAScreenThatIsLeftAloneLocks(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		p, _, _ := h.house.ByEmail(t.Context(), mia)
		p.Staff = true
		h.house.people[p.ID] = p
		for range 4 {
			h.clock.Advance(2 * time.Minute)
			if h.watched(tokens) {
				t.Fatal("it locked while somebody used it")
			}
		}
		h.clock.Advance(LockAfter)
		tokens, err := h.Resume(t.Context(), h.desk, tokens.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		if h.watched(tokens) {
			t.Error("it locked after five minutes to the second")
		}
		h.clock.Advance(LockAfter + time.Second)
		if !h.watched(tokens) {
			t.Error("it is open after five minutes and a second")
		}
		if tokens, err = h.Resume(t.Context(), h.desk, tokens.Refresh); err != nil || !h.watched(tokens) {
			t.Errorf("a renewed token opened it, %v", err)
		}
		if _, err := h.Prove(t.Context(), tokens.by(), Proof{Password: "wrong"}); err == nil || !h.watched(tokens) {
			t.Errorf("a wrong password opened it: %v", err)
		}
		if _, err := h.Prove(t.Context(), tokens.by(), Proof{Password: good}); err != nil || h.watched(tokens) {
			t.Errorf("its owner's password does not open it: %v", err)
		}
	})
}

func TestAScreenIsLockedByHand(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens, other := h.member(mia, good), h.signIn(mia, good)
		for range 2 {
			if err := h.Lock(t.Context(), tokens.by()); err != nil {
				t.Fatal(err)
			}
		}
		if !h.watched(tokens) || h.watched(other) {
			t.Error("the wrong screen is locked")
		}
		if _, err := h.Prove(t.Context(), tokens.by(), Proof{Password: good}); err != nil || h.watched(tokens) {
			t.Errorf("it stays locked: %v", err)
		}
		if err := h.SignOut(t.Context(), tokens.by()); err != nil {
			t.Fatal(err)
		}
		h.refused("lock a session that has ended", h.Lock(t.Context(), tokens.by()), ErrSession)
	})
}

// A request that began before the screen was locked must not open it again.
func TestARequestThatWasUnderWayOpensNoLockedScreen(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		tokens := h.member(mia, good)
		h.clock.Advance(2 * time.Minute)
		before, err := h.Authenticate(t.Context(), tokens.Access)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Lock(t.Context(), tokens.by()); err != nil {
			t.Fatal(err)
		}
		if locked, err := h.Watch(t.Context(), before); err != nil || !locked {
			t.Errorf("to the request it is locked: %v, %v", locked, err)
		}
		if !h.watched(tokens) {
			t.Error("the request has opened the screen")
		}
		if err := h.SignOut(t.Context(), tokens.by()); err != nil {
			t.Fatal(err)
		}
		_, err = h.Watch(t.Context(), before)
		h.refused("a session that has ended meanwhile", err, ErrSession)
	})
}
