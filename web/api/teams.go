package api

import (
	"context"
	"net/http"

	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/teams"
)

// Team is people who belong together in a space.
type Team struct {
	ID             id.ID         `json:"id"`
	SpaceID        id.ID         `json:"space_id"`
	Kind           teams.Kind    `json:"kind"`
	Name           string        `json:"name"`
	BillingName    string        `json:"billing_name,omitempty"`
	BillingAddress string        `json:"billing_address,omitempty"`
	TaxID          string        `json:"tax_id,omitempty"`
	Seats          int           `json:"seats"`
	SeatsTaken     int           `json:"seats_taken"`
	PayerID        id.ID         `json:"payer_id,omitempty"`
	Limits         TeamLimits    `json:"limits"`
	Archived       bool          `json:"archived"`
	CreatedAt      clock.Instant `json:"created_at"`
	Version        int           `json:"version"`
}

// TeamLimits are the most that may be booked; 0 is no limit.
type TeamLimits struct {
	AtOnce       int           `json:"at_once" minimum:"0" doc:"Bookings at one time."`
	MinutesWeek  int           `json:"minutes_week" minimum:"0"`
	MinutesMonth int           `json:"minutes_month" minimum:"0"`
	SpendMonth   *money.Amount `json:"spend_month,omitempty" doc:"In the currency of the space."`
}

// TeamMember is somebody in a team. Address and limits are told to whoever
// administers it.
type TeamMember struct {
	MemberID id.ID         `json:"member_id"`
	Name     string        `json:"name"`
	Email    string        `json:"email,omitempty"`
	Admin    bool          `json:"admin"`
	Payer    bool          `json:"payer"`
	Limits   TeamLimits    `json:"limits"`
	JoinedAt clock.Instant `json:"joined_at"`
}

// TeamInvitation asks the owner of an address to join.
type TeamInvitation struct {
	ID        id.ID         `json:"id"`
	Email     string        `json:"email"`
	Admin     bool          `json:"admin"`
	CreatedAt clock.Instant `json:"created_at"`
	ExpiresAt clock.Instant `json:"expires_at"`
}

