package booking

import (
	"errors"
	"strings"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/testkit"
)

var cleaning = i18n.Text{EN: "Cleaning", ZH: "清洁"}

// shop is a room with a saw in it.
func (h *house) shop() (shop, saw Resource) {
	saw = h.machine("saw", nil)
	shop = h.machine("shop", func(r *Resource) { r.Within = []Resource{saw} })
	saw.Around = []Resource{shop}
	h.resources[saw.ID] = saw
	h.exec("UPDATE resources SET parent_id = ? WHERE id = ?", shop.ID, saw.ID)
	return shop, saw
}

func (h *house) close(by actor.Actor, r Resource, span Span) Closure {
	h.t.Helper()
	c, err := h.Close(h.t.(*testing.T).Context(), by, r.ID, span, cleaning)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func TestAClosureFillsTheGapsOfOthers(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		shop, saw := h.shop()
		by, manager := h.person("maker", nil), h.staff(actor.Manager)
		blade := h.close(manager, saw, h.span("10:00", "12:00"))
		day := h.close(manager, shop, h.span("09:00", "18:00"))
		h.close(manager, shop, h.span("17:00", "19:00"))
		h.sound()
		_, err := h.Close(t.Context(), manager, saw.ID, h.span("11:00", "13:00"), cleaning)
		is(t, err, ErrAlreadyClosed)
		_, err = h.InTheWay(t.Context(), manager, shop.ID, h.span("11:00", "13:00"))
		is(t, err, ErrAlreadyClosed)

		if _, err := h.Lift(t.Context(), manager, blade.ID); err != nil {
			t.Fatal(err)
		}
		_, err = h.Book(t.Context(), by, h.request(saw, "10:00", "11:00")) // the shop is closed all the same
		refused(t, err, ClosedThen)
		h.sound()
		if _, err := h.Lift(t.Context(), manager, day.ID); err != nil {
			t.Fatal(err)
		}
		_, err = h.Book(t.Context(), by, h.request(shop, "17:00", "18:00")) // so is its evening
		refused(t, err, ClosedThen)
		h.book(by, saw, "10:00", "11:00")
		h.sound()
	})
}

func TestAClosureThatHasBegunHitsNothingThatIsOver(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		shop, saw := h.shop()
		h.rules(saw, Rule{Kind: BufferRule, Params: Params{AfterMin: 30}})
		by, manager := h.person("maker", nil), h.staff(actor.Manager)
		h.book(by, saw, "09:00", "10:00")
		missed := h.book(by, saw, "10:30", "11:00")
		running := h.book(by, shop, "12:00", "13:00")
		h.clock.Set(at(t, "2026-11-24 11:10")) // the saw is being cleaned
		_, err := h.Close(t.Context(), manager, shop.ID, h.span("09:00", "18:00"), cleaning)
		var hit InTheWay
		if !errors.As(err, &hit) || len(hit.Bookings) != 1 || hit.Bookings[0].ID != running.ID {
			t.Fatalf("in the way: %v", err)
		}
		if _, err := h.Cancel(t.Context(), manager, Cancellation{Booking: running.ID}); err != nil {
			t.Fatal(err)
		}
		c := h.close(manager, shop, h.span("09:00", "18:00"))
		if !c.StartsAt.Equal(h.clock.Now()) {
			t.Errorf("it begins at %s, which was before it was said", c.StartsAt)
		}
		_, err = h.Book(t.Context(), by, h.request(saw, "11:30", "12:00"))
		refused(t, err, ClosedThen)
		h.sound()
		if _, err := h.MarkNoShow(t.Context(), manager, missed.ID); err != nil {
			t.Fatal(err)
		}
		h.clock.Set(at(t, "2026-11-24 11:30"))
		h.sound()
	})
}

func TestVerifyFindsAClosureThatLetsSomethingThrough(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		shop, _ := h.shop()
		manager := h.staff(actor.Manager)
		morning, day := h.close(manager, shop, h.span("10:00", "12:00")), h.close(manager, shop, h.span("09:00", "18:00"))
		h.sound()
		h.exec("DELETE FROM occupancies WHERE cause_id = ?", morning.ID)
		found, err := h.Verify(t.Context())
		if err != nil || len(found) != 2 || found[0].What != "nothing held" || found[1].Subject != max(morning.ID, day.ID) {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

func TestAClosureCancelsWhatIsInItsWay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		shop, saw := h.shop()
		h.rules(saw, Rule{Kind: NoticeRule, Params: Params{CancelMin: 24 * 60}})
		by, manager := h.person("maker", nil), h.staff(actor.Manager)
		running := h.book(by, saw, "09:00", "10:00")
		late := h.book(by, saw, "10:00", "11:00")
		room := h.book(by, shop, "13:00", "15:00")
		h.clock.Set(at(t, "2026-11-24 09:00"))
		if _, err := h.CheckIn(t.Context(), by, running.ID); err != nil {
			t.Fatal(err)
		}
		_, err := h.Clear(t.Context(), manager, shop.ID, h.span("09:30", "18:00"), cleaning)
		var hit InTheWay
		if !errors.As(err, &hit) || len(hit.Bookings) != 1 || hit.Bookings[0].ID != running.ID {
			t.Fatalf("over one in use: %v", err)
		}
		if b, err := h.Booking(t.Context(), by, late.ID); err != nil || b.Status != Confirmed {
			t.Errorf("what was refused cancelled a booking: %s, %v", b.Status, err)
		}
		if _, err := h.Clear(t.Context(), manager, shop.ID, h.span("10:00", "18:00"), cleaning); err != nil {
			t.Fatal(err)
		}
		for _, b := range []Booking{late, room} {
			if b, err := h.Booking(t.Context(), by, b.ID); err != nil || b.Status != Cancelled || b.CancelledBy != manager.Member {
				t.Errorf("in the way: %s by %s, %v", b.Status, b.CancelledBy, err)
			}
		}
		_, err = h.Restore(t.Context(), manager, late.ID)
		refused(t, err, ClosedThen)
		h.clock.Advance(undoFor)
		if err := h.queue.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, l := range h.letters {
			if strings.HasPrefix(l.Subject, "Cancelled") {
				told++
			}
		}
		if told != 2 {
			t.Errorf("%d were told of 2", told)
		}
		h.sound()
	})
}
