package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/desk"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/reports"
	"guildhall/web/view"
)

// How many people a search at the desk finds, and how many arrivals a page has.
const (
	deskFound = 20
	deskShown = 50
)

// frontDesk are the addresses of the front desk.
func (s *Server) frontDesk() {
	s.get("/s/:space/desk", s.desk, "desk.read")
	s.get("/s/:space/desk/walk-in", s.walkInPage, "desk.read")
	s.post("/s/:space/desk/walk-in", s.walkIn, "desk.admit")
	s.post("/s/:space/desk/visits", s.visitBegin, "desk.admit")
	s.get("/s/:space/desk/visits/:visit", s.visitPage, "desk.read")
	s.post("/s/:space/desk/visits/:visit/leave", s.visitEnd, "desk.admit")
}

// desk is the board of the front desk: one field that finds anybody, and who comes today.
func (s *Server) desk(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.DeskProps{
		Query: strings.TrimSpace(c.QueryParam("q")), State: reports.ArrivalState(c.QueryParam("state")),
		Page: max(number[int](c, "page"), 1), Size: deskShown,
	}
	if !slices.Contains(reports.ArrivalStates, p.State) {
		p.State = ""
	}
	if p.Query != "" {
		holder, err := s.Members.BadgeHolder(ctx, by(c), f.Space.ID, p.Query)
		if err == nil { // a badge was read: there is nobody to choose from
			return s.redirect(c, f.At("people", holder.String()))
		}
		if fault.All(err) == nil {
			return err
		}
		if p.Found, p.Matches, err = s.deskFind(c, f, p.Query); err != nil {
			return err
		}
	}
	today := clock.DayOf(f.Now, f.Zone)
	var err error
	if p.Arrivals, err = s.Reports.Arrivals(ctx, by(c), f.Space.ID, today.Start(f.Zone), today.Add(1).Start(f.Zone), p.State, p.Page, p.Size); err != nil {
		return err
	}
	if f.May("membership.edit") {
		if p.Waiting, err = s.Plans.WaitingCount(ctx, by(c), f.Space.ID); err != nil {
			return err
		}
	}
	f = f.Titled(f.T("desk.title"))
	f.Action = view.Item{Label: f.T("desk.walk_in"), Icon: "user-plus", Href: f.At("desk", "walk-in"), Key: "w"}
	return s.page(c, f, view.Desk(f, p))
}

// deskFind are the first people whom the words mean, with whether they are here, and how
// many there are in all.
func (s *Server) deskFind(c echo.Context, f view.Frame, words string) ([]view.AtDesk, int64, error) {
	ctx := c.Request().Context()
	roll, err := s.Members.Find(ctx, by(c), f.Space.ID, members.Query{Text: words, Limit: deskFound})
	if err != nil {
		return nil, 0, err
	}
	who := make([]id.ID, len(roll.People))
	for i, m := range roll.People {
		who[i] = m.ID
	}
	here, err := s.Desk.Present(ctx, by(c), f.Space.ID, who)
	if err != nil {
		return nil, 0, err
	}
	found := make([]view.AtDesk, len(roll.People))
	for i, m := range roll.People {
		found[i] = view.AtDesk{Listed: m, Visit: here[m.ID]}
	}
	return found, roll.Total, nil
}

// visitBegin lets somebody in who is known.
func (s *Server) visitBegin(c echo.Context) error {
	f, member := s.frame(c), id.ID(c.FormValue("member"))
	_, err := s.Desk.Arrive(c.Request().Context(), by(c), f.Space.ID, member)
	if err != nil {
		return s.deskSays(c, err, "")
	}
	m, err := s.Members.Member(c.Request().Context(), member)
	if err != nil {
		return err
	}
	return s.deskSays(c, nil, f.T("desk.said.in", "Name", m.Name))
}

