package web

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/web/view"
)

// certifications are the kinds of proof that the space asks for.
func (s *Server) certifications(c echo.Context) error {
	return s.certificationsAgain(c, view.FormOf(certifications.Kind{Level: 1, RemindDays: 30}), nil)
}

func (s *Server) certificationsAgain(c echo.Context, form view.CertificationForm, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.CertificationsProps{}
	var err error
	if p.Kinds, err = s.Certifications.Kinds(ctx, f.Space.ID); err != nil {
		return err
	}
	if f.May("certification.holders") {
		if p.Counts, err = s.Certifications.Counts(ctx, by(c), f.Space.ID); err != nil {
			return err
		}
	}
	if p.Form, err = s.certificationFields(c, f, form); err != nil {
		return err
	}
	p.Form.Errors = view.Refused(f, refused)
	f = f.Titled(f.T("certifications.title"))
	return s.show(c, refusedStatus(refused), f, view.Certifications(f, p))
}

// certificationFields adds to a form what its fields offer: the kinds, those who
// can teach, and the kinds of resource.
func (s *Server) certificationFields(c echo.Context, f view.Frame, form view.CertificationForm) (view.CertificationForm, error) {
	if !f.May("certification.edit") {
		return form, nil
	}
	kinds, err := s.Certifications.Kinds(c.Request().Context(), f.Space.ID)
	if err != nil {
		return form, err
	}
	for _, k := range kinds {
		if k.ID.String() != form.ID {
			form.Others = append(form.Others, k)
		}
	}
	for _, role := range []actor.Role{actor.Instructor, actor.Manager, actor.Owner} {
		roll, err := s.Members.Find(c.Request().Context(), by(c), f.Space.ID, members.Query{Role: role, Limit: members.MaxPage})
		if err != nil {
			return form, err
		}
		form.Staff = append(form.Staff, roll.People...)
	}
	form.Machines, err = s.machineNames(c, f)
	return form, err
}

