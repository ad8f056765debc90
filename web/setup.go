package web

import (
	"errors"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// currencies are offered first come first; a space may have been given another.
var currencies = []string{
	"EUR", "CNY", "USD", "GBP", "CHF", "JPY", "AUD", "BRL", "CAD", "CZK", "DKK", "HKD", "HUF", "INR", "KRW", "KWD", "MXN", "MYR",
	"NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TRY", "TWD", "ZAR",
}

// setup is the page behind the one-time link: the first space and its owner.
func (s *Server) setup(c echo.Context) error {
	f := s.setupFrame(c)
	token := c.QueryParam("token")
	if token == "" && here(c).ID == "" {
		return s.page(c, f, view.SetupWaits(f))
	}
	if err := s.Spaces.CheckSetup(c.Request().Context(), token); err != nil {
		return s.setupShut(c, f, err)
	}
	return s.page(c, f, view.Setup(f, view.SetupProps{Token: token, Form: blankSetup(c), Currencies: currencies}))
}

func (s *Server) setupFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	f.Task = true
	return f.Titled(f.T("setup.title"))
}

// setupShut answers who comes with a wrong token, or too late; err if it is neither.
func (s *Server) setupShut(c echo.Context, f view.Frame, err error) error {
	refusal, ok := fault.As(err)
	done := errors.Is(err, spaces.ErrSetupDone)
	if !ok || (!done && !errors.Is(err, spaces.ErrSetupToken)) {
		return err
	}
	return s.show(c, statusOf(err), f, view.SetupShut(f, f.Fault(refusal), done))
}

func (s *Server) setupRun(c echo.Context) error {
	f, token := s.setupFrame(c), c.FormValue("token")
	form, n, hours := readSetup(c)
	owner := spaces.OwnerAccount{Name: form.OwnerName, Email: form.OwnerEmail, Password: c.FormValue("owner_password"), Locale: f.Locale}
	err := s.Spaces.CheckSetup(c.Request().Context(), token)
	if err == nil {
		err = append(hours, fault.All(s.Spaces.Check(n, &owner))...).Err()
	}
	if err == nil {
		var space spaces.Space
		if space, err = s.Spaces.Setup(c.Request().Context(), token, n, owner); err == nil {
			return s.moveIn(c, owner, "/s/"+space.Slug+"/today", view.Flash{Text: f.T("setup.done", "Name", space.Name)})
		}
	}
	if errors.Is(err, spaces.ErrSetupDone) || errors.Is(err, spaces.ErrSetupToken) {
		return s.setupShut(c, f, err)
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		return view.Setup(f, view.SetupProps{Token: token, Form: form, Errors: e, Currencies: currencies})
	})
}

// moveIn signs the owner in who has just made the account, and goes on to their space;
// on the way there they are asked for what staff must have, a second factor. Where the
// sign-in is refused they do it themselves.
func (s *Server) moveIn(c echo.Context, owner spaces.OwnerAccount, next string, said view.Flash) error {
	tokens, err := s.Auth.SignIn(c.Request().Context(), s.from(c), auth.Credentials{Email: owner.Email, Password: owner.Password})
	if len(fault.All(err)) > 0 {
		return s.redirect(c, view.Onward("/sign-in", next), said)
	}
	if err != nil {
		return err
	}
	s.keepSession(c, tokens)
	return s.redirect(c, next, said)
}

// spaceNew is the same page for another space of the installation.
func (s *Server) spaceNew(c echo.Context) error {
	f := s.spaceNewFrame(c)
	return s.page(c, f, view.Setup(f, view.SetupProps{Another: true, Form: blankSetup(c), Currencies: currencies}))
}

func (s *Server) spaceNewFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	return f.Titled(f.T("setup.another")).Under(f.At("details"))
}

func (s *Server) spaceCreate(c echo.Context) error {
	f := s.spaceNewFrame(c)
	form, n, hours := readSetup(c)
	err := append(hours, fault.All(s.Spaces.Check(n, nil))...).Err()
	if err == nil {
		var space spaces.Space
		if space, err = s.Spaces.Create(c.Request().Context(), by(c), n); err == nil {
			return s.redirect(c, "/s/"+space.Slug+"/equipment", view.Flash{Text: f.T("setup.created", "Name", space.Name)})
		}
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		return view.Setup(f, view.SetupProps{Another: true, Form: form, Errors: e, Currencies: currencies})
	})
}

