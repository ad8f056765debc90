package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/picture"
)

// Certification is a kind of proof that a space asks for.
type Certification struct {
	ID            id.ID     `json:"id"`
	SpaceID       id.ID     `json:"space_id"`
	Code          string    `json:"code"`
	Name          i18n.Text `json:"name"`
	About         i18n.Text `json:"about"`
	Ladder        string    `json:"ladder" doc:"What it is a level of, the same word for all of them; empty: it stands alone."`
	Level         int       `json:"level" doc:"1 to 9. Who holds a higher level of a ladder holds the lower ones."`
	ValidDays     int       `json:"valid_days" doc:"0, as valid_months: for ever."`
	ValidMonths   int       `json:"valid_months" doc:"Of the calendar, instead of valid_days."`
	DisuseDays    int       `json:"disuse_days" doc:"It lapses after so many days without use; 0: never."`
	RemindDays    int       `json:"remind_days" doc:"The letter comes so many days before the end; 0: none."`
	PassMark      int       `json:"pass_mark" doc:"Of 100; 0: no score is asked."`
	HoursMinutes  int       `json:"hours_minutes" doc:"Minutes on machines that are asked before it."`
	HoursOn       []string  `json:"hours_on" doc:"Kinds of resource on which they count; none: on all that ask for a certification."`
	Prerequisites [][]id.ID `json:"prerequisites" doc:"One of each group is asked before it."`
	TeacherIDs    []id.ID   `json:"teacher_ids" doc:"The instructors who grant it."`
	Position      int       `json:"position"`
	Version       int       `json:"version"`
}

// Grant is a certification that a person was granted.
type Grant struct {
	ID              id.ID         `json:"id"`
	CertificationID id.ID         `json:"certification_id"`
	Name            i18n.Text     `json:"name"`
	GrantedAt       clock.Instant `json:"granted_at"`
	ExpiresAt       clock.Instant `json:"expires_at" nullable:"true"`
	RevokedAt       clock.Instant `json:"revoked_at" nullable:"true"`
	RevokedReason   string        `json:"revoked_reason,omitempty"`
	Undone          bool          `json:"undone,omitempty" doc:"Revoked within minutes, as a slip."`
	Lapsed          bool          `json:"lapsed,omitempty" doc:"It ended for want of use."`
	GrantedBy       id.ID         `json:"granted_by,omitempty"`
	Score           *int64        `json:"score,omitempty" doc:"Of 100."`
	Photo           bool          `json:"photo,omitempty" doc:"There is a photograph of the evidence."`
	Note            string        `json:"note,omitempty"`
}

// Stamp is how a person stands with one kind.
type Stamp struct {
	CertificationID id.ID         `json:"certification_id"`
	Name            i18n.Text     `json:"name"`
	State           string        `json:"state" enum:"valid,expiring,pending,expired,lapsed,revoked"`
	GrantID         id.ID         `json:"grant_id,omitempty"`
	EndsAt          clock.Instant `json:"ends_at" nullable:"true"`
	EndsUnused      bool          `json:"ends_unused,omitempty" doc:"ends_at is when it lapses if nothing is used before."`
	SessionID       id.ID         `json:"session_id,omitempty" doc:"The seat that leads to it."`
}

// Step is a kind that a person can learn or renew next.
type Step struct {
	CertificationID id.ID         `json:"certification_id"`
	Name            i18n.Text     `json:"name"`
	Renews          bool          `json:"renews"`
	Missing         []Lack        `json:"missing"`
	SessionID       id.ID         `json:"session_id,omitempty" doc:"The next session that leads to it."`
	StartsAt        clock.Instant `json:"starts_at" nullable:"true" doc:"Of that session."`
	Registered      bool          `json:"registered,omitempty"`
}

// Lack is one thing that is still needed: one of other kinds, or minutes on machines.
type Lack struct {
	AnyOf         []id.ID `json:"any_of,omitempty"`
	MinutesLogged int64   `json:"minutes_logged,omitempty"`
	MinutesNeeded int64   `json:"minutes_needed,omitempty"`
}

