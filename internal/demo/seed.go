// Package demo furnishes an installation with "Harbour Makers": two sites, every
// sort of machine with its prices and rules, three hundred people, three months
// of bookings behind and four weeks ahead. It is the same each time but for the
// day it is seeded on. It asks the services for everything it does and owns no
// table.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/db"
	"guildhall/internal/desk"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/internal/profiles"
	"guildhall/internal/proofs"
	"guildhall/internal/spaces"
	"guildhall/internal/teams"
)

// House is what the demo is built with. Its clock is moved: people join before
// they book.
type House struct {
	DB             *db.DB
	Clock          *clock.Movable
	Auth           *auth.Service
	Spaces         *spaces.Service
	Members        *members.Service
	Plans          *plans.Service
	Equipment      *equipment.Service
	Booking        *booking.Service
	Consent        *consent.Service
	Events         *events.Service
	Certifications *certifications.Service
	Teams          *teams.Service
	Profiles       *profiles.Service
	Proofs         *proofs.Service
	Desk           *desk.Service
}

// joined is how long ago everybody became a member.
const joined = 120 * 24 * time.Hour

// seed makes every demo the same.
const seed = 20160631

// Seed furnishes an empty installation, in one transaction. The House's clock
// must be frozen; it shows now again when Seed returns.
func Seed(ctx context.Context, h House) error {
	now := h.Clock.Now()
	h.Clock.Set(now.Add(-joined))
	err := h.DB.Tx(ctx, func(ctx context.Context) error {
		// Its sign-ins are known to everybody and have a password alone.
		if err := h.Auth.RequireFactor(ctx, actor.House, false); err != nil {
			return err
		}
		s := seeder{House: h, now: now, random: rand.New(rand.NewPCG(seed, 1)), people: map[string]id.ID{}}
		return s.all(ctx)
	})
	h.Clock.Set(now)
	return err
}

type seeder struct {
	House
	now    clock.Instant
	random *rand.Rand
	people map[string]id.ID // by address
}

// site is a place that stands.
type site struct {
	place
	space          id.ID
	plans          map[string]id.ID
	certifications map[string]id.ID
	resources      map[string]id.ID
	guests         []guest
}

func (s *seeder) all(ctx context.Context) error {
	var sites []*site
	for _, p := range []place{harbour, shanghai} {
		at, err := s.furnish(ctx, p)
		if err != nil {
			return fmt.Errorf("furnish %s: %w", p.slug, err)
		}
		sites = append(sites, at)
	}
	if err := s.populate(ctx, sites[0], sites[1]); err != nil {
		return fmt.Errorf("people: %w", err)
	}
	if err := s.gatherTeams(ctx, sites[0]); err != nil {
		return fmt.Errorf("teams: %w", err)
	}
	if err := s.papers(ctx, sites[0]); err != nil {
		return fmt.Errorf("papers: %w", err)
	}
	if err := s.introduce(ctx, sites[0]); err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	if err := s.proofsHandedIn(ctx, sites[0]); err != nil {
		return fmt.Errorf("proofs: %w", err)
	}
	s.Clock.Set(s.now)
	if err := s.ask(ctx, sites[0]); err != nil {
		return err
	}
	if err := s.renew(ctx); err != nil {
		return fmt.Errorf("memberships: %w", err)
	}
	for _, at := range sites {
		if err := s.live(ctx, at); err != nil {
			return fmt.Errorf("bookings of %s: %w", at.slug, err)
		}
	}
	if err := s.enlist(ctx, sites[0]); err != nil {
		return fmt.Errorf("a seat: %w", err)
	}
	zone, err := time.LoadLocation(sites[0].zone)
	if err != nil {
		return err
	}
	if err := s.useTime(ctx, sites[0], zone); err != nil {
		return fmt.Errorf("machine time: %w", err)
	}
	if err := s.door(ctx, sites[0], zone); err != nil {
		return fmt.Errorf("the door: %w", err)
	}
	return s.mishaps(ctx, sites[0])
}

// furnish makes a space with its hours, plans, certifications and equipment.
func (s *seeder) furnish(ctx context.Context, p place) (*site, error) {
	at := &site{place: p, plans: map[string]id.ID{}, certifications: map[string]id.ID{}, resources: map[string]id.ID{}}
	var week []spaces.Hours
	for _, h := range p.hours {
		audience := spaces.Everyone
		if h.keyHolders {
			audience = spaces.KeyHolders
		}
		for _, weekday := range h.weekdays {
			week = append(week, spaces.Hours{Weekday: weekday, OpensMin: h.opens * 60, ClosesMin: h.shut * 60, Audience: audience})
		}
	}
	space, err := s.Spaces.Found(ctx, actor.House, spaces.NewSpace{
		Name: p.name, Slug: p.slug, Blueprint: "community", Country: p.country, Zone: p.zone, Currency: p.currency, Hours: week,
	}, spaces.Blueprint{About: p.about})
	if err != nil {
		return nil, err
	}
	at.space = space.ID
	if _, err := s.Spaces.Edit(ctx, actor.House, space.ID, spaces.Details{
		Version: space.Version, Name: p.name, About: p.about, Slug: p.slug, Country: p.country, Address: p.address,
		Email: p.email, Phone: p.phone, Zone: p.zone, Currency: p.currency,
	}); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *site) error{s.close, s.offer, s.equip} {
		if err := step(ctx, at); err != nil {
			return nil, err
		}
	}
	return at, nil
}

