package app

import (
	"context"
	"errors"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/teams"
)

// Here teams meet the other domains; glue.go says how.

// teams asks members and spaces ------------------------------------------------

// teamPeople tells teams who there is.
type teamPeople struct{ a *App }

func (t teamPeople) Person(ctx context.Context, space, member id.ID) (teams.Person, error) {
	m, err := t.a.Members.Member(ctx, member)
	if err != nil {
		return teams.Person{}, err
	}
	return t.person(ctx, space, m)
}

func (t teamPeople) ByEmail(ctx context.Context, space id.ID, email string) (teams.Person, bool, error) {
	m, err := t.a.Members.ByEmail(ctx, email)
	if errors.Is(err, members.ErrNoSuchMember) {
		return teams.Person{}, false, nil
	}
	if err != nil {
		return teams.Person{}, false, err
	}
	p, err := t.person(ctx, space, m)
	return p, err == nil, err
}

func (t teamPeople) person(ctx context.Context, space id.ID, m members.Member) (teams.Person, error) {
	who, err := t.a.Members.Actor(ctx, m.ID)
	_, here := who.Roles[space]
	return teams.Person{
		ID: m.ID, Name: m.Name, Email: m.Email, Locale: m.Locale, Confirmed: m.Confirmed(), Here: here, Suspended: who.Suspended[space],
	}, err
}

func (teamPeople) Key(email string) (string, error) {
	return members.EmailKey(email), members.CheckEmail(email)
}

// teamDoor lets people into a space by way of a team.
type teamDoor struct{ a *App }

func (t teamDoor) Admit(ctx context.Context, space, member id.ID) error {
	before, err := t.a.Members.Person(ctx, actor.House, space, member)
	switch {
	case err != nil && !errors.Is(err, members.ErrNoSuchMember):
		return err
	case before.Standing.Removed():
		return members.ErrRemoved
	}
	return accounts(t).admit(ctx, space, member)
}

func (t teamDoor) Note(ctx context.Context, _ actor.Actor, space id.ID, name, locale string) (teams.Person, error) {
	// Whether somebody may add to a family is the team's to say.
	m, err := t.a.Members.Note(ctx, actor.House, space, members.Unreachable{Name: name, Locale: locale})
	return teams.Person{ID: m.ID, Name: m.Name, Locale: m.Locale, Here: err == nil}, err
}

// teamSpaces tells teams where a team is.
type teamSpaces struct{ a *App }

func (t teamSpaces) Space(ctx context.Context, space id.ID) (teams.Space, error) {
	s, err := t.a.Spaces.Space(ctx, actor.House, space)
	if err != nil {
		return teams.Space{}, err
	}
	return teams.Space{Name: s.Name, Slug: s.Slug, Address: s.Address, Email: s.Email, Currency: s.Currency, Zone: s.Location()}, nil
}

// teamPlans tells teams how many seats come with what the one who pays has bought.
type teamPlans struct{ a *App }

func (t teamPlans) Seats(ctx context.Context, space, member id.ID) (int64, error) {
	runs, err := t.a.Plans.Held(ctx, space, member)
	r, _ := plans.Current(runs, t.a.Clock.Now())
	return int64(r.Plan.Includes.Seats), err
}

// teams and booking ask each other ---------------------------------------------

// teamBookings gives back for teams what somebody has booked.
type teamBookings struct{ a *App }

// GiveUp cancels them one by one; what is held only expires.
func (t teamBookings) GiveUp(ctx context.Context, space, member id.ID, reason string) (int, error) {
	n := 0
	filter := booking.Filter{
		Space: space, Member: member, From: t.a.Clock.Now(), Limit: 200, Statuses: []booking.Status{booking.Held, booking.Pending, booking.Confirmed},
	}
	for {
		page, err := t.a.Booking.Bookings(ctx, actor.House, filter)
		if err != nil {
			return n, err
		}
		for _, b := range page.Items {
			_, err := t.a.Booking.Cancel(ctx, actor.House, booking.Cancellation{
				Booking: b.ID, Override: &booking.Override{Rules: []string{booking.CancelTooLate}, Reason: reason},
			})
			if err != nil {
				return n, err
			}
			n++
		}
		if page.Next == "" {
			return n, nil
		}
		filter.Cursor = page.Next
	}
}

// bookingTeams tells booking what a member's team says.
type bookingTeams struct{ a *App }

func (b bookingTeams) Team(ctx context.Context, space, member id.ID) (booking.Team, error) {
	s, err := b.a.Teams.Share(ctx, space, member)
	return booking.Team{
		ID: s.Team, Name: s.Name, Admins: s.Admins, Joined: s.Joined, Currency: s.Currency,
		Together: booking.TeamLimits(s.Together), Alone: booking.TeamLimits(s.Alone),
	}, err
}
