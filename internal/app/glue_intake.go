package app

import (
	"context"
	"fmt"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/intake"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/reports"
)

// intake asks spaces, members, plans, certifications and reports ------------------

// intakeSpaces tells intake when the days of a space begin.
type intakeSpaces struct{ a *App }

func (i intakeSpaces) Zone(ctx context.Context, space id.ID) (*time.Location, error) {
	s, err := i.a.Spaces.Space(ctx, actor.House, space)
	if err != nil {
		return nil, err
	}
	return s.Location(), nil
}

// intakePeople makes the people of a file.
type intakePeople struct{ a *App }

func (i intakePeople) Check(by actor.Actor, space id.ID, p intake.Person) (intake.Person, error) {
	r, key, err := i.a.Members.CheckNewcomer(by, space, newcomer(p), p.Role)
	p.Name, p.Email, p.Phone, p.Locale, p.Key = r.Name, r.Email, r.Phone, r.Locale, key
	return p, err
}

func (i intakePeople) Admit(ctx context.Context, by actor.Actor, space id.ID, p intake.Person) (intake.Admitted, error) {
	m, account, standing, err := i.a.Members.Bring(ctx, by, space, newcomer(p), p.Role, p.JoinedAt)
	return intake.Admitted{Member: m.ID, Account: account, Standing: standing, Mark: mark(m.Version, string(p.Role), false)}, err
}

func (i intakePeople) Dismiss(ctx context.Context, by actor.Actor, space, member id.ID, account bool) error {
	return i.a.Members.Dismiss(ctx, by, space, member, account)
}

func newcomer(p intake.Person) members.Registration {
	return members.Registration{Name: p.Name, Email: p.Email, Phone: p.Phone, Locale: p.Locale}
}

// mark changes when somebody's profile or standing does.
func mark(version int64, role string, suspended bool) string {
	return fmt.Sprintf("%d %s %t", version, role, suspended)
}

// intakePlans gives the plans of a file.
type intakePlans struct{ a *App }

func (i intakePlans) All(ctx context.Context, space id.ID) ([]intake.Gift, error) {
	all, err := i.a.Plans.Plans(ctx, space)
	gifts := make([]intake.Gift, len(all))
	for n, p := range all {
		gifts[n] = intake.Gift{ID: p.ID, Code: p.Code, Name: p.Name}
	}
	return gifts, err
}

func (i intakePlans) Give(ctx context.Context, by actor.Actor, space, member, plan id.ID, from, until clock.Instant, _ string) (id.ID, clock.Instant, error) {
	m, err := i.a.Plans.Bring(ctx, by, plans.Brought{Space: space, Member: member, Plan: plan, From: from, Until: until})
	return m.ID, m.EndsAt, err
}

func (i intakePlans) TakeBack(ctx context.Context, by actor.Actor, space, _, membership id.ID) error {
	return i.a.Plans.Unbring(ctx, by, space, membership)
}

// intakeProofs gives the certifications of a file.
type intakeProofs struct{ a *App }

func (i intakeProofs) All(ctx context.Context, space id.ID) ([]intake.Gift, error) {
	all, err := i.a.Certifications.Kinds(ctx, space)
	gifts := make([]intake.Gift, len(all))
	for n, k := range all {
		gifts[n] = intake.Gift{ID: k.ID, Code: k.Code, Name: k.Name}
	}
	return gifts, err
}

func (i intakeProofs) Give(ctx context.Context, by actor.Actor, space, member, kind id.ID, _, _ clock.Instant, note string) (id.ID, clock.Instant, error) {
	g, err := i.a.Certifications.Bring(ctx, by, space, member, kind, note)
	return g.ID, g.ExpiresAt, err
}

func (i intakeProofs) TakeBack(ctx context.Context, by actor.Actor, space, member, grant id.ID) error {
	return i.a.Certifications.Unbring(ctx, by, space, member, grant)
}

// intakeRoll tells intake who is here and what they have.
type intakeRoll struct{ a *App }

func (i intakeRoll) Known(ctx context.Context, space id.ID, people ...id.ID) ([]intake.Known, error) {
	all, err := i.a.Reports.Enrolled(ctx, space, people...)
	known := make([]intake.Known, len(all))
	for n, e := range all {
		known[n] = intake.Known{
			Member: e.Member, Key: e.EmailKey, Name: e.Name, Left: e.Gone, Mark: mark(e.Version, e.Role, e.Suspended || e.Gone), Runs: given(e.Plans), Grants: given(e.Grants),
		}
	}
	return known, err
}

func given(all []reports.Given) []intake.Held {
	held := make([]intake.Held, len(all))
	for n, g := range all {
		held[n] = intake.Held{ID: g.ID, Gift: g.Gift, From: g.From, Until: g.Until, Withdrawn: g.Revoked}
	}
	return held
}

func (i intakeRoll) Traces(ctx context.Context, space id.ID, people []id.ID) (map[id.ID]string, error) {
	return i.a.Reports.Traces(ctx, space, people)
}

func (i intakeRoll) Actor(ctx context.Context, member id.ID) (actor.Actor, error) {
	return i.a.Members.Actor(ctx, member)
}
