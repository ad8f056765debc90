package web

import (
	"github.com/labstack/echo/v4"

	"guildhall/internal/equipment"
	"guildhall/internal/members"
	"guildhall/web/view"
)

// begin is what whoever has just set up a space does next: see that its machines
// and prices are right, and bring the people. It is over once somebody else is here.
func (s *Server) begin(c echo.Context, f view.Frame) ([]view.Step, error) {
	if !f.May("equipment.edit") || !f.May("member.create") {
		return nil, nil
	}
	ctx := c.Request().Context()
	people, err := s.Members.Find(ctx, by(c), f.Space.ID, members.Query{Limit: 2})
	if err != nil || people.Total > 1 {
		return nil, err
	}
	things, err := s.Equipment.Resources(ctx, by(c), f.Space.ID, equipment.Filter{})
	if err != nil {
		return nil, err
	}
	step := func(name string, done bool, at ...string) view.Step {
		return view.Step{Label: f.T("begin." + name), Says: f.T("begin." + name + ".says"), Href: f.At(at...), Done: done}
	}
	return []view.Step{
		step("machines", len(things) > 0, "equipment"),
		step("prices", false, "equipment"),
		step("hours", false, "hours"),
		step("people", false, "people", "new"),
	}, nil
}
