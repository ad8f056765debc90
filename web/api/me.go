package api

import (
	"context"
	"net/http"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/members"
)

// Me is the caller.
type Me struct {
	ID        id.ID                `json:"id"`
	Email     string               `json:"email"`
	Name      string               `json:"name"`
	Phone     string               `json:"phone"`
	Locale    string               `json:"locale"`
	Confirmed bool                 `json:"confirmed" doc:"The e-mail address is proven to be theirs."`
	Roles     map[id.ID]actor.Role `json:"roles" doc:"By space."`
	CreatedAt clock.Instant        `json:"created_at"`
	Version   int                  `json:"version"`
}

type meInput struct {
	Caller
	Seen
	Body struct {
		Name    *string `json:"name,omitempty"`
		Phone   *string `json:"phone,omitempty"`
		Locale  *string `json:"locale,omitempty"`
		Version int     `json:"version,omitempty"`
	}
}

type icsOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (a *API) me() {
	register(a, "account.read", http.MethodGet, "/me", "The caller", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[Me], error) {
			m, err := a.Members.Me(ctx, in.who.by)
			return said(me(in.who.by, m)), err
		})
	register(a, "account.own", http.MethodPatch, "/me", "Change what one may change of oneself", http.StatusOK,
		func(ctx context.Context, in *meInput) (*body[Me], error) {
			seen, err := in.version(in.Body.Version)
			if err != nil {
				return nil, err
			}
			if unsaid(in.Body.Name, in.Body.Phone, in.Body.Locale) {
				return nil, ErrNothing
			}
			m, err := a.Members.Me(ctx, in.who.by)
			if err != nil {
				return nil, err
			}
			if seen == 0 {
				seen = int(m.Version)
			}
			m, err = a.Members.EditMe(ctx, in.who.by, members.Change{
				Name: deref(in.Body.Name, m.Name), Phone: deref(in.Body.Phone, m.Phone), Locale: deref(in.Body.Locale, m.Locale), Version: int64(seen),
			})
			return said(me(in.who.by, m)), err
		})
	register(a, "calendar.feed", http.MethodGet, "/me/calendar.ics", "One's bookings as a calendar to subscribe to", http.StatusOK,
		func(ctx context.Context, in *struct {
			Caller
			Token string `query:"token" maxLength:"500"`
		}) (*icsOutput, error) {
			member, err := a.Auth.CalendarOwner(ctx, in.Token)
			if err != nil {
				return nil, err
			}
			who, err := a.Members.Actor(ctx, member)
			if err != nil {
				return nil, err
			}
			feed, err := a.Booking.Feed(ctx, who, member)
			return &icsOutput{ContentType: "text/calendar; charset=utf-8", CacheControl: "no-store", Body: []byte(feed)}, err
		})
}

func me(by actor.Actor, m members.Member) Me {
	roles := by.Roles
	if roles == nil {
		roles = map[id.ID]actor.Role{}
	}
	return Me{ID: m.ID, Email: m.Email, Name: m.Name, Phone: m.Phone, Locale: m.Locale, Confirmed: m.Confirmed(), Roles: roles, CreatedAt: m.CreatedAt, Version: int(m.Version)}
}
