package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/reports"
	"guildhall/internal/sheet"
	"guildhall/web/view"
)

// signersShown are how many people a page of signatures has.
const signersShown = 50

func documentOf(c echo.Context) id.ID { return id.ID(c.Param("document")) }

// documents are what the space asks people to sign; for managers with what they do
// about it.
func (s *Server) documents(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	papers, err := s.Consent.Documents(ctx, by(c), f.Space.ID)
	if err != nil {
		return err
	}
	p := view.DocumentsProps{Papers: papers, Signed: map[id.ID]bool{}}
	if f.May("document.sign") && f.Who.SignedIn() {
		st, err := s.Consent.Standing(ctx, f.Space.ID, by(c).Member)
		if err != nil {
			return err
		}
		for _, paper := range papers {
			p.Signed[paper.ID] = !slices.ContainsFunc(st.Unsigned, func(a consent.Asked) bool { return a.Document == paper.ID })
		}
	}
	f = f.Titled(f.T("documents.title"))
	if f.May("document.edit") {
		f.Action = view.Item{Label: f.T("documents.new"), Icon: "plus", Href: f.At("documents", "new")}
	}
	return s.page(c, f, view.Documents(f, p))
}

// document is one to read, and to sign where that is asked.
func (s *Server) document(c echo.Context) error { return s.documentAgain(c, nil) }

func (s *Server) documentAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	paper, err := s.Consent.Document(ctx, by(c), f.Space.ID, documentOf(c))
	if err != nil {
		return err
	}
	p := view.DocumentProps{Paper: paper, Text: paper.Current, Sign: signatureForm(c), Next: nextOf(c)}
	if p.Text.ID == "" || c.QueryParam("draft") != "" && paper.Draft.ID != "" {
		p.Text = paper.Draft
	}
	p.Sign.Errors = view.Refused(f, refused)
	if _, known := f.Who.Roles[f.Space.ID]; known {
		st, err := s.Consent.Standing(ctx, f.Space.ID, by(c).Member)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(st.Unsigned, func(a consent.Asked) bool { return a.Document == paper.ID })
		p.Guardian = i >= 0 && st.Unsigned[i].Guardian
		p.Asked = i >= 0 || paper.Asks() && paper.Audience == consent.Minors && refused != nil
		if i < 0 {
			signed, err := s.Consent.Acceptances(ctx, by(c), f.Space.ID, by(c).Member)
			if err != nil {
				return err
			}
			for _, a := range signed {
				if a.DocumentID == paper.ID && a.Counts && p.Signed.ID == "" {
					p.Signed = a
				}
			}
		}
	}
	f = f.Titled(f.Words(p.Text.Title)).Under(f.At("documents"))
	f.Task = p.Asked && !p.Guardian
	return s.show(c, refusedStatus(refused), f, view.Document(f, p))
}

// nextOf is where to go on after something was done; "" where nothing was said.
func nextOf(c echo.Context) string {
	if next := c.FormValue("next"); next != "" {
		return local(next)
	}
	return ""
}

// signatureForm is a signature as it was filled in.
func signatureForm(c echo.Context) view.SignatureForm {
	return view.SignatureForm{Name: c.FormValue("name"), Drawing: c.FormValue("drawing")}
}

// signatureOf is the signature that a form sends.
func signatureOf(c echo.Context) consent.Signature {
	language := c.FormValue("language")
	if language == "" {
		language = locale(c)
	}
	return consent.Signature{Name: c.FormValue("name"), Drawing: c.FormValue("drawing"), Language: language, Address: c.RealIP()}
}

// documentSign signs, and goes back to where the signature was asked for.
func (s *Server) documentSign(c echo.Context) error {
	f := s.frame(c)
	a, err := s.Consent.Sign(c.Request().Context(), by(c), f.Space.ID, documentOf(c), id.ID(c.FormValue("version")), signatureOf(c))
	if err != nil && fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.documentAgain(c, err)
	}
	if err != nil {
		return err
	}
	next := nextOf(c)
	if next == "" {
		next = f.At("documents", a.DocumentID.String())
	}
	return s.redirect(c, next, view.Flash{Text: f.T("documents.said.signed")})
}

