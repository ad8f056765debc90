package web

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/certifications"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// certifications are the kinds of proof that the space asks for.
func (s *Server) certifications(c echo.Context) error {
	return s.certificationsAgain(c, view.CertificationForm{ValidDays: "0"}, nil)
}

func (s *Server) certificationsAgain(c echo.Context, form view.CertificationForm, refused error) error {
	f := s.frame(c)
	kinds, err := s.Certifications.Kinds(c.Request().Context(), f.Space.ID)
	if err != nil {
		return err
	}
	form.Errors = view.Refused(f, refused)
	f = f.Titled(f.T("certifications.title"))
	return s.show(c, refusedStatus(refused), f, view.Certifications(f, view.CertificationsProps{Kinds: kinds, Form: form}))
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

// certificationForm is what was typed, and the kind it makes.
func certificationForm(c echo.Context) (view.CertificationForm, certifications.Kind) {
	p := view.CertificationForm{
		ID: c.Param("certification"), Version: c.FormValue("version"), Code: c.FormValue("code"),
		NameEN: c.FormValue("name"), NameZH: c.FormValue("name_zh"),
		AboutEN: c.FormValue("about"), AboutZH: c.FormValue("about_zh"), ValidDays: c.FormValue("valid_days"),
	}
	days, err := strconv.ParseInt(strings.TrimSpace(p.ValidDays), 10, 64)
	if err != nil {
		days = -1 // no number of days: the service says which would be
	}
	version, _ := strconv.ParseInt(p.Version, 10, 64)
	return p, certifications.Kind{
		ID: id.ID(p.ID), SpaceID: here(c).ID, Code: p.Code, ValidDays: days, Version: version,
		Name: i18n.Text{EN: p.NameEN, ZH: p.NameZH}, About: i18n.Text{EN: p.AboutEN, ZH: p.AboutZH},
	}
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
	kind.Position = was.Position
	if kind, err = s.Certifications.Edit(c.Request().Context(), by(c), kind); fault.All(err) != nil {
		return s.certificationAgain(c, form, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("certifications"), view.Flash{Text: f.T("certifications.said.saved", "Name", f.Words(kind.Name))})
}
