package web

import (
	"cmp"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/web/view"
)

// someoneFound is how many people a search for somebody shows.
const someoneFound = 8

// forWhom asks for whom something is to be done, and leads on to where it is done:
// the address next, or else the catalogue.
func (s *Server) forWhom(c echo.Context) error {
	f := s.frame(c)
	p := view.ForWhomProps{Find: c.QueryParam("find"), Next: local(cmp.Or(c.QueryParam("next"), f.At("machines")))}
	var err error
	p.Found, err = s.found(c, f, p.Find, func(who id.ID) string { return view.With(p.Next, "for", who.String()) })
	if err != nil {
		return err
	}
	return s.page(c, f.Titled(f.T("someone.title")).Under(p.Next), view.ForWhom(f, p))
}

// found are the people whom the words mean, each with the address to go on to.
func (s *Server) found(c echo.Context, f view.Frame, words string, to func(id.ID) string) ([]view.Someone, error) {
	if words == "" {
		return nil, nil
	}
	roll, err := s.Members.Find(c.Request().Context(), by(c), f.Space.ID, members.Query{Text: words, Limit: someoneFound})
	if err != nil {
		return nil, err
	}
	var found []view.Someone
	for _, m := range roll.People {
		more := m.Email
		if !m.PlanName.Empty() {
			more = f.Words(m.PlanName) + " · " + m.Email
		}
		found = append(found, view.Someone{ID: m.ID, Name: m.Name, More: more, Href: to(m.ID)})
	}
	return found, nil
}

// someone is the person for whom the reader does this, as the address says; nil
// if it is the reader, or who may do it for nobody else.
func (s *Server) someone(c echo.Context, f view.Frame, op actor.Operation) (*view.Someone, error) {
	who, ok := id.Parse(c.FormValue("for"))
	if !ok {
		return nil, nil
	}
	return s.another(c, f, op, who)
}

// another is a person of the space other than the reader, to who may act for them.
func (s *Server) another(c echo.Context, f view.Frame, op actor.Operation, who id.ID) (*view.Someone, error) {
	if who == "" || who == by(c).Member || by(c).Scope(op, f.Space.ID) != actor.Any {
		return nil, nil
	}
	person, err := s.Members.Person(c.Request().Context(), by(c), f.Space.ID, who)
	if err != nil {
		return nil, err
	}
	return &view.Someone{ID: who, Name: person.Member.Name, Href: f.At("people", who.String())}, nil
}