// visitEnd lets somebody go.
func (s *Server) visitEnd(c echo.Context) error {
	f := s.frame(c)
	v, err := s.Desk.Leave(c.Request().Context(), by(c), f.Space.ID, id.ID(c.Param("visit")))
	if err != nil {
		return s.deskSays(c, err, "")
	}
	m, err := s.Members.Member(c.Request().Context(), v.MemberID)
	if err != nil {
		return err
	}
	return s.deskSays(c, nil, f.T("desk.said.out", "Name", m.Name))
}

// deskSays goes back to where the desk was, with what was done or refused.
func (s *Server) deskSays(c echo.Context, err error, said string) error {
	f := s.frame(c)
	back := f.At("desk")
	if to := c.FormValue("back"); to != "" {
		back = local(to)
	}
	switch {
	case err == nil:
		return s.redirect(c, back, view.Flash{Text: said})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	}
	return s.redirect(c, back, view.Flash{Text: f.Fault(fault.All(err)[0]), Bad: true})
}

// walkInPage is the form for somebody at the door.
func (s *Server) walkInPage(c echo.Context) error {
	f := s.frame(c)
	p := view.WalkInProps{
		Member: c.QueryParam("member"), Name: c.QueryParam("name"), Contact: c.QueryParam("contact"), Locale: f.Locale,
	}
	return s.walkInAgain(c, p, nil)
}

func (s *Server) walkInAgain(c echo.Context, p view.WalkInProps, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p.Key, p.Errors = rand.Text(), view.Refused(f, refused)
	var err error
	if p.Passes, err = s.Desk.Offers(ctx, by(c), f.Space.ID); err != nil {
		return err
	}
	if p.Papers, err = s.doorPapers(c, f, id.ID(p.Member)); err != nil {
		return err
	}
	if p.Member != "" {
		person, err := s.Members.Person(ctx, by(c), f.Space.ID, id.ID(p.Member))
		if err != nil {
			return err
		}
		p.Name = person.Member.Name
	} else if refused != nil && !p.Other {
		if p.Known, err = s.Desk.Known(ctx, by(c), f.Space.ID, p.Contact); err != nil {
			return err
		}
	}
	f = f.Titled(f.T("desk.walk_in")).Under(f.At("desk"))
	f.Task = true
	return s.show(c, refusedStatus(refused), f, view.WalkIn(f, p))
}

// doorPapers are the texts that somebody at the door is shown: what everybody signs
// before they use anything, what is signed before some things are used, and what is
// signed for a minor; of somebody known, what they have still to sign.
func (s *Server) doorPapers(c echo.Context, f view.Frame, member id.ID) ([]view.DoorPaper, error) {
	ctx := c.Request().Context()
	all, err := s.Consent.Documents(ctx, by(c), f.Space.ID)
	if err != nil {
		return nil, err
	}
	var st consent.Standing
	if member != "" {
		if st, err = s.Consent.Standing(ctx, f.Space.ID, member); err != nil {
			return nil, err
		}
	}
	var shown []view.DoorPaper
	for _, d := range all {
		owed := slices.ContainsFunc(st.Unsigned, func(a consent.Asked) bool { return a.Document == d.ID })
		if !d.Asks() || member != "" && !owed {
			continue
		}
		shown = append(shown, view.DoorPaper{Document: d.ID, Text: d.Current, Audience: d.Audience, Language: d.Current.Language(f.Locale)})
	}
	return shown, nil
}

// walkIn lets somebody in with a pass, and shows their slip.
func (s *Server) walkIn(c echo.Context) error {
	f := s.frame(c)
	p, w, err := s.walkInTyped(c)
	if err == nil {
		var slip string
		slip, err = s.once(c, func(ctx context.Context) (string, error) {
			v, err := s.Desk.WalkIn(ctx, by(c), f.Space.ID, w)
			return f.At("desk", "visits", v.ID.String()), err
		})
		if err == nil {
			return s.redirect(c, slip)
		}
	} else if more := s.Desk.CheckWalkIn(c.Request().Context(), by(c), f.Space.ID, w); more != nil {
		if fault.All(more) == nil {
			return more
		}
		err = append(fault.Many(fault.All(err)), fault.All(more)...)
	}
	if fault.All(err) == nil || statusOf(err) == http.StatusNotFound {
		return err
	}
	return s.walkInAgain(c, p, err)
}

