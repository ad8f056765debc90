package api

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/profiles"
	"guildhall/internal/reports"
)

// Profile is what a person tells of themselves.
type Profile struct {
	Address         string          `json:"address"`
	ContactName     string          `json:"contact_name" doc:"Whom to call in an emergency."`
	ContactPhone    string          `json:"contact_phone"`
	ContactRelation string          `json:"contact_relation"`
	Makes           string          `json:"makes"`
	Skills          string          `json:"skills" doc:"A comma between."`
	PortraitID      id.ID           `json:"portrait_id,omitempty"`
	Answers         []ProfileAnswer `json:"answers" doc:"To what the space asks besides."`
	Masked          bool            `json:"masked" doc:"What is private is covered; reveal it to read it."`
	Version         int             `json:"version"`
}

// ProfileAnswer is a question of a space with what was answered.
type ProfileAnswer struct {
	FieldID id.ID     `json:"field_id"`
	Label   i18n.Text `json:"label"`
	Kind    string    `json:"kind" enum:"text,choice,date,number,yes_no"`
	Value   string    `json:"value" doc:"Text; the number of a choice, from 0; a day as 2027-03-28; a number; yes or no. Empty: none."`
}

// ProfileField is a question that a space asks.
type ProfileField struct {
	ID       id.ID       `json:"id"`
	SpaceID  id.ID       `json:"space_id"`
	Label    i18n.Text   `json:"label"`
	Hint     i18n.Text   `json:"hint"`
	Kind     string      `json:"kind" enum:"text,choice,date,number,yes_no"`
	Choices  []i18n.Text `json:"choices"`
	Required bool        `json:"required"`
	SeenBy   string      `json:"seen_by" enum:"member,staff"`
	EditedBy string      `json:"edited_by" enum:"member,staff"`
	Position int         `json:"position"`
	Archived bool        `json:"archived"`
	Version  int         `json:"version"`
}

// DirectoryEntry is a member who wants to be found.
type DirectoryEntry struct {
	MemberID   id.ID    `json:"member_id"`
	Name       string   `json:"name"`
	Makes      string   `json:"makes"`
	Skills     []string `json:"skills"`
	PortraitID id.ID    `json:"portrait_id,omitempty"`
}

// AboutMe is what one agreed to have counted.
type AboutMe struct {
	Age         string        `json:"age,omitempty"`
	Gender      string        `json:"gender,omitempty"`
	Student     string        `json:"student,omitempty"`
	Returnee    string        `json:"returnee,omitempty"`
	Education   string        `json:"education,omitempty"`
	Purpose     string        `json:"purpose,omitempty"`
	ConsentedAt clock.Instant `json:"consented_at" nullable:"true"`
}

// MakersReport is who the people of a space are, in groups.
type MakersReport struct {
	People     int              `json:"people" doc:"Who answered; 0 where they are too few to show."`
	Breakdowns []MakerBreakdown `json:"breakdowns"`
}

// MakerBreakdown is one question with its groups.
type MakerBreakdown struct {
	Question string       `json:"question"`
	Groups   []MakerGroup `json:"groups"`
}

// MakerGroup is how many gave an answer.
type MakerGroup struct {
	Answer string `json:"answer" doc:"Empty: they gave none."`
	People int    `json:"people"`
	Hidden bool   `json:"hidden" doc:"It is too small to be shown, or would give one away that is."`
}

type profileBody struct {
	Address         *string           `json:"address,omitempty"`
	ContactName     *string           `json:"contact_name,omitempty"`
	ContactPhone    *string           `json:"contact_phone,omitempty"`
	ContactRelation *string           `json:"contact_relation,omitempty"`
	Makes           *string           `json:"makes,omitempty"`
	Skills          *string           `json:"skills,omitempty"`
	Answers         map[string]string `json:"answers,omitempty" doc:"By the id of the field; an empty one is taken back."`
	Version         int               `json:"version,omitempty"`
}

type myProfileInput struct {
	Caller
	Seen
	Of
	Body profileBody
}

type editProfileInput struct {
	Caller
	Seen
	Of
	ID   id.ID `path:"id"`
	Body profileBody
}

