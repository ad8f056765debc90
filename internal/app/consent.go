package app

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/consent"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
)

// consent asks spaces and members -----------------------------------------------

// consentSpaces tells consent where.
type consentSpaces struct{ a *App }

func (c consentSpaces) Space(ctx context.Context, space id.ID) (consent.Space, error) {
	s, err := c.a.Spaces.Space(ctx, actor.House, space)
	return consent.Space{
		ID: s.ID, Slug: s.Slug, Name: s.Name, Address: s.Address, Email: s.Email, Country: s.Country, Zone: s.Location(),
	}, err
}

// consentMembers tells consent who.
type consentMembers struct{ a *App }

func (c consentMembers) Person(ctx context.Context, space, member id.ID) (consent.Person, error) {
	var m members.Member
	var err error
	if space == "" {
		m, err = c.a.Members.Member(ctx, member)
	} else {
		var p members.Person
		p, err = c.a.Members.Person(ctx, actor.House, space, member)
		m = p.Member
	}
	return consent.Person{ID: m.ID, Name: m.Name, Email: m.Email, Locale: m.Locale, Confirmed: m.Confirmed()}, err
}

func (c consentMembers) Addresses(ctx context.Context, member id.ID) ([]string, error) {
	former, err := c.a.Auth.Former(ctx, member)
	if err != nil {
		return nil, err
	}
	m, err := c.a.Members.Member(ctx, member)
	if err != nil || !m.Confirmed() {
		return former, err
	}
	known, err := c.a.Members.Addresses(ctx, member)
	return append(former, known...), err
}

// booking asks consent ------------------------------------------------------------

// consents adds what a holder has not signed, and who answers for them.
func (b bookingMembers) consents(ctx context.Context, space id.ID, h *booking.Holder) error {
	st, err := b.a.Consent.Standing(ctx, space, h.ID)
	if err != nil {
		return err
	}
	for _, p := range st.Unsigned {
		h.Unsigned = append(h.Unsigned, booking.Paper{
			Document: p.Document, Name: p.Title, Kinds: p.Kinds, Areas: p.Areas, Minors: p.Minors, Guardian: p.Guardian,
		})
	}
	h.Birthday = booking.Birthday{Asked: st.AsksBirthday, Adult: st.Adult, Consented: st.Consented, Invited: st.Invited}
	if st.Minor {
		for _, w := range st.Supervised {
			h.Birthday.Supervised = append(h.Birthday.Supervised, booking.WeekTime{Weekday: w.Weekday, FromMin: w.OpensMin, ToMin: w.ClosesMin})
		}
	}
	return nil
}

// rules gives a new space house rules to begin with: a draft, which nobody is asked to
// sign before a manager has read it.
func (f founder) rules(ctx context.Context, by actor.Actor, space id.ID) error {
	en, zh := i18n.For("en"), i18n.For("zh-CN")
	_, err := f.a.Consent.Draft(ctx, by, space, consent.Details{
		Kind: consent.Rules, Audience: consent.Everyone,
		Title: i18n.Text{EN: en.T("consent.starter.title"), ZH: zh.T("consent.starter.title")},
		Body:  i18n.Text{EN: en.T("consent.starter.body"), ZH: zh.T("consent.starter.body")},
	})
	return err
}
