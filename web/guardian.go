package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/consent"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// shown reports whether err is a refusal to show beside the form, and not an address
// that is not there.
func shown(err error) bool {
	return err != nil && fault.All(err) != nil && statusOf(err) != http.StatusNotFound
}

// myGuardian is where somebody says when they were born and, if they are under age,
// asks their guardian.
func (s *Server) myGuardian(c echo.Context) error { return s.myGuardianAgain(c, nil) }

func (s *Server) myGuardianAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.MyGuardianProps{Next: nextOf(c), Form: guardianForm(c), Birthday: c.FormValue("birthday")}
	var err error
	if p.Guardians, err = s.Consent.Guardians(ctx, by(c), f.Space.ID, by(c).Member); err != nil {
		return err
	}
	if p.Standing, err = s.Consent.Standing(ctx, f.Space.ID, by(c).Member); err != nil {
		return err
	}
	p.Form.Errors = view.Refused(f, refused)
	f = f.Titled(f.T("guardian.title")).Under("/me")
	return s.show(c, refusedStatus(refused), f, view.MyGuardian(f, p))
}

func guardianForm(c echo.Context) view.GuardianForm {
	return view.GuardianForm{Name: c.FormValue("guardian_name"), Email: c.FormValue("email"), Locale: c.FormValue("letter"), Verified: c.FormValue("verified")}
}

// invitationOf is the guardian that a form names.
func (*Server) invitationOf(c echo.Context) consent.Invitation {
	language := c.FormValue("letter")
	if language == "" {
		language = locale(c)
	}
	return consent.Invitation{Name: c.FormValue("guardian_name"), Email: c.FormValue("email"), Locale: language}
}

