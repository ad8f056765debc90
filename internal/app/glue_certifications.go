package app

import (
	"context"
	"errors"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/spaces"
)

// certifications asks members, spaces, booking, equipment and events --------------

// certifiable tells certifications who somebody is, and where.
type certifiable struct{ a *App }

func (c certifiable) Person(ctx context.Context, space, member id.ID) (certifications.Person, error) {
	p, err := c.a.Members.Person(ctx, actor.House, space, member)
	if errors.Is(err, members.ErrNoSuchMember) {
		err = certifications.ErrNoSuchHolder
	}
	return certifications.Person{Name: p.Member.Name, Email: p.Member.Email, Locale: p.Member.Locale, Role: p.Standing.Role}, err
}

func (c certifiable) Space(ctx context.Context, space id.ID) (certifications.Space, error) {
	s, err := c.a.Spaces.Space(ctx, actor.House, space)
	return certifications.Space{Name: s.Name, Address: s.Address, Email: s.Email, Zone: s.Location()}, err
}

// usage tells certifications what somebody did on machines.
type usage struct{ a *App }

func (u usage) LastUse(ctx context.Context, space, member id.ID) (map[id.ID]clock.Instant, error) {
	return u.a.Reports.LastUse(ctx, space, member)
}

func (u usage) Minutes(ctx context.Context, space, member id.ID) (certifications.Minutes, error) {
	logged, err := u.a.Reports.Logged(ctx, space, member)
	m := certifications.Minutes{OfKind: map[string]int64{}}
	for _, l := range logged {
		m.OfKind[l.Kind] += l.Minutes
		if l.Certified {
			m.Certified += l.Minutes
		}
	}
	return m, err
}

// dependents are the bookings that rest on certifications.
type dependents struct{ a *App }

// unbegun are the bookings that can still be cancelled.
var unbegun = []booking.Status{booking.Held, booking.Pending, booking.Confirmed}

func (d dependents) Ahead(ctx context.Context, space, member id.ID) ([]certifications.Booked, error) {
	f := booking.Filter{Space: space, Member: member, From: d.a.Clock.Now(), Statuses: unbegun, Limit: 200}
	var ahead []certifications.Booked
	for {
		page, err := d.a.Booking.Bookings(ctx, actor.House, f)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Items {
			r, err := d.a.Equipment.Resource(ctx, actor.House, b.ResourceID)
			if err != nil {
				return nil, err
			}
			if len(r.Certifications) > 0 {
				ahead = append(ahead, booked(b, r))
			}
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return ahead, nil
		}
	}
}

func booked(b booking.Booking, r equipment.Resource) certifications.Booked {
	return certifications.Booked{ID: b.ID, Name: r.Name, StartsAt: b.StartsAt, EndsAt: b.EndsAt, Asks: r.Certifications}
}

func (d dependents) Cancel(ctx context.Context, booking id.ID, reason string) error {
	return d.a.Booking.Withdraw(ctx, booking, reason)
}

// learning tells certifications how one becomes certified.
type learning struct{ a *App }

func (l learning) Next(ctx context.Context, kinds []id.ID, after clock.Instant) ([]certifications.Course, error) {
	sessions, err := l.a.Events.Next(ctx, kinds, after)
	courses := make([]certifications.Course, len(sessions))
	for i, s := range sessions {
		courses[i] = certifications.Course{Session: s.ID, Kind: s.Certification(), Title: s.Title, StartsAt: s.StartsAt, SeatsLeft: s.Left()}
	}
	return courses, err
}

func (l learning) Seats(ctx context.Context, space, member id.ID) ([]certifications.Course, error) {
	seats, err := l.a.Reports.Seats(ctx, space, member)
	courses := make([]certifications.Course, len(seats))
	for i, s := range seats {
		courses[i] = certifications.Course{Session: s.Session, Kind: s.CertificationID, Title: s.Title, StartsAt: s.StartsAt}
	}
	return courses, err
}

// booking asks certifications --------------------------------------------------------

// certificates are what somebody holds, as booking asks for it.
func (b bookingMembers) certificates(ctx context.Context, space, member id.ID) ([]booking.Certificate, error) {
	all, err := b.a.Certifications.Certificates(ctx, space, member)
	held := make([]booking.Certificate, len(all))
	for i, c := range all {
		held[i] = booking.Certificate{Certification: c.Kind, GrantedAt: c.GrantedAt, ExpiresAt: c.ExpiresAt}
	}
	return held, err
}

// spaces asks certifications ---------------------------------------------------------

func (f founder) certifications(ctx context.Context, by actor.Actor, space id.ID, kinds []spaces.Certification) (map[string]id.ID, error) {
	made := map[string]id.ID{}
	for i, c := range kinds {
		made[c.Code] = id.New()
		k := certifications.Kind{
			ID: made[c.Code], SpaceID: space, Code: c.Code, Name: c.Name, About: c.About, Ladder: c.Ladder, Level: int64(c.Level),
			ValidDays: int64(c.ValidDays), ValidMonths: int64(c.ValidMonths), DisuseDays: int64(c.DisuseDays), RemindDays: 30,
			PassMark: int64(c.PassMark), HoursMin: int64(c.Hours) * 60, HoursOn: c.HoursOn, Position: int64(i),
		}
		for _, group := range c.Requires {
			var any []id.ID
			for _, code := range group {
				any = append(any, made[code])
			}
			k.Requires = append(k.Requires, any)
		}
		if _, err := f.a.Certifications.Add(ctx, by, k); err != nil {
			return nil, err
		}
	}
	return made, nil
}