// walkInTyped is the form as it was sent, and what it says.
func (s *Server) walkInTyped(c echo.Context) (view.WalkInProps, desk.WalkIn, error) {
	form, err := c.FormParams()
	if err != nil {
		return view.WalkInProps{}, desk.WalkIn{}, err
	}
	p := view.WalkInProps{
		Member: form.Get("member"), Other: form.Get("other") != "", Name: form.Get("name"), Contact: form.Get("contact"), Locale: form.Get("locale"),
		Birthday: form.Get("birthday"), Guardian: form.Get("guardian"), Verified: form.Get("verified"),
		Pass: form.Get("pass"), Proof: form.Get("proof") != "", Amount: form.Get("amount"), Signature: form.Get("signature"), Drawing: form.Get("drawing"), Wristband: form.Get("wristband"),
	}
	w := desk.WalkIn{
		Member: id.ID(p.Member), Other: p.Other, Name: p.Name, Contact: p.Contact, Locale: p.Locale,
		Guardian:  desk.Guardian{Name: p.Guardian, Verified: p.Verified, Address: c.RealIP(), Locale: p.Locale},
		Signature: desk.Signature{Name: p.Signature, Drawing: p.Drawing, Address: c.RealIP()},
		Paid:      desk.Paid(form.Get("paid")), Wristband: p.Wristband,
	}
	plan, group, _ := strings.Cut(p.Pass, ":")
	w.Pass = desk.Choice{Plan: id.ID(plan), Group: group, Proof: p.Proof}
	p.Sent = true
	for _, text := range form["paper"] {
		p.Ticked = append(p.Ticked, text)
		if parts := strings.Split(text, ":"); len(parts) == 3 {
			w.Papers = append(w.Papers, desk.Paper{Document: id.ID(parts[0]), Version: id.ID(parts[1]), Language: parts[2]})
		}
	}
	var wrong fault.Many
	if p.Birthday != "" {
		w.Birthday, err = consent.ParseBirthday(p.Birthday)
		wrong = append(wrong, fault.All(err)...)
	}
	w.Pass.Amount, err = amountOf(c, "amount", here(c).Currency)
	wrong = append(wrong, fault.All(err)...)
	return p, w, wrong.Err()
}

// visitPage is the slip of a visit: what was sold, paid and signed.
func (s *Server) visitPage(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	v, err := s.Desk.Visit(ctx, by(c), f.Space.ID, id.ID(c.Param("visit")))
	if err != nil {
		return err
	}
	p := view.VisitProps{Visit: v}
	if p.Member, err = s.Members.Member(ctx, v.MemberID); err != nil {
		return err
	}
	if v.MembershipID != "" {
		if p.Pass, err = s.Plans.Run(ctx, by(c), f.Space.ID, v.MembershipID); err != nil {
			return err
		}
	}
	signed, err := s.Consent.Acceptances(ctx, by(c), f.Space.ID, v.MemberID)
	if err != nil {
		return err
	}
	for _, a := range signed {
		if !a.AcceptedAt.Before(v.ArrivedAt) && a.Counts {
			p.Signed = append(p.Signed, a)
		}
	}
	f = f.Titled(f.T("desk.slip")).Under(f.At("desk"))
	return s.page(c, f, view.Visit(f, p))
}

// personDesk is what the desk must know of somebody whose page is open, and what it can
// do about it.
func (s *Server) personDesk(c echo.Context, f view.Frame, member id.ID) (p view.PersonDesk, err error) {
	if !f.May("desk.read") {
		return p, nil
	}
	ctx := c.Request().Context()
	if p.Visit, _, err = s.Desk.VisitOf(ctx, by(c), f.Space.ID, member); err != nil {
		return p, err
	}
	if p.Consent, err = s.Consent.Standing(ctx, f.Space.ID, member); err != nil {
		return p, err
	}
	p.Due, err = s.Billing.Due(ctx, by(c), f.Space.ID, member)
	return p, err
}