// Stamps are those of a person in a space, what is next for them, and everything
// that they were ever granted.
type Stamps struct {
	Stamps  []Stamp `json:"stamps"`
	Next    []Step  `json:"next"`
	History []Grant `json:"history" doc:"The latest first."`
}

// Depending is a booking that somebody could not have without a grant.
type Depending struct {
	BookingID id.ID         `json:"booking_id"`
	Name      i18n.Text     `json:"name"`
	StartsAt  clock.Instant `json:"starts_at"`
	EndsAt    clock.Instant `json:"ends_at"`
}

// GrantDetail is a grant with the bookings that depend on it.
type GrantDetail struct {
	Grant
	Bookings []Depending `json:"bookings"`
}

type newCertificationInput struct {
	Caller
	Body struct {
		SpaceID       id.ID     `json:"space_id,omitempty"`
		Code          string    `json:"code"`
		Name          i18n.Text `json:"name"`
		About         i18n.Text `json:"about,omitzero"`
		Ladder        string    `json:"ladder,omitempty"`
		Level         int       `json:"level,omitempty"`
		ValidDays     int       `json:"valid_days,omitempty"`
		ValidMonths   int       `json:"valid_months,omitempty"`
		DisuseDays    int       `json:"disuse_days,omitempty"`
		RemindDays    *int      `json:"remind_days,omitempty" doc:"Without it, 30."`
		PassMark      int       `json:"pass_mark,omitempty"`
		HoursMinutes  int       `json:"hours_minutes,omitempty"`
		HoursOn       []string  `json:"hours_on,omitempty"`
		Prerequisites [][]id.ID `json:"prerequisites,omitempty"`
		TeacherIDs    []id.ID   `json:"teacher_ids,omitempty"`
		Position      int       `json:"position,omitempty"`
	}
}

type editCertificationInput struct {
	Caller
	Of
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		Code          *string    `json:"code,omitempty"`
		Name          *i18n.Text `json:"name,omitempty"`
		About         *i18n.Text `json:"about,omitempty"`
		Ladder        *string    `json:"ladder,omitempty"`
		Level         *int       `json:"level,omitempty"`
		ValidDays     *int       `json:"valid_days,omitempty"`
		ValidMonths   *int       `json:"valid_months,omitempty"`
		DisuseDays    *int       `json:"disuse_days,omitempty"`
		RemindDays    *int       `json:"remind_days,omitempty"`
		PassMark      *int       `json:"pass_mark,omitempty"`
		HoursMinutes  *int       `json:"hours_minutes,omitempty"`
		HoursOn       *[]string  `json:"hours_on,omitempty"`
		Prerequisites *[][]id.ID `json:"prerequisites,omitempty"`
		TeacherIDs    *[]id.ID   `json:"teacher_ids,omitempty"`
		Position      *int       `json:"position,omitempty"`
		Version       int        `json:"version,omitempty"`
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
		Score           *int64 `json:"score,omitempty" doc:"Of 100; asked where the kind has a pass mark."`
		Photo           string `json:"photo,omitempty" doc:"A JPEG, PNG or WebP picture of the evidence, in Base64."`
	}
}

type personInput struct {
	Caller
	Of
	ID id.ID `path:"id"`
}

type grantInput struct {
	Caller
	Of
	ID    id.ID `path:"id"`
	Grant id.ID `path:"grant_id"`
}

