package web

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/picture"
	"guildhall/web/view"
)

// myStamps is what one is certified for, and what is next.
func (s *Server) myStamps(c echo.Context) error {
	f := s.frame(c)
	return s.stampsOf(c, f.Titled(f.T("stamps.title")).Under("/me"), by(c).Member)
}

// personStamps is the same of somebody else, for those who work here.
func (s *Server) personStamps(c echo.Context) error {
	f := s.frame(c)
	p, err := s.Members.Person(c.Request().Context(), actor.House, f.Space.ID, memberOf(c))
	if err != nil {
		return certifications.ErrNoSuchHolder
	}
	f = f.Titled(f.T("stamps.of", "Name", p.Member.Name))
	if f.May("member.search") {
		f = f.Under(f.At("people", memberOf(c).String()))
	}
	return s.stampsOf(c, f, memberOf(c))
}

func (s *Server) stampsOf(c echo.Context, f view.Frame, member id.ID) error {
	ctx := c.Request().Context()
	p := view.StampsProps{Member: member}
	if _, known := by(c).Roles[f.Space.ID]; known || member != by(c).Member {
		var err error
		if p.Card, err = s.Certifications.Card(ctx, by(c), f.Space.ID, member); err != nil {
			return err
		}
		if p.Machines, err = s.machineNames(c, f); err != nil {
			return err
		}
	}
	return s.page(c, f, view.Stamps(f, p))
}

// machineNames are what the kinds of resource are called, by the first of each.
func (s *Server) machineNames(c echo.Context, f view.Frame) (map[string]i18n.Text, error) {
	all, err := s.Equipment.Resources(c.Request().Context(), actor.House, f.Space.ID, equipment.Filter{})
	names := map[string]i18n.Text{}
	for _, r := range slices.Backward(all) {
		names[r.Kind] = r.Name
	}
	return names, err
}

// certifyForm is the page on which somebody is certified, with the evidence.
func (s *Server) certifyForm(c echo.Context) error {
	return s.certifyAgain(c, view.CertifyProps{Kind: c.QueryParam("certification"), Back: c.QueryParam("back")}, nil)
}

func (s *Server) certifyAgain(c echo.Context, p view.CertifyProps, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	who, err := s.Members.Person(ctx, actor.House, f.Space.ID, memberOf(c))
	if err != nil {
		return certifications.ErrNoSuchHolder
	}
	kinds, err := s.Certifications.Kinds(ctx, f.Space.ID)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		if k.Teaches(by(c)) {
			p.Kinds = append(p.Kinds, k)
		}
	}
	p.Member, p.Name, p.Errors = memberOf(c), who.Member.Name, view.Refused(f, refused)
	f = f.Titled(f.T("stamps.certify", "Name", who.Member.Name))
	if f.May("member.search") {
		f = f.Under(f.At("people", memberOf(c).String()))
	}
	return s.show(c, refusedStatus(refused), f, view.Certify(f, p))
}

// certifyWith certifies somebody on evidence.
func (s *Server) certifyWith(c echo.Context) error {
	f := s.frame(c)
	p := view.CertifyProps{Kind: c.FormValue("certification"), Note: c.FormValue("note"), Score: c.FormValue("score"), Back: c.FormValue("back")}
	award, err := awardOf(c)
	if err == nil {
		_, err = s.Certifications.Certify(c.Request().Context(), by(c), here(c).ID, award)
	}
	switch {
	case err == nil:
		to := f.At("people", memberOf(c).String(), "stamps")
		if p.Back != "" {
			to = local(p.Back)
		}
		return s.redirect(c, to, view.Flash{Text: f.T("people.said.certified")})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	}
	return s.certifyAgain(c, p, err)
}

// awardOf is what a form says that somebody is to be granted.
func awardOf(c echo.Context) (certifications.Award, error) {
	a := certifications.Award{Member: memberOf(c), Kind: id.ID(c.FormValue("certification")), Note: c.FormValue("note")}
	if text := strings.TrimSpace(c.FormValue("score")); text != "" {
		score, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return a, certifications.ErrScoreBad
		}
		a.Score = &score
	}
	head, err := c.FormFile("photo")
	if err != nil || head.Size == 0 {
		return a, nil // none was sent
	}
	file, err := head.Open()
	if err != nil {
		return a, err
	}
	defer file.Close()
	if a.Photo, err = io.ReadAll(file); err != nil {
		return a, picture.ErrType.Because(err)
	}
	return a, nil
}