// blankSetup is the form as it is first seen: where the browser is at home, open
// in the afternoon and on Saturday.
func blankSetup(c echo.Context) view.SetupForm {
	country, currency := i18n.Home(c.Request().Header.Get("Accept-Language"))
	form := view.SetupForm{Blueprint: "community", Country: country, Filled: country, Zone: spaces.ZoneOf(country), Currency: currency, Week: map[string]string{}}
	for weekday := 2; weekday <= 5; weekday++ {
		form.Week[spaces.HoursField(weekday, spaces.Everyone)] = "14:00–21:00"
	}
	form.Week[spaces.HoursField(6, spaces.Everyone)] = "10:00–18:00"
	return form
}

// readSetup takes what was typed and what it means. A zone and a currency that
// were filled in for another country, and left so, follow the one that was chosen.
func readSetup(c echo.Context) (view.SetupForm, spaces.NewSpace, fault.Many) {
	form := view.SetupForm{
		NameEN: c.FormValue("name_en"), NameZH: c.FormValue("name_zh"), Slug: c.FormValue("slug"), Blueprint: c.FormValue("blueprint"),
		Country: c.FormValue("country"), Filled: c.FormValue("filled"), Zone: c.FormValue("zone"), Currency: c.FormValue("currency"),
		OwnerName: c.FormValue("owner_name"), OwnerEmail: c.FormValue("owner_email"),
	}
	if form.Zone == "" || form.Zone == spaces.ZoneOf(form.Filled) {
		form.Zone = spaces.ZoneOf(form.Country)
	}
	if form.Currency == "" || form.Currency == i18n.MoneyOf(form.Filled) {
		form.Currency = i18n.MoneyOf(form.Country)
	}
	form.Filled = form.Country
	n := spaces.NewSpace{
		Name: i18n.Text{EN: form.NameEN, ZH: form.NameZH}, Slug: form.Slug, Blueprint: form.Blueprint,
		Country: form.Country, Zone: form.Zone, Currency: form.Currency,
	}
	var wrong fault.Many
	form.Week, n.Hours, wrong = readWeek(c, spaces.Everyone)
	return form, n, wrong
}

// details is what a space says about itself, for a manager to change.
func (s *Server) details(c echo.Context) error {
	f, space := s.detailsFrame(c), here(c)
	return s.page(c, f, view.Details(f, view.DetailsProps{Form: detailsOf(space), Currencies: currencies, More: by(c).Highest() == actor.Owner}))
}

func (s *Server) detailsFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	return f.Titled(f.T("spaces.title"))
}

func detailsOf(space spaces.Space) spaces.Details {
	return spaces.Details{
		Version: space.Version, Name: space.Name, About: space.About, Slug: space.Slug, Country: space.Country, Address: space.Address,
		Email: space.Email, Phone: space.Phone, Zone: space.Zone, Currency: space.Currency,
	}
}

func (s *Server) detailsSave(c echo.Context) error {
	f := s.detailsFrame(c)
	d := spaces.Details{
		Version: number[int](c, "version"), Name: textOf(c, "name"), About: textOf(c, "about"), Slug: c.FormValue("slug"), Country: c.FormValue("country"),
		Address: c.FormValue("address"), Email: c.FormValue("email"), Phone: c.FormValue("phone"), Zone: c.FormValue("zone"), Currency: c.FormValue("currency"),
	}
	space, err := s.Spaces.Edit(c.Request().Context(), by(c), here(c).ID, d)
	if err == nil {
		return s.redirect(c, "/s/"+space.Slug+"/details", view.Flash{Text: f.T("spaces.saved")})
	}
	if errors.Is(err, spaces.ErrStale) {
		d = detailsOf(here(c))
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		return view.Details(f, view.DetailsProps{Form: d, Errors: e, Currencies: currencies, More: by(c).Highest() == actor.Owner})
	})
}
