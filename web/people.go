package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/teams"
	"guildhall/web/view"
)

// How many of a person's bookings their page shows: the next, and at a time those
// that are behind them.
const (
	aheadShown  = 10
	behindShown = 10
)

// people is the list of the people of a space.
func (s *Server) people(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	if by(c).Scope("member.search", f.Space.ID) == actor.Team {
		return s.redirect(c, "/me/team") // where those whom they may look up are
	}
	p := view.PeopleProps{Query: peopleQuery(c)}
	var err error
	if p.Query.Among, err = s.waitingFor(c, f); err != nil {
		return err
	}
	if p.Roll, err = s.Members.Find(ctx, by(c), f.Space.ID, p.Query); err != nil {
		return err
	}
	if p.Plans, err = s.Plans.AllPlans(ctx, f.Space.ID); err != nil { // whoever has one that is archived is found too
		return err
	}
	if p.Kinds, err = s.Certifications.Kinds(ctx, f.Space.ID); err != nil {
		return err
	}
	if p.Tags, err = s.Members.Tags(ctx, by(c), f.Space.ID); err != nil {
		return err
	}
	f = f.Titled(f.T("people.title"))
	if f.May("member.create") {
		f.Action = view.Item{Label: f.T("people.add"), Icon: "user-plus", Href: f.At("people", "new")}
	}
	return s.page(c, f, view.People(f, p))
}

// peopleQuery is who the address asks for.
func peopleQuery(c echo.Context) members.Query {
	page, _ := strconv.Atoi(c.QueryParam("page"))
	q := members.Query{
		Text: strings.TrimSpace(c.QueryParam("q")), Role: actor.Role(c.QueryParam("role")), Page: page,
		Suspended: c.QueryParam("suspended") != "", Sort: members.Sort(c.QueryParam("sort")),
	}
	if plan := id.ID(c.QueryParam("plan")); slices.Contains(members.PlanStates, plan) {
		q.Plan = plan
	} else {
		q.Plan, _ = id.Parse(string(plan))
	}
	q.Certification, _ = id.Parse(c.QueryParam("certification"))
	q.Tag, _ = id.Parse(c.QueryParam("tag"))
	q.Left, q.Pinned, q.Unconfirmed = c.QueryParam("left") != "", c.QueryParam("pinned") != "", c.QueryParam("unconfirmed") != ""
	return q
}