// certificationCreate adds a kind.
func (s *Server) certificationCreate(c echo.Context) error {
	form, kind := certificationForm(c)
	added, err := s.Certifications.Add(c.Request().Context(), by(c), kind)
	if fault.All(err) != nil {
		return s.certificationsAgain(c, form, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("certifications"), view.Flash{Text: f.T("certifications.said.added", "Name", f.Words(added.Name))})
}

// certificationForm is what was typed, and the kind it makes. What is no number is
// -1: the service says which would be.
func certificationForm(c echo.Context) (view.CertificationForm, certifications.Kind) {
	whole := func(name string) int64 {
		text := strings.TrimSpace(c.FormValue(name))
		if text == "" {
			return 0
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	values, _ := c.FormParams()
	p := view.CertificationForm{
		ID: c.Param("certification"), Version: c.FormValue("version"), Code: c.FormValue("code"),
		NameEN: c.FormValue("name"), NameZH: c.FormValue("name_zh"), AboutEN: c.FormValue("about"), AboutZH: c.FormValue("about_zh"),
		Ladder: c.FormValue("ladder"), Level: c.FormValue("level"), ValidDays: c.FormValue("valid_days"), ValidMonths: c.FormValue("valid_months"),
		DisuseDays: c.FormValue("disuse_days"), RemindDays: c.FormValue("remind_days"), PassMark: c.FormValue("pass_mark"), Hours: c.FormValue("hours"),
		HoursOn: values["hours_on"], All: values["all"], Any: values["any"], Teachers: values["teachers"],
	}
	version, _ := strconv.ParseInt(p.Version, 10, 64)
	k := certifications.Kind{
		ID: id.ID(p.ID), SpaceID: here(c).ID, Code: p.Code, Version: version,
		Name: i18n.Text{EN: p.NameEN, ZH: p.NameZH}, About: i18n.Text{EN: p.AboutEN, ZH: p.AboutZH}, Ladder: p.Ladder, Level: whole("level"),
		ValidDays: whole("valid_days"), ValidMonths: whole("valid_months"), DisuseDays: whole("disuse_days"), RemindDays: whole("remind_days"),
		PassMark: whole("pass_mark"), HoursMin: hoursTyped(p.Hours), HoursOn: p.HoursOn,
	}
	for _, one := range p.All {
		k.Requires = append(k.Requires, []id.ID{id.ID(one)})
	}
	var group []id.ID
	for _, one := range p.Any {
		if !slices.Contains(p.All, one) {
			group = append(group, id.ID(one))
		}
	}
	k.Requires = append(k.Requires, group)
	for _, t := range p.Teachers {
		k.Teachers = append(k.Teachers, id.ID(t))
	}
	return p, k
}

// furtherChoices are the choices of a kind after its first, which only programs make:
// the form does not show them and leaves them as they are.
func furtherChoices(k certifications.Kind) [][]id.ID {
	var choices [][]id.ID
	for _, group := range k.Requires {
		if len(group) > 1 {
			choices = append(choices, group)
		}
	}
	return choices[min(1, len(choices)):]
}

// hoursTyped are the minutes of hours as they are typed, "7.5"; -1 is no number.
func hoursTyped(text string) int64 {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	if text == "" {
		return 0
	}
	hours, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(hours) || hours < 0 || hours > 1e6 {
		return -1
	}
	return int64(math.Round(hours * 60))
}

// certification is the page on which a kind is edited.
func (s *Server) certification(c echo.Context) error {
	kind, err := s.Certifications.Kind(c.Request().Context(), by(c), here(c).ID, id.ID(c.Param("certification")))
	if err != nil {
		return err
	}
	return s.certificationAgain(c, view.FormOf(kind), nil)
}

func (s *Server) certificationAgain(c echo.Context, form view.CertificationForm, refused error) error {
	f := s.frame(c)
	form, err := s.certificationFields(c, f, form)
	if err != nil {
		return err
	}
	form.Errors = view.Refused(f, refused)
	f = f.Titled(f.T("certifications.edit")).Under(f.At("certifications"))
	return s.show(c, refusedStatus(refused), f, view.Certification(f, form))
}

// certificationEdit changes a kind.
func (s *Server) certificationEdit(c echo.Context) error {
	form, kind := certificationForm(c)
	was, err := s.Certifications.Kind(c.Request().Context(), by(c), kind.SpaceID, kind.ID)
	if err != nil {
		return err
	}
	kind.Position, kind.Requires = was.Position, append(kind.Requires, furtherChoices(was)...)
	if kind, err = s.Certifications.Edit(c.Request().Context(), by(c), kind); fault.All(err) != nil {
		return s.certificationAgain(c, form, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("certifications"), view.Flash{Text: f.T("certifications.said.saved", "Name", f.Words(kind.Name))})
}

// holdersQuery is which holders the address asks for.
func holdersQuery(c echo.Context) certifications.HoldersQuery {
	return certifications.HoldersQuery{Show: c.QueryParam("show"), Page: max(number[int](c, "page"), 1)}
}

// certificationHolders lists who holds a kind.
func (s *Server) certificationHolders(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.HoldersProps{Query: holdersQuery(c)}
	var err error
	if p.Kind, err = s.Certifications.Kind(ctx, by(c), f.Space.ID, id.ID(c.Param("certification"))); err != nil {
		return err
	}
	if p.Page, err = s.Certifications.HoldersOf(ctx, by(c), f.Space.ID, p.Kind.ID, p.Query); err != nil {
		return err
	}
	f = f.Titled(f.T("certifications.holders_of", "Name", p.Kind.Name)).Under(f.At("certifications"))
	return s.page(c, f, view.Holders(f, p))
}

// certificationHoldersCSV is the list as a file.
func (s *Server) certificationHoldersCSV(c echo.Context) error {
	f, h := s.frame(c), c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="holders.csv"`)
	return s.Certifications.ExportHolders(c.Request().Context(), by(c), f.Space.ID, id.ID(c.Param("certification")), holdersQuery(c), f.Printer, c.Response())
}
