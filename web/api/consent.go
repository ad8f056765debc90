package api

import (
	"context"
	"net/http"

	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Waiver is a document that a space asks people to sign: a waiver, house rules or a
// privacy notice.
type Waiver struct {
	ID          id.ID       `json:"id"`
	SpaceID     id.ID       `json:"space_id"`
	Kind        string      `json:"kind" enum:"waiver,rules,privacy"`
	Audience    string      `json:"audience" enum:"everyone,minors,users" doc:"Of whom it is asked; users are those of its kinds and areas."`
	Kinds       []string    `json:"kinds" doc:"Kinds of resources."`
	Areas       []string    `json:"areas" doc:"Ids of work areas."`
	ValidMonths int         `json:"valid_months" doc:"After so many months it is asked again; 0: only when the text changes."`
	Retired     bool        `json:"retired" doc:"It is no longer asked for."`
	Current     *WaiverText `json:"current,omitempty" doc:"The published text; absent: none yet."`
	Draft       *WaiverText `json:"draft,omitempty" doc:"Only to those who edit it."`
	Version     int         `json:"version"`
}

// WaiverText is one version of a document's text.
type WaiverText struct {
	ID          id.ID         `json:"id"`
	Number      int           `json:"number"`
	Title       i18n.Text     `json:"title"`
	Body        i18n.Text     `json:"body"`
	Hashes      i18n.Text     `json:"hashes" doc:"SHA-256 of title, an empty line and body, in each language."`
	PublishedAt clock.Instant `json:"published_at,omitzero"`
}

// Acceptance is somebody's signature under a document.
type Acceptance struct {
	ID         id.ID         `json:"id"`
	SpaceID    id.ID         `json:"space_id"`
	WaiverID   id.ID         `json:"waiver_id"`
	TextID     id.ID         `json:"text_id"`
	MemberID   id.ID         `json:"member_id"`
	Guardian   bool          `json:"guardian" doc:"A guardian signed."`
	How        string        `json:"how" enum:"online,desk,paper"`
	Name       string        `json:"name"`
	Drawing    string        `json:"drawing,omitempty" doc:"An SVG path on 600 × 200."`
	Language   string        `json:"language"`
	Hash       string        `json:"hash"`
	AcceptedAt clock.Instant `json:"accepted_at"`
}

// Guardian is somebody who was asked to answer for a minor.
type Guardian struct {
	ID          id.ID         `json:"id"`
	MemberID    id.ID         `json:"member_id"`
	Name        string        `json:"name"`
	Email       string        `json:"email"`
	Verified    string        `json:"verified"`
	AskedAt     clock.Instant `json:"asked_at"`
	ConsentedAt clock.Instant `json:"consented_at,omitzero"`
	EndedAt     clock.Instant `json:"ended_at,omitzero"`
}

// Choice is whether somebody allows something.
type Choice struct {
	Kind  string `json:"kind"`
	Given bool   `json:"given"`
}

// SupervisedHours is when minors are supervised in a space.
type SupervisedHours struct {
	AsksBirthday bool             `json:"asks_birthday"`
	ConsentAge   int              `json:"consent_age" doc:"0: that of the country."`
	Hours        []SupervisedTime `json:"hours"`
	Version      int              `json:"version"`
}

// SupervisedTime is a time of the week.
type SupervisedTime struct {
	Weekday   int `json:"weekday" minimum:"1" maximum:"7" doc:"1 Monday to 7 Sunday."`
	OpensMin  int `json:"opens_min" minimum:"0" maximum:"1440"`
	ClosesMin int `json:"closes_min" minimum:"0" maximum:"1440"`
}

type waiverInput struct {
	Caller
	ID id.ID `path:"id"`
}

type waiverBody struct {
	SpaceID     id.ID     `json:"space_id,omitempty"`
	Kind        string    `json:"kind,omitempty" enum:"waiver,rules,privacy" default:"rules"`
	Audience    string    `json:"audience,omitempty" enum:"everyone,minors,users" default:"everyone"`
	Kinds       []string  `json:"kinds,omitempty"`
	Areas       []string  `json:"areas,omitempty"`
	ValidMonths int       `json:"valid_months,omitempty"`
	Title       i18n.Text `json:"title"`
	Body        i18n.Text `json:"body"`
	Version     int       `json:"version,omitempty" doc:"As it was read, when it is changed."`
}

func (b waiverBody) details(version int) consent.Details {
	return consent.Details{
		Kind: consent.DocumentKind(b.Kind), Audience: consent.Audience(b.Audience), Kinds: b.Kinds, Areas: b.Areas,
		ValidMonths: b.ValidMonths, Title: b.Title, Body: b.Body, Version: version,
	}
}

type newWaiverInput struct {
	Caller
	Body waiverBody
}

type editWaiverInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body waiverBody
}

type publishInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		Version int  `json:"version,omitempty"`
		Tell    bool `json:"tell,omitempty" doc:"Write to those who signed the version before."`
	}
}

type retireInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		Version int  `json:"version,omitempty"`
		Again   bool `json:"again,omitempty" doc:"Ask for it anew."`
	}
}

type signInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		TextID   id.ID  `json:"text_id" doc:"The text that was read: current.id."`
		Name     string `json:"name,omitempty" doc:"As it is typed; or a drawing."`
		Drawing  string `json:"drawing,omitempty" doc:"An SVG path of M and L with whole numbers on 600 × 200."`
		Language string `json:"language,omitempty" enum:"en,zh-CN" default:"en"`
		MemberID id.ID  `json:"member_id,omitempty" doc:"For staff: who signed at the desk."`
		How      string `json:"how,omitempty" enum:"desk,paper" default:"desk"`
		Note     string `json:"note,omitempty" doc:"Where the paper lies."`
	}
}

type acceptancesInput struct {
	Caller
	Of
	MemberID id.ID `query:"member_id" doc:"Whose; one's own without it."`
	Part
}

type signaturesInput struct {
	Caller
	ID id.ID `path:"id"`
	Part
}

type consentsInput struct {
	Caller
	Of
}

type chooseInput struct {
	Caller
	Body struct {
		SpaceID  id.ID  `json:"space_id,omitempty"`
		MemberID id.ID  `json:"member_id,omitempty" doc:"A child for whom one answers; oneself without it."`
		Kind     string `json:"kind" enum:"marketing,photos,directory,third_parties,cross_border"`
		Given    bool   `json:"given"`
	}
}

type birthdayInput struct {
	Caller
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Birthday string `json:"birthday" doc:"2009-03-28"`
		Verified string `json:"verified,omitempty"`
	}
}

type guardiansInput struct {
	Caller
	Of
	ID id.ID `path:"id"`
}

type guardianInput struct {
	Caller
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Name     string `json:"name"`
		Email    string `json:"email,omitempty"`
		Locale   string `json:"locale,omitempty" enum:"en,zh-CN" default:"en"`
		Verified string `json:"verified,omitempty" doc:"How it was seen that this is the guardian."`
	}
}

type endGuardianInput struct {
	Caller
	Of
	ID           id.ID `path:"id"`
	Guardianship id.ID `path:"guardianship_id"`
}

type superviseInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		AsksBirthday bool             `json:"asks_birthday,omitempty"`
		ConsentAge   int              `json:"consent_age,omitempty"`
		Hours        []SupervisedTime `json:"hours"`
		Version      int              `json:"version,omitempty"`
	}
}

