package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/auth"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/teams"
	"guildhall/web/view"
)

// teamAheadShown is how many bookings a team's page shows.
const teamAheadShown = 20

// registerTeams lists the addresses of teams.
func (s *Server) registerTeams() {
	s.get("/me/team", s.myTeam, "team.read")
	s.post("/me/team/join", s.myTeamJoin, "team.read")
	s.post("/me/team/leave", s.myTeamLeave, "team.leave")
	s.get("/teams/join", s.joinPage, "team.accept")
	s.post("/teams/join", s.join, "team.accept")
	s.post("/teams/join/sign-up", s.joinSignUp, "team.accept")

	s.get("/s/:space/teams", s.teamList, "team.search")
	s.get("/s/:space/teams.csv", s.teamsCSV, "team.export")
	s.get("/s/:space/teams/new", s.teamNew, "team.create")
	s.post("/s/:space/teams", s.teamCreate, "team.create")
	s.get("/s/:space/teams/:team", s.team, "team.search")
	s.post("/s/:space/teams/:team/members", s.teamAdd, "team.edit")
	s.post("/s/:space/teams/:team/archive", s.teamArchive, "team.edit")
	s.get("/s/:space/teams/:team/settings", s.teamSettings, "team.lead")
	s.post("/s/:space/teams/:team/settings", s.teamEdit, "team.lead")
	s.post("/s/:space/teams/:team/limits", s.teamLimits, "team.lead")
	s.get("/s/:space/teams/:team/members/:member", s.teamMate, "team.lead")
	s.post("/s/:space/teams/:team/members/:member", s.teamMateSet, "team.lead")
	s.post("/s/:space/teams/:team/members/:member/pay", s.teamMatePay, "team.lead")
	s.post("/s/:space/teams/:team/members/:member/remove", s.teamMateRemove, "team.lead")
	s.post("/s/:space/teams/:team/invitations", s.teamInvite, "team.lead")
	s.post("/s/:space/teams/:team/invitations/:invitation/resend", s.teamResend, "team.lead")
	s.post("/s/:space/teams/:team/invitations/:invitation/withdraw", s.teamWithdraw, "team.lead")
	s.post("/s/:space/teams/:team/dependants", s.teamDependant, "team.lead")
}

func teamIn(c echo.Context) id.ID { return id.ID(c.Param("team")) }

// teamList is the list of the teams of a space.
func (s *Server) teamList(c echo.Context) error {
	f := s.frame(c)
	p := view.TeamsProps{Query: teamQuery(c)}
	var err error
	if p.Roll, err = s.Teams.Find(c.Request().Context(), by(c), f.Space.ID, p.Query); err != nil {
		return err
	}
	f = f.Titled(f.T("teams.title")).Under(f.At("people"))
	if f.May("team.create") {
		f.Action = view.Item{Label: f.T("teams.new"), Icon: "plus", Href: f.At("teams", "new")}
	}
	return s.page(c, f, view.Teams(f, p))
}

func teamQuery(c echo.Context) teams.Query {
	page, _ := strconv.Atoi(c.QueryParam("page"))
	return teams.Query{Text: strings.TrimSpace(c.QueryParam("q")), Kind: teams.Kind(c.QueryParam("kind")), Archived: c.QueryParam("archived") != "", Page: page}
}