// documentNew is the form for a new document.
func (s *Server) documentNew(c echo.Context) error {
	return s.documentForm(c, view.DocumentForm{Kind: string(consent.Rules), Audience: string(consent.Everyone), ValidMonths: "0"}, nil)
}

// documentEdit is the form for a document and its draft.
func (s *Server) documentEdit(c echo.Context) error {
	paper, err := s.Consent.Document(c.Request().Context(), by(c), here(c).ID, documentOf(c))
	if err != nil {
		return err
	}
	return s.documentForm(c, view.DocumentFormOf(paper), nil)
}

func (s *Server) documentForm(c echo.Context, form view.DocumentForm, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.DocumentFormProps{Form: form}
	p.Form.Errors = view.Refused(f, sided(form, refused))
	var err error
	if p.Areas, err = s.Equipment.Areas(ctx, by(c), f.Space.ID); err != nil {
		return err
	}
	things, err := s.Equipment.Resources(ctx, by(c), f.Space.ID, equipment.Filter{})
	if err != nil {
		return err
	}
	for _, r := range things {
		if r.Bookable && !slices.Contains(p.Kinds, r.Kind) {
			p.Kinds = append(p.Kinds, r.Kind)
		}
	}
	slices.Sort(p.Kinds)
	if form.ID != "" {
		if p.Paper, err = s.Consent.Document(ctx, by(c), f.Space.ID, id.ID(form.ID)); err != nil {
			return err
		}
		if p.Versions, err = s.Consent.Versions(ctx, by(c), f.Space.ID, id.ID(form.ID)); err != nil {
			return err
		}
	}
	title := "documents.new"
	if form.ID != "" {
		title = "documents.edit"
	}
	f = f.Titled(f.T(title)).Under(f.At("documents"))
	return s.show(c, refusedStatus(refused), f, view.DocumentEditor(f, p))
}

// documentTyped is the form as it was sent, and the details it makes.
func documentTyped(c echo.Context) (view.DocumentForm, consent.Details, error) {
	all, err := c.FormParams()
	if err != nil {
		return view.DocumentForm{}, consent.Details{}, err
	}
	form := view.DocumentForm{
		ID: c.Param("document"), Version: c.FormValue("version"), Kind: c.FormValue("kind"), Audience: c.FormValue("audience"),
		Kinds: all["kinds"], Areas: all["areas"], ValidMonths: c.FormValue("valid_months"), Title: textOf(c, "title"), Body: textOf(c, "body"),
	}
	months, err := strconv.Atoi(strings.TrimSpace(form.ValidMonths))
	if err != nil {
		months = -1 // no number: the service says which would be
	}
	return form, consent.Details{
		Kind: consent.DocumentKind(form.Kind), Audience: consent.Audience(form.Audience), Kinds: form.Kinds, Areas: form.Areas,
		ValidMonths: months, Title: form.Title, Body: form.Body, Version: number[int](c, "version"),
	}, nil
}

// sided has what is wrong with the title or the text of a document stand at the language
// that lacks it.
func sided(form view.DocumentForm, err error) error {
	all := fault.All(err)
	if all == nil {
		return err
	}
	var wrong fault.Many
	for _, f := range all {
		switch side := "_en"; f.Field {
		case "title", "body":
			if form.Body.EN == "" && form.Body.ZH != "" {
				side = "_zh"
			}
			f = f.On(f.Field + side)
		}
		wrong.Add(f)
	}
	return wrong.Err()
}

// documentCreate makes a draft, documentSave changes a document and its draft.
func (s *Server) documentCreate(c echo.Context) error {
	form, d, err := documentTyped(c)
	if err != nil {
		return err
	}
	paper, err := s.Consent.Draft(c.Request().Context(), by(c), here(c).ID, d)
	return s.documentSaved(c, form, paper, err)
}

func (s *Server) documentSave(c echo.Context) error {
	form, d, err := documentTyped(c)
	if err != nil {
		return err
	}
	paper, err := s.Consent.Revise(c.Request().Context(), by(c), here(c).ID, documentOf(c), d)
	return s.documentSaved(c, form, paper, err)
}

