package app

import (
	"context"
	"errors"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/spaces"
)

// members asks certifications ----------------------------------------------------

// memberProofs tells members what somebody can be certified for.
type memberProofs struct{ a *App }

func (m memberProofs) Kinds(ctx context.Context, space id.ID) ([]members.Certification, error) {
	kinds, err := m.a.Certifications.Kinds(ctx, space)
	known := make([]members.Certification, len(kinds))
	for i, k := range kinds {
		known[i] = members.Certification{ID: k.ID, Code: k.Code}
	}
	return known, err
}

func (m memberProofs) Bring(ctx context.Context, by actor.Actor, space, member, certification id.ID) error {
	return m.a.Certifications.Bring(ctx, by, space, member, certification)
}

// certifications asks members ------------------------------------------------------

// certifiable tells certifications who somebody is.
type certifiable struct{ a *App }

func (c certifiable) Person(ctx context.Context, space, member id.ID) (certifications.Person, error) {
	p, err := c.a.Members.Person(ctx, actor.House, space, member)
	if errors.Is(err, members.ErrNoSuchMember) {
		err = certifications.ErrNoSuchHolder
	}
	return certifications.Person{Name: p.Member.Name, Email: p.Member.Email, Locale: p.Member.Locale}, err
}

// booking asks certifications --------------------------------------------------------

// certificates are what somebody holds, as booking asks for it.
func (b bookingMembers) certificates(ctx context.Context, space, member id.ID) ([]booking.Certificate, error) {
	grants, err := b.a.Certifications.Grants(ctx, actor.House, space, member)
	var held []booking.Certificate
	for _, g := range grants {
		if g.RevokedAt.IsZero() {
			held = append(held, booking.Certificate{Certification: g.CertificationID, GrantedAt: g.GrantedAt, ExpiresAt: g.ExpiresAt})
		}
	}
	return held, err
}

// spaces asks certifications ---------------------------------------------------------

func (f founder) certifications(ctx context.Context, by actor.Actor, space id.ID, kinds []spaces.Certification) (map[string]id.ID, error) {
	made := map[string]id.ID{}
	for i, c := range kinds {
		kind, err := f.a.Certifications.Add(ctx, by, certifications.Kind{
			SpaceID: space, Code: c.Code, Name: c.Name, About: c.About, ValidDays: int64(c.ValidDays), Position: int64(i),
		})
		if err != nil {
			return nil, err
		}
		made[c.Code] = kind.ID
	}
	return made, nil
}