// close puts the holidays of last year, this and the next into the calendar.
func (s *seeder) close(ctx context.Context, at *site) error {
	for year := s.now.Year() - 1; year <= s.now.Year()+1; year++ {
		for date, name := range at.holidays {
			h := spaces.Holiday{Day: clock.Day(fmt.Sprintf("%d-%s", year, date)), Name: name}
			if _, err := s.Spaces.AddHoliday(ctx, actor.House, at.space, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// offer makes the plans and the kinds of certification.
func (s *seeder) offer(ctx context.Context, at *site) error {
	for i, p := range at.place.plans {
		offer := plans.Plan{
			SpaceID: at.space, Code: p.code, Name: p.name, PriceGroup: p.group, KeyHolder: p.keyHolder,
			PriceMinor: p.price, Currency: at.currency, Position: int64(i), Renews: true,
		}
		if terms, ok := planTerms[p.code]; ok {
			terms(&offer)
		}
		plan, err := s.Plans.AddPlan(ctx, actor.House, offer)
		if err != nil {
			return err
		}
		at.plans[p.code] = plan.ID
	}
	for i, c := range at.place.certifications {
		made, err := s.Certifications.Add(ctx, actor.House, certifications.Kind{SpaceID: at.space, Code: c.code, Name: c.name, Position: int64(i)})
		if err != nil {
			return err
		}
		at.certifications[c.code] = made.ID
	}
	return nil
}

// equip makes the areas and what stands in them, with rules and prices.
func (s *seeder) equip(ctx context.Context, at *site) error {
	areas := map[string]id.ID{}
	for i, a := range at.areas {
		made, err := s.Equipment.AddArea(ctx, actor.House, at.space, equipment.AreaDetails{Slug: a.slug, Name: a.name, Family: equipment.Family(a.family), Position: i})
		if err != nil {
			return err
		}
		areas[a.slug] = made.ID
	}
	for _, r := range at.place.resources {
		d := equipment.Details{
			AreaID: areas[r.area], ParentID: at.resources[r.parent], Slug: r.slug, Type: equipment.Type(r.kindOf), Kind: r.kind, Name: r.name,
			Model: r.model, About: r.about, Materials: r.materials, Hazards: r.hazards, Units: r.units, Sharing: equipment.Units, Bookable: !r.let,
		}
		if r.places {
			d.Sharing = equipment.Places
		}
		if r.needs != "" {
			d.Certifications = [][]id.ID{{at.certifications[r.needs]}}
		}
		made, err := s.Equipment.Add(ctx, actor.House, at.space, d)
		if err != nil {
			return fmt.Errorf("%s: %w", r.slug, err)
		}
		at.resources[r.slug] = made.ID
		if r.let {
			continue
		}
		scope := booking.Scope{Space: at.space, Resource: made.ID}
		if err := s.Booking.SetRules(ctx, actor.House, scope, rulesOf(r)); err != nil {
			return fmt.Errorf("rules of %s: %w", r.slug, err)
		}
		if err := s.Booking.SetPrices(ctx, actor.House, made.ID, pricesOf(r, at.currency)); err != nil {
			return fmt.Errorf("prices of %s: %w", r.slug, err)
		}
	}
	return s.Booking.SetRules(ctx, actor.House, booking.Scope{Space: at.space}, []booking.Rule{
		{Kind: booking.NoticeRule, ToMin: wholeDay, Params: booking.Params{CancelMin: 120}},
		{Kind: booking.CheckInRule, ToMin: wholeDay, Params: booking.Params{ReleaseMin: 30}},
	})
}

const wholeDay = 24 * 60

// rulesOf are the rules of a row of the equipment list.
func rulesOf(r resource) []booking.Rule {
	rule := func(kind booking.Kind, p booking.Params) booking.Rule {
		return booking.Rule{Kind: kind, ToMin: wholeDay, Params: p}
	}
	rules := []booking.Rule{rule(booking.AheadRule, booking.Params{Days: r.ahead})}
	if r.daily {
		return append(rules, rule(booking.GridRule, booking.Params{WholeDays: true}), rule(booking.PersonalRule, booking.Params{AtOnce: 1}))
	}
	rules = append(rules, rule(booking.GridRule, booking.Params{StepMin: r.step}), rule(booking.LengthRule, booking.Params{MinMin: r.min, MaxMin: r.max}))
	if r.before > 0 || r.after > 0 {
		rules = append(rules, rule(booking.BufferRule, booking.Params{BeforeMin: r.before, AfterMin: r.after}))
	}
	if r.area == "print" {
		rules = append(rules, rule(booking.HoursRule, booking.Params{Need: "start"}))
	}
	if r.buddyAfter > 0 {
		two := rule(booking.PeopleRule, booking.Params{AtLeast: 2})
		two.FromMin = r.buddyAfter * 60
		rules = append(rules, two)
	}
	return rules
}

// pricesOf are the prices of a row: what a guest pays, and what a member does.
func pricesOf(r resource, currency string) []booking.Price {
	form, step, guest := booking.PerHour, 0, r.guest
	if r.daily {
		form, step = booking.PerStep, wholeDay
	}
	if guest < 0 {
		guest = 2 * r.member
	}
	price := func(group string, minor int64) booking.Price {
		return booking.Price{Group: group, ToMin: wholeDay, Form: form, StepMin: step, Amount: money.Of(minor, currency)}
	}
	return []booking.Price{price("member", r.member), price("", guest)}
}

// live enters the bookings and announces the courses.
func (s *seeder) live(ctx context.Context, at *site) error {
	calendar, err := s.Spaces.Calendar(ctx, at.space)
	if err != nil {
		return err
	}
	zone := calendar.Zone
	d := diary{
		place: at.place, space: at.space, zone: zone, calendar: calendar, now: s.now,
		random: rand.New(rand.NewPCG(seed, uint64(len(at.slug)))), ids: at.resources, guests: at.guests,
	}
	if err := s.Booking.Enter(ctx, actor.House, d.write()); err != nil {
		return err
	}
	return s.announce(ctx, at, zone)
}

// course is something announced for a weekday, so many weeks from now on.
type course struct {
	title, place i18n.Text
	leads        string
	weekday      int
	from, to     int // hours of the wall
	seats, taken int
	weeks        []int
}

var courses = map[string][]course{
	"harbour": {
		{both("Laser L1 induction", "激光 L1 培训"), both("Laser lab", "激光工区"), "laser-l1", 3, 18, 20, 6, 3, []int{1, 2, 3, 4}},
		{both("3D printing L1", "3D 打印 L1 培训"), both("3D printing", "3D 打印区"), "3d-l1", 4, 18, 20, 8, 5, []int{1, 3}},
		{both("CNC L1 and L2", "数控 L1+L2 培训"), both("CNC and metal", "数控与金工区"), "cnc-l2", 6, 11, 17, 4, 4, []int{1}},
		{both("CNC L1 and L2", "数控 L1+L2 培训"), both("CNC and metal", "数控与金工区"), "cnc-l2", 6, 11, 17, 4, 1, []int{3}},
		{both("Welding for beginners", "焊接入门"), both("CNC and metal", "数控与金工区"), "weld-l1", 6, 10, 18, 5, 2, []int{2}},
		{both("Wood L1 induction", "木工 L1 培训"), both("Wood shop", "木工区"), "wood-l1", 2, 18, 21, 6, 2, []int{1, 3}},
		{both("Open evening", "开放之夜"), both("Everywhere", "全场"), "", 3, 18, 21, 80, 24, []int{1, 2, 3, 4}},
		{both("Repair café", "维修咖啡馆"), both("Electronics lab", "电子工区"), "", 6, 14, 17, 20, 9, []int{1}},
	},
	"shanghai": {
		{both("Laser L1 induction", "激光 L1 培训"), both("Laser lab", "激光工区"), "laser-l1", 6, 14, 16, 6, 2, []int{1, 2}},
	},
}

func (s *seeder) announce(ctx context.Context, at *site, zone *time.Location) error {
	today := clock.DayOf(s.now, zone)
	for _, c := range courses[at.slug] {
		for _, week := range c.weeks {
			day := today.Add((c.weekday-today.Weekday()+7)%7 + 7*(week-1))
			if day == today {
				day = day.Add(7 * len(c.weeks))
			}
			from, _, _ := day.At(c.from*60, zone)
			to, _, _ := day.At(c.to*60, zone)
			session, err := s.Events.Announce(ctx, actor.House, at.space, events.Announcement{
				Certification: at.certifications[c.leads], Title: c.title, Place: c.place, StartsAt: from, EndsAt: to, Seats: int64(c.seats),
			})
			if err != nil {
				return fmt.Errorf("announce %s: %w", c.title.EN, err)
			}
			for _, g := range at.guests[len(at.guests)-c.taken:] {
				if _, err := s.Events.Register(ctx, actor.House, session.ID, g.id); err != nil {
					return fmt.Errorf("a seat of %s: %w", c.title.EN, err)
				}
			}
		}
	}
	return nil
}

// mishaps are the few things that are not as they should be.
func (s *seeder) mishaps(ctx context.Context, at *site) error {
	out := func(slug string, o equipment.Outage) error {
		r, err := s.Equipment.Resource(ctx, actor.House, at.resources[slug])
		if err != nil {
			return err
		}
		o.Version = r.Version
		_, err = s.Equipment.TakeOut(ctx, actor.House, r.ID, o)
		return err
	}
	if err := out("spray-booth", equipment.Outage{Reason: both("The filter is clogged; a new one is ordered.", "滤网堵塞，新滤网已订购。")}); err != nil {
		return err
	}
	return out("pick-and-place", equipment.Outage{
		Until: s.now.Add(4 * 24 * time.Hour), Reason: both("Nozzle holder at the maker's for repair.", "吸嘴座送厂维修。"),
	})
}