// personCertify grants a person a certification, in one press.
func (s *Server) personCertify(c echo.Context) error {
	award, err := awardOf(c)
	if err == nil {
		_, err = s.Certifications.Certify(c.Request().Context(), by(c), here(c).ID, award)
	}
	if back := c.FormValue("back"); back != "" && needsEvidence(err) {
		f := s.frame(c)
		q := url.Values{"certification": {string(award.Kind)}, "back": {back}}
		return s.redirect(c, f.At("people", memberOf(c).String(), "certify")+"?"+q.Encode(), view.Flash{Text: f.Fault(fault.All(err)[0]), Bad: true})
	}
	return s.answered(c, "certify", err, "people.said.certified")
}

// needsEvidence reports whether it is a score that is missing.
func needsEvidence(err error) bool {
	return slices.ContainsFunc(fault.All(err), func(e *fault.Error) bool { return e.Code == certifications.ErrScore.Code })
}

// grantPage is one grant: its evidence, and how it is taken back.
func (s *Server) grantPage(c echo.Context) error { return s.grantAgain(c, "", nil) }

func (s *Server) grantAgain(c echo.Context, reason string, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.GrantProps{Member: memberOf(c), Reason: reason, Bookings: c.FormValue("bookings"), Errors: view.Refused(f, refused)}
	who, err := s.Members.Person(ctx, actor.House, f.Space.ID, memberOf(c))
	if err != nil {
		return certifications.ErrNoSuchHolder
	}
	p.Name = who.Member.Name
	if p.Grant, err = s.Certifications.Look(ctx, by(c), f.Space.ID, memberOf(c), id.ID(c.Param("grant"))); err != nil {
		return err
	}
	if p.Grant.RevokedAt.IsZero() {
		if p.Depending, err = s.Certifications.Depending(ctx, by(c), f.Space.ID, memberOf(c), p.Grant.ID); err != nil {
			return err
		}
	}
	f = f.Titled(f.T("stamps.grant", "Kind", p.Grant.Kind.Name, "Name", p.Name)).Under(f.At("people", memberOf(c).String(), "stamps"))
	return s.show(c, refusedStatus(refused), f, view.GrantPage(f, p))
}

// personRevoke takes a certification back.
func (s *Server) personRevoke(c echo.Context) error {
	f, choice := s.frame(c), c.FormValue("bookings")
	if choice != "" && choice != "keep" && choice != "cancel" {
		return s.grantAgain(c, c.FormValue("reason"), certifications.ErrBookings)
	}
	depend, err := s.Certifications.Revoke(c.Request().Context(), by(c), here(c).ID, certifications.Revocation{
		Member: memberOf(c), Grant: id.ID(c.Param("grant")), Reason: c.FormValue("reason"), Cancel: choice == "cancel",
	})
	switch {
	case err == nil:
		said := f.T("people.said.revoked")
		if choice == "cancel" && len(depend) > 0 {
			said = f.T("stamps.said.cancelled", "Count", len(depend))
		}
		return s.redirect(c, f.At("people", memberOf(c).String(), "stamps"), view.Flash{Text: said})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	}
	return s.grantAgain(c, c.FormValue("reason"), err)
}

// grantUndo takes back a grant that was a slip.
func (s *Server) grantUndo(c echo.Context) error {
	f := s.frame(c)
	err := s.Certifications.Undo(c.Request().Context(), by(c), here(c).ID, memberOf(c), id.ID(c.Param("grant")))
	if err == nil {
		return s.redirect(c, f.At("people", memberOf(c).String(), "stamps"), view.Flash{Text: f.T("stamps.said.undone")})
	}
	if fault.All(err) == nil || statusOf(err) == http.StatusNotFound {
		return err
	}
	return s.grantAgain(c, "", err)
}

// grantPhoto is the photograph of a grant's evidence.
func (s *Server) grantPhoto(c echo.Context) error {
	p, err := s.Certifications.Photo(c.Request().Context(), by(c), here(c).ID, memberOf(c), id.ID(c.Param("grant")))
	if err != nil {
		return err
	}
	return c.Stream(http.StatusOK, p.MediaType, bytes.NewReader(p.Body))
}
