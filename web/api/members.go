package api

import (
	"context"
	"net/http"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/members"
)

// Member is a person as a space knows them.
type Member struct {
	ID              id.ID         `json:"id"`
	SpaceID         id.ID         `json:"space_id"`
	Name            string        `json:"name"`
	Email           string        `json:"email"`
	Phone           string        `json:"phone"`
	Locale          string        `json:"locale,omitempty"`
	Confirmed       bool          `json:"confirmed"`
	Role            actor.Role    `json:"role"`
	Suspended       bool          `json:"suspended"`
	SuspendedReason string        `json:"suspended_reason,omitempty"`
	SuspendedUntil  clock.Instant `json:"suspended_until" nullable:"true" doc:"When the suspension ends by itself."`
	LeftAt          clock.Instant `json:"left_at" nullable:"true" doc:"Since when they are not here any more."`
	PlanID          id.ID         `json:"plan_id,omitempty" doc:"The plan that runs now."`
	PlanName        *i18n.Text    `json:"plan_name,omitempty"`
	JoinedAt        clock.Instant `json:"joined_at"`
	Certifications  []Grant       `json:"certifications,omitempty"`
	Version         int           `json:"version,omitempty"`
}

// ImportResult is what a file brings, or brought.
type ImportResult struct {
	ID        id.ID           `json:"id"`
	DryRun    bool            `json:"dry_run"`
	Created   int             `json:"created"`
	Unchanged int             `json:"unchanged"`
	Problems  []ImportProblem `json:"problems"`
}

