package booking

import (
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/testkit"
)

func TestVerifyFindsAMachineHeldApartFromItsRoom(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		saw, shop := h.machine("saw", nil), h.machine("shop", nil)
		by, manager := h.person("maker", nil), h.staff(actor.Manager)
		h.book(by, shop, "10:00", "12:00")
		h.book(by, saw, "11:00", "13:00")
		h.book(by, saw, "14:00", "15:00")
		for r, span := range map[*Resource]Span{&saw: h.span("16:00", "18:00"), &shop: h.span("17:00", "19:00")} {
			if _, err := h.Close(t.Context(), manager, r.ID, span, i18n.Text{EN: "Cleaning"}); err != nil {
				t.Fatal(err)
			}
		}
		h.sound() // the saw stands elsewhere
		h.exec("UPDATE resources SET parent_id = ? WHERE id = ?", shop.ID, saw.ID)
		found, err := h.Verify(t.Context())
		if err != nil || len(found) != 1 || found[0].What != "held apart from its room" {
			t.Errorf("found %+v, %v", found, err)
		}
		h.clock.Set(at(t, "2026-11-24 13:00"))
		h.sound() // what is over is over
	})
}
