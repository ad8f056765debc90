package web

import (
	"errors"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// areas lists the work areas, with a form for a new one.
func (s *Server) areas(c echo.Context) error {
	f := s.areasFrame(c)
	p, err := s.areasProps(c, f)
	if err != nil {
		return err
	}
	return s.page(c, f, view.Areas(f, p))
}

func (s *Server) areasFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	return f.Titled(f.T("areas.title"))
}

func (s *Server) areasProps(c echo.Context, f view.Frame) (view.AreasProps, error) {
	ctx := c.Request().Context()
	areas, err := s.Equipment.Areas(ctx, by(c), f.Space.ID)
	if err != nil {
		return view.AreasProps{}, err
	}
	resources, err := s.Equipment.Resources(ctx, by(c), f.Space.ID, equipment.Filter{})
	p := view.AreasProps{Areas: areas, Counts: map[id.ID]int{}}
	for _, r := range resources {
		p.Counts[r.AreaID]++
	}
	return p, err
}

// area is the list with a form for one of them.
func (s *Server) area(c echo.Context) error {
	f := s.areasFrame(c)
	a, err := s.Equipment.Area(c.Request().Context(), by(c), f.Space.ID, id.ID(c.Param("area")))
	if err != nil {
		return err
	}
	p, err := s.areasProps(c, f)
	if err != nil {
		return err
	}
	p.Edited, p.Form = a, view.AreaFormOf(a)
	return s.page(c, f, view.Areas(f, p))
}

func (s *Server) areaAdd(c echo.Context) error {
	f := s.areasFrame(c)
	form, d := readArea(c)
	a, err := s.Equipment.AddArea(c.Request().Context(), by(c), f.Space.ID, d)
	if err == nil {
		return s.redirect(c, f.At("areas"), view.Flash{Text: f.T("areas.added", "Name", a.Name)})
	}
	return s.areaAgain(c, f, err, equipment.Area{}, form)
}

func (s *Server) areaSave(c echo.Context) error {
	f := s.areasFrame(c)
	form, d := readArea(c)
	before, err := s.Equipment.Area(c.Request().Context(), by(c), f.Space.ID, id.ID(c.Param("area")))
	if err != nil {
		return err
	}
	a, err := s.Equipment.EditArea(c.Request().Context(), by(c), f.Space.ID, before.ID, d)
	if err == nil {
		return s.redirect(c, f.At("areas"), view.Flash{Text: f.T("areas.saved", "Name", a.Name)})
	}
	if errors.Is(err, equipment.ErrStale) {
		form = view.AreaFormOf(before)
	}
	return s.areaAgain(c, f, err, before, form)
}

func (s *Server) areaRemove(c echo.Context) error {
	f := s.areasFrame(c)
	err := s.Equipment.RemoveArea(c.Request().Context(), by(c), f.Space.ID, id.ID(c.Param("area")))
	if err == nil {
		return s.redirect(c, f.At("areas"), view.Flash{Text: f.T("areas.removed")})
	}
	return s.areaAgain(c, f, err, equipment.Area{}, view.AreaForm{})
}

func (s *Server) areaAgain(c echo.Context, f view.Frame, err error, edited equipment.Area, form view.AreaForm) error {
	p, propsErr := s.areasProps(c, f)
	if propsErr != nil {
		return propsErr
	}
	p.Edited, p.Form = edited, form
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Areas(f, p)
	})
}

// readArea takes a work area's form as it was typed, and what it means.
func readArea(c echo.Context) (view.AreaForm, equipment.AreaDetails) {
	form := view.AreaForm{
		Version: c.FormValue("version"), NameEN: c.FormValue("name_en"), NameZH: c.FormValue("name_zh"),
		Slug: c.FormValue("slug"), Family: c.FormValue("family"), Position: c.FormValue("position"),
	}
	return form, equipment.AreaDetails{
		Version: number[int](c, "version"), Name: textOf(c, "name"), Slug: form.Slug, Family: equipment.Family(form.Family), Position: number[int](c, "position"),
	}
}
