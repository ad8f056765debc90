package app

import (
	"context"
	"errors"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/profiles"
	"guildhall/internal/proofs"
	"guildhall/internal/reports"
)

// memberBookings tells members who did not come.
type memberBookings struct{ a *App }

func (m memberBookings) NoShows(ctx context.Context, space id.ID, since clock.Instant) ([]members.NoShow, error) {
	var all []members.NoShow
	f := booking.Filter{Space: space, From: since, To: m.a.Clock.Now(), Statuses: []booking.Status{booking.NoShow}, Limit: 200}
	for {
		page, err := m.a.Booking.Bookings(ctx, actor.House, f)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Items {
			all = append(all, members.NoShow{Member: b.MemberID, At: b.StartsAt})
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return all, nil
		}
	}
}

// pupils tells members who learns from whom.
type pupils struct{ a *App }

func (p pupils) Teaches(ctx context.Context, space, instructor, member id.ID) (bool, error) {
	kinds, err := p.a.Certifications.Kinds(ctx, space)
	if err != nil {
		return false, err
	}
	taught := map[id.ID]bool{}
	for _, k := range kinds {
		taught[k.ID] = slices.Contains(k.Teachers, instructor)
	}
	grants, err := p.a.Certifications.Grants(ctx, actor.House, space, member)
	if err != nil || slices.ContainsFunc(grants, func(h certifications.Held) bool { return taught[h.CertificationID] || h.GrantedBy == instructor }) {
		return err == nil, err
	}
	seats, err := p.a.Reports.Seats(ctx, space, member)
	return slices.ContainsFunc(seats, func(s reports.Seat) bool { return taught[s.CertificationID] }), err
}

// leavers tells everybody that somebody has left a space: what they have booked there,
// what they asked for and their place in a team is given back, and who is nowhere any more is found by no calendar.
type leavers struct{ a *App }

func (l leavers) Left(ctx context.Context, space, member id.ID, gone bool) error {
	f := booking.Filter{Space: space, Member: member, From: l.a.Clock.Now(), Statuses: []booking.Status{booking.Held, booking.Pending, booking.Confirmed}, Limit: 200}
	for {
		page, err := l.a.Booking.Bookings(ctx, actor.House, f)
		if err != nil {
			return err
		}
		for _, b := range page.Items {
			if err := l.cancel(ctx, b); err != nil {
				return err
			}
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	for _, end := range []func(context.Context, id.ID, id.ID) error{l.end, l.withdraw, l.a.Events.Left, l.a.Teams.Left} {
		if err := end(ctx, space, member); err != nil {
			return err
		}
	}
	if !gone {
		return nil
	}
	return l.a.Auth.RevokeCalendar(ctx, actor.Actor{Member: member})
}

// end ends the plans that run or are still to come.
func (l leavers) end(ctx context.Context, space, member id.ID) error {
	now := l.a.Clock.Now()
	runs, err := l.a.Plans.Held(ctx, space, member)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if !r.EndsAt.IsZero() && !r.EndsAt.After(now) {
			continue
		}
		if r.StartsAt.After(now) {
			_, err = l.a.Plans.CancelMembership(ctx, actor.House, space, r.ID, plans.Cancellation{}) // what was charged for it goes with it
		} else {
			err = l.a.Plans.Unsubscribe(ctx, actor.House, space, r.ID, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withdraw takes back what they asked for and nobody has answered.
func (l leavers) withdraw(ctx context.Context, space, member id.ID) error {
	all, err := l.a.Plans.Applications(ctx, actor.House, space, member)
	for _, a := range all {
		if err == nil && a.Waits() {
			err = l.a.Plans.Withdraw(ctx, actor.House, space, a.ID)
		}
	}
	return err
}

// TakeOver asks everybody who keeps something of a person to make it another's, and those
// who keep what is of use only to the account that ends to forget it.
func (l leavers) TakeOver(ctx context.Context, from, to id.ID) error {
	a := l.a
	for _, take := range []func(context.Context, id.ID, id.ID) error{
		a.Booking.TakeOver, a.Desk.TakeOver, a.Plans.TakeOver, a.Billing.TakeOver, a.Events.TakeOver, a.Certifications.TakeOver,
		a.Consent.TakeOver, a.Profiles.TakeOver, a.Proofs.TakeOver, a.Teams.TakeOver, a.Imports.TakeOver, a.Auth.TakeOver,
	} {
		if err := take(ctx, from, to); err != nil {
			return err
		}
	}
	if err := a.Privacy.Forget(ctx, from); err != nil {
		return err
	}
	return a.Idempotency.Erase(ctx, from)
}

// cancel gives a booking back also where it is too late for that by the rules: nobody comes.
func (l leavers) cancel(ctx context.Context, b booking.Booking) error {
	c := booking.Cancellation{Booking: b.ID, Version: b.Version}
	_, err := l.a.Booking.Cancel(ctx, actor.House, c)
	var refused booking.Refusal
	if errors.As(err, &refused) {
		c.Override = &booking.Override{Rules: refused.Codes(), Reason: "left the space"}
		_, err = l.a.Booking.Cancel(ctx, actor.House, c)
	}
	return err
}

// profilePeople tells profiles who somebody is and where.
type profilePeople struct{ a *App }

func (p profilePeople) Person(ctx context.Context, member id.ID) (profiles.Person, error) {
	who, err := p.a.Members.Actor(ctx, member)
	if errors.Is(err, members.ErrNoSuchMember) {
		return profiles.Person{}, profiles.ErrNoSuchMember
	}
	return profiles.Person{Name: who.Name, Spaces: who.Roles}, err
}

func (p profilePeople) Names(ctx context.Context, space id.ID, of []id.ID) (map[id.ID]string, error) {
	return p.a.names(ctx, space, of)
}

// names are those of people of a space, as many at a time as a list of people has.
func (a *App) names(ctx context.Context, space id.ID, of []id.ID) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	for some := range slices.Chunk(of, members.MaxPage) {
		roll, err := a.Members.Find(ctx, actor.House, space, members.Query{Among: some, Limit: members.MaxPage})
		if err != nil {
			return nil, err
		}
		for _, m := range roll.People {
			names[m.ID] = m.Name
		}
	}
	return names, nil
}

// listed tells profiles who wants to be found.
type listed struct{ a *App }

func (l listed) Listed(ctx context.Context, space id.ID) ([]id.ID, error) {
	return l.a.Consent.Agreed(ctx, space, consent.Directory)
}

func (l listed) IsListed(ctx context.Context, space, member id.ID) (bool, error) {
	return l.a.Consent.Consented(ctx, member, space, consent.Directory)
}

// proofPeople tells proofs who is in a space.
type proofPeople struct{ a *App }

func (p proofPeople) Person(ctx context.Context, space, member id.ID) (proofs.Person, error) {
	who, err := p.a.Members.Person(ctx, actor.House, space, member)
	if errors.Is(err, members.ErrNoSuchMember) || err == nil && who.Standing.Left() {
		return proofs.Person{}, proofs.ErrNoSuchMember
	}
	return proofs.Person{Name: who.Member.Name, Email: who.Member.Email, Locale: who.Member.Locale}, err
}

// proofSpaces tells proofs where a proof was handed in.
type proofSpaces struct{ a *App }

func (p proofSpaces) Space(ctx context.Context, space id.ID) (proofs.Space, error) {
	s, err := p.a.Spaces.Space(ctx, actor.House, space)
	return proofs.Space{Name: s.Name, Address: s.Address, Email: s.Email, Zone: s.Location()}, err
}