func (s *Server) documentSaved(c echo.Context, form view.DocumentForm, paper consent.Paper, err error) error {
	switch {
	case err != nil && fault.All(err) != nil && statusOf(err) != http.StatusNotFound:
		return s.documentForm(c, form, err)
	case err != nil:
		return err
	}
	f := s.frame(c)
	if paper.Draft.ID == "" {
		return s.redirect(c, f.At("documents", paper.ID.String(), "edit"), view.Flash{Text: f.T("documents.said.saved")})
	}
	return s.redirect(c, f.At("documents", paper.ID.String(), "publish"), view.Flash{Text: f.T("documents.said.draft")})
}

// documentPublishing shows what publishing does: the text, and how many sign again.
func (s *Server) documentPublishing(c echo.Context) error { return s.publishingAgain(c, nil) }

func (s *Server) publishingAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	paper, err := s.Consent.Document(ctx, by(c), f.Space.ID, documentOf(c))
	if err != nil {
		return err
	}
	p := view.PublishProps{Paper: paper, Errors: view.Refused(f, refused)}
	if p.Again, err = s.Consent.AskedAgain(ctx, by(c), f.Space.ID, paper.ID); err != nil {
		return err
	}
	if _, p.People, err = s.Reports.Signers(ctx, by(c), f.Space.ID, reports.Signers{Limit: 1}); err != nil {
		return err
	}
	f = f.Titled(f.T("documents.publish")).Under(f.At("documents", paper.ID.String(), "edit"))
	return s.show(c, refusedStatus(refused), f, view.Publish(f, p))
}

func (s *Server) documentPublish(c echo.Context) error {
	f := s.frame(c)
	paper, err := s.Consent.Publish(c.Request().Context(), by(c), f.Space.ID, documentOf(c), number[int](c, "version"), c.FormValue("tell") != "")
	if err != nil && fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.publishingAgain(c, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, f.At("documents"), view.Flash{Text: f.T("documents.said.published", "Name", f.Words(paper.Title()))})
}

// documentRetire stops asking for a document, or asks for it again.
func (s *Server) documentRetire(c echo.Context) error {
	f := s.frame(c)
	_, err := s.Consent.Retire(c.Request().Context(), by(c), f.Space.ID, documentOf(c), number[int](c, "version"), c.FormValue("again") != "")
	at := f.At("documents", documentOf(c).String(), "edit")
	if err != nil && fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.redirect(c, at, view.Flash{Text: f.Fault(fault.All(err)[0]), Bad: true})
	}
	if err != nil {
		return err
	}
	return s.redirect(c, at, view.Flash{Text: f.T("documents.said.saved")})
}

// signers asks who signed the present text of a document.
func (s *Server) signers(c echo.Context, f view.Frame) (consent.Paper, reports.Signers, error) {
	paper, err := s.Consent.Document(c.Request().Context(), by(c), f.Space.ID, documentOf(c))
	return paper, reports.Signers{
		Version: paper.Current.ID, Since: paper.CountsSince(f.Now, f.Zone), Missing: c.QueryParam("missing") != "",
	}, err
}

// documentSigners lists who signed, and who has not.
func (s *Server) documentSigners(c echo.Context) error {
	f := s.frame(c)
	paper, q, err := s.signers(c, f)
	if err != nil {
		return err
	}
	q.Page, q.Limit = max(number[int](c, "page"), 1), signersShown
	list, total, err := s.Reports.Signers(c.Request().Context(), by(c), f.Space.ID, q)
	if err != nil {
		return err
	}
	p := view.SignersProps{Paper: paper, List: list, Total: int(total), Missing: q.Missing, Page: q.Page, Size: q.Limit}
	f = f.Titled(f.Words(paper.Title())).Under(f.At("documents", paper.ID.String(), "edit"))
	return s.page(c, f, view.Signers(f, p))
}