type newFieldInput struct {
	Caller
	Body struct {
		SpaceID  id.ID       `json:"space_id,omitempty"`
		Label    i18n.Text   `json:"label"`
		Hint     i18n.Text   `json:"hint,omitempty"`
		Kind     string      `json:"kind"`
		Choices  []i18n.Text `json:"choices,omitempty"`
		Required bool        `json:"required,omitempty"`
		SeenBy   string      `json:"seen_by,omitempty"`
		EditedBy string      `json:"edited_by,omitempty"`
	}
}

type editFieldInput struct {
	Caller
	Seen
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Label    *i18n.Text   `json:"label,omitempty"`
		Hint     *i18n.Text   `json:"hint,omitempty"`
		Choices  *[]i18n.Text `json:"choices,omitempty"`
		Required *bool        `json:"required,omitempty"`
		SeenBy   *string      `json:"seen_by,omitempty"`
		EditedBy *string      `json:"edited_by,omitempty"`
		Position *int         `json:"position,omitempty"`
		Archived *bool        `json:"archived,omitempty"`
		Version  int          `json:"version,omitempty"`
	}
}

type directoryInput struct {
	Caller
	Of
	Q      string `query:"q" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"20"`
}

type aboutMeInput struct {
	Caller
	Body struct {
		Consent   bool   `json:"consent" doc:"Nothing is kept without it."`
		Age       string `json:"age,omitempty"`
		Gender    string `json:"gender,omitempty"`
		Student   string `json:"student,omitempty"`
		Returnee  string `json:"returnee,omitempty"`
		Education string `json:"education,omitempty"`
		Purpose   string `json:"purpose,omitempty"`
	}
}

// profiles are the addresses of what people tell of themselves.
func (a *API) profiles() {
	register(a, "profile.own", http.MethodGet, "/me/profile", "The caller's profile in a space", http.StatusOK,
		func(ctx context.Context, in *ofSpaceInput) (*body[Profile], error) {
			return a.myProfile(ctx, &in.Caller, in.Of)
		})
	register(a, "profile.own", http.MethodPatch, "/me/profile", "Change one's profile", http.StatusOK, a.editMyProfile)
	register(a, "profile.read", http.MethodGet, "/members/{id}/profile", "Somebody's profile", http.StatusOK, a.profile)
	register(a, "profile.reveal", http.MethodPost, "/members/{id}/profile/reveal", "Read the whole of somebody's profile; it is written down", http.StatusOK,
		func(ctx context.Context, in *ofMemberInput) (*body[Profile], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			sheet, err := a.Profiles.Reveal(ctx, in.who.by, s.ID, in.ID)
			return said(profile(sheet)), err
		})
	register(a, "profile.edit", http.MethodPatch, "/members/{id}/profile", "Change somebody's profile", http.StatusOK, a.editProfile)
	register(a, "profile_field.edit", http.MethodGet, "/profile-fields", "What a space asks of everybody", http.StatusOK,
		func(ctx context.Context, in *ofSpaceInput) (*body[List[ProfileField]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			fields, err := a.Profiles.Fields(ctx, in.who.by, s.ID)
			return list(each(fields, profileField), ""), err
		})
	register(a, "profile_field.edit", http.MethodPost, "/profile-fields", "Ask one more question", http.StatusCreated, a.addField)
	register(a, "profile_field.edit", http.MethodPatch, "/profile-fields/{id}", "Change a question", http.StatusOK, a.editField)
	register(a, "directory.read", http.MethodGet, "/directory", "The members who want to be found", http.StatusOK, a.directory)
	a.aboutMe()
	a.portraits()
	register(a, "makers.report", http.MethodGet, "/reports/makers", "Who the makers are", http.StatusOK,
		func(ctx context.Context, in *ofSpaceInput) (*body[MakersReport], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			m, err := a.Reports.Makers(ctx, in.who.by, s.ID)
			return said(MakersReport{m.People, each(m.Breakdowns, func(b reports.Breakdown) MakerBreakdown {
				return MakerBreakdown{b.Question, each(b.Groups, func(g reports.Group) MakerGroup { return MakerGroup(g) })}
			})}), err
		})
}

func (a *API) aboutMe() {
	told := func(d profiles.Demographics) AboutMe {
		return AboutMe{d.Age, d.Gender, d.Student, d.Returnee, d.Education, d.Purpose, d.ConsentedAt}
	}
	register(a, "about_me.own", http.MethodGet, "/me/about-me", "What one agreed to have counted", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[AboutMe], error) {
			d, err := a.Profiles.AboutMe(ctx, in.who.by)
			return said(told(d)), err
		})
	register(a, "about_me.own", http.MethodPut, "/me/about-me", "Tell what may be counted", http.StatusOK,
		func(ctx context.Context, in *aboutMeInput) (*body[AboutMe], error) {
			b := in.Body
			if err := a.Profiles.TellAboutMe(ctx, in.who.by, b.Consent, map[string]string{
				"age": b.Age, "gender": b.Gender, "student": b.Student, "returnee": b.Returnee, "education": b.Education, "purpose": b.Purpose,
			}); err != nil {
				return nil, err
			}
			d, err := a.Profiles.AboutMe(ctx, in.who.by)
			return said(told(d)), err
		})
	register(a, "about_me.own", http.MethodDelete, "/me/about-me", "Take back what may be counted", http.StatusNoContent,
		func(ctx context.Context, in *anyInput) (*nothing, error) {
			return nil, a.Profiles.WithdrawAboutMe(ctx, in.who.by)
		})
}

