package web

import (
	"io"

	"github.com/labstack/echo/v4"

	"guildhall/internal/i18n"
	"guildhall/web/view"
)

// prefer keeps the language or the theme that was chosen and goes back to the page.
func (s *Server) prefer(c echo.Context) error {
	for _, l := range i18n.Locales {
		if c.FormValue("locale") == l {
			s.remember(c, localeCookie, l)
		}
	}
	switch theme := c.FormValue("theme"); theme {
	case "light", "dark":
		s.remember(c, themeCookie, theme)
	case "system":
		s.forget(c, themeCookie)
	}
	return s.redirect(c, local(c.FormValue("back")))
}

// policyReport writes down what a browser says our pages tried to load.
func (s *Server) policyReport(c echo.Context) error {
	report, err := io.ReadAll(io.LimitReader(c.Request().Body, 4096))
	if err != nil {
		return err
	}
	s.Log.Warn("content security policy", "report", string(report))
	return c.NoContent(204)
}

// gallery shows every part of the pages with sample data.
func (s *Server) gallery(c echo.Context) error {
	f := s.frame(c)
	f.Title = f.T("gallery.title")
	return s.page(c, f, view.Gallery(f))
}
