package api

import (
	"context"
	"net/http"
	"slices"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/spaces"
)

// Space is one makerspace.
type Space struct {
	ID        id.ID     `json:"id"`
	Slug      string    `json:"slug"`
	Name      i18n.Text `json:"name"`
	About     i18n.Text `json:"about"`
	Headline  i18n.Text `json:"headline"`
	Sections  []string  `json:"sections" doc:"What the public page shows, in order."`
	Streams   []string  `json:"streams" doc:"Where income comes from here."`
	Blueprint string    `json:"blueprint"`
	Country   string    `json:"country"`
	Address   string    `json:"address"`
	Email     string    `json:"email"`
	Phone     string    `json:"phone"`
	Zone      string    `json:"time_zone"`
	Currency  string    `json:"currency"`
	Version   int       `json:"version"`
}

// Hours is one opening of every week.
type Hours struct {
	Weekday  int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	Opens    int    `json:"opens_min" minimum:"0" maximum:"1440" doc:"Minutes on the wall since midnight."`
	Closes   int    `json:"closes_min" minimum:"0" maximum:"1440"`
	Audience string `json:"audience" enum:"everyone,key_holders"`
}

// Holiday is a day unlike the others of its week: closed, or with other hours.
type Holiday struct {
	ID     id.ID     `json:"id,omitempty"`
	Day    string    `json:"day" format:"date"`
	Name   i18n.Text `json:"name"`
	Opens  *int      `json:"opens_min,omitempty"`
	Closes *int      `json:"closes_min,omitempty"`
}

// Blueprint is what a new space can be set up from.
type Blueprint struct {
	Slug     string    `json:"slug"`
	Name     i18n.Text `json:"name"`
	About    i18n.Text `json:"about"`
	Headline i18n.Text `json:"headline"`
	Sections []string  `json:"sections"`
	Streams  []string  `json:"streams"`
	Plans    []string  `json:"plans" doc:"The codes of its plans."`
	Kinds    []string  `json:"kinds" doc:"The kinds of what stands in it."`
}

// Front is how a space shows itself, and where its income comes from.
type Front struct {
	Headline i18n.Text `json:"headline"`
	Sections []string  `json:"sections" doc:"Of make, free, plans, desks and events; one that is missing is not shown."`
	Streams  []string  `json:"streams" doc:"Of fees, sponsorship, courses, events, sales, equipment and equity."`
	Version  int       `json:"version,omitempty" doc:"The space's; a stale one is refused."`
}

type frontInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body Front
}

type newSpaceInput struct {
	Caller
	Body struct {
		Name      i18n.Text `json:"name"`
		Slug      string    `json:"slug,omitempty"`
		Blueprint string    `json:"blueprint"`
		Country   string    `json:"country"`
		Zone      string    `json:"time_zone"`
		Currency  string    `json:"currency"`
		Hours     []Hours   `json:"hours,omitempty"`
	}
}

type editSpaceInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		Name     *i18n.Text `json:"name,omitempty"`
		About    *i18n.Text `json:"about,omitempty"`
		Slug     *string    `json:"slug,omitempty"`
		Country  *string    `json:"country,omitempty"`
		Address  *string    `json:"address,omitempty"`
		Email    *string    `json:"email,omitempty"`
		Phone    *string    `json:"phone,omitempty"`
		Zone     *string    `json:"time_zone,omitempty"`
		Currency *string    `json:"currency,omitempty"`
		Version  int        `json:"version,omitempty"`
	}
}

type week struct {
	Hours   []Hours `json:"hours"`
	Version int     `json:"version,omitempty" doc:"The space's; a stale one is refused."`
}

type hoursInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body week
}

type holidaysInput struct {
	Caller
	Part
	ID id.ID `path:"id"`
}

type holidayInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body Holiday
}

type noHolidayInput struct {
	Caller
	ID      id.ID `path:"id"`
	Holiday id.ID `path:"holiday_id"`
}

