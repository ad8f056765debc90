package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/spaces"
	"guildhall/web/static"
	"guildhall/web/view"
)

// The cookies of this package. None of them is a secret or a proof of anything.
const (
	nextCookie   = "next" // where a newcomer was going who signed up
	localeCookie = "locale"
	themeCookie  = "theme"
	spaceCookie  = "space"
	flashCookie  = "flash"
)

// arrive finds the space of the address. Where the address has none it is the
// one that the person was in last, or is at home in, or the first there is.
func (s *Server) arrive(c echo.Context) error {
	slug := c.Param("space")
	switch {
	case strings.HasPrefix(c.Path(), static.Prefix), forProgram(c):
		return nil
	case slug == "":
		return s.settle(c)
	}
	space, err := s.Spaces.SpaceAt(c.Request().Context(), by(c), slug)
	if err != nil {
		return err
	}
	visitOf(c).space = space
	if remembered(c, spaceCookie) != slug {
		s.remember(c, spaceCookie, slug)
	}
	return nil
}

// settle chooses a space for an address that names none.
func (s *Server) settle(c echo.Context) error {
	all, err := s.Spaces.Spaces(c.Request().Context(), by(c))
	if err != nil || len(all) == 0 {
		return err
	}
	last, roles := remembered(c, spaceCookie), by(c).Roles
	chosen := all[0]
	for _, space := range slices.Backward(all) {
		if _, ok := roles[space.ID]; ok {
			chosen = space
		}
	}
	for _, space := range all {
		if space.Slug == last {
			chosen = space
		}
	}
	visitOf(c).space = chosen
	return nil
}

// here is the space that the request is about.
func here(c echo.Context) spaces.Space { return visitOf(c).space }

// locale is the language to answer in: what was chosen here, the account's, the browser's.
func locale(c echo.Context) string {
	if chosen := remembered(c, localeCookie); chosen != "" {
		return i18n.Match(chosen)
	}
	if who := by(c); who.Locale != "" {
		return who.Locale
	}
	return i18n.Match(c.Request().Header.Get("Accept-Language"))
}

// frame is what every page needs to know, whatever it shows.
func (s *Server) frame(c echo.Context) view.Frame {
	space, who := here(c), by(c)
	zone := space.Location()
	f := view.Frame{
		Printer: i18n.For(locale(c)).In(zone),
		Who:     who,
		Role:    who.Role(space.ID),
		Space:   space,
		Zone:    zone,
		Now:     s.Clock.Now(),
		Path:    c.Request().URL.RequestURI(),
		Theme:   remembered(c, themeCookie),
		Flash:   s.flash(c),
		Dev:     s.Config.Dev,
	}
	f.Menu, f.Spaces = s.menu(c, f), s.doors(c, f)
	return f
}

// doors are the spaces that the person is known in, if there are several: for
// staff the day there, for others what stands there.
func (s *Server) doors(c echo.Context, f view.Frame) []view.Item {
	if len(f.Who.Roles) < 2 {
		return nil
	}
	all, err := s.Spaces.Spaces(c.Request().Context(), f.Who)
	if err != nil {
		return nil // the page does without the switch
	}
	var doors []view.Item
	for _, space := range all {
		role, known := f.Who.Roles[space.ID]
		if !known {
			continue
		}
		section := "/machines"
		if role.Staff() {
			section = "/today"
		}
		doors = append(doors, view.Item{Label: f.Words(space.Name), Href: "/s/" + space.Slug + section, Current: space.ID == f.Space.ID})
	}
	if len(doors) < 2 {
		return nil
	}
	return doors
}

// page shows a page.
func (s *Server) page(c echo.Context, f view.Frame, body templ.Component) error {
	return s.show(c, http.StatusOK, f, body)
}

// show shows a page with this status. htmx is given the inside of the page's
// main part, everybody else the whole of the same page.
func (s *Server) show(c echo.Context, status int, f view.Frame, body templ.Component) error {
	whole := view.Layout(f, body)
	if c.Request().Header.Get("HX-Request") == "true" {
		whole = view.Inside(f, body)
	}
	c.Response().Header().Add("Vary", "HX-Request")
	var b bytes.Buffer
	if err := whole.Render(c.Request().Context(), &b); err != nil {
		return err
	}
	return c.HTMLBlob(status, b.Bytes())
}

