package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/plans"
)

// Some of the numbered members are special.
const (
	lapsed    = 55  // their plan ended, their bookings are still ahead
	suspended = 299 // by hand
	fresh     = 300 // has not confirmed the address yet
)

// plansOf says how plans are spread over those who are not among the certified.
var plansOf = []string{"community", "community", "maker", "maker", "maker", "student", "family", "youth", "company", "supporter", "unlimited", "pro", "", "day-pass"}

// chances are how many in a hundred hold a certification.
var chances = map[string]int{
	"laser-l1": 25, "3d-l1": 50, "3d-l2": 15, "cnc-l2": 10, "metal-l2": 10, "wood-l1": 35, "weld-l1": 8,
	"electronics-l1": 30, "textile-l1": 20, "vacuum-l1": 8, "kiln-l1": 6, "spray-l1": 8,
}

// populate makes everybody: the staff and the two makers by name, and the numbered members.
func (s *seeder) populate(ctx context.Context, home, sister *site) error {
	var everybody []id.ID
	for _, p := range Staff {
		member, err := s.admit(ctx, person{email: p.Email, name: p.Name, locale: p.Locale}, home, sister)
		if err != nil {
			return err
		}
		everybody = append(everybody, member)
		for _, at := range []*site{home, sister} {
			if err := s.Members.SetRole(ctx, actor.House, at.space, member, actor.Role(p.Role)); err != nil {
				return fmt.Errorf("%s: %w", p.Email, err)
			}
		}
	}
	maker, novice := s.people["maker@"+Domain], s.people["novice@"+Domain]
	if err := s.enrol(ctx, home, maker, "maker", "laser-l1", "3d-l1", "wood-l1", "electronics-l1"); err != nil {
		return err
	}
	if err := s.enrol(ctx, home, novice, "community"); err != nil {
		return err
	}
	for n := 1; n <= People; n++ {
		member, err := s.numbered(ctx, n, home, sister)
		if err != nil {
			return fmt.Errorf("member%03d: %w", n, err)
		}
		everybody = append(everybody, member)
	}
	if err := s.duplicate(ctx, home); err != nil {
		return fmt.Errorf("duplicates: %w", err)
	}
	if err := s.teach(ctx, home); err != nil {
		return fmt.Errorf("lessons: %w", err)
	}
	if err := s.stamp(ctx, home); err != nil {
		return fmt.Errorf("stamps: %w", err)
	}
	if err := s.Auth.Give(ctx, actor.House, Password, everybody...); err != nil {
		return err
	}
	if err := s.holdKey(ctx, home); err != nil {
		return fmt.Errorf("the key holder: %w", err)
	}
	return nil
}

// numbered makes the n-th member, with plan and certifications.
func (s *seeder) numbered(ctx context.Context, n int, home, sister *site) (id.ID, error) {
	r := rand.New(rand.NewPCG(seed, uint64(1000+n)))
	p := someone(n, r)
	at := []*site{home}
	abroad := p.locale == "zh-CN" && n%2 == 0
	if abroad {
		at = append(at, sister)
	}
	member, err := s.admit(ctx, p, at...)
	if err != nil {
		return "", err
	}
	if n == fresh {
		return member, nil
	}
	plan := plansOf[r.IntN(len(plansOf))]
	if n <= Certified {
		plan = []string{"maker", "maker", "pro"}[n%3]
	}
	holds := chosen(home.place, r)
	if n <= Certified && !slices.Contains(holds, "laser-l1") {
		holds = append(holds, "laser-l1")
	}
	if err := s.enrol(ctx, home, member, plan, holds...); err != nil {
		return "", err
	}
	if abroad {
		if err := s.enrol(ctx, sister, member, []string{"maker", "pro"}[n%4/2], chosen(sister.place, r)...); err != nil {
			return "", err
		}
	}
	if n == suspended {
		return member, s.Members.Suspend(ctx, actor.House, home.space, member, "Left the kiln on overnight twice.")
	}
	return member, nil
}

// duplicate makes two accounts of people who have one already: one who signed up anew
// with another address and spells his name in letters, and one who walked in.
func (s *seeder) duplicate(ctx context.Context, home *site) error {
	if _, err := s.admit(ctx, person{email: "chen.li@" + Domain, name: "Chen Li", locale: "en"}, home); err != nil {
		return err
	}
	known, err := s.Members.ByEmail(ctx, "member023@"+Domain)
	if err != nil {
		return err
	}
	_, err = s.Members.Note(ctx, actor.House, home.space, members.Unreachable{Name: "K.-F. von Donau", Phone: known.Phone, Locale: known.Locale})
	return err
}

// admit registers somebody and, but for the one who has not come to it, confirms their address.
func (s *seeder) admit(ctx context.Context, p person, at ...*site) (id.ID, error) {
	registration := members.Registration{Email: p.email, Name: p.name, Phone: p.phone, Locale: p.locale}
	for _, a := range at {
		registration.Spaces = append(registration.Spaces, a.space)
	}
	m, err := s.Members.Register(ctx, registration)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.email, err)
	}
	s.people[p.email] = m.ID
	if p.email == fmt.Sprintf("member%03d@%s", fresh, Domain) {
		return m.ID, nil
	}
	return m.ID, s.Members.Confirm(ctx, m.ID)
}

// enrol gives somebody a plan, where there is one, and certifications, and lets them book.
func (s *seeder) enrol(ctx context.Context, at *site, member id.ID, plan string, holds ...string) error {
	g := guest{id: member, group: plans.Guest, holds: map[string]bool{}}
	for _, p := range at.place.plans {
		if p.code != plan {
			continue
		}
		var until clock.Instant
		if member == s.people[fmt.Sprintf("member%03d@%s", lapsed, Domain)] {
			until = s.now.Add(-10 * 24 * time.Hour)
		} else {
			g.group, g.keyHolder = p.group, p.keyHolder
		}
		if _, err := s.Plans.Subscribe(ctx, actor.House, plans.Start{Space: at.space, Member: member, Plan: at.plans[plan], Until: until}); err != nil {
			return err
		}
	}
	for _, code := range holds {
		if _, err := s.Certifications.Certify(ctx, actor.House, at.space, certifications.Award{Member: member, Kind: at.certifications[code]}); err != nil {
			return err
		}
		g.holds[code] = true
	}
	at.guests = append(at.guests, g)
	return nil
}

// chosen picks the certifications somebody holds.
func chosen(p place, r *rand.Rand) []string {
	var codes []string
	for _, c := range p.certifications {
		if r.IntN(100) < chances[c.code] {
			codes = append(codes, c.code)
		}
	}
	return codes
}