// peopleCSV is the list as a file: everyone on all pages of what is seen.
func (s *Server) peopleCSV(c echo.Context) error {
	f, h := s.frame(c), c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="people-`+f.Space.Slug+"-"+string(clock.DayOf(f.Now, f.Zone))+`.csv"`)
	q := peopleQuery(c)
	var err error
	if q.Among, err = s.waitingFor(c, f); err != nil {
		return err
	}
	return s.Members.Export(c.Request().Context(), by(c), f.Space.ID, q, f.Printer, c.Response())
}

// personNew is the form for someone new at the desk.
func (s *Server) personNew(c echo.Context) error {
	return s.personNewAgain(c, view.NewPersonProps{Locale: locale(c)}, nil)
}

func (s *Server) personNewAgain(c echo.Context, p view.NewPersonProps, refused error) error {
	f := s.frame(c)
	offers, err := s.Plans.Plans(c.Request().Context(), f.Space.ID)
	if err != nil {
		return err
	}
	p.Plans, p.Errors = offers, view.Refused(f, refused)
	f = f.Titled(f.T("people.add")).Under(f.At("people"))
	return s.show(c, refusedStatus(refused), f, view.NewPerson(f, p))
}

// personCreate enrols someone and shows their page.
func (s *Server) personCreate(c echo.Context) error {
	p := view.NewPersonProps{
		Name: c.FormValue("name"), Email: c.FormValue("email"), Phone: c.FormValue("phone"),
		Locale: c.FormValue("locale"), Plan: c.FormValue("plan"), Proof: c.FormValue("proof") != "", Until: c.FormValue("proof_until"),
	}
	m, err := s.Members.Enrol(c.Request().Context(), by(c), here(c).ID, members.Enrolment{
		Name: p.Name, Email: p.Email, Phone: p.Phone, Locale: p.Locale, Plan: id.ID(p.Plan), Proof: members.Proof{Seen: p.Proof, Until: clock.Day(p.Until)},
	})
	if fault.All(err) != nil {
		return s.personNewAgain(c, p, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("people", m.ID.String()), view.Flash{Text: f.T("people.said.added", "Name", m.Name)})
}

// person is everything that the space knows of one person.
func (s *Server) person(c echo.Context) error { return s.personAgain(c, "", nil) }

// personAgain shows a person's page, with the form that was refused as it was filled in.
func (s *Server) personAgain(c echo.Context, form string, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.PersonProps{Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue}
	var err error
	if p.Person, err = s.Members.Person(ctx, by(c), f.Space.ID, memberOf(c)); err != nil {
		return err
	}
	if p.Runs, err = s.Plans.Runs(ctx, by(c), f.Space.ID, memberOf(c)); err != nil {
		return err
	}
	p.Terms = plans.TermsOf(p.Runs, f.Now)
	if f.May("membership.edit") {
		if p.Asked, p.Wish, err = s.waitsFor(c, memberOf(c)); err != nil {
			return err
		}
	}
	if f.May("member.edit") {
		if p.Reach, err = s.Members.Reach(ctx, by(c), f.Space.ID, memberOf(c)); err != nil {
			return err
		}
	}
	if p.Plans, err = s.Plans.Plans(ctx, f.Space.ID); err != nil {
		return err
	}
	if p.Kinds, err = s.Certifications.Kinds(ctx, f.Space.ID); err != nil {
		return err
	}
	if p.Grants, err = s.Certifications.Grants(ctx, by(c), f.Space.ID, memberOf(c)); err != nil {
		return err
	}
	if p.Ahead, err = s.Reports.Ahead(ctx, by(c), f.Space.ID, memberOf(c), aheadShown); err != nil {
		return err
	}
	p.Page = max(number[int](c, "past"), 1)
	if p.Behind, p.More, err = s.Reports.Behind(ctx, by(c), f.Space.ID, memberOf(c), p.Page, behindShown); err != nil {
		return err
	}
	if sheet, err := s.Teams.OfMember(ctx, by(c), f.Space.ID, memberOf(c)); err == nil {
		p.Team = &sheet
	} else if !errors.Is(err, teams.ErrNoSuchTeam) {
		return err
	}
	if f.May("booking.create") {
		things, err := s.Equipment.Resources(ctx, by(c), f.Space.ID, equipment.Filter{})
		if err != nil {
			return err
		}
		for _, r := range things {
			if r.Bookable {
				p.Things = append(p.Things, r)
			}
		}
	}
	if p.Desk, err = s.personDesk(c, f, memberOf(c)); err != nil {
		return err
	}
	if p.Kept, err = s.kept(c, f); err != nil {
		return err
	}
	f = f.Titled(p.Person.Member.Name)
	if f.May("member.search") {
		f = f.Under(f.At("people"))
	}
	return s.show(c, refusedStatus(refused), f, view.Person(f, p))
}

func memberOf(c echo.Context) id.ID { return id.ID(c.Param("member")) }

// refusedStatus is the status of a form that is shown: 200 the first time, else the refusal's.
func refusedStatus(refused error) int {
	if refused == nil {
		return http.StatusOK
	}
	return statusOf(refused)
}

// answered ends a post of one of a person's forms: with their page and a word
// about what was done, or with the form again. A reader who may not see the page
// (an instructor who certifies from a roster) goes back where they came from.
func (s *Server) answered(c echo.Context, form string, err error, said string, args ...any) error {
	f := s.frame(c)
	back := local(c.FormValue("back"))
	switch {
	case err == nil:
		if c.FormValue("back") == "" {
			back = f.At("people", memberOf(c).String())
		}
		return s.redirect(c, back, view.Flash{Text: f.T(said, args...)})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	case c.FormValue("back") != "":
		return s.redirect(c, back, view.Flash{Text: f.Fault(fault.All(err)[0]), Bad: true})
	}
	return s.personAgain(c, form, err)
}

// personEdit changes a person's profile. What the form does not show stays as it is.
func (s *Server) personEdit(c echo.Context) error {
	ctx, space, member := c.Request().Context(), here(c).ID, memberOf(c)
	p, err := s.Members.Person(ctx, by(c), space, member)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	typed := func(name, is string) string {
		if form.Has(name) {
			return form.Get(name)
		}
		return is
	}
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64)
	_, err = s.Members.Edit(ctx, by(c), space, member, members.Change{
		Name: typed("name", p.Member.Name), Phone: typed("phone", p.Member.Phone), Locale: typed("locale", p.Member.Locale), Version: version,
	})
	return s.answered(c, "contact", err, "people.said.saved")
}

// personRole gives a person a role.
func (s *Server) personRole(c echo.Context) error {
	role := actor.Role(c.FormValue("role"))
	err := s.Members.SetRole(c.Request().Context(), by(c), here(c).ID, memberOf(c), role)
	return s.answered(c, "role", err, "people.said.role", "Role", s.frame(c).T("role."+string(role)))
}

// personReinstate lets a person use the space again.
func (s *Server) personReinstate(c echo.Context) error {
	err := s.Members.Reinstate(c.Request().Context(), by(c), here(c).ID, memberOf(c), "")
	return s.answered(c, "reinstate", err, "people.said.reinstated")
}

// personUnsubscribe ends a plan now.
func (s *Server) personUnsubscribe(c echo.Context) error {
	err := s.Plans.Unsubscribe(c.Request().Context(), by(c), here(c).ID, id.ID(c.Param("membership")), s.Clock.Now())
	return s.answered(c, "end", err, "people.said.plan_ended")
}

// about names the field of the form that a refusal is about, where the form
// calls it otherwise than the service.
func about(err error, field string) error {
	if f, ok := fault.As(err); ok && f.Field != "" {
		return f.On(field)
	}
	return err
}