// again shows a form once more, with what was typed and what was refused. An error
// that is no refusal is passed on.
func (s *Server) again(c echo.Context, err error, f view.Frame, form func(f view.Frame, wrong view.Errors) templ.Component) error {
	wrong := view.Refused(f, err)
	if wrong == nil {
		return err
	}
	status := statusOf(err)
	if status == http.StatusUnauthorized {
		status = http.StatusUnprocessableEntity // what was typed is wrong, not who sent it
	}
	if refusal, ok := fault.As(err); ok && refusal.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(refusal.RetryAfter))
	}
	return s.show(c, status, f, form(f, wrong))
}

// redirect sends on after a post, with a word about what was done if there is one.
func (s *Server) redirect(c echo.Context, to string, said ...view.Flash) error {
	if len(said) > 0 {
		text, err := json.Marshal(said[0])
		if err != nil {
			return err
		}
		s.remember(c, flashCookie, base64.RawURLEncoding.EncodeToString(text))
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// flash is the word that the page before left, said once.
func (s *Server) flash(c echo.Context) *view.Flash {
	text, err := base64.RawURLEncoding.DecodeString(remembered(c, flashCookie))
	if err != nil || len(text) == 0 {
		return nil
	}
	s.forget(c, flashCookie)
	var f view.Flash
	if json.Unmarshal(text, &f) != nil || (f.Undo != "" && local(f.Undo) != f.Undo) {
		return nil
	}
	return &f
}

// local is an address of our own, or "/" in place of any other: what a person
// was sent here with may lead anywhere.
func local(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(address, "/") ||
		strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return "/"
	}
	return address
}

func remembered(c echo.Context, name string) string {
	cookie, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (s *Server) remember(c echo.Context, name, value string) {
	age := 365 * 24 * 3600
	switch name {
	case flashCookie:
		age = 60
	case nextCookie:
		age = 24 * 3600
	}
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(c.Request()),
	})
}

func (s *Server) forget(c echo.Context, name string) {
	c.SetCookie(&http.Cookie{
		Name: name, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(c.Request()),
	})
}

// entry is a possible item of the menu: where it leads, and which roles have it
// there. It is shown once its address is registered.
type entry struct {
	key, icon, route string
	roles            []actor.Role
}

var (
	everyone   = []actor.Role{actor.Visitor, actor.Member, actor.Instructor, actor.Desk, actor.Manager, actor.Owner}
	makers     = []actor.Role{actor.Member}
	staff      = []actor.Role{actor.Instructor, actor.Desk, actor.Manager, actor.Owner}
	deskUp     = []actor.Role{actor.Desk, actor.Manager, actor.Owner}
	managersUp = []actor.Role{actor.Manager, actor.Owner}
	strangers  = []actor.Role{actor.Visitor}
)

var entries = []entry{
	{"menu.space", "house", "/s/:space", strangers},
	{"menu.home", "house", "/", makers},
	{"menu.desk", "door-open", "/s/:space/desk", []actor.Role{actor.Desk}},
	{"menu.today", "layout-dashboard", "/s/:space/today", staff},
	{"menu.book", "calendar-plus", "/s/:space/machines", everyone},
	{"menu.bookings", "ticket", "/bookings", append([]actor.Role{actor.Instructor}, makers...)},
	{"menu.people", "users", "/s/:space/people", deskUp},
	{"menu.events", "graduation-cap", "/s/:space/events", everyone},
	{"menu.machines", "wrench", "/s/:space/equipment", staff},
	{"menu.desk", "door-open", "/s/:space/desk", managersUp},
	{"menu.setup", "settings", "/s/:space/hours", managersUp},
	{"menu.me", "user", "/me", append(makers, staff...)},
}

// keys are the entries that have a key on every page.
var keys = map[string]string{"menu.today": "g t", "menu.desk": "g d"}

// menu is what this person may go to from here.
func (s *Server) menu(c echo.Context, f view.Frame) []view.Item {
	role := f.Role
	if role == actor.Visitor && f.Who.SignedIn() {
		role = actor.Member
	}
	var items []view.Item
	for _, e := range entries {
		if !s.routes[http.MethodGet+" "+e.route] || !slices.Contains(e.roles, role) || (f.Space.ID == "" && strings.Contains(e.route, ":space")) {
			continue
		}
		href := strings.Replace(e.route, ":space", f.Space.Slug, 1)
		at := c.Request().URL.Path
		items = append(items, view.Item{
			Label: f.T(e.key), Icon: e.icon, Href: href, Key: keys[e.key],
			Current: at == href || (href != "/" && e.route != "/s/:space" && strings.HasPrefix(at, href+"/")),
		})
	}
	return items
}