// documentSignersCSV is the same as a file.
func (s *Server) documentSignersCSV(c echo.Context) error {
	ctx, f, h := c.Request().Context(), s.frame(c), c.Response().Header()
	paper, q, err := s.signers(c, f)
	if err != nil {
		return err
	}
	if err := s.Consent.TakeSigners(ctx, by(c), f.Space.ID, paper.ID); err != nil {
		return err
	}
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="signatures-`+f.Space.Slug+"-"+string(clock.DayOf(f.Now, f.Zone))+`.csv"`)
	out := sheet.NewWriter(c.Response())
	out.Row(f.T("people.name"), f.T("people.email"), f.T("documents.signed_at"))
	for q.Limit = 500; ; {
		list, _, err := s.Reports.Signers(ctx, by(c), f.Space.ID, q)
		if err != nil {
			return err
		}
		for _, m := range list {
			at := ""
			if !m.SignedAt.IsZero() {
				at = m.SignedAt.In(f.Zone).Format("2006-01-02 15:04")
			}
			out.Row(m.Name, m.Email, at)
		}
		if len(list) < q.Limit {
			return out.Close()
		}
		q.After = &list[len(list)-1]
	}
}

// myDocuments is what the reader signed, in all spaces.
func (s *Server) myDocuments(c echo.Context) error {
	signed, err := s.Consent.Acceptances(c.Request().Context(), by(c), "", by(c).Member)
	if err != nil {
		return err
	}
	f := s.frame(c)
	p := view.MyDocumentsProps{Signed: signed}
	if _, known := f.Who.Roles[f.Space.ID]; known {
		if p.Standing, err = s.Consent.Standing(c.Request().Context(), f.Space.ID, by(c).Member); err != nil {
			return err
		}
	}
	f = f.Titled(f.T("documents.mine")).Under("/me")
	return s.page(c, f, view.MyDocuments(f, p))
}

// acceptanceCopy is a signature as a PDF.
func (s *Server) acceptanceCopy(c echo.Context) error {
	a, file, err := s.Consent.Copy(c.Request().Context(), by(c), id.ID(c.Param("acceptance")))
	if err != nil {
		return err
	}
	name := string(clock.DayOf(a.AcceptedAt, here(c).Location())) + "-" + a.ID.String()
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`.pdf"; filename*=UTF-8''`+url.PathEscape(a.FileName(here(c).Location())))
	return c.Blob(http.StatusOK, "application/pdf", file)
}

// myConsents is what the reader allows here.
func (s *Server) myConsents(c echo.Context) error { return s.myConsentsAgain(c, nil) }

func (s *Server) myConsentsAgain(c echo.Context, refused error) error {
	f := s.frame(c)
	choices, err := s.Consent.Choices(c.Request().Context(), by(c), f.Space.ID, by(c).Member)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("consents.title")).Under("/me")
	p := view.ConsentsProps{Choices: choices, Action: "/me/consents", Errors: view.Refused(f, refused)}
	return s.show(c, refusedStatus(refused), f, view.Consents(f, p))
}

// choose changes one choice.
func (s *Server) choose(c echo.Context, member id.ID, space id.ID) error {
	return s.Consent.Choose(c.Request().Context(), by(c), space, member, consent.ChoiceKind(c.FormValue("kind")),
		c.FormValue("given") != "", locale(c), c.RealIP())
}

func (s *Server) myConsentsSet(c echo.Context) error {
	err := s.choose(c, by(c).Member, here(c).ID)
	if err != nil && fault.All(err) != nil {
		return s.myConsentsAgain(c, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/me/consents", view.Flash{Text: s.frame(c).T("consents.said")})
}

// consentAt is where a person does what consent asks of them, on the way back to the
// choice they have made.
func (pl *planner) consentAt(r booking.Remedy) string {
	back := pl.address()
	if pl.ch.start != "" {
		back = pl.address("start", pl.ch.start)
	}
	switch document, _ := r.Args["Document"].(id.ID); r.Code {
	case booking.SignDocument:
		return view.With(pl.f.At("documents", document.String()), "next", back)
	case booking.GuardianSigns:
		return pl.f.At("documents", document.String())
	}
	return view.With("/me/guardian", "next", back)
}
