package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/billing"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/desk"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/money"
	"guildhall/internal/plans"
)

// deskSpaces tells the desk what day it is.
type deskSpaces struct{ a *App }

func (d deskSpaces) Zone(ctx context.Context, space id.ID) (*time.Location, error) {
	s, err := d.a.Spaces.Space(ctx, actor.House, space)
	return s.Location(), err
}

// deskPeople tells the desk who is who.
type deskPeople struct{ a *App }

func (d deskPeople) Person(ctx context.Context, space, member id.ID) (desk.Person, error) {
	p, err := d.a.Members.Person(ctx, actor.House, space, member)
	if err == nil && p.Standing.Left() {
		err = members.ErrNoSuchMember
	}
	return desk.Person{
		ID: p.Member.ID, Name: p.Member.Name, Email: p.Member.Email, Phone: p.Member.Phone, Suspended: p.Standing.Suspended(),
	}, err
}

// knownAtMost is how many people the desk is offered for one number or address.
const knownAtMost = 5

// comparedDigits of the end of a number say whose it is: what stands before them is
// written in one way or another.
const comparedDigits = 8

func (d deskPeople) Known(ctx context.Context, by actor.Actor, space id.ID, contact string) ([]desk.Person, error) {
	text := members.EmailKey(contact)
	if !strings.Contains(contact, "@") {
		text = strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, contact)
		text = text[max(0, len(text)-comparedDigits):]
	}
	if text == "" {
		return nil, nil
	}
	roll, err := d.a.Members.Find(ctx, by, space, members.Query{Text: text, Limit: knownAtMost})
	var known []desk.Person
	for _, m := range roll.People {
		if strings.Contains(contact, "@") && members.EmailKey(m.Email) != text {
			continue
		}
		known = append(known, desk.Person{ID: m.ID, Name: m.Name, Email: m.Email, Phone: m.Phone, Suspended: m.Suspended(), Plan: m.PlanName})
	}
	return known, err
}

func (deskPeople) Check(n desk.Newcomer) error {
	var err error
	if n.Email == "" {
		err = members.Unreachable{Name: n.Name, Phone: n.Phone, Locale: n.Locale}.Check()
	} else {
		err = members.Registration{Name: n.Name, Email: n.Email, Locale: n.Locale}.Check()
	}
	return named(err, "email", "contact", "phone", "contact")
}

func (d deskPeople) Admit(ctx context.Context, by actor.Actor, space id.ID, n desk.Newcomer) (desk.Person, error) {
	var m members.Member
	var err error
	if n.Email == "" {
		m, err = d.a.Members.Note(ctx, by, space, members.Unreachable{Name: n.Name, Phone: n.Phone, Locale: n.Locale})
	} else {
		m, err = d.a.Members.Enrol(ctx, by, space, members.Enrolment{Name: n.Name, Email: n.Email, Locale: n.Locale})
	}
	return desk.Person{ID: m.ID, Name: m.Name, Email: m.Email, Phone: m.Phone}, named(err, "email", "contact", "phone", "contact")
}

// named gives the fields of refusals the names that the desk's form has for them:
// each name is followed by the one it becomes.
func named(err error, names ...string) error {
	all := fault.All(err)
	if all == nil {
		return err
	}
	var wrong fault.Many
	for _, f := range all {
		for i := 0; i+1 < len(names); i += 2 {
			if f.Field == names[i] {
				f = f.On(names[i+1])
				break
			}
		}
		wrong.Add(f)
	}
	return wrong.Err()
}

// deskBadges hands out wristbands as badges.
type deskBadges struct{ a *App }

func (d deskBadges) Give(ctx context.Context, by actor.Actor, space, member id.ID, number string) (id.ID, error) {
	b, err := d.a.Members.GiveBadge(ctx, by, space, member, number)
	return b.ID, named(err, "number", "wristband")
}

// Take takes a wristband back, if nobody has done that on the person's own page.
func (d deskBadges) Take(ctx context.Context, by actor.Actor, space, member, badge id.ID) error {
	err := d.a.Members.EndBadge(ctx, by, space, member, badge, members.Returned)
	if errors.Is(err, members.ErrBadgeEnded) || errors.Is(err, members.ErrNoSuchBadge) {
		return nil
	}
	return err
}

// deskPasses sells plans that are bought for a day.
type deskPasses struct{ a *App }

func (d deskPasses) Offers(ctx context.Context, space id.ID, day clock.Day) ([]desk.Pass, error) {
	all, err := d.a.Plans.Plans(ctx, space)
	var offers []desk.Pass
	for _, p := range all {
		if p.Period != plans.Day || p.Renews || !p.OnSale(day) || p.Audience == plans.Invitation {
			continue
		}
		pass := desk.Pass{Choice: desk.Choice{Plan: p.ID}, Name: p.Name, Price: p.Price(), Free: p.FreePrice, Floor: money.Of(p.FloorMinor, p.Currency), Conceded: p.Conceded("")}
		offers = append(offers, pass)
		for _, price := range p.Prices {
			pass.Group, pass.Price, pass.Conceded = price.Group, money.Of(price.Minor, p.Currency), p.Conceded(price.Group)
			offers = append(offers, pass)
		}
	}
	return offers, err
}

