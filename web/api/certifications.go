package api

import (
	"context"
	"net/http"

	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Certification is a kind of proof that a space asks for.
type Certification struct {
	ID        id.ID     `json:"id"`
	SpaceID   id.ID     `json:"space_id"`
	Code      string    `json:"code"`
	Name      i18n.Text `json:"name"`
	About     i18n.Text `json:"about"`
	ValidDays int       `json:"valid_days" doc:"0: for ever."`
	Version   int       `json:"version"`
}

type newCertificationInput struct {
	Caller
	Body struct {
		SpaceID   id.ID     `json:"space_id,omitempty"`
		Code      string    `json:"code"`
		Name      i18n.Text `json:"name"`
		About     i18n.Text `json:"about,omitzero"`
		ValidDays int       `json:"valid_days,omitempty"`
	}
}

type certifyInput struct {
	Caller
	Of
	ID   id.ID `path:"id"`
	Body struct {
		CertificationID id.ID  `json:"certification_id"`
		ExpiresOn       string `json:"expires_on,omitempty" format:"date" doc:"The last day on which it is valid; without it, as long as its kind is."`
		Evidence        string `json:"evidence,omitempty" doc:"What was seen, in words."`
	}
}

type revokeInput struct {
	Caller
	Of
	ID     id.ID  `path:"id"`
	Grant  id.ID  `path:"grant_id"`
	Reason string `query:"reason" maxLength:"1000"`
}

func (a *API) certifications() {
	register(a, "certification.read", http.MethodGet, "/certifications", "The kinds of certification of a space", http.StatusOK,
		func(ctx context.Context, in *listInput) (*body[List[Certification]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Certifications.Kinds(ctx, s.ID)
			if err != nil {
				return nil, err
			}
			return part(each(all, certification), in.Part, func(c Certification) string { return c.ID.String() })
		})
	register(a, "certification.edit", http.MethodPost, "/certifications", "Add a kind of certification", http.StatusCreated,
		func(ctx context.Context, in *newCertificationInput) (*body[Certification], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			c, err := a.Certifications.Add(ctx, in.who.by, certifications.Kind{
				SpaceID: s.ID, Code: in.Body.Code, Name: in.Body.Name, About: in.Body.About, ValidDays: int64(in.Body.ValidDays),
			})
			return said(certification(c)), err
		})
	register(a, "certification.grant", http.MethodPost, "/members/{id}/certifications", "Certify somebody", http.StatusCreated, a.certify)
	register(a, "certification.grant", http.MethodDelete, "/members/{id}/certifications/{grant_id}", "Revoke a certification", http.StatusNoContent,
		func(ctx context.Context, in *revokeInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Certifications.Revoke(ctx, in.who.by, s.ID, in.ID, in.Grant, in.Reason)
		})
}

func (a *API) certify(ctx context.Context, in *certifyInput) (*body[Grant], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	var until clock.Instant
	if in.Body.ExpiresOn != "" {
		day, err := dayOf("expires_on", in.Body.ExpiresOn)
		if err != nil {
			return nil, err
		}
		until = day.Add(1).Start(s.Location())
	}
	g, err := a.Certifications.CertifyUntil(ctx, in.who.by, s.ID, in.ID, in.Body.CertificationID, until, in.Body.Evidence)
	if err != nil {
		return nil, err
	}
	all, err := a.Certifications.Kinds(ctx, s.ID)
	held := certifications.Held{Grant: g}
	for _, c := range all {
		if c.ID == g.CertificationID {
			held.Kind = c
		}
	}
	return said(grant(held)), err
}

func certification(c certifications.Kind) Certification {
	return Certification{c.ID, c.SpaceID, c.Code, c.Name, c.About, int(c.ValidDays), int(c.Version)}
}