type revokeInput struct {
	Caller
	Of
	ID       id.ID  `path:"id"`
	Grant    id.ID  `path:"grant_id"`
	Reason   string `query:"reason" maxLength:"1000"`
	Bookings string `query:"bookings" doc:"What becomes of the bookings that depend on it: keep (the default) or cancel."`
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
	register(a, "certification.edit", http.MethodPost, "/certifications", "Add a kind of certification", http.StatusCreated, a.addCertification)
	register(a, "certification.change", http.MethodPatch, "/certifications/{id}", "Change a kind of certification", http.StatusOK, a.editCertification)
	register(a, "certification.stamps", http.MethodGet, "/members/{id}/certifications", "The stamps of a person and what is next for them", http.StatusOK, a.stamps)
	register(a, "certification.grant", http.MethodPost, "/members/{id}/certifications", "Certify somebody", http.StatusCreated, a.certify)
	register(a, "certification.photo", http.MethodGet, "/members/{id}/certifications/{grant_id}/photo", "The photograph of what a grant rests on", http.StatusOK, a.grantPhoto)
	register(a, "certification.look", http.MethodGet, "/members/{id}/certifications/{grant_id}", "A grant, and the bookings that depend on it", http.StatusOK, a.grantDetail)
	register(a, "certification.grant", http.MethodDelete, "/members/{id}/certifications/{grant_id}", "Revoke a certification", http.StatusNoContent, a.revoke)
	register(a, "certification.undo", http.MethodPost, "/members/{id}/certifications/{grant_id}/undo", "Take back a grant of the last ten minutes, as a slip", http.StatusNoContent,
		func(ctx context.Context, in *grantInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Certifications.Undo(ctx, in.who.by, s.ID, in.ID, in.Grant)
		})
}

func (a *API) addCertification(ctx context.Context, in *newCertificationInput) (*body[Certification], error) {
	b := in.Body
	s, err := a.space(ctx, in.who.by, b.SpaceID)
	if err != nil {
		return nil, err
	}
	c, err := a.Certifications.Add(ctx, in.who.by, certifications.Kind{
		SpaceID: s.ID, Code: b.Code, Name: b.Name, About: b.About, Ladder: b.Ladder, Level: int64(b.Level),
		ValidDays: int64(b.ValidDays), ValidMonths: int64(b.ValidMonths), DisuseDays: int64(b.DisuseDays), RemindDays: int64(deref(b.RemindDays, 30)),
		PassMark: int64(b.PassMark), HoursMin: int64(b.HoursMinutes), HoursOn: b.HoursOn, Requires: b.Prerequisites, Teachers: b.TeacherIDs,
		Position: int64(b.Position),
	})
	return said(certification(c)), err
}

