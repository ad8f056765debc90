package app

import (
	"context"
	"fmt"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/id"
	"guildhall/internal/intake"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/profiles"
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

func (i intakePlans) Give(ctx context.Context, by actor.Actor, space, member, plan id.ID, term intake.Term, _ string) (id.ID, clock.Instant, error) {
	m, err := i.a.Plans.Bring(ctx, by, plans.Brought{Space: space, Member: member, Plan: plan, From: term.From, Until: term.Until, Renews: term.Renews})
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

func (i intakeProofs) Give(ctx context.Context, by actor.Actor, space, member, kind id.ID, _ intake.Term, note string) (id.ID, clock.Instant, error) {
	g, err := i.a.Certifications.Bring(ctx, by, space, member, kind, note)
	return g.ID, g.ExpiresAt, err
}

func (i intakeProofs) TakeBack(ctx context.Context, by actor.Actor, space, member, grant id.ID) error {
	return i.a.Certifications.Unbring(ctx, by, space, member, grant)
}

// intakeTags gives the tags of a file.
type intakeTags struct{ a *App }

func (i intakeTags) All(ctx context.Context, space id.ID) ([]intake.Gift, error) {
	all, err := i.a.Members.Tags(ctx, actor.House, space)
	var gifts []intake.Gift
	for _, t := range all {
		gifts = append(gifts, intake.Gift{ID: t.ID, Name: t.Name, Archived: t.Archived()})
	}
	return gifts, err
}

func (i intakeTags) Check(name string, others int) (string, error) {
	return members.CheckTag(name, others)
}

func (i intakeTags) Make(ctx context.Context, by actor.Actor, space id.ID, name string) (id.ID, bool, error) {
	return i.a.Members.MakeTag(ctx, by, space, name)
}

func (i intakeTags) Unmake(ctx context.Context, by actor.Actor, space, tag id.ID) error {
	return i.a.Members.UnmakeTag(ctx, by, space, tag)
}

func (i intakeTags) Give(ctx context.Context, by actor.Actor, space, member, tag id.ID, _ intake.Term, _ string) (id.ID, clock.Instant, error) {
	return tag, clock.Instant{}, i.a.Members.BringTag(ctx, by, space, member, tag)
}

func (i intakeTags) TakeBack(ctx context.Context, by actor.Actor, space, member, tag id.ID) error {
	return i.a.Members.UnbringTag(ctx, by, space, member, tag)
}

// intakeFacts notes what a file tells of people.
type intakeFacts struct{ a *App }

func (i intakeFacts) Check(field intake.Field, text string, today clock.Day) (string, error) {
	switch field {
	case intake.Phone:
		return members.CheckPhone(text)
	case intake.Address:
		return profiles.CheckAddress(text)
	case intake.Badge:
		return members.CheckBadge(text)
	case intake.Note:
		return members.CheckNote(text)
	}
	return text, consent.CheckBirthday(clock.Day(text), today)
}

func (i intakeFacts) Note(ctx context.Context, by actor.Actor, space, member id.ID, field intake.Field, text string) (id.ID, error) {
	switch field {
	case intake.Phone:
		return member, i.a.Members.BringPhone(ctx, by, space, member, text)
	case intake.Address:
		return member, i.a.Profiles.BringAddress(ctx, by, space, member, text)
	case intake.Badge:
		b, err := i.a.Members.GiveBadge(ctx, by, space, member, text)
		return b.ID, err
	case intake.Note:
		n, err := i.a.Members.WriteNote(ctx, by, space, member, text, false)
		return n.ID, err
	}
	return member, i.a.Consent.SayBirthday(ctx, by, space, member, clock.Day(text), "")
}

func (i intakeFacts) Forget(ctx context.Context, by actor.Actor, space, member id.ID, field intake.Field, made id.ID, text string) error {
	switch field {
	case intake.Phone:
		return i.a.Members.UnbringPhone(ctx, by, space, member, text)
	case intake.Address:
		return i.a.Profiles.UnbringAddress(ctx, by, space, member, text)
	case intake.Badge:
		return i.a.Members.UnbringBadge(ctx, by, space, member, made)
	case intake.Note:
		return i.a.Members.UnbringNote(ctx, by, space, member, made)
	}
	return i.a.Consent.UnsayBirthday(ctx, by, space, member)
}

// intakeRoll tells intake who is here and what they have.
type intakeRoll struct{ a *App }

func (i intakeRoll) Known(ctx context.Context, space id.ID, people ...id.ID) ([]intake.Known, error) {
	all, err := i.a.Reports.Enrolled(ctx, space, people...)
	known := make([]intake.Known, len(all))
	for n, e := range all {
		known[n] = intake.Known{
			Member: e.Member, Key: e.EmailKey, Name: e.Name, Role: actor.Role(e.Role), Left: e.Gone, Mark: mark(e.Version, e.Role, e.Suspended || e.Gone), Runs: given(e.Plans), Grants: given(e.Grants), Tags: e.Tags,
		}
		for _, f := range e.Facts {
			known[n].Facts = append(known[n].Facts, intake.Fact{Field: intake.Field(f.Kind), ID: f.ID, Key: f.Text, Withdrawn: f.Gone})
		}
	}
	return known, err
}

func given(all []reports.Given) []intake.Held {
	held := make([]intake.Held, len(all))
	for n, g := range all {
		held[n] = intake.Held{ID: g.ID, Gift: g.Gift, From: g.From, Until: g.Until, Withdrawn: g.Revoked, Used: g.Used}
	}
	return held
}

func (i intakeRoll) Traces(ctx context.Context, space id.ID, people []id.ID) (map[id.ID]string, error) {
	return i.a.Reports.Traces(ctx, space, people)
}

func (i intakeRoll) Actor(ctx context.Context, member id.ID) (actor.Actor, error) {
	return i.a.Members.Actor(ctx, member)
}