// ImportProblem is what is wrong in a line of a file.
type ImportProblem struct {
	Line    int    `json:"line"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
}

// Of is the part of a request that names a space.
type Of struct {
	SpaceID id.ID `query:"space_id" doc:"Needed only where it is not clear which."`
}

type membersInput struct {
	Caller
	Of
	Q      string `query:"q" maxLength:"200" doc:"Part of a name or address, or the end of a phone number."`
	Role   string `query:"role" enum:"member,instructor,desk,manager,owner"`
	PlanID id.ID  `query:"plan_id"`
	TagID  id.ID  `query:"tag_id"`
	Left   bool   `query:"left" doc:"Those who were here, instead of those who are."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"1000"`
}

type newMemberInput struct {
	Caller
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Email   string `json:"email"`
		Name    string `json:"name"`
		Phone   string `json:"phone,omitempty"`
		Locale  string `json:"locale,omitempty"`
		PlanID  id.ID  `json:"plan_id,omitempty"`
		Proof   bool   `json:"proof,omitempty" doc:"The staff has seen the proof of a plan that is a concession."`
		Until   string `json:"proof_until,omitempty" format:"date" doc:"The last day on which that counts; without it, always."`
	}
}

type memberInput struct {
	Caller
	Of
	ID id.ID `path:"id"`
}

type editMemberInput struct {
	Caller
	Seen
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Name    *string `json:"name,omitempty"`
		Phone   *string `json:"phone,omitempty"`
		Locale  *string `json:"locale,omitempty"`
		Version int     `json:"version,omitempty"`
	}
}

type reasonInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Reason  string `json:"reason"`
	}
}

type roleInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID      `json:"space_id,omitempty"`
		Role    actor.Role `json:"role"`
	}
}

type importInput struct {
	Caller
	Of
	DryRun   bool   `query:"dry_run" doc:"Only say what would happen."`
	FileName string `query:"file_name" maxLength:"200"`
	RawBody  []byte `contentType:"text/csv"`
}

type listInput struct {
	Caller
	Of
	Part
}

func (a *API) members() {
	register(a, "member.search", http.MethodGet, "/members", "The people of a space", http.StatusOK, a.findMembers)
	register(a, "member.create", http.MethodPost, "/members", "Make somebody a member", http.StatusCreated, a.enrol)
	register(a, "member.read", http.MethodGet, "/members/{id}", "One person", http.StatusOK,
		func(ctx context.Context, in *memberInput) (*body[Member], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return a.person(ctx, in.who.by, s.ID, in.ID)
		})
	register(a, "member.edit", http.MethodPatch, "/members/{id}", "Change somebody's contact details", http.StatusOK, a.editMember)
	register(a, "member.suspend", http.MethodPost, "/members/{id}/suspend", "Suspend somebody in a space", http.StatusOK,
		func(ctx context.Context, in *suspensionInput) (*body[Member], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			if err := a.Members.SuspendUntil(ctx, in.who.by, s.ID, in.ID, in.Body.Reason, in.Body.Until); err != nil {
				return nil, err
			}
			return a.person(ctx, in.who.by, s.ID, in.ID)
		})
	register(a, "member.suspend", http.MethodPost, "/members/{id}/reinstate", "End a suspension", http.StatusOK,
		func(ctx context.Context, in *reasonInput) (*body[Member], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			if err := a.Members.Reinstate(ctx, in.who.by, s.ID, in.ID, in.Body.Reason); err != nil {
				return nil, err
			}
			return a.person(ctx, in.who.by, s.ID, in.ID)
		})
	register(a, "member.roles", http.MethodPut, "/members/{id}/roles", "Set somebody's role in a space", http.StatusOK,
		func(ctx context.Context, in *roleInput) (*body[Member], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			if err := a.Members.SetRole(ctx, in.who.by, s.ID, in.ID, in.Body.Role); err != nil {
				return nil, err
			}
			return a.person(ctx, in.who.by, s.ID, in.ID)
		})
}

func (a *API) findMembers(ctx context.Context, in *membersInput) (*body[List[Member]], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	roll, err := a.Members.Find(ctx, in.who.by, s.ID, members.Query{Text: in.Q, Role: actor.Role(in.Role), Plan: in.PlanID, Tag: in.TagID, Left: in.Left, Limit: in.Limit, Cursor: in.Cursor})
	return list(each(roll.People, func(p members.Listed) Member {
		m := Member{
			ID: p.ID, SpaceID: s.ID, Name: p.Name, Email: p.Email, Phone: p.Phone, Confirmed: !p.ConfirmedAt.IsZero(),
			Role: p.Role, Suspended: p.Suspended(), PlanID: p.PlanID, JoinedAt: p.JoinedAt, LeftAt: p.LeftAt,
		}
		if p.PlanID != "" {
			m.PlanName = &p.PlanName
		}
		return m
	}), roll.Next), err
}

func (a *API) enrol(ctx context.Context, in *newMemberInput) (*body[Member], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	if b.Locale == "" {
		b.Locale = in.who.locale
	}
	m, err := a.Members.Enrol(ctx, in.who.by, s.ID, members.Enrolment{Email: b.Email, Name: b.Name, Phone: b.Phone, Locale: b.Locale, Plan: b.PlanID, Proof: members.Proof{Seen: b.Proof, Until: clock.Day(b.Until)}})
	if err != nil {
		return nil, err
	}
	return a.person(ctx, in.who.by, s.ID, m.ID)
}

func (a *API) editMember(ctx context.Context, in *editMemberInput) (*body[Member], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	p, err := a.Members.Person(ctx, in.who.by, s.ID, in.ID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	if unsaid(in.Body.Name, in.Body.Phone, in.Body.Locale) {
		return nil, ErrNothing
	}
	if seen == 0 {
		seen = int(p.Member.Version)
	}
	_, err = a.Members.Edit(ctx, in.who.by, s.ID, in.ID, members.Change{
		Name: deref(in.Body.Name, p.Member.Name), Phone: deref(in.Body.Phone, p.Member.Phone), Locale: deref(in.Body.Locale, p.Member.Locale), Version: int64(seen),
	})
	if err != nil {
		return nil, err
	}
	return a.person(ctx, in.who.by, s.ID, in.ID)
}

func (a *API) person(ctx context.Context, by actor.Actor, space, member id.ID) (*body[Member], error) {
	p, err := a.Members.Person(ctx, by, space, member)
	if err != nil {
		return nil, err
	}
	terms, err := a.Plans.Terms(ctx, member, space, a.Clock.Now())
	if err != nil {
		return nil, err
	}
	grants, err := a.Certifications.Grants(ctx, by, space, member)
	if err != nil {
		return nil, err
	}
	m := Member{
		ID: p.Member.ID, SpaceID: space, Name: p.Member.Name, Email: p.Member.Email, Phone: p.Member.Phone, Locale: p.Member.Locale,
		Confirmed: p.Member.Confirmed(), Role: p.Standing.Role, Suspended: p.Standing.Suspended(), SuspendedReason: p.Standing.SuspendedReason,
		SuspendedUntil: p.Standing.SuspendedUntil, LeftAt: p.Standing.LeftAt,
		PlanID: terms.PlanID, JoinedAt: p.Standing.JoinedAt, Certifications: each(grants, grant), Version: int(p.Member.Version),
	}
	if terms.Active() {
		m.PlanName = &terms.PlanName
	}
	return said(m), nil
}

// shelf is a domain that takes files.
type shelf interface {
	PreviewImport(ctx context.Context, by actor.Actor, space id.ID, fileName string, body []byte) (imports.Preview, error)
	RunImport(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Import, error)
}

// importer takes a file to a shelf: looked at first, and run unless it is a dry
// run or something is wrong with it.
func importer(a *API, to shelf) func(context.Context, *importInput) (*body[ImportResult], error) {
	return func(ctx context.Context, in *importInput) (*body[ImportResult], error) {
		s, err := a.space(ctx, in.who.by, in.SpaceID)
		if err != nil {
			return nil, err
		}
		look, err := to.PreviewImport(ctx, in.who.by, s.ID, in.FileName, in.RawBody)
		if err != nil {
			return nil, err
		}
		result := ImportResult{
			ID: look.Import.ID, DryRun: in.DryRun, Created: look.Count(imports.Create), Unchanged: look.Count(imports.Unchanged), Problems: []ImportProblem{},
		}
		for _, p := range look.Problems() {
			result.Problems = append(result.Problems, ImportProblem{p.Line, p.Column, in.printer().Fault(p.Fault)})
		}
		if in.DryRun || len(result.Problems) > 0 {
			result.DryRun = true
			return said(result), nil
		}
		done, err := to.RunImport(ctx, in.who.by, s.ID, look.Import.ID)
		result.Created, result.Unchanged = int(done.Created), int(done.Unchanged)
		return said(result), err
	}
}
