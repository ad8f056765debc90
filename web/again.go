package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/auth"
	"guildhall/web/view"
)

// againPage asks someone who is signed in to prove that it is still they, before
// something that whoever finds an open screen must not do.
func (s *Server) againPage(c echo.Context) error {
	f := s.againFrame(c)
	return s.showAgain(c, http.StatusOK, f, view.AgainProps{Next: after(c.QueryParam("next"))})
}

func (s *Server) againFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	f.Task = true
	if f.Who.Locked {
		return f.Titled(f.T("again.locked"))
	}
	return f.Titled(f.T("again.title"))
}

func (s *Server) showAgain(c echo.Context, status int, f view.Frame, p view.AgainProps) error {
	var err error
	if p, err = s.againProps(c, p); err != nil {
		return err
	}
	return s.show(c, status, f, view.Again(f, p))
}

// againProps adds by what one can prove oneself.
func (s *Server) againProps(c echo.Context, p view.AgainProps) (view.AgainProps, error) {
	var err error
	p.Email, p.Provider = s.email(c), s.Auth.ProviderName()
	p.Ways, err = s.Auth.Ways(c.Request().Context(), by(c))
	return p, err
}

// prove takes the proof and goes on: to a page, or to the form whose sending was
// refused, with what was typed in it.
func (s *Server) prove(c echo.Context) error {
	p := view.AgainProps{Next: after(c.FormValue("next")), Repeat: repeatOf(c)}
	ctx := c.Request().Context()
	var err error
	if token := c.FormValue("passkey_token"); token != "" {
		_, err = s.Auth.ProveByPasskey(ctx, by(c), token, []byte(c.FormValue("passkey_answer")))
	} else {
		_, err = s.Auth.Prove(ctx, by(c), auth.Proof{Password: c.FormValue("again_password"), Code: strings.TrimSpace(c.FormValue("again_code"))})
	}
	f := s.againFrame(c)
	switch {
	case err != nil:
		p, failed := s.againProps(c, p)
		if failed != nil {
			return failed
		}
		return s.again(c, err, f, func(f view.Frame, wrong view.Errors) templ.Component {
			p.Wrong = wrong
			return view.Again(f, p)
		})
	case p.Repeat.To != "":
		return s.page(c, f, view.AgainDone(f, p.Repeat))
	}
	return s.redirect(c, p.Next)
}

// lock locks the screen; whoever unlocks it goes on where it was left.
func (s *Server) lock(c echo.Context) error {
	if err := s.Auth.Lock(c.Request().Context(), by(c)); err != nil {
		return err
	}
	return s.redirect(c, againAt(after(c.FormValue("next"))))
}

// againAt is where a fresh proof is asked for, on the way to next.
func againAt(next string) string { return "/me/again?next=" + url.QueryEscape(next) }

// askAgain answers a request that needs a fresh proof: a page is come back to; of a form
// what was typed is kept, but secrets and files.
func (s *Server) askAgain(c echo.Context) error {
	r := c.Request()
	if r.Method == http.MethodGet {
		return s.redirect(c, againAt(cameFrom(c)))
	}
	f := s.againFrame(c)
	p := view.AgainProps{Next: after(cameFrom(c)), Repeat: view.Repeat{To: local(r.URL.RequestURI())}}
	if s.uploads[c.Path()] {
		return s.showAgain(c, http.StatusForbidden, f, view.AgainProps{Next: p.Next, Lost: true})
	}
	for name, values := range r.PostForm {
		if secretField(name) {
			return s.showAgain(c, http.StatusForbidden, f, view.AgainProps{Next: p.Next, Lost: true})
		}
		for _, v := range values {
			p.Repeat.Fields = append(p.Repeat.Fields, view.Typed{Name: name, Value: v})
		}
	}
	slices.SortFunc(p.Repeat.Fields, func(a, b view.Typed) int { return strings.Compare(a.Name, b.Name) })
	return s.showAgain(c, http.StatusForbidden, f, p)
}

func secretField(name string) bool {
	return strings.Contains(name, "password") || strings.Contains(name, "code") || strings.Contains(name, "token")
}

// kept is what the fields of a form that is to be sent again begin with.
const kept = "kept."

// repeatOf is the form that is to be sent again, as /me/again was given it.
func repeatOf(c echo.Context) view.Repeat {
	to := c.FormValue("to")
	if to == "" || after(to) == "/" {
		return view.Repeat{}
	}
	repeat := view.Repeat{To: after(to)}
	for name, values := range c.Request().PostForm {
		if field, ok := strings.CutPrefix(name, kept); ok {
			for _, v := range values {
				repeat.Fields = append(repeat.Fields, view.Typed{Name: field, Value: v})
			}
		}
	}
	slices.SortFunc(repeat.Fields, func(a, b view.Typed) int { return strings.Compare(a.Name, b.Name) })
	return repeat
}
