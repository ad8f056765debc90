package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/consent"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/privacy"
	"guildhall/web/view"
)

// dataPage is a person's hold on what the house knows of them. While a file is put
// together the page comes again by itself.
func (s *Server) dataPage(c echo.Context) error {
	p, err := s.data(c)
	if err != nil {
		return err
	}
	s.comeAgain(c, p.Exports)
	f := s.dataFrame(c)
	return s.page(c, f, view.Data(f, p))
}

// comeAgain has the page asked for anew while a file is put together.
func (s *Server) comeAgain(c echo.Context, list []privacy.Export) {
	if slices.ContainsFunc(list, func(e privacy.Export) bool { return e.Status(s.Clock.Now()) == privacy.InTheMaking }) {
		c.Response().Header().Set("Refresh", "2")
	}
}

func (s *Server) dataFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	return f.Titled(f.T("data.title")).Under("/me")
}

func (s *Server) data(c echo.Context) (p view.DataProps, err error) {
	p.At, p.Email = "/me/data", s.email(c)
	p.Exports, err = s.Privacy.Exports(c.Request().Context(), by(c))
	return p, err
}

// dataAsk has the file put together.
func (s *Server) dataAsk(c echo.Context) error {
	_, err := s.Privacy.Ask(c.Request().Context(), by(c))
	if refusal, ok := fault.As(err); ok {
		return s.redirect(c, "/me/data", view.Flash{Text: s.frame(c).Fault(refusal), Bad: true})
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/me/data")
}

// dataFetch gives the file, once.
func (s *Server) dataFetch(c echo.Context) error {
	body, err := s.Privacy.Fetch(c.Request().Context(), by(c), id.ID(c.Param("export")))
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.KindConflict {
		return s.redirect(c, "/me/data", view.Flash{Text: s.frame(c).Fault(refusal), Bad: true})
	}
	if err != nil {
		return err
	}
	return sendZIP(c, body)
}

func sendZIP(c echo.Context, body []byte) error {
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="guildhall-data.zip"`)
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "application/zip", body)
}

// dataErase erases the one who asks; their browser forgets them too.
func (s *Server) dataErase(c echo.Context) error {
	err := s.Privacy.Erase(c.Request().Context(), by(c), "", by(c).Member, c.FormValue("confirm"))
	if err != nil {
		p, failed := s.data(c)
		if failed != nil {
			return failed
		}
		return s.again(c, err, s.dataFrame(c), func(f view.Frame, wrong view.Errors) templ.Component {
			p.Typed, p.Wrong = c.FormValue("confirm"), wrong
			return view.Data(f, p)
		})
	}
	said := s.frame(c).T("data.erased")
	s.forgetSession(c)
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.redirect(c, "/", view.Flash{Text: said})
}

// erasePage asks a manager whether a person is really to be erased.
func (s *Server) erasePage(c echo.Context) error { return s.erasePageAgain(c, nil) }

func (s *Server) erasePageAgain(c echo.Context, refused error) error {
	f := s.frame(c)
	person, err := s.Members.Person(c.Request().Context(), by(c), f.Space.ID, memberOf(c))
	if err != nil {
		return err
	}
	f = f.Titled(f.T("data.erase.person", "Name", person.Member.Name)).Under(f.At("people", memberOf(c).String()))
	p := view.ErasePersonProps{Member: person.Member, Typed: c.FormValue("confirm"), Wrong: view.Refused(f, refused)}
	return s.show(c, refusedStatus(refused), f, view.ErasePerson(f, p))
}

// erasePerson erases somebody of the space.
func (s *Server) erasePerson(c echo.Context) error {
	err := s.Privacy.Erase(c.Request().Context(), by(c), here(c).ID, memberOf(c), c.FormValue("confirm"))
	switch {
	case err == nil:
		f := s.frame(c)
		return s.redirect(c, f.At("people"), view.Flash{Text: f.T("data.erased.person")})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	}
	return s.erasePageAgain(c, err)
}

// wardData is a guardian's hold on what the house knows of a child for whom they answer.
func (s *Server) wardData(c echo.Context) error {
	p, f, err := s.ward(c)
	if err != nil {
		return err
	}
	s.comeAgain(c, p.Exports)
	return s.page(c, f, view.Data(f, p))
}

func guardianshipOf(c echo.Context) id.ID { return id.ID(c.Param("guardianship")) }

func (s *Server) ward(c echo.Context) (p view.DataProps, f view.Frame, err error) {
	ctx := c.Request().Context()
	w, err := s.Privacy.Ward(ctx, by(c), guardianshipOf(c))
	if err != nil {
		return p, f, err
	}
	child := "/me/children/" + guardianshipOf(c).String()
	p = view.DataProps{At: child + "/data", Name: w.Name, Email: w.Told}
	p.Exports, err = s.Privacy.WardExports(ctx, by(c), guardianshipOf(c))
	f = s.frame(c)
	return p, f.Titled(f.T("data.child.title", "Name", w.Name)).Under(child), err
}

// wardDataAsk has the file about a child put together.
func (s *Server) wardDataAsk(c echo.Context) error {
	_, err := s.Privacy.AskForWard(c.Request().Context(), by(c), guardianshipOf(c))
	return s.wardAnswered(c, err)
}

// wardAnswered goes back to the page, with the refusal if there is one to be read there.
func (s *Server) wardAnswered(c echo.Context, err error) error {
	at := "/me/children/" + guardianshipOf(c).String() + "/data"
	switch refusal, ok := fault.As(err); {
	case errors.Is(err, consent.ErrGrown), errors.Is(err, consent.ErrNotGuarding):
		return err // the page itself is closed
	case ok && refusal.Kind == fault.KindConflict:
		return s.redirect(c, at, view.Flash{Text: s.frame(c).Fault(refusal), Bad: true})
	case err != nil:
		return err
	}
	return s.redirect(c, at)
}

// wardDataFetch gives that file to the guardian who asked for it, once.
func (s *Server) wardDataFetch(c echo.Context) error {
	body, err := s.Privacy.FetchForWard(c.Request().Context(), by(c), guardianshipOf(c), id.ID(c.Param("export")))
	if err != nil {
		return s.wardAnswered(c, err)
	}
	return sendZIP(c, body)
}

// wardErase erases the child.
func (s *Server) wardErase(c echo.Context) error {
	err := s.Privacy.EraseWard(c.Request().Context(), by(c), guardianshipOf(c), c.FormValue("confirm"))
	if err == nil {
		return s.redirect(c, "/me/children", view.Flash{Text: s.frame(c).T("data.erased.person")})
	}
	p, f, failed := s.ward(c)
	if failed != nil {
		return failed // they no longer answer: that is what is to be said
	}
	return s.again(c, err, f, func(f view.Frame, wrong view.Errors) templ.Component {
		p.Typed, p.Wrong = c.FormValue("confirm"), wrong
		return view.Data(f, p)
	})
}