type teamsInput struct {
	Caller
	Of
	Q        string `query:"q" maxLength:"200" doc:"Words of the name or the name on the bill."`
	Kind     string `query:"kind" enum:"team,company,family"`
	Archived bool   `query:"archived" doc:"Those that are no more, instead."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor   string `query:"cursor" maxLength:"1000"`
}

type newTeamInput struct {
	Caller
	Body struct {
		SpaceID        id.ID  `json:"space_id,omitempty"`
		Kind           string `json:"kind" enum:"team,company,family"`
		Name           string `json:"name"`
		Seats          int    `json:"seats"`
		AdminID        id.ID  `json:"admin_id,omitempty" doc:"A member who administers it and pays."`
		AdminEmail     string `json:"admin_email,omitempty" doc:"Instead: an address; whoever is not known here is invited."`
		BillingName    string `json:"billing_name,omitempty"`
		BillingAddress string `json:"billing_address,omitempty"`
		TaxID          string `json:"tax_id,omitempty"`
	}
}

type teamInput struct {
	Caller
	Of
	ID id.ID `path:"id"`
}

type teamInvitationInput struct {
	Caller
	Of
	ID         id.ID `path:"id"`
	Invitation id.ID `path:"invitation_id"`
}

type editTeamInput struct {
	Caller
	Seen
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Kind           *string     `json:"kind,omitempty" enum:"team,company,family"`
		Name           *string     `json:"name,omitempty"`
		Seats          *int        `json:"seats,omitempty" doc:"Staff alone set them."`
		BillingName    *string     `json:"billing_name,omitempty"`
		BillingAddress *string     `json:"billing_address,omitempty"`
		TaxID          *string     `json:"tax_id,omitempty"`
		Limits         *TeamLimits `json:"limits,omitempty"`
		Version        int         `json:"version,omitempty"`
	}
}

type inviteInput struct {
	Caller
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Email string `json:"email"`
		Admin bool   `json:"admin,omitempty"`
	}
}

type acceptInput struct {
	Caller
	Body struct {
		Token string `json:"token" maxLength:"200" doc:"What stands behind token= in the letter's link."`
	}
}

type addMateInput struct {
	Caller
	Of
	ID   id.ID `path:"id"`
	Body struct {
		MemberID id.ID `json:"member_id"`
	}
}

type dependantInput struct {
	Caller
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Name string `json:"name"`
	}
}

type mateInput struct {
	Caller
	Of
	ID     id.ID `path:"id"`
	Member id.ID `path:"member_id"`
	Body   struct {
		Admin  *bool       `json:"admin,omitempty"`
		Payer  bool        `json:"payer,omitempty" doc:"true has them pay from now on."`
		Limits *TeamLimits `json:"limits,omitempty"`
	}
}

type removeMateInput struct {
	Caller
	Of
	ID       id.ID  `path:"id"`
	Member   id.ID  `path:"member_id"`
	Bookings string `query:"bookings" enum:"keep,cancel" default:"keep" doc:"What becomes of the bookings they have ahead."`
}

func (a *API) teams() {
	register(a, "team.read", http.MethodGet, "/teams", "The teams of a space, or one's own", http.StatusOK, a.listTeams)
	register(a, "team.create", http.MethodPost, "/teams", "Found a team", http.StatusCreated, a.foundTeam)
	register(a, "team.read", http.MethodGet, "/teams/{id}", "One team", http.StatusOK, a.oneTeam)
	register(a, "team.lead", http.MethodPatch, "/teams/{id}", "Change a team and its limits", http.StatusOK, a.editTeam)
	register(a, "team.edit", http.MethodPost, "/teams/{id}/archive", "Archive a team", http.StatusOK, func(ctx context.Context, in *teamInput) (*body[Team], error) {
		s, err := a.space(ctx, in.who.by, in.SpaceID)
		if err != nil {
			return nil, err
		}
		if _, err := a.Teams.Archive(ctx, in.who.by, s.ID, in.ID, 0); err != nil {
			return nil, err
		}
		return a.oneTeam(ctx, in)
	})
	register(a, "team.read", http.MethodGet, "/teams/{id}/members", "Who is in a team", http.StatusOK, func(ctx context.Context, in *teamInput) (*body[List[TeamMember]], error) {
		t, err := a.sheet(ctx, in)
		return list(each(t.Mates, func(m teams.Mate) TeamMember { return teamMember(t, m) }), ""), err
	})
	register(a, "team.edit", http.MethodPost, "/teams/{id}/members", "Take a member of the space into a team", http.StatusCreated, a.addMate)
	register(a, "team.lead", http.MethodPost, "/teams/{id}/dependants", "Take somebody without an address into a family", http.StatusCreated, a.addDependant)
	register(a, "team.lead", http.MethodPatch, "/teams/{id}/members/{member_id}", "Set somebody's limits, make them administrator, have them pay", http.StatusOK, a.setMate)
	register(a, "team.leave", http.MethodDelete, "/teams/{id}/members/{member_id}", "Remove somebody, or leave", http.StatusNoContent, a.removeMate)
	register(a, "team.lead", http.MethodGet, "/teams/{id}/invitations", "Invitations that are open", http.StatusOK, func(ctx context.Context, in *teamInput) (*body[List[TeamInvitation]], error) {
		t, err := a.sheet(ctx, in)
		if err == nil && !t.Leads {
			err = teams.ErrNoSuchTeam
		}
		return list(each(t.Invitations, teamInvitation), ""), err
	})
	register(a, "team.lead", http.MethodPost, "/teams/{id}/invitations", "Invite an address", http.StatusCreated, a.inviteMate)
	register(a, "team.lead", http.MethodPost, "/teams/{id}/invitations/{invitation_id}/resend", "Send an invitation again", http.StatusOK, a.resendInvitation)
	register(a, "team.lead", http.MethodDelete, "/teams/{id}/invitations/{invitation_id}", "Withdraw an invitation", http.StatusNoContent, a.withdrawInvitation)
	register(a, "team.accept", http.MethodPost, "/teams/invitations/accept", "Accept an invitation", http.StatusOK, a.acceptInvitation)
}

func (a *API) listTeams(ctx context.Context, in *teamsInput) (*body[List[Team]], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	r, err := a.Teams.Find(ctx, in.who.by, s.ID, teams.Query{Text: in.Q, Kind: teams.Kind(in.Kind), Archived: in.Archived, Limit: in.Limit, Cursor: in.Cursor})
	return list(each(r.Teams, func(l teams.Listed) Team { return team(l.Team, int(l.Taken), l.PayerID) }), r.Next), err
}

func (a *API) foundTeam(ctx context.Context, in *newTeamInput) (*body[Team], error) {
	b := in.Body
	s, err := a.space(ctx, in.who.by, b.SpaceID)
	if err != nil {
		return nil, err
	}
	t, err := a.Teams.Found(ctx, in.who.by, s.ID, teams.NewTeam{
		Details: teams.Details{
			Kind: teams.Kind(b.Kind), Name: b.Name, BillingName: b.BillingName, BillingAddress: b.BillingAddress, TaxID: b.TaxID, Seats: int64(b.Seats),
		},
		Member: b.AdminID, Email: b.AdminEmail, Locale: in.who.locale,
	})
	if err != nil {
		return nil, err
	}
	return a.oneTeam(ctx, &teamInput{Caller: in.Caller, Of: Of{SpaceID: s.ID}, ID: t.ID})
}

// sheet is the team that a request names.
func (a *API) sheet(ctx context.Context, in *teamInput) (teams.Sheet, error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return teams.Sheet{}, err
	}
	return a.Teams.Team(ctx, in.who.by, s.ID, in.ID)
}

func (a *API) oneTeam(ctx context.Context, in *teamInput) (*body[Team], error) {
	t, err := a.sheet(ctx, in)
	if err != nil {
		return nil, err
	}
	return said(teamOf(t)), nil
}

func (a *API) editTeam(ctx context.Context, in *editTeamInput) (*body[Team], error) {
	t, err := a.sheet(ctx, &teamInput{Caller: in.Caller, Of: in.Of, ID: in.ID})
	if err != nil {
		return nil, err
	}
	b, by := in.Body, in.who.by
	seen, err := in.version(b.Version)
	if err != nil {
		return nil, err
	}
	details := !unsaid(b.Kind, b.Name, b.Seats, b.BillingName, b.BillingAddress, b.TaxID)
	if !details && b.Limits == nil {
		return nil, ErrNothing
	}
	var limits *teams.Limits
	if b.Limits != nil {
		l, err := b.Limits.domain(t.Currency)
		if err != nil {
			return nil, err
		}
		limits = &l
	}
	t.Team, err = a.Teams.Amend(ctx, by, t.SpaceID, t.ID, int64(seen), func(now teams.Team) teams.Amendment {
		change := teams.Amendment{Limits: limits}
		if details {
			d := teams.Details{
				Kind: teams.Kind(deref(b.Kind, string(now.Kind))), Name: deref(b.Name, now.Name), BillingName: deref(b.BillingName, now.BillingName),
				BillingAddress: deref(b.BillingAddress, now.BillingAddress), TaxID: deref(b.TaxID, now.TaxID), Seats: int64(deref(b.Seats, int(now.Seats))),
			}
			if d.Seats == 0 {
				d.Seats = -1 // 0 would leave them as they are
			}
			change.Details = &d
		}
		return change
	})
	return said(teamOf(t)), err
}

func (a *API) addMate(ctx context.Context, in *addMateInput) (*body[TeamMember], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	if err := a.Teams.Add(ctx, in.who.by, s.ID, in.ID, in.Body.MemberID); err != nil {
		return nil, err
	}
	return a.mate(ctx, in.Caller, s.ID, in.ID, in.Body.MemberID)
}

func (a *API) addDependant(ctx context.Context, in *dependantInput) (*body[TeamMember], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	p, err := a.Teams.AddDependant(ctx, in.who.by, s.ID, in.ID, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return a.mate(ctx, in.Caller, s.ID, in.ID, p.ID)
}

func (a *API) setMate(ctx context.Context, in *mateInput) (*body[TeamMember], error) {
	t, err := a.sheet(ctx, &teamInput{Caller: in.Caller, Of: in.Of, ID: in.ID})
	if err != nil {
		return nil, err
	}
	c := teams.MateChange{Admin: in.Body.Admin, Payer: in.Body.Payer}
	if in.Body.Limits != nil {
		l, err := in.Body.Limits.domain(t.Currency)
		if err != nil {
			return nil, err
		}
		c.Limits = &l
	}
	if err := a.Teams.SetMate(ctx, in.who.by, t.SpaceID, t.ID, in.Member, c); err != nil {
		return nil, err
	}
	return a.mate(ctx, in.Caller, t.SpaceID, t.ID, in.Member)
}

func (a *API) mate(ctx context.Context, by Caller, space, team, member id.ID) (*body[TeamMember], error) {
	t, err := a.Teams.Team(ctx, by.who.by, space, team)
	if err != nil {
		return nil, err
	}
	m, _ := t.Mate(member)
	return said(teamMember(t, m)), nil
}

func (a *API) removeMate(ctx context.Context, in *removeMateInput) (*nothing, error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	return &nothing{}, a.Teams.Remove(ctx, in.who.by, s.ID, in.ID, in.Member, in.Bookings == "cancel")
}

func (a *API) inviteMate(ctx context.Context, in *inviteInput) (*body[TeamInvitation], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	i, err := a.Teams.Invite(ctx, in.who.by, s.ID, in.ID, in.Body.Email, in.Body.Admin)
	return said(teamInvitation(i)), err
}

func (a *API) resendInvitation(ctx context.Context, in *teamInvitationInput) (*body[TeamInvitation], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	i, err := a.Teams.Resend(ctx, in.who.by, s.ID, in.ID, in.Invitation)
	return said(teamInvitation(i)), err
}

func (a *API) withdrawInvitation(ctx context.Context, in *teamInvitationInput) (*nothing, error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	return &nothing{}, a.Teams.Withdraw(ctx, in.who.by, s.ID, in.ID, in.Invitation)
}

func (a *API) acceptInvitation(ctx context.Context, in *acceptInput) (*body[Team], error) {
	t, err := a.Teams.Accept(ctx, in.who.by, in.Body.Token)
	if err != nil {
		return nil, err
	}
	sheet, err := a.Teams.Team(ctx, in.who.by, t.SpaceID, t.ID)
	if err != nil { // whoever was not known in the space before is from the next request on
		return said(team(t, 0, "")), nil
	}
	return said(teamOf(sheet)), nil
}

func teamOf(t teams.Sheet) Team {
	var payer id.ID
	for _, m := range t.Mates {
		if m.Payer {
			payer = m.MemberID
		}
	}
	v := team(t.Team, len(t.Mates), payer)
	if !t.Leads {
		v.BillingName, v.BillingAddress, v.TaxID = "", "", ""
	}
	return v
}

func team(t teams.Team, taken int, payer id.ID) Team {
	return Team{
		ID: t.ID, SpaceID: t.SpaceID, Kind: t.Kind, Name: t.Name, BillingName: t.BillingName, BillingAddress: t.BillingAddress, TaxID: t.TaxID,
		Seats: int(t.Room()), SeatsTaken: taken, PayerID: payer, Limits: teamLimits(t.Limits, t.Currency), Archived: t.Archived(),
		CreatedAt: t.CreatedAt, Version: int(t.Version),
	}
}

func teamLimits(l teams.Limits, currency string) TeamLimits {
	v := TeamLimits{AtOnce: int(l.AtOnce), MinutesWeek: int(l.WeekMin), MinutesMonth: int(l.MonthMin)}
	if l.SpendMinor > 0 {
		spend := money.Of(l.SpendMinor, currency)
		v.SpendMonth = &spend
	}
	return v
}

func (l TeamLimits) domain(currency string) (teams.Limits, error) {
	d := teams.Limits{AtOnce: int64(l.AtOnce), WeekMin: int64(l.MinutesWeek), MonthMin: int64(l.MinutesMonth)}
	if l.SpendMonth != nil {
		if l.SpendMonth.Currency != currency {
			return d, money.ErrCurrencies.On("limits.spend_month")
		}
		d.SpendMinor = l.SpendMonth.Minor
	}
	return d, nil
}

func teamMember(t teams.Sheet, m teams.Mate) TeamMember {
	return TeamMember{m.MemberID, m.Name, m.Email, m.Admin, m.Payer, teamLimits(m.Limits, t.Currency), m.JoinedAt}
}

func teamInvitation(i teams.Invitation) TeamInvitation {
	return TeamInvitation{i.ID, i.Email, i.Admin, i.CreatedAt, i.ExpiresAt}
}
