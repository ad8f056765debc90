package app

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/members"
)

// Whoever books and whoever revokes at the same time: either the booking is seen by
// the revocation and cancelled, or the booking sees it and is refused.
func TestNoBookingOutlivesTheCertificationItRestsOn(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := context.Background()
		space := setUp(t, a, "community")
		m, err := a.Members.Register(ctx, members.Registration{Email: "mika@maker.example", Name: "Mika", Spaces: []id.ID{space.ID}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Members.Confirm(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
		things, err := a.Equipment.Resources(ctx, actor.House, space.ID, equipment.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		machine := things[slices.IndexFunc(things, func(r equipment.Resource) bool {
			return r.Bookable && r.Type == equipment.Machine && len(r.Certifications) > 0
		})]
		book := func(hour int) error {
			from := now.Now().Add(time.Duration(24+2*hour) * time.Hour)
			_, err := a.Booking.Book(ctx, actor.House, booking.Request{Resource: machine.ID, Member: m.ID, StartsAt: from, EndsAt: from.Add(time.Hour)})
			return err
		}
		for round := range 3 {
			g, err := a.Certifications.Certify(ctx, actor.House, space.ID, certifications.Award{Member: m.ID, Kind: machine.Certifications[0][0]})
			if err != nil {
				t.Fatal(err)
			}
			if round == 0 {
				if err := book(1); err != nil {
					t.Fatalf("certified, and yet: %v", err)
				}
			}
			var wg sync.WaitGroup
			for hour := 2; hour < 5; hour++ {
				wg.Go(func() { _ = book(hour) })
			}
			wg.Go(func() {
				if _, err := a.Certifications.Revoke(ctx, actor.House, space.ID, certifications.Revocation{Member: m.ID, Grant: g.ID, Reason: "A race.", Cancel: true}); err != nil {
					t.Errorf("revoke: %v", err)
				}
			})
			wg.Wait()
			left, err := a.Booking.Bookings(ctx, actor.House, booking.Filter{Space: space.ID, Member: m.ID, From: now.Now(), Statuses: unbegun})
			if err != nil {
				t.Fatal(err)
			}
			if len(left.Items) != 0 {
				t.Errorf("round %d: %d bookings outlive the certification", round, len(left.Items))
			}
			now.Advance(time.Second)
		}
	})
}

// TestNobodyBeginsOnARevokedCertification: of somebody who begins and an instructor who
// revokes at the same moment, either the booking runs and the certification was there
// when it began, or it was refused.
func TestNobodyBeginsOnARevokedCertification(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := context.Background()
		space := setUp(t, a, "community")
		m, err := a.Members.Enrol(ctx, actor.House, space.ID, members.Enrolment{Name: "Mika", Email: "mika@maker.example"})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Members.Confirm(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
		things, err := a.Equipment.Resources(ctx, actor.House, space.ID, equipment.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		machine := things[slices.IndexFunc(things, func(r equipment.Resource) bool {
			return r.Bookable && r.Type == equipment.Machine && len(r.Certifications) > 0
		})]
		for round := range 5 {
			now.Set(clock.At(now.Now().Truncate(24 * time.Hour).Add(24*time.Hour + 10*time.Hour)))
			g, err := a.Certifications.Certify(ctx, actor.House, space.ID, certifications.Award{Member: m.ID, Kind: machine.Certifications[0][0]})
			if err != nil {
				t.Fatal(err)
			}
			b, err := a.Booking.Book(ctx, actor.House, booking.Request{Resource: machine.ID, Member: m.ID, StartsAt: now.Now(), EndsAt: now.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			var begun error
			wg.Go(func() {
				_, begun = a.Booking.CheckIn(ctx, actor.Actor{Member: m.ID, Confirmed: true, Roles: map[id.ID]actor.Role{space.ID: actor.Member}}, b.ID)
			})
			wg.Go(func() {
				if _, err := a.Certifications.Revoke(ctx, actor.House, space.ID, certifications.Revocation{Member: m.ID, Grant: g.ID, Reason: "A race.", Cancel: true}); err != nil {
					t.Errorf("revoke: %v", err)
				}
			})
			wg.Wait()
			left, err := a.Booking.Bookings(ctx, actor.House, booking.Filter{Space: space.ID, Member: m.ID, From: now.Now(), To: now.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range left.Items {
				if l.ID == b.ID && (begun == nil) != (l.Status == booking.InUse) {
					t.Errorf("round %d: it is %s, and beginning it said %v", round, l.Status, begun)
				}
			}
		}
	})
}