func (a *API) consent() {
	register(a, "document.read", http.MethodGet, "/waivers", "The documents that a space asks people to sign", http.StatusOK,
		func(ctx context.Context, in *listInput) (*body[List[Waiver]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Consent.Documents(ctx, in.who.by, s.ID)
			if err != nil {
				return nil, err
			}
			return part(each(all, waiver), in.Part, func(w Waiver) string { return w.ID.String() })
		})
	register(a, "document.read", http.MethodGet, "/waivers/{id}", "One document", http.StatusOK,
		func(ctx context.Context, in *waiverInput) (*body[Waiver], error) {
			p, err := a.document(ctx, in.Caller, in.ID)
			return said(waiver(p)), err
		})
	register(a, "document.edit", http.MethodPost, "/waivers", "Add a document, as a draft", http.StatusCreated,
		func(ctx context.Context, in *newWaiverInput) (*body[Waiver], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			p, err := a.Consent.Draft(ctx, in.who.by, s.ID, in.Body.details(0))
			return said(waiver(p)), err
		})
	register(a, "document.edit", http.MethodPatch, "/waivers/{id}", "Change a document and its draft", http.StatusOK, a.editWaiver)
	register(a, "document.edit", http.MethodPost, "/waivers/{id}/publish", "Publish the draft", http.StatusOK, a.publishWaiver)
	register(a, "document.edit", http.MethodPost, "/waivers/{id}/retire", "Stop asking for a document, or ask anew", http.StatusOK, a.retireWaiver)
	register(a, "document.sign", http.MethodPost, "/waivers/{id}/sign", "Sign a document", http.StatusCreated, a.sign)
	register(a, "acceptance.list", http.MethodGet, "/waivers/{id}/acceptances", "Who signed a document, the latest first", http.StatusOK,
		func(ctx context.Context, in *signaturesInput) (*body[List[Acceptance]], error) {
			space, err := a.Consent.SpaceOf(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			all, next, err := a.Consent.Signatures(ctx, in.who.by, space, in.ID, in.Cursor, in.Limit)
			return list(each(all, acceptance), next), err
		})
	register(a, "acceptance.read", http.MethodGet, "/acceptances", "What somebody signed, the latest first", http.StatusOK, a.acceptances)
	register(a, "consent.choose", http.MethodGet, "/consents", "What one allows in a space", http.StatusOK,
		func(ctx context.Context, in *consentsInput) (*body[List[Choice]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return a.choices(ctx, in.Caller, s.ID, in.who.by.Member)
		})
	register(a, "consent.choose", http.MethodPut, "/consents", "Allow something, or take it back", http.StatusOK, a.choose)
	a.minors()
}

// minors are the addresses about those who are not of age.
func (a *API) minors() {
	register(a, "birthday.say", http.MethodPut, "/members/{id}/birthday", "Say when somebody was born", http.StatusNoContent,
		func(ctx context.Context, in *birthdayInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			day, err := consent.ParseBirthday(in.Body.Birthday)
			if err != nil {
				return nil, err
			}
			return nil, a.Consent.SayBirthday(ctx, in.who.by, s.ID, in.ID, day, in.Body.Verified)
		})
	register(a, "guardian.read", http.MethodGet, "/members/{id}/guardians", "Who answers for a minor", http.StatusOK,
		func(ctx context.Context, in *guardiansInput) (*body[List[Guardian]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Consent.Guardians(ctx, in.who.by, s.ID, in.ID)
			return list(each(all, guardian), ""), err
		})
	register(a, "guardian.ask", http.MethodPost, "/members/{id}/guardian-invitation", "Write to a minor's guardian", http.StatusCreated,
		func(ctx context.Context, in *guardianInput) (*body[Guardian], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			g, err := a.Consent.AskGuardian(ctx, in.who.by, s.ID, in.ID, consent.Invitation{Name: in.Body.Name, Email: in.Body.Email, Locale: in.Body.Locale})
			return said(guardian(g)), err
		})
	register(a, "guardian.record", http.MethodPost, "/members/{id}/guardian-consent", "Note at the desk that a guardian consents", http.StatusCreated,
		func(ctx context.Context, in *guardianInput) (*body[Guardian], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			g, err := a.Consent.RecordConsent(ctx, in.who.by, s.ID, in.ID,
				consent.Invitation{Name: in.Body.Name, Email: in.Body.Email, Locale: in.Body.Locale}, in.Body.Verified, in.who.from.Address)
			return said(guardian(g)), err
		})
	register(a, "guardian.record", http.MethodDelete, "/members/{id}/guardian-consent/{guardianship_id}", "End a guardian's consent", http.StatusNoContent,
		func(ctx context.Context, in *endGuardianInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Consent.RecordEnd(ctx, in.who.by, s.ID, in.ID, in.Guardianship)
		})
	register(a, "supervised.read", http.MethodGet, "/spaces/{id}/supervised-hours", "When minors are supervised", http.StatusOK,
		func(ctx context.Context, in *waiverInput) (*body[SupervisedHours], error) {
			if _, err := a.Spaces.Space(ctx, in.who.by, in.ID); err != nil {
				return nil, err
			}
			terms, week, err := a.Consent.Supervised(ctx, in.who.by, in.ID)
			return said(supervisedHours(terms, week)), err
		})
	register(a, "supervised.edit", http.MethodPut, "/spaces/{id}/supervised-hours", "Set when minors are supervised", http.StatusOK, a.supervise)
}

// document is one that the caller may see, in whichever space it is.
func (a *API) document(ctx context.Context, c Caller, document id.ID) (consent.Paper, error) {
	space, err := a.Consent.SpaceOf(ctx, document)
	if err != nil {
		return consent.Paper{}, err
	}
	return a.Consent.Document(ctx, c.who.by, space, document)
}

func (a *API) editWaiver(ctx context.Context, in *editWaiverInput) (*body[Waiver], error) {
	space, err := a.Consent.SpaceOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	p, err := a.Consent.Revise(ctx, in.who.by, space, in.ID, in.Body.details(version))
	return said(waiver(p)), err
}

func (a *API) publishWaiver(ctx context.Context, in *publishInput) (*body[Waiver], error) {
	space, err := a.Consent.SpaceOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	p, err := a.Consent.Publish(ctx, in.who.by, space, in.ID, version, in.Body.Tell)
	return said(waiver(p)), err
}

func (a *API) retireWaiver(ctx context.Context, in *retireInput) (*body[Waiver], error) {
	space, err := a.Consent.SpaceOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	p, err := a.Consent.Retire(ctx, in.who.by, space, in.ID, version, in.Body.Again)
	return said(waiver(p)), err
}

// sign signs for the caller, or for staff writes down who signed at the desk.
func (a *API) sign(ctx context.Context, in *signInput) (*body[Acceptance], error) {
	space, err := a.Consent.SpaceOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	sig := consent.Signature{Name: b.Name, Drawing: b.Drawing, Language: b.Language, Address: in.who.from.Address}
	var signed consent.Acceptance
	if b.MemberID == "" || b.MemberID == in.who.by.Member {
		signed, err = a.Consent.Sign(ctx, in.who.by, space, in.ID, b.TextID, sig)
	} else {
		signed, err = a.Consent.RecordSignature(ctx, in.who.by, space, in.ID, b.TextID, b.MemberID, sig, consent.Recording{How: consent.How(b.How), Note: b.Note})
	}
	return said(acceptance(signed)), err
}

func (a *API) acceptances(ctx context.Context, in *acceptancesInput) (*body[List[Acceptance]], error) {
	member, space := in.MemberID, in.SpaceID
	if member == "" {
		member = in.who.by.Member
	}
	if member != in.who.by.Member {
		s, err := a.space(ctx, in.who.by, space)
		if err != nil {
			return nil, err
		}
		space = s.ID
	}
	all, err := a.Consent.Acceptances(ctx, in.who.by, space, member)
	if err != nil {
		return nil, err
	}
	return part(each(all, func(s consent.Signed) Acceptance { return acceptance(s.Acceptance) }), in.Part, func(a Acceptance) string { return a.ID.String() })
}

func (a *API) choices(ctx context.Context, c Caller, space, member id.ID) (*body[List[Choice]], error) {
	now, err := a.Consent.Choices(ctx, c.who.by, space, member)
	return list(each(consent.ChoiceKinds, func(k consent.ChoiceKind) Choice { return Choice{string(k), now.Given[k]} }), ""), err
}

func (a *API) choose(ctx context.Context, in *chooseInput) (*body[List[Choice]], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	member := in.Body.MemberID
	if member == "" {
		member = in.who.by.Member
	}
	if err := a.Consent.Choose(ctx, in.who.by, s.ID, member, consent.ChoiceKind(in.Body.Kind), in.Body.Given, in.who.locale, in.who.from.Address); err != nil {
		return nil, err
	}
	return a.choices(ctx, in.Caller, s.ID, member)
}

func (a *API) supervise(ctx context.Context, in *superviseInput) (*body[SupervisedHours], error) {
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	week := each(in.Body.Hours, func(h SupervisedTime) consent.Window {
		return consent.Window{Weekday: h.Weekday, OpensMin: h.OpensMin, ClosesMin: h.ClosesMin}
	})
	if _, err := a.Spaces.Space(ctx, in.who.by, in.ID); err != nil {
		return nil, err
	}
	terms, err := a.Consent.Supervise(ctx, in.who.by, in.ID,
		consent.Terms{AsksBirthday: in.Body.AsksBirthday, ConsentAge: int64(in.Body.ConsentAge), Version: int64(version)}, week)
	return said(supervisedHours(terms, week)), err
}

func waiver(p consent.Paper) Waiver {
	return Waiver{
		ID: p.ID, SpaceID: p.SpaceID, Kind: string(p.Kind), Audience: string(p.Audience), Kinds: orNone(p.Kinds), Areas: orNone(p.Areas),
		ValidMonths: int(p.ValidMonths), Retired: p.Retired(), Current: waiverText(p.Current), Draft: waiverText(p.Draft), Version: int(p.Document.Version),
	}
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func waiverText(v consent.Version) *WaiverText {
	if v.ID == "" {
		return nil
	}
	t := &WaiverText{ID: v.ID, Number: int(v.Number), Title: v.Title, Body: v.Body, PublishedAt: v.PublishedAt}
	if v.Body.EN != "" {
		t.Hashes.EN = v.Hash("en")
	}
	if v.Body.ZH != "" {
		t.Hashes.ZH = v.Hash("zh-CN")
	}
	return t
}

func acceptance(a consent.Acceptance) Acceptance {
	return Acceptance{a.ID, a.SpaceID, a.DocumentID, a.VersionID, a.MemberID, a.Guardian, string(a.How), a.Name, a.Drawing, a.Language, a.Hash, a.AcceptedAt}
}

func guardian(g consent.Guardianship) Guardian {
	return Guardian{g.ID, g.MemberID, g.Name, g.Email, g.Verified, g.AskedAt, g.ConsentedAt, g.EndedAt}
}

func supervisedHours(t consent.Terms, week []consent.Window) SupervisedHours {
	return SupervisedHours{t.AsksBirthday, int(t.ConsentAge), each(week, func(w consent.Window) SupervisedTime {
		return SupervisedTime{w.Weekday, w.OpensMin, w.ClosesMin}
	}), int(t.Version)}
}
