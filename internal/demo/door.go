package demo

import (
	"context"
	"fmt"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/desk"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/plans"
)

// visits are who came through the door today without a booking: how long ago, and how
// long they stayed; zero: they are here.
var visits = []struct {
	member      int
	ago, stayed time.Duration
}{
	{31, 3*time.Hour + 25*time.Minute, 0},
	{64, 2*time.Hour + 40*time.Minute, 95 * time.Minute},
	{23, 70 * time.Minute, 0},
	{61, 12 * time.Minute, 0},
}

// wristband is the one that was handed out with the day's pass.
const wristband = "B-07"

// door lets in who came today, and sells a pass to one who has no plan. Soon after
// midnight they have come just now.
func (s *seeder) door(ctx context.Context, at *site, zone *time.Location) error {
	by, err := s.Members.Actor(ctx, s.people["desk@"+Domain])
	if err != nil {
		return err
	}
	defer s.Clock.Set(s.now)
	midnight := clock.DayOf(s.now, zone).Start(zone)
	when := func(ago time.Duration) clock.Instant {
		if t := s.now.Add(-ago); t.After(midnight) {
			return t
		}
		return midnight
	}
	for _, v := range visits {
		s.Clock.Set(when(v.ago))
		in, err := s.Desk.Arrive(ctx, by, at.space, s.people[numberedAt(v.member)])
		if err != nil {
			return err
		}
		if v.stayed == 0 {
			continue
		}
		s.Clock.Set(when(v.ago - v.stayed))
		if _, err := s.Desk.Leave(ctx, by, at.space, in.ID); err != nil {
			return err
		}
	}
	s.Clock.Set(when(45 * time.Minute))
	guest, err := s.withoutPlan(ctx, at)
	if err != nil {
		return err
	}
	_, err = s.Desk.WalkIn(ctx, by, at.space, desk.WalkIn{
		Member: guest, Pass: desk.Choice{Plan: at.plans["day-pass"], Group: "student", Proof: true}, Paid: desk.Card, Wristband: wristband,
	})
	return err
}

// withoutPlan is the last of the site's people who never had a plan.
func (s *seeder) withoutPlan(ctx context.Context, at *site) (id.ID, error) {
	for n := len(at.guests) - 1; n >= 0; n-- {
		g := at.guests[n]
		if g.group != plans.Guest || g.id == s.people[numberedAt(suspended)] {
			continue
		}
		runs, err := s.Plans.Held(ctx, at.space, g.id)
		if err != nil || len(runs) == 0 {
			return g.id, err
		}
	}
	return "", fmt.Errorf("everybody of %s has a plan", at.slug)
}

// KeyHolder is the one sign-in beside the Staff's: with a second factor, a plan that
// asks for a deposit, and machine time of which some is used.
const KeyHolder = "keyholder@" + Domain

// KeyHolderSecret is the key of the second factor, as one types it into an authenticator.
const KeyHolderSecret = "GUILDHALLDEMOSECONDFACTORKEY2345"

// keyHeld is how long the key holder has the plan: a period of it began weeks ago and
// has days to run, so that what is booked in the next days falls into it.
const keyHeld = 110 * 24 * time.Hour

// holdKey makes the key holder.
func (s *seeder) holdKey(ctx context.Context, home *site) error {
	defer s.Clock.Set(s.Clock.Now())
	s.Clock.Set(s.now.Add(-keyHeld))
	member, err := s.admit(ctx, person{email: KeyHolder, name: "Yara Haddad", locale: "en", phone: "+49 30 5550177"}, home)
	if err != nil {
		return err
	}
	if _, err := s.Plans.Subscribe(ctx, actor.House, plans.Start{Space: home.space, Member: member, Plan: home.plans["pro"]}); err != nil {
		return err
	}
	if _, err := s.Certifications.Certify(ctx, actor.House, home.space, certifications.Award{Member: member, Kind: home.certifications["electronics-l1"]}); err != nil {
		return err
	}
	if err := s.Auth.Give(ctx, actor.House, Password, member); err != nil {
		return err
	}
	return s.Auth.GiveAuthenticator(ctx, actor.House, member, KeyHolderSecret)
}

// useTime has the key holder book a machine within the time that the plan includes, on
// the first of the next two weeks' days on which it is open and free.
func (s *seeder) useTime(ctx context.Context, at *site, zone *time.Location) error {
	by, err := s.Members.Actor(ctx, s.people[KeyHolder])
	if err != nil {
		return err
	}
	for ahead := 1; ahead <= 14; ahead++ {
		start, _, _ := clock.DayOf(s.now, zone).Add(ahead).At(8*60, zone)
		_, err := s.Booking.Book(ctx, by, booking.Request{Space: at.space, Resource: at.resources["pcb-mill"], StartsAt: start, EndsAt: start.Add(150 * time.Minute)})
		if len(fault.All(err)) == 0 {
			return err
		}
	}
	return nil // closed for so long: nothing is used
}
