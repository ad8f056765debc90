package web

import (
	"github.com/labstack/echo/v4"

	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// merging are the addresses where two accounts of one person become one.
func (s *Server) merging() {
	s.get("/s/:space/duplicates", s.duplicates, "member.duplicates")
	s.get("/s/:space/people/:member/merge", s.mergePage, "member.merge")
	s.post("/s/:space/people/:member/merge", s.merge, "member.merge")
}

func (s *Server) duplicates(c echo.Context) error {
	f := s.frame(c)
	pairs, err := s.Members.Duplicates(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	return s.page(c, f.Titled(f.T("merge.duplicates")).Under(f.At("people")), view.Duplicates(f, pairs))
}

func (s *Server) mergePage(c echo.Context) error { return s.mergeAgain(c, nil) }

// mergeAgain shows the account that ends beside the one that stays, and what moves; or,
// where it is not said into which, asks for that.
func (s *Server) mergeAgain(c echo.Context, refused error) error {
	f := s.frame(c)
	from, err := s.mergeSide(c, f, memberOf(c))
	if err != nil {
		return err
	}
	f = f.Titled(f.T("merge.title")).Under(f.At("people", memberOf(c).String()))
	into, ok := id.Parse(c.FormValue("into"))
	if !ok || into == memberOf(c) {
		return s.mergeIntoWhom(c, f, from)
	}
	p := view.MergeProps{From: from, Errors: view.Refused(f, refused), Confirm: c.FormValue("confirm")}
	if p.Into, err = s.mergeSide(c, f, into); err != nil {
		return err
	}
	switch err := s.Members.MayMerge(c.Request().Context(), by(c), f.Space.ID, memberOf(c), into); {
	case err != nil && fault.All(err) == nil:
		return err
	case err != nil:
		p.Blocked = f.Fault(fault.All(err)[0])
	}
	return s.show(c, refusedStatus(refused), f, view.Merge(f, p))
}

// mergeIntoWhom looks for the account that stays.
func (s *Server) mergeIntoWhom(c echo.Context, f view.Frame, from view.MergeSide) error {
	here, words := f.At("people", memberOf(c).String(), "merge"), c.QueryParam("find")
	found, err := s.found(c, f, words, func(who id.ID) string { return view.With(here, "into", who.String()) })
	if err != nil {
		return err
	}
	var others []view.Someone
	for _, one := range found {
		if one.ID != memberOf(c) {
			others = append(others, one)
		}
	}
	return s.page(c, f, view.MergeInto(f, from.Person.Member, words, others))
}

func (s *Server) mergeSide(c echo.Context, f view.Frame, member id.ID) (side view.MergeSide, err error) {
	ctx := c.Request().Context()
	if side.Person, err = s.Members.Person(ctx, by(c), f.Space.ID, member); err != nil {
		return side, err
	}
	side.Has, err = s.Reports.Belongings(ctx, by(c), f.Space.ID, member)
	return side, err
}

func (s *Server) merge(c echo.Context) error {
	f, into := s.frame(c), id.ID(c.FormValue("into"))
	err := s.Members.Merge(c.Request().Context(), by(c), f.Space.ID, memberOf(c), into, c.FormValue("confirm"))
	if fault.All(err) != nil {
		return s.mergeAgain(c, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, f.At("people", into.String()), view.Flash{Text: f.T("merge.said")})
}