func (s *Server) myBirthday(c echo.Context) error {
	day, err := consent.ParseBirthday(c.FormValue("birthday"))
	if err == nil {
		err = s.Consent.SayBirthday(c.Request().Context(), by(c), here(c).ID, by(c).Member, day, "")
	}
	if shown(err) {
		return s.myGuardianAgain(c, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	st, err := s.Consent.Standing(c.Request().Context(), f.Space.ID, by(c).Member)
	if err != nil {
		return err
	}
	next := "/me/guardian"
	if to := nextOf(c); to != "" && !st.Minor {
		next = to
	}
	return s.redirect(c, next, view.Flash{Text: f.T("guardian.said.birthday")})
}

func (s *Server) myGuardianAsk(c echo.Context) error {
	g, err := s.Consent.AskGuardian(c.Request().Context(), by(c), here(c).ID, by(c).Member, s.invitationOf(c))
	if shown(err) {
		return s.myGuardianAgain(c, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/me/guardian", view.Flash{Text: s.frame(c).T("guardian.said.asked", "Email", g.Email)})
}

func (s *Server) myGuardianResend(c echo.Context) error {
	err := s.Consent.Resend(c.Request().Context(), by(c), here(c).ID, by(c).Member, id.ID(c.Param("guardianship")))
	f := s.frame(c)
	if shown(err) {
		return s.redirect(c, "/me/guardian", view.Flash{Text: f.Fault(fault.All(err)[0]), Bad: true})
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/me/guardian", view.Flash{Text: f.T("guardian.said.resent")})
}

// children are those for whom the reader answers.
func (s *Server) children(c echo.Context) error {
	list, err := s.Consent.Children(c.Request().Context(), by(c), locale(c))
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.page(c, f.Titled(f.T("children.title")).Under("/me"), view.Children(f, list))
}

// doorOf is how the reader of a page comes to answer for a minor.
func doorOf(c echo.Context) consent.Door {
	if g := c.Param("guardianship"); g != "" {
		return consent.Door{Guardianship: id.ID(g)}
	}
	return consent.Door{Token: c.FormValue("token")}
}

// child is one of them: what they consent to, what they sign, and what is booked. It
// is the page behind the link of a letter, too.
func (s *Server) child(c echo.Context) error { return s.childAgain(c, nil) }

func (s *Server) childAgain(c echo.Context, refused error) error {
	ctx, f, door := c.Request().Context(), s.frame(c), doorOf(c)
	if door == (consent.Door{}) {
		return consent.ErrNoSuchGuardian
	}
	child, err := s.Consent.At(ctx, by(c), door, locale(c))
	if err != nil {
		return err
	}
	p := view.ChildProps{Child: child, Token: door.Token, At: "/guardian", Sign: signatureForm(c)}
	p.Sign.Errors = view.Refused(f, refused)
	if door.Token == "" {
		p.At = "/me/children/" + door.Guardianship.String()
		f = f.Under("/me/children")
		if child.Runs() && child.Standing.Minor {
			if err := s.childMore(c, &p); err != nil {
				return err
			}
		}
	}
	zone := child.Space.Zone
	f.Zone, f.Printer = zone, i18n.For(f.Locale).In(zone)
	return s.show(c, refusedStatus(refused), f.Titled(child.Minor.Name), view.Child(f, p))
}

// childMore is what a guardian sees whose consent runs: the bookings and the choices.
func (s *Server) childMore(c echo.Context, p *view.ChildProps) error {
	ctx := c.Request().Context()
	page, err := s.Booking.Bookings(ctx, actor.House, booking.Filter{
		Space: p.Child.SpaceID, Member: p.Child.MemberID, From: s.Clock.Now(), Limit: 20,
		Statuses: []booking.Status{booking.Pending, booking.Confirmed, booking.InUse},
	})
	if err != nil {
		return err
	}
	for _, b := range page.Items {
		r, err := s.Equipment.Resource(ctx, actor.House, b.ResourceID)
		if err != nil {
			return err
		}
		p.Bookings = append(p.Bookings, view.ChildBooking{Name: r.Name, StartsAt: b.StartsAt, EndsAt: b.EndsAt})
	}
	if p.Signed, err = s.Consent.ChildSigned(ctx, by(c), p.Child.Guardianship); err != nil {
		return err
	}
	p.Choices, err = s.Consent.Choices(ctx, by(c), p.Child.SpaceID, p.Child.MemberID)
	return err
}

// childConsent is a guardian's yes.
func (s *Server) childConsent(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	var papers []id.ID
	for _, v := range form["paper"] {
		papers = append(papers, id.ID(v))
	}
	_, err = s.Consent.Consent(c.Request().Context(), by(c), doorOf(c), signatureOf(c), papers)
	return s.childAnswered(c, err, "children.said.consented")
}

// childDecline is a guardian's no, or the withdrawal of their yes.
func (s *Server) childDecline(c echo.Context) error {
	_, err := s.Consent.Decline(c.Request().Context(), by(c), doorOf(c))
	return s.childAnswered(c, err, "children.said.ended")
}

func (s *Server) childAnswered(c echo.Context, err error, said string) error {
	if shown(err) {
		return s.childAgain(c, err)
	}
	if err != nil {
		return err
	}
	at := "/me/children"
	switch door := doorOf(c); {
	case door.Token != "":
		at = view.With("/guardian", "token", door.Token)
	case said == "children.said.consented":
		at += "/" + door.Guardianship.String()
	}
	return s.redirect(c, at, view.Flash{Text: s.frame(c).T(said)})
}

// childChoose is what a guardian allows for a child.
func (s *Server) childChoose(c echo.Context) error {
	child, err := s.Consent.At(c.Request().Context(), by(c), doorOf(c), locale(c))
	if err != nil {
		return err
	}
	if err = s.choose(c, child.MemberID, child.SpaceID); err != nil {
		if shown(err) {
			return s.childAgain(c, err)
		}
		return err
	}
	return s.redirect(c, "/me/children/"+child.Guardianship.ID.String(), view.Flash{Text: s.frame(c).T("consents.said")})
}

// personPapers is what staff knows of what a person signed, and of who answers for them.
func (s *Server) personPapers(c echo.Context) error { return s.personPapersAgain(c, "", nil) }

func (s *Server) personPapersAgain(c echo.Context, form string, refused error) error {
	ctx, f, member := c.Request().Context(), s.frame(c), memberOf(c)
	person, err := s.Members.Person(ctx, by(c), f.Space.ID, member)
	if err != nil {
		return err
	}
	p := view.PersonPapersProps{Member: person.Member.ID, Name: person.Member.Name, Form: form, Errors: view.Refused(f, refused), Sign: signatureForm(c), Guardian: guardianForm(c)}
	p.Sign.Errors, p.Guardian.Errors = p.Errors, p.Errors
	if p.Signed, err = s.Consent.Acceptances(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	if p.Standing, err = s.Consent.Standing(ctx, f.Space.ID, member); err != nil {
		return err
	}
	if p.Guardians, err = s.Consent.Guardians(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	for _, a := range p.Standing.Unsigned {
		paper, err := s.Consent.Document(ctx, by(c), f.Space.ID, a.Document)
		if err != nil {
			return err
		}
		p.Missing = append(p.Missing, paper)
	}
	p.Signing, _ = id.Parse(c.Param("document"))
	if p.Signing == "" {
		p.Signing, _ = id.Parse(c.QueryParam("sign"))
	}
	f = f.Titled(f.T("papers.of", "Name", person.Member.Name)).Under(f.At("people", member.String()))
	return s.show(c, refusedStatus(refused), f, view.PersonPapers(f, p))
}

// papersAnswered ends a post of that page.
func (s *Server) papersAnswered(c echo.Context, form string, err error, said string) error {
	if shown(err) {
		return s.personPapersAgain(c, form, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("people", memberOf(c).String(), "documents"), view.Flash{Text: f.T(said)})
}

func (s *Server) personSign(c echo.Context) error {
	_, err := s.Consent.RecordSignature(c.Request().Context(), by(c), here(c).ID, documentOf(c), id.ID(c.FormValue("version")), memberOf(c),
		signatureOf(c), consent.Recording{How: consent.How(c.FormValue("how")), Note: c.FormValue("note")})
	return s.papersAnswered(c, "sign", err, "documents.said.signed")
}

func (s *Server) personBirthday(c echo.Context) error {
	day, err := consent.ParseBirthday(c.FormValue("birthday"))
	if err == nil {
		err = s.Consent.SayBirthday(c.Request().Context(), by(c), here(c).ID, memberOf(c), day, c.FormValue("verified"))
	}
	return s.papersAnswered(c, "birthday", err, "guardian.said.birthday")
}

func (s *Server) personGuardian(c echo.Context) error {
	var err error
	said := "papers.said.recorded"
	if c.FormValue("ask") != "" {
		said = "guardian.said.resent"
		_, err = s.Consent.AskGuardian(c.Request().Context(), by(c), here(c).ID, memberOf(c), s.invitationOf(c))
	} else {
		_, err = s.Consent.RecordConsent(c.Request().Context(), by(c), here(c).ID, memberOf(c), s.invitationOf(c), c.FormValue("verified"), c.RealIP())
	}
	return s.papersAnswered(c, "guardian", err, said)
}

func (s *Server) personGuardianEnd(c echo.Context) error {
	err := s.Consent.RecordEnd(c.Request().Context(), by(c), here(c).ID, memberOf(c), id.ID(c.Param("guardianship")))
	return s.papersAnswered(c, "", err, "children.said.ended")
}

// minors is where a manager says when minors are supervised.
func (s *Server) minors(c echo.Context) error {
	terms, week, err := s.Consent.Supervised(c.Request().Context(), by(c), here(c).ID)
	if err != nil {
		return err
	}
	var hours []spaces.Hours
	for _, w := range week {
		hours = append(hours, spaces.Hours{Weekday: w.Weekday, OpensMin: w.OpensMin, ClosesMin: w.ClosesMin, Audience: spaces.Everyone})
	}
	p := view.MinorsProps{Week: weekText(hours), Terms: terms, Default: consent.ConsentAge(here(c).Country)}
	if terms.ConsentAge > 0 {
		p.Age = strconv.FormatInt(terms.ConsentAge, 10)
	}
	return s.minorsAgain(c, p, nil)
}

func (s *Server) minorsAgain(c echo.Context, p view.MinorsProps, refused error) error {
	f := s.frame(c)
	p.Errors = view.Refused(f, refused)
	return s.show(c, refusedStatus(refused), f.Titled(f.T("minors.title")), view.MinorsPage(f, p))
}

func (s *Server) minorsSet(c echo.Context) error {
	typed, hours, wrong := readWeek(c, spaces.Everyone)
	terms := consent.Terms{AsksBirthday: c.FormValue("asks_birthday") != "", Version: number[int64](c, "terms")}
	age := strings.TrimSpace(c.FormValue("consent_age"))
	if age != "" {
		if terms.ConsentAge = number[int64](c, "consent_age"); terms.ConsentAge == 0 {
			terms.ConsentAge = -1 // no number: the service says which would be
		}
	}
	var week []consent.Window
	for _, h := range hours {
		week = append(week, consent.Window{Weekday: h.Weekday, OpensMin: h.OpensMin, ClosesMin: h.ClosesMin})
	}
	err := wrong.Err()
	if err == nil {
		_, err = s.Consent.Supervise(c.Request().Context(), by(c), here(c).ID, terms, week)
	}
	if shown(err) {
		return s.minorsAgain(c, view.MinorsProps{Week: typed, Terms: terms, Age: age, Default: consent.ConsentAge(here(c).Country)}, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("minors"), view.Flash{Text: f.T("minors.said")})
}