func (a *API) editCertification(ctx context.Context, in *editCertificationInput) (*body[Certification], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	k, err := a.Certifications.Kind(ctx, in.who.by, s.ID, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	seen, err := in.version(b.Version)
	if err != nil {
		return nil, err
	}
	if seen != 0 {
		k.Version = int64(seen)
	}
	whole := func(to *int64, p *int) {
		if p != nil {
			*to = int64(*p)
		}
	}
	k.Code, k.Name, k.About, k.Ladder = deref(b.Code, k.Code), deref(b.Name, k.Name), deref(b.About, k.About), deref(b.Ladder, k.Ladder)
	k.HoursOn = deref(b.HoursOn, []string(k.HoursOn))
	k.Requires, k.Teachers = deref(b.Prerequisites, k.Requires), deref(b.TeacherIDs, k.Teachers)
	whole(&k.Level, b.Level)
	whole(&k.ValidDays, b.ValidDays)
	whole(&k.ValidMonths, b.ValidMonths)
	whole(&k.DisuseDays, b.DisuseDays)
	whole(&k.RemindDays, b.RemindDays)
	whole(&k.PassMark, b.PassMark)
	whole(&k.HoursMin, b.HoursMinutes)
	whole(&k.Position, b.Position)
	k, err = a.Certifications.Edit(ctx, in.who.by, k)
	return said(certification(k)), err
}

func (a *API) certify(ctx context.Context, in *certifyInput) (*body[Grant], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	award := certifications.Award{Member: in.ID, Kind: in.Body.CertificationID, Note: in.Body.Evidence, Score: in.Body.Score}
	if in.Body.ExpiresOn != "" {
		day, err := dayOf("expires_on", in.Body.ExpiresOn)
		if err != nil {
			return nil, err
		}
		award.Until = day.Add(1).Start(s.Location())
	}
	if in.Body.Photo != "" {
		if award.Photo, err = base64.StdEncoding.DecodeString(in.Body.Photo); err != nil {
			return nil, picture.ErrType.On("photo").Because(err)
		}
	}
	g, err := a.Certifications.Certify(ctx, in.who.by, s.ID, award)
	if err != nil {
		return nil, err
	}
	k, err := a.Certifications.Kind(ctx, in.who.by, s.ID, g.CertificationID)
	return said(grant(certifications.Held{Grant: g, Kind: k})), err
}

func (a *API) revoke(ctx context.Context, in *revokeInput) (*nothing, error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	if in.Bookings != "" && in.Bookings != "keep" && in.Bookings != "cancel" {
		return nil, certifications.ErrBookings
	}
	_, err = a.Certifications.Revoke(ctx, in.who.by, s.ID, certifications.Revocation{
		Member: in.ID, Grant: in.Grant, Reason: in.Reason, Cancel: in.Bookings == "cancel",
	})
	return nil, err
}

func (a *API) grantDetail(ctx context.Context, in *grantInput) (*body[GrantDetail], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	depend, err := a.Certifications.Depending(ctx, in.who.by, s.ID, in.ID, in.Grant)
	if err != nil {
		return nil, err
	}
	h, err := a.Certifications.Look(ctx, in.who.by, s.ID, in.ID, in.Grant)
	d := GrantDetail{Grant: grant(h), Bookings: []Depending{}}
	for _, b := range depend {
		d.Bookings = append(d.Bookings, Depending{b.ID, b.Name, b.StartsAt, b.EndsAt})
	}
	return said(d), err
}

func (a *API) grantPhoto(ctx context.Context, in *grantInput) (*fileOutput, error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	p, err := a.Certifications.Photo(ctx, in.who.by, s.ID, in.ID, in.Grant)
	return &fileOutput{ContentType: p.MediaType, CacheControl: "no-store", Body: p.Body}, err
}

func (a *API) stamps(ctx context.Context, in *personInput) (*body[Stamps], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	c, err := a.Certifications.Card(ctx, in.who.by, s.ID, in.ID)
	return said(Stamps{each(c.Stamps, stamp), each(c.Next, step), each(c.History, grant)}), err
}

func certification(k certifications.Kind) Certification {
	return Certification{
		ID: k.ID, SpaceID: k.SpaceID, Code: k.Code, Name: k.Name, About: k.About, Ladder: k.Ladder, Level: int(k.Level),
		ValidDays: int(k.ValidDays), ValidMonths: int(k.ValidMonths), DisuseDays: int(k.DisuseDays), RemindDays: int(k.RemindDays),
		PassMark: int(k.PassMark), HoursMinutes: int(k.HoursMin), HoursOn: append([]string{}, k.HoursOn...),
		Prerequisites: append([][]id.ID{}, k.Requires...), TeacherIDs: append([]id.ID{}, k.Teachers...), Position: int(k.Position), Version: int(k.Version),
	}
}

func grant(h certifications.Held) Grant {
	return Grant{
		ID: h.ID, CertificationID: h.CertificationID, Name: h.Kind.Name, GrantedAt: h.GrantedAt, ExpiresAt: h.ExpiresAt, RevokedAt: h.RevokedAt,
		RevokedReason: h.RevokedReason, Undone: h.Undone, Lapsed: h.Lapsed, GrantedBy: h.GrantedBy, Score: h.Score, Photo: h.PhotoID != "", Note: h.Note,
	}
}

func stamp(st certifications.Stamp) Stamp {
	return Stamp{st.Kind.ID, st.Kind.Name, string(st.State), st.Grant.ID, st.EndsAt, st.Unused, st.Course.Session}
}

func step(st certifications.Step) Step {
	return Step{
		CertificationID: st.Kind.ID, Name: st.Kind.Name, Renews: st.Renews, SessionID: st.Course.Session, StartsAt: st.Course.StartsAt, Registered: st.Seat,
		Missing: each(st.Lacks, func(l certifications.Lack) Lack {
			return Lack{each(l.AnyOf, func(k certifications.Kind) id.ID { return k.ID }), l.Have, l.Need}
		}),
	}
}