func (a *API) spaces() {
	register(a, "public.read", http.MethodGet, "/blueprints", "What a space can be set up from", http.StatusOK,
		func(_ context.Context, in *allInput) (*body[List[Blueprint]], error) {
			all := each(spaces.Blueprints, blueprint)
			return part(all, in.Part, func(b Blueprint) string { return b.Slug })
		})
	register(a, "public.read", http.MethodGet, "/spaces", "The spaces of this installation", http.StatusOK,
		func(ctx context.Context, in *allInput) (*body[List[Space]], error) {
			all, err := a.Spaces.Spaces(ctx, in.who.by)
			if err != nil {
				return nil, err
			}
			return part(each(all, space), in.Part, func(s Space) string { return s.ID.String() })
		})
	register(a, "space.create", http.MethodPost, "/spaces", "Make a further space", http.StatusCreated,
		func(ctx context.Context, in *newSpaceInput) (*body[Space], error) {
			b := in.Body
			s, err := a.Spaces.Create(ctx, in.who.by, spaces.NewSpace{
				Name: b.Name, Slug: b.Slug, Blueprint: b.Blueprint, Country: b.Country, Zone: b.Zone, Currency: b.Currency, Hours: each(b.Hours, hoursIn),
			})
			return said(space(s)), err
		})
	register(a, "public.read", http.MethodGet, "/spaces/{id}", "One space", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[Space], error) {
			s, err := a.Spaces.Space(ctx, in.who.by, in.ID)
			return said(space(s)), err
		})
	register(a, "space.edit", http.MethodPatch, "/spaces/{id}", "Change a space", http.StatusOK, a.editSpace)
	register(a, "front.edit", http.MethodPut, "/spaces/{id}/front", "Set how a space shows itself", http.StatusOK, a.setFront)
	register(a, "public.read", http.MethodGet, "/spaces/{id}/hours", "When a space is open", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[week], error) {
			s, err := a.Spaces.Space(ctx, in.who.by, in.ID)
			if err != nil {
				return nil, err
			}
			h, err := a.Spaces.Hours(ctx, in.who.by, in.ID)
			return said(week{Hours: each(h, hoursOut), Version: s.Version}), err
		})
	register(a, "space.edit", http.MethodPut, "/spaces/{id}/hours", "Set when a space is open", http.StatusOK,
		func(ctx context.Context, in *hoursInput) (*body[week], error) {
			s, err := a.Spaces.Space(ctx, in.who.by, in.ID)
			if err != nil {
				return nil, err
			}
			seen, err := in.version(in.Body.Version)
			if err != nil {
				return nil, err
			}
			if seen == 0 {
				seen = s.Version
			}
			if err := a.Spaces.SetHours(ctx, in.who.by, in.ID, seen, each(in.Body.Hours, hoursIn)); err != nil {
				return nil, err
			}
			return said(week{Hours: in.Body.Hours, Version: seen + 1}), nil
		})
	register(a, "public.read", http.MethodGet, "/spaces/{id}/holidays", "Special days from today on", http.StatusOK,
		func(ctx context.Context, in *holidaysInput) (*body[List[Holiday]], error) {
			s, err := a.Spaces.Space(ctx, in.who.by, in.ID)
			if err != nil {
				return nil, err
			}
			days, err := a.Spaces.Holidays(ctx, in.who.by, in.ID, clock.DayOf(a.Clock.Now(), s.Location()))
			if err != nil {
				return nil, err
			}
			return part(each(days, holiday), in.Part, func(h Holiday) string { return h.ID.String() })
		})
	register(a, "space.edit", http.MethodPost, "/spaces/{id}/holidays", "Add a special day", http.StatusCreated,
		func(ctx context.Context, in *holidayInput) (*body[Holiday], error) {
			h, err := a.Spaces.AddHoliday(ctx, in.who.by, in.ID, spaces.Holiday{
				Day: clock.Day(in.Body.Day), Name: in.Body.Name, OpensMin: in.Body.Opens, ClosesMin: in.Body.Closes,
			})
			return said(holiday(h)), err
		})
	register(a, "space.edit", http.MethodDelete, "/spaces/{id}/holidays/{holiday_id}", "Make a special day like the others again", http.StatusNoContent,
		func(ctx context.Context, in *noHolidayInput) (*nothing, error) {
			if _, err := a.Spaces.Space(ctx, in.who.by, in.ID); err != nil {
				return nil, err
			}
			_, err := a.Spaces.RemoveHoliday(ctx, in.who.by, in.ID, in.Holiday)
			return nil, err
		})
}

func (a *API) editSpace(ctx context.Context, in *editSpaceInput) (*body[Space], error) {
	s, err := a.Spaces.Space(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	seen, err := in.version(b.Version)
	if err != nil {
		return nil, err
	}
	if unsaid(b.Name, b.About, b.Slug, b.Country, b.Address, b.Email, b.Phone, b.Zone, b.Currency) {
		return nil, ErrNothing
	}
	if seen == 0 {
		seen = s.Version
	}
	s, err = a.Spaces.Edit(ctx, in.who.by, in.ID, spaces.Details{
		Version: seen, Name: deref(b.Name, s.Name), About: deref(b.About, s.About), Slug: deref(b.Slug, s.Slug), Country: deref(b.Country, s.Country),
		Address: deref(b.Address, s.Address), Email: deref(b.Email, s.Email), Phone: deref(b.Phone, s.Phone),
		Zone: deref(b.Zone, s.Zone), Currency: deref(b.Currency, s.Currency),
	})
	return said(space(s)), err
}

func (a *API) setFront(ctx context.Context, in *frontInput) (*body[Space], error) {
	s, err := a.Spaces.Space(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	if seen == 0 {
		seen = s.Version
	}
	s, err = a.Spaces.SetFront(ctx, in.who.by, in.ID, spaces.Front{
		Version: seen, Headline: in.Body.Headline,
		Sections: each(in.Body.Sections, func(s string) spaces.Section { return spaces.Section(s) }),
		Streams:  each(in.Body.Streams, func(s string) spaces.Stream { return spaces.Stream(s) }),
	})
	return said(space(s)), err
}

func blueprint(b spaces.Blueprint) Blueprint {
	out := Blueprint{Slug: b.Slug, Name: b.Name, About: b.About, Headline: b.Headline, Sections: b.Sections.Words(), Streams: b.Streams.Words()}
	for _, p := range b.Plans {
		out.Plans = append(out.Plans, p.Code)
	}
	for _, r := range b.Resources {
		if !slices.Contains(out.Kinds, r.Kind) {
			out.Kinds = append(out.Kinds, r.Kind)
		}
	}
	return out
}

func space(s spaces.Space) Space {
	return Space{s.ID, s.Slug, s.Name, s.About, s.Headline, s.Sections.Words(), s.Streams.Words(), s.Blueprint, s.Country, s.Address, s.Email, s.Phone, s.Zone, s.Currency, s.Version}
}

func hoursIn(h Hours) spaces.Hours {
	return spaces.Hours{Weekday: h.Weekday, OpensMin: h.Opens, ClosesMin: h.Closes, Audience: spaces.Audience(h.Audience)}
}

func hoursOut(h spaces.Hours) Hours {
	return Hours{h.Weekday, h.OpensMin, h.ClosesMin, string(h.Audience)}
}

func holiday(h spaces.Holiday) Holiday {
	return Holiday{h.ID, string(h.Day), h.Name, h.OpensMin, h.ClosesMin}
}