type photoInput struct {
	Caller
	RawBody []byte `contentType:"image/jpeg"`
}

type fileOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (a *API) portraits() {
	register(a, "profile.own", http.MethodPut, "/me/photo", "Use a JPEG, PNG or WebP picture as one's photo", http.StatusNoContent,
		func(ctx context.Context, in *photoInput) (*nothing, error) {
			return nil, a.Profiles.SetPortrait(ctx, in.who.by, bytes.NewReader(in.RawBody))
		})
	register(a, "profile.own", http.MethodDelete, "/me/photo", "Remove one's photo", http.StatusNoContent,
		func(ctx context.Context, in *anyInput) (*nothing, error) {
			return nil, a.Profiles.RemovePortrait(ctx, in.who.by)
		})
	register(a, "portrait.read", http.MethodGet, "/portraits/{id}", "A photo, as JPEG", http.StatusOK,
		func(ctx context.Context, in *struct {
			Caller
			ID id.ID `path:"id"`
		}) (*fileOutput, error) {
			p, err := a.Profiles.Portrait(ctx, in.who.by, in.ID)
			return &fileOutput{ContentType: "image/jpeg", CacheControl: "no-store", Body: p.Body}, err
		})
}

func profile(s profiles.Sheet) Profile {
	p := s.Profile
	return Profile{
		p.Address, p.ContactName, p.ContactPhone, p.ContactRelation, p.Makes, p.Skills, p.PortraitID,
		each(s.Answers, func(a profiles.Answer) ProfileAnswer {
			return ProfileAnswer{a.Field.ID, a.Field.Label, string(a.Field.Kind), a.Value}
		}), s.Masked, int(p.Version),
	}
}

func (a *API) myProfile(ctx context.Context, c *Caller, of Of) (*body[Profile], error) {
	s, err := a.space(ctx, c.who.by, of.SpaceID)
	if err != nil {
		return nil, err
	}
	sheet, err := a.Profiles.Mine(ctx, c.who.by, s.ID)
	return said(profile(sheet)), err
}

// change is what a body says, on top of what is there.
func (b profileBody) change(p profiles.Profile, seen int) profiles.Change {
	c := profiles.Change{
		Address: deref(b.Address, p.Address), ContactName: deref(b.ContactName, p.ContactName), ContactPhone: deref(b.ContactPhone, p.ContactPhone),
		ContactRelation: deref(b.ContactRelation, p.ContactRelation), Makes: deref(b.Makes, p.Makes), Skills: deref(b.Skills, p.Skills),
		Answers: map[id.ID]string{}, Version: p.Version,
	}
	if seen != 0 {
		c.Version = int64(seen)
	}
	for field, value := range b.Answers {
		c.Answers[id.ID(field)] = value
	}
	return c
}

