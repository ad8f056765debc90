package web

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// tokensPage lists the tokens by which programs act in one's name, and makes new ones.
func (s *Server) tokensPage(c echo.Context) error {
	f, p, err := s.tokens(c)
	if err != nil {
		return err
	}
	return s.page(c, f, view.Tokens(f, p))
}

func (s *Server) tokens(c echo.Context) (view.Frame, view.TokensProps, error) {
	f := s.frame(c)
	f = f.Titled(f.T("token.title")).Under("/me/security")
	list, err := s.Auth.Tokens(c.Request().Context(), by(c))
	return f, view.TokensProps{List: list, Days: "90", Scopes: []actor.Reach{actor.ToRead}}, err
}

// tokenMake makes a token. It is the answer itself that shows it, for it can't be
// looked up again.
func (s *Server) tokenMake(c echo.Context) error {
	n := auth.NewToken{Name: c.FormValue("name"), Days: number[int](c, "days")}
	for _, scope := range c.Request().PostForm["scopes"] {
		n.Scopes = append(n.Scopes, actor.Reach(scope))
	}
	text, _, err := s.Auth.MakeToken(c.Request().Context(), by(c), n)
	f, p, failed := s.tokens(c)
	if failed != nil {
		return failed
	}
	if err != nil {
		p.Name, p.Days, p.Scopes = n.Name, c.FormValue("days"), n.Scopes
		return s.again(c, err, f, func(f view.Frame, wrong view.Errors) templ.Component {
			p.Wrong = wrong
			return view.Tokens(f, p)
		})
	}
	p.Made = text
	return s.show(c, http.StatusOK, f, view.Tokens(f, p))
}

func (s *Server) tokenRevoke(c echo.Context) error {
	if err := s.Auth.RevokeToken(c.Request().Context(), by(c), id.ID(c.Param("token"))); err != nil {
		return err
	}
	return s.redirect(c, "/me/tokens", view.Flash{Text: s.frame(c).T("token.revoked")})
}