// teamsCSV is the list as a file.
func (s *Server) teamsCSV(c echo.Context) error {
	f, h := s.frame(c), c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="teams-`+f.Space.Slug+"-"+string(clock.DayOf(f.Now, f.Zone))+`.csv"`)
	return s.Teams.Export(c.Request().Context(), by(c), f.Space.ID, teamQuery(c), f.Printer, c.Response())
}

// teamNew is the form for a new team.
func (s *Server) teamNew(c echo.Context) error {
	return s.teamNewAgain(c, view.NewTeamProps{Seats: "5"}, nil)
}

func (s *Server) teamNewAgain(c echo.Context, p view.NewTeamProps, refused error) error {
	f := s.frame(c)
	if member, ok := id.Parse(c.FormValue("member")); ok {
		person, err := s.Members.Person(c.Request().Context(), by(c), f.Space.ID, member)
		if err != nil {
			return err
		}
		p.Member = &view.Someone{ID: member, Name: person.Member.Name}
	}
	p.Errors = view.Refused(f, refused)
	f = f.Titled(f.T("teams.new")).Under(f.At("teams"))
	return s.show(c, refusedStatus(refused), f, view.NewTeam(f, p))
}

// teamCreate founds a team and shows its page.
func (s *Server) teamCreate(c echo.Context) error {
	f := s.frame(c)
	p := view.NewTeamProps{Details: teamDetails(c), Seats: c.FormValue("seats"), Email: strings.TrimSpace(c.FormValue("email"))}
	n := teams.NewTeam{Details: p.Details, Email: p.Email, Locale: f.Locale}
	n.Member, _ = id.Parse(c.FormValue("member"))
	t, err := s.Teams.Found(c.Request().Context(), by(c), f.Space.ID, n)
	if fault.All(err) != nil {
		return s.teamNewAgain(c, p, err)
	}
	if err != nil {
		return err
	}
	said := f.T("teams.said.founded", "Team", t.Name)
	if sheet, err := s.Teams.Team(c.Request().Context(), by(c), f.Space.ID, t.ID); err == nil && len(sheet.Invitations) > 0 {
		said = f.T("teams.said.founded.invited", "Team", t.Name, "Email", p.Email)
	}
	return s.redirect(c, f.At("teams", t.ID.String()), view.Flash{Text: said})
}

func teamDetails(c echo.Context) teams.Details {
	d := teams.Details{
		Kind: teams.Kind(c.FormValue("kind")), Name: c.FormValue("name"), BillingName: c.FormValue("billing_name"),
		BillingAddress: c.FormValue("billing_address"), TaxID: c.FormValue("tax_id"),
	}
	if text := strings.TrimSpace(c.FormValue("seats")); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n == 0 {
			n = -1 // which is no number of seats
		}
		d.Seats = n
	}
	return d
}

// team is the page of one team, for staff.
func (s *Server) team(c echo.Context) error { return s.teamAgain(c, "", nil) }

func (s *Server) teamAgain(c echo.Context, form string, refused error) error {
	f := s.frame(c)
	sheet, err := s.Teams.Team(c.Request().Context(), by(c), f.Space.ID, teamIn(c))
	if err != nil {
		return err
	}
	p, err := s.teamProps(c, f, sheet, form, refused)
	if err != nil {
		return err
	}
	p.Find = strings.TrimSpace(c.QueryParam("find"))
	if p.Found, err = s.found(c, f, p.Find, func(who id.ID) string { return f.At("people", who.String()) }); err != nil {
		return err
	}
	f = f.Titled(sheet.Name).Under(f.At("teams"))
	return s.show(c, refusedStatus(refused), f, view.Team(f, p))
}

// teamProps is what a team's page shows of this month.
func (s *Server) teamProps(c echo.Context, f view.Frame, sheet teams.Sheet, form string, refused error) (view.TeamProps, error) {
	ctx, who := c.Request().Context(), by(c)
	p := view.TeamProps{Sheet: sheet, Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue}
	today := clock.DayOf(f.Now, f.Zone)
	first := today[:len(today)-2] + "01"
	next := first.Add(31)
	next = next[:len(next)-2] + "01"
	var err error
	if p.Use, err = s.Reports.TeamUse(ctx, who, f.Space.ID, sheet.ID, first.Start(f.Zone), next.Start(f.Zone)); err != nil {
		return p, err
	}
	if p.Stamps, err = s.Reports.TeamStamps(ctx, who, f.Space.ID, sheet.ID); err != nil {
		return p, err
	}
	if sheet.Leads {
		p.Ahead, err = s.Reports.TeamAhead(ctx, who, f.Space.ID, sheet.ID, teamAheadShown)
	}
	return p, err
}

// myTeam is one's own team, or what there is to do where one has none.
func (s *Server) myTeam(c echo.Context) error { return s.myTeamAgain(c, "", nil) }

func (s *Server) myTeamAgain(c echo.Context, form string, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	f = f.Titled(f.T("teams.mine")).Under("/me")
	sheet, err := s.Teams.Of(ctx, by(c), f.Space.ID)
	if errors.Is(err, teams.ErrNoSuchTeam) || f.Who.Roles[f.Space.ID] == "" {
		invited, err := s.Teams.ForMe(ctx, by(c))
		if err != nil {
			return err
		}
		return s.show(c, refusedStatus(refused), f, view.NoTeam(f, view.MyTeamProps{Invited: invited}))
	}
	if err != nil {
		return err
	}
	p, err := s.teamProps(c, f, sheet, form, refused)
	if err != nil {
		return err
	}
	p.Mine = true
	return s.show(c, refusedStatus(refused), f, view.Team(f, p))
}

// teamAnswered ends a post of one of a team's forms: with the page it stands on and a
// word about what was done, or with that page again.
func (s *Server) teamAnswered(c echo.Context, form string, err error, said string, args ...any) error {
	f := s.frame(c)
	mine := c.FormValue("back") == "/me/team"
	switch {
	case err == nil:
		return s.redirect(c, s.teamHome(c, f, mine), view.Flash{Text: f.T(said, args...)})
	case fault.All(err) == nil, errors.Is(err, teams.ErrNoSuchTeam):
		return err
	case mine || !f.May("team.search"):
		return s.myTeamAgain(c, form, err)
	}
	return s.teamAgain(c, form, err)
}

// teamHome is the page of the team: one's own, or that of staff.
func (s *Server) teamHome(c echo.Context, f view.Frame, mine bool) string {
	if mine || !f.May("team.search") {
		return "/me/team"
	}
	return f.At("teams", teamIn(c).String())
}

// teamInvite asks the owner of an address to join.
func (s *Server) teamInvite(c echo.Context) error {
	email := strings.TrimSpace(c.FormValue("email"))
	_, err := s.Teams.Invite(c.Request().Context(), by(c), here(c).ID, teamIn(c), email, c.FormValue("admin") != "")
	return s.teamAnswered(c, "invite", err, "teams.said.invited", "Email", email)
}

func (s *Server) teamResend(c echo.Context) error {
	i, err := s.Teams.Resend(c.Request().Context(), by(c), here(c).ID, teamIn(c), id.ID(c.Param("invitation")))
	return s.teamAnswered(c, "invitation", err, "teams.said.invited", "Email", i.Email)
}

func (s *Server) teamWithdraw(c echo.Context) error {
	err := s.Teams.Withdraw(c.Request().Context(), by(c), here(c).ID, teamIn(c), id.ID(c.Param("invitation")))
	return s.teamAnswered(c, "invitation", err, "teams.said.withdrawn")
}

// teamDependant takes somebody without an address into a family.
func (s *Server) teamDependant(c echo.Context) error {
	p, err := s.Teams.AddDependant(c.Request().Context(), by(c), here(c).ID, teamIn(c), c.FormValue("name"))
	return s.teamAnswered(c, "dependant", err, "teams.said.added", "Name", p.Name)
}

// teamAdd takes somebody of the space into the team, at the desk.
func (s *Server) teamAdd(c echo.Context) error {
	ctx, space, member := c.Request().Context(), here(c).ID, id.ID(c.FormValue("member"))
	person, err := s.Members.Person(ctx, by(c), space, member)
	if err == nil {
		err = s.Teams.Add(ctx, by(c), space, teamIn(c), member)
	}
	return s.teamAnswered(c, "add", about(err, ""), "teams.said.added", "Name", person.Member.Name)
}

// teamArchive ends a team.
func (s *Server) teamArchive(c echo.Context) error {
	t, err := s.Teams.Archive(c.Request().Context(), by(c), here(c).ID, teamIn(c), number[int64](c, "version"))
	return s.teamAnswered(c, "add", err, "teams.said.archived", "Team", t.Name)
}

// teamSettings is what is said of a team, and the limits of all in it.
func (s *Server) teamSettings(c echo.Context) error { return s.teamSettingsAgain(c, "", nil) }

func (s *Server) teamSettingsAgain(c echo.Context, form string, refused error) error {
	f := s.frame(c)
	sheet, err := s.ledTeam(c)
	if err != nil {
		return err
	}
	p := view.TeamProps{Sheet: sheet, Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue}
	d := teams.Details{Kind: sheet.Kind, Name: sheet.Name, BillingName: sheet.BillingName, BillingAddress: sheet.BillingAddress, TaxID: sheet.TaxID}
	seats := strconv.FormatInt(sheet.Seats, 10)
	if form == "details" {
		d, seats = teamDetails(c), c.FormValue("seats")
	}
	f = f.Titled(f.T("teams.settings")).Under(s.teamHome(c, f, false))
	return s.show(c, refusedStatus(refused), f, view.TeamSettings(f, p, d, seats))
}

// ledTeam is the team of the address, to whoever may change it.
func (s *Server) ledTeam(c echo.Context) (teams.Sheet, error) {
	sheet, err := s.Teams.Team(c.Request().Context(), by(c), here(c).ID, teamIn(c))
	if err == nil && !sheet.Leads {
		err = teams.ErrNoSuchTeam
	}
	return sheet, err
}

// teamEdit changes what is said of a team.
func (s *Server) teamEdit(c echo.Context) error {
	_, err := s.Teams.Edit(c.Request().Context(), by(c), here(c).ID, teamIn(c), number[int64](c, "version"), teamDetails(c))
	return s.teamSet(c, err, func() error { return s.teamSettingsAgain(c, "details", err) })
}

// teamLimits sets what all in the team may book together.
func (s *Server) teamLimits(c echo.Context) error {
	l, err := limitsOf(c, here(c).Currency)
	if err == nil {
		_, err = s.Teams.SetLimits(c.Request().Context(), by(c), here(c).ID, teamIn(c), number[int64](c, "version"), l)
	}
	return s.teamSet(c, err, func() error { return s.teamSettingsAgain(c, "limits", err) })
}

// teamSet ends a post of the forms that have a page of their own.
func (s *Server) teamSet(c echo.Context, err error, again func() error) error {
	switch {
	case err == nil:
		f := s.frame(c)
		return s.redirect(c, s.teamHome(c, f, false), view.Flash{Text: f.T("teams.said.saved")})
	case fault.All(err) == nil, errors.Is(err, teams.ErrNoSuchTeam), errors.Is(err, teams.ErrNotIn):
		return err
	}
	return again()
}

// limitsOf reads limits as they are typed: hours with a part after the point, money
// in the currency of the space.
func limitsOf(c echo.Context, currency string) (l teams.Limits, err error) {
	var wrong fault.Many
	whole := func(field string) int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(c.FormValue(field)), 10, 64)
		if err != nil {
			wrong.Add(teams.ErrLimit.On(field))
		}
		return n
	}
	hours := func(field string) int64 {
		text := strings.Replace(strings.TrimSpace(c.FormValue(field)), ",", ".", 1)
		h, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(h) || math.Abs(h) > 1e6 {
			wrong.Add(teams.ErrLimit.On(field))
			return 0
		}
		return int64(math.Round(60 * h))
	}
	l.AtOnce, l.WeekMin, l.MonthMin = whole("at_once"), hours("hours_week"), hours("hours_month")
	spend, err := money.Parse(c.FormValue("spend"), currency)
	if f, ok := fault.As(err); ok {
		wrong.Add(f.On("spend"))
	}
	l.SpendMinor = spend.Minor
	return l, wrong.Err()
}

// teamMate is one person in the team.
func (s *Server) teamMate(c echo.Context) error { return s.teamMateAgain(c, "", nil) }

func (s *Server) teamMateAgain(c echo.Context, form string, refused error) error {
	f := s.frame(c)
	sheet, err := s.ledTeam(c)
	if err != nil {
		return err
	}
	m, ok := sheet.Mate(memberOf(c))
	if !ok {
		return teams.ErrNotIn
	}
	p := view.MateProps{TeamProps: view.TeamProps{Sheet: sheet, Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue}, Mate: m}
	f = f.Titled(m.Name).Under(s.teamHome(c, f, false))
	return s.show(c, refusedStatus(refused), f, view.TeamMate(f, p))
}

// teamMateSet changes what somebody is and may in the team.
func (s *Server) teamMateSet(c echo.Context) error {
	l, err := limitsOf(c, here(c).Currency)
	if err == nil {
		admin := c.FormValue("admin") != ""
		err = s.Teams.SetMate(c.Request().Context(), by(c), here(c).ID, teamIn(c), memberOf(c), teams.MateChange{Admin: &admin, Limits: &l})
	}
	return s.teamSet(c, err, func() error { return s.teamMateAgain(c, "mate", err) })
}

// teamMatePay has somebody pay for the team from now on.
func (s *Server) teamMatePay(c echo.Context) error {
	err := s.Teams.SetMate(c.Request().Context(), by(c), here(c).ID, teamIn(c), memberOf(c), teams.MateChange{Payer: true})
	return s.teamSet(c, err, func() error { return s.teamMateAgain(c, "pay", err) })
}

// teamMateRemove takes somebody out of the team.
func (s *Server) teamMateRemove(c echo.Context) error {
	err := s.Teams.Remove(c.Request().Context(), by(c), here(c).ID, teamIn(c), memberOf(c), c.FormValue("bookings") == "cancel")
	if err == nil {
		f := s.frame(c)
		return s.redirect(c, s.teamHome(c, f, false), view.Flash{Text: f.T("teams.said.removed")})
	}
	return s.teamSet(c, err, func() error { return s.teamMateAgain(c, "remove", err) })
}

// myTeamLeave takes oneself out.
func (s *Server) myTeamLeave(c echo.Context) error {
	f := s.frame(c)
	err := s.Teams.Remove(c.Request().Context(), by(c), f.Space.ID, id.ID(c.FormValue("team")), by(c).Member, c.FormValue("bookings") == "cancel")
	if err == nil {
		return s.redirect(c, "/me/team", view.Flash{Text: f.T("teams.said.left")})
	}
	if fault.All(err) == nil || errors.Is(err, teams.ErrNoSuchTeam) {
		return err
	}
	return s.myTeamAgain(c, "leave", err)
}

// myTeamJoin accepts an invitation to one's own address.
func (s *Server) myTeamJoin(c echo.Context) error {
	t, err := s.Teams.AcceptMine(c.Request().Context(), by(c), id.ID(c.FormValue("invitation")))
	return s.joined(c, t, err)
}

// joined ends an acceptance: at the team's page, in its space.
func (s *Server) joined(c echo.Context, t teams.Team, err error) error {
	f := s.frame(c)
	if err != nil {
		if refusals := fault.All(err); refusals != nil {
			return s.redirect(c, "/me/team", view.Flash{Text: f.Fault(refusals[0]), Bad: true})
		}
		return err
	}
	space, err := s.Spaces.Space(c.Request().Context(), by(c), t.SpaceID)
	if err != nil {
		return err
	}
	s.remember(c, spaceCookie, space.Slug)
	return s.redirect(c, "/me/team", view.Flash{Text: f.T("teams.said.joined", "Team", t.Name)})
}

// joinPage is what the link of an invitation leads to. Only pressing the button
// accepts, so a mail program that looks at links in advance does not use them up.
func (s *Server) joinPage(c echo.Context) error {
	return s.joinAgain(c, view.JoinProps{Token: c.QueryParam("token")}, nil)
}

func (s *Server) joinAgain(c echo.Context, p view.JoinProps, refused error) error {
	f := s.frame(withToken(c))
	f = f.Titled(f.T("teams.join"))
	invited, err := s.Teams.Invitation(c.Request().Context(), p.Token)
	if refusal, ok := fault.As(err); ok {
		p.Dead = f.Fault(refusal)
		return s.show(c, statusOf(err), f, view.Join(f, p))
	}
	if err != nil {
		return err
	}
	p.Invited, p.Wrong = invited, view.Refused(f, refused)
	status := refusedStatus(refused)
	if status == http.StatusUnauthorized {
		status = http.StatusUnprocessableEntity
	}
	return s.show(c, status, f, view.Join(f, p))
}

// join accepts.
func (s *Server) join(c echo.Context) error {
	token := c.FormValue("token")
	if !by(c).SignedIn() {
		return s.redirect(c, view.With("/sign-in", "next", "/teams/join?token="+url.QueryEscape(token)))
	}
	t, err := s.Teams.Accept(c.Request().Context(), by(c), token)
	if fault.All(err) != nil {
		return s.joinAgain(c, view.JoinProps{Token: token}, err)
	}
	return s.joined(c, t, err)
}

// joinSignUp makes an account for the address that was invited, which holding the
// letter's link has proven, signs in and accepts.
func (s *Server) joinSignUp(c echo.Context) error {
	ctx, p := c.Request().Context(), view.JoinProps{Token: c.FormValue("token"), Name: c.FormValue("name")}
	invited, err := s.Teams.Invitation(ctx, p.Token)
	if err == nil {
		err = s.Auth.Welcome(ctx, s.from(c), auth.SignUp{
			Newcomer: auth.Newcomer{Email: invited.Email, Name: p.Name, Locale: locale(c)}, Password: c.FormValue("password"),
		})
	}
	if fault.All(err) != nil {
		return s.joinAgain(c, p, err)
	}
	if err != nil {
		return err
	}
	tokens, err := s.Auth.SignIn(ctx, s.from(c), auth.Credentials{Email: invited.Email, Password: c.FormValue("password")})
	if err != nil {
		return err
	}
	s.keepSession(c, tokens)
	if err := s.act(c, tokens.Session); err != nil {
		return err
	}
	t, err := s.Teams.Accept(ctx, by(c), p.Token)
	return s.joined(c, t, err)
}