func (a *API) editMyProfile(ctx context.Context, in *myProfileInput) (*body[Profile], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	sheet, err := a.Profiles.Mine(ctx, in.who.by, s.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Profiles.EditMine(ctx, in.who.by, s.ID, in.Body.change(sheet.Profile, seen)); err != nil {
		return nil, err
	}
	return a.myProfile(ctx, &in.Caller, in.Of)
}

func (a *API) profile(ctx context.Context, in *ofMemberInput) (*body[Profile], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	sheet, err := a.Profiles.Sheet(ctx, in.who.by, s.ID, in.ID)
	return said(profile(sheet)), err
}

func (a *API) editProfile(ctx context.Context, in *editProfileInput) (*body[Profile], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	sheet, err := a.Profiles.Sheet(ctx, in.who.by, s.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Profiles.Edit(ctx, in.who.by, s.ID, in.ID, in.Body.change(sheet.Profile, seen)); err != nil {
		return nil, err
	}
	sheet, err = a.Profiles.Sheet(ctx, in.who.by, s.ID, in.ID)
	return said(profile(sheet)), err
}

func profileField(f profiles.Field) ProfileField {
	choices := []i18n.Text(f.Choices)
	if choices == nil {
		choices = []i18n.Text{}
	}
	return ProfileField{f.ID, f.SpaceID, f.Label, f.Hint, string(f.Kind), choices, f.Required, f.SeenBy, f.EditedBy, int(f.Position), f.Archived(), int(f.Version)}
}

func (a *API) addField(ctx context.Context, in *newFieldInput) (*body[ProfileField], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	f, err := a.Profiles.AddField(ctx, in.who.by, profiles.Field{
		SpaceID: s.ID, Label: b.Label, Hint: b.Hint, Kind: profiles.Kind(b.Kind), Choices: b.Choices, Required: b.Required, SeenBy: b.SeenBy, EditedBy: b.EditedBy,
	})
	return said(profileField(f)), err
}

func (a *API) editField(ctx context.Context, in *editFieldInput) (*body[ProfileField], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	b := in.Body
	if unsaid(b.Label, b.Hint, b.Choices, b.Required, b.SeenBy, b.EditedBy, b.Position, b.Archived) {
		return nil, ErrNothing
	}
	fields, err := a.Profiles.Fields(ctx, in.who.by, s.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.ID != in.ID {
			continue
		}
		if seen != 0 {
			f.Version = int64(seen)
		}
		f.Label, f.Hint, f.Choices = deref(b.Label, f.Label), deref(b.Hint, f.Hint), deref(b.Choices, []i18n.Text(f.Choices))
		f.Required, f.SeenBy, f.EditedBy = deref(b.Required, f.Required), deref(b.SeenBy, f.SeenBy), deref(b.EditedBy, f.EditedBy)
		f.Position = int64(deref(b.Position, int(f.Position)))
		f, err = a.Profiles.EditField(ctx, in.who.by, f, deref(b.Archived, f.Archived()))
		return said(profileField(f)), err
	}
	return nil, profiles.ErrNoSuchField
}

func (a *API) directory(ctx context.Context, in *directoryInput) (*body[List[DirectoryEntry]], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	offset, err := offsetOf(in.Cursor)
	if err != nil {
		return nil, err
	}
	entries, total, err := a.Profiles.Directory(ctx, in.who.by, s.ID, in.Q, offset, in.Limit)
	return list(each(entries, func(e profiles.Entry) DirectoryEntry {
		skills := e.Skills
		if skills == nil {
			skills = []string{}
		}
		return DirectoryEntry{e.MemberID, e.Name, e.Makes, skills, e.PortraitID}
	}), after(offset+len(entries), total)), err
}

// offsetOf is how many of a list a cursor has passed; after is the cursor behind n of total.
func offsetOf(cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 0 {
		return 0, members.ErrCursor
	}
	return n, nil
}

func after(n, total int) string {
	if n >= total {
		return ""
	}
	return strconv.Itoa(n)
}