// Sell starts the plan. A proof that was shown for a lower price counts on that day: for
// another pass it is shown again.
func (d deskPasses) Sell(ctx context.Context, by actor.Actor, space, member id.ID, c desk.Choice) (desk.Sold, error) {
	zone, err := deskSpaces(d).Zone(ctx, space)
	if err != nil {
		return desk.Sold{}, err
	}
	start := plans.Start{
		Space: space, Member: member, Plan: c.Plan, Group: c.Group, Amount: c.Amount, Proof: c.Proof, ProofUntil: clock.DayOf(d.a.Clock.Now(), zone),
	}
	runs, err := d.a.Plans.Runs(ctx, by, space, member)
	if err != nil {
		return desk.Sold{}, err
	}
	now := d.a.Clock.Now()
	if i := slices.IndexFunc(runs, func(r plans.Run) bool { return !r.StartsAt.After(now) && !r.Over(now) }); i >= 0 {
		return desk.Sold{}, desk.ErrHasPlan.With("Plan", runs[i].Plan.Name)
	}
	bill, err := d.a.Plans.Preview(ctx, by, start)
	if err != nil {
		return desk.Sold{}, named(err, "plan", "pass", "group", "pass")
	}
	m, err := d.a.Plans.Subscribe(ctx, by, start)
	if err != nil {
		return desk.Sold{}, named(err, "plan", "pass", "group", "pass")
	}
	total, err := bill.Total.Add(bill.Deposit)
	return desk.Sold{Membership: m.ID, Payer: bill.Payer.Member, Total: total}, err
}

// deskPapers has signed what is asked of people.
type deskPapers struct{ a *App }

func (d deskPapers) Sign(ctx context.Context, by actor.Actor, space, member id.ID, shown []desk.Paper, s desk.Signature) error {
	st, err := d.a.Consent.Standing(ctx, space, member)
	if err != nil {
		return err
	}
	for _, p := range shown {
		if !slices.ContainsFunc(st.Unsigned, func(a consent.Asked) bool { return a.Document == p.Document }) {
			continue
		}
		sig := consent.Signature{Name: s.Name, Drawing: s.Drawing, Language: p.Language, Address: s.Address}
		_, err := d.a.Consent.RecordSignature(ctx, by, space, p.Document, p.Version, member, sig, consent.Recording{How: consent.AtDesk})
		if err != nil {
			return named(err, "name", "signature")
		}
	}
	return nil
}

// Owing counts only what is asked of everybody, whatever they use.
func (d deskPapers) Owing(ctx context.Context, space, member id.ID) (bool, error) {
	st, err := d.a.Consent.Standing(ctx, space, member)
	return slices.ContainsFunc(st.Unsigned, func(a consent.Asked) bool { return len(a.Kinds) == 0 && len(a.Areas) == 0 }), err
}

// deskGuardians writes down who answers for a minor.
type deskGuardians struct{ a *App }

func (d deskGuardians) Check(ctx context.Context, space id.ID, birthday clock.Day, g desk.Guardian) error {
	err := d.a.Consent.CheckGuardian(ctx, space, birthday, consent.Invitation{Name: g.Name, Locale: g.Locale}, g.Verified)
	return named(err, "guardian_name", "guardian")
}

func (d deskGuardians) Guarded(ctx context.Context, by actor.Actor, space, member id.ID, birthday clock.Day, g desk.Guardian) error {
	if err := d.a.Consent.SayBirthday(ctx, by, space, member, birthday, g.Verified); err != nil {
		return err
	}
	st, err := d.a.Consent.Standing(ctx, space, member)
	if err != nil || !st.Minor || st.Consented {
		return err
	}
	_, err = d.a.Consent.RecordConsent(ctx, by, space, member, consent.Invitation{Name: g.Name, Locale: g.Locale}, g.Verified, g.Address)
	return named(err, "guardian_name", "guardian")
}

// till has billing write down what was paid.
type till struct{ a *App }

func (t till) Take(ctx context.Context, m desk.Taking) error {
	return t.a.Billing.Charge(ctx, billing.Charge{
		SpaceID: m.Space, MemberID: m.Member, Kind: billing.Payment, Minor: -m.Amount.Minor, Currency: m.Amount.Currency,
		Lines: billing.Lines{{Code: "paid_" + string(m.How), Minor: -m.Amount.Minor}}, Cause: "visit", CauseID: m.Visit,
		PeriodFrom: m.On, PeriodTo: m.On.Add(1), DueOn: m.On,
	})
}
