package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/picture"
	"guildhall/internal/profiles"
	"guildhall/internal/sheet"
	"guildhall/web/view"
)

// profiles are the addresses of what people tell of themselves.
func (s *Server) profiles() {
	s.get("/me/profile", s.myProfile, "profile.own")
	s.post("/me/profile", s.myProfileSave, "profile.own")
	s.upload("/me/profile/photo", s.myPhoto, "profile.own")
	s.get("/s/:space/people/:member/profile", s.personProfile, "profile.read")
	s.post("/s/:space/people/:member/profile", s.personProfileSave, "profile.edit")
	s.post("/s/:space/people/:member/profile/reveal", s.personProfileReveal, "profile.reveal")
	s.get("/portraits/:portrait", s.portrait, "portrait.read")
	s.get("/s/:space/profile-fields", s.profileFields, "profile_field.edit")
	s.post("/s/:space/profile-fields", s.profileFieldAdd, "profile_field.edit")
	s.get("/s/:space/profile-fields/:field", s.profileField, "profile_field.edit")
	s.post("/s/:space/profile-fields/:field", s.profileFieldSave, "profile_field.edit")
	s.get("/s/:space/directory", s.directory, "directory.read")
	s.get("/me/about-me", s.aboutMe, "about_me.own")
	s.post("/me/about-me", s.aboutMeTell, "about_me.own")
	s.post("/me/about-me/withdraw", s.aboutMeWithdraw, "about_me.own")
	s.get("/s/:space/makers", s.makers, "makers.report")
	s.get("/s/:space/makers.csv", s.makersCSV, "makers.report")
}

// profileChange is what a form about a profile says.
func profileChange(c echo.Context) profiles.Change {
	change := profiles.Change{
		Address: c.FormValue("address"), ContactName: c.FormValue("contact_name"), ContactPhone: c.FormValue("contact_phone"),
		ContactRelation: c.FormValue("contact_relation"), Makes: c.FormValue("makes"), Skills: c.FormValue("skills"),
		Answers: map[id.ID]string{}, Version: number[int64](c, "version"),
	}
	form, _ := c.FormParams()
	for name := range form {
		if field, ok := strings.CutPrefix(name, "field-"); ok {
			change.Answers[id.ID(field)] = form.Get(name)
		}
	}
	return change
}

func (s *Server) myProfile(c echo.Context) error { return s.myProfileAgain(c, "", nil) }

func (s *Server) myProfileAgain(c echo.Context, form string, refused error) error {
	f := s.frame(c)
	sheet, err := s.Profiles.Mine(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("profiles.mine")).Under("/me")
	return s.show(c, refusedStatus(refused), f, view.MyProfile(f, view.ProfileProps{Sheet: sheet, Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue}))
}

func (s *Server) myProfileSave(c echo.Context) error {
	err := s.Profiles.EditMine(c.Request().Context(), by(c), here(c).ID, profileChange(c))
	if fault.All(err) != nil {
		return s.myProfileAgain(c, "profile", err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/me/profile", view.Flash{Text: s.frame(c).T("profiles.said")})
}

func (s *Server) myPhoto(c echo.Context) error {
	err := s.photo(c)
	if fault.All(err) != nil {
		return s.myProfileAgain(c, "photo", err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/me/profile", view.Flash{Text: s.frame(c).T("profiles.photo.said")})
}

// photo hangs the picture that was sent, or takes the one there away.
func (s *Server) photo(c echo.Context) error {
	ctx := c.Request().Context()
	if _, err := c.MultipartForm(); err != nil {
		return picture.ErrType.Because(err)
	}
	if c.FormValue("remove") != "" {
		return s.Profiles.RemovePortrait(ctx, by(c))
	}
	head, err := c.FormFile("file")
	if err != nil {
		return picture.ErrType.Because(err)
	}
	file, err := head.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	return s.Profiles.SetPortrait(ctx, by(c), file)
}

// portrait is somebody's photograph. It is a person's: kept by no cache, and no page.
func (s *Server) portrait(c echo.Context) error {
	p, err := s.Profiles.Portrait(c.Request().Context(), by(c), id.ID(c.Param("portrait")))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "image/jpeg", p.Body)
}

func (s *Server) personProfile(c echo.Context) error {
	sheet, err := s.Profiles.Sheet(c.Request().Context(), by(c), here(c).ID, memberOf(c))
	if err != nil {
		return err
	}
	return s.showProfile(c, sheet, nil)
}

func (s *Server) showProfile(c echo.Context, sheet profiles.Sheet, refused error) error {
	f := s.frame(c)
	f = f.Titled(f.T("profiles.of", "Name", sheet.Name)).Under(f.At("people", memberOf(c).String()))
	p := view.ProfileProps{Sheet: sheet, Member: memberOf(c), Errors: view.Refused(f, refused), Typed: c.FormValue}
	if refused != nil {
		p.Form = "profile"
	}
	return s.show(c, refusedStatus(refused), f, view.PersonProfile(f, p))
}

// personProfileReveal shows the whole profile once, and that it was read is written
// down; the answer itself shows it, for asking again is reading again.
func (s *Server) personProfileReveal(c echo.Context) error {
	sheet, err := s.Profiles.Reveal(c.Request().Context(), by(c), here(c).ID, memberOf(c))
	if err != nil {
		return err
	}
	return s.showProfile(c, sheet, nil)
}

func (s *Server) personProfileSave(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	err := s.Profiles.Edit(ctx, by(c), f.Space.ID, memberOf(c), profileChange(c))
	if fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		sheet, failed := s.Profiles.Sheet(ctx, by(c), f.Space.ID, memberOf(c))
		if failed != nil {
			return failed
		}
		return s.showProfile(c, sheet, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, f.At("people", memberOf(c).String(), "profile"), view.Flash{Text: f.T("profiles.said")})
}

// profileFields are the questions that the space asks.
func (s *Server) profileFields(c echo.Context) error {
	return s.profileFieldsAgain(c, profiles.Field{Kind: profiles.Text}, nil)
}

func (s *Server) profileFieldsAgain(c echo.Context, typed profiles.Field, refused error) error {
	f := s.frame(c)
	fields, err := s.Profiles.Fields(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("fields.title")).Under(f.At("hours"))
	return s.show(c, refusedStatus(refused), f, view.ProfileFields(f, view.FieldsProps{Fields: fields, Field: typed, Errors: view.Refused(f, refused)}))
}

// fieldOf is the question that a form describes.
func fieldOf(c echo.Context) profiles.Field {
	f := profiles.Field{
		ID: id.ID(c.Param("field")), SpaceID: here(c).ID, Label: textOf(c, "label"), Hint: textOf(c, "hint"), Kind: profiles.Kind(c.FormValue("kind")),
		Required: c.FormValue("required") != "", SeenBy: c.FormValue("seen_by"), EditedBy: c.FormValue("edited_by"),
		Position: number[int64](c, "position"), Version: number[int64](c, "version"),
	}
	lines := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	}
	en, zh := lines(c.FormValue("choices_en")), lines(c.FormValue("choices_zh"))
	for i := range max(len(en), len(zh)) {
		var t i18n.Text
		if i < len(en) {
			t.EN = strings.TrimSpace(en[i])
		}
		if i < len(zh) {
			t.ZH = strings.TrimSpace(zh[i])
		}
		f.Choices = append(f.Choices, t)
	}
	return f
}

func (s *Server) profileFieldAdd(c echo.Context) error {
	typed := fieldOf(c)
	_, err := s.Profiles.AddField(c.Request().Context(), by(c), typed)
	if fault.All(err) != nil {
		return s.profileFieldsAgain(c, typed, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("profile-fields"), view.Flash{Text: f.T("fields.said")})
}

func (s *Server) profileField(c echo.Context) error {
	fields, err := s.Profiles.Fields(c.Request().Context(), by(c), here(c).ID)
	if err != nil {
		return err
	}
	for _, field := range fields {
		if field.ID == id.ID(c.Param("field")) {
			return s.profileFieldAgain(c, field, nil)
		}
	}
	return profiles.ErrNoSuchField
}

func (s *Server) profileFieldAgain(c echo.Context, field profiles.Field, refused error) error {
	f := s.frame(c)
	f = f.Titled(f.T("fields.edit")).Under(f.At("profile-fields"))
	return s.show(c, refusedStatus(refused), f, view.ProfileField(f, view.FieldsProps{Field: field, Errors: view.Refused(f, refused)}))
}

func (s *Server) profileFieldSave(c echo.Context) error {
	typed := fieldOf(c)
	_, err := s.Profiles.EditField(c.Request().Context(), by(c), typed, c.FormValue("archived") != "")
	if fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.profileFieldAgain(c, typed, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("profile-fields"), view.Flash{Text: f.T("fields.said")})
}

// directory is where the members of a space find each other.
func (s *Server) directory(c echo.Context) error {
	f, page := s.frame(c), max(number[int](c, "page"), 1)
	p := view.DirectoryProps{Words: strings.TrimSpace(c.QueryParam("q")), Page: page}
	var err error
	p.Entries, p.Total, err = s.Profiles.Directory(c.Request().Context(), by(c), f.Space.ID, p.Words, (page-1)*profiles.DirectoryPage, profiles.DirectoryPage)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("directory.title")).Under("/me")
	return s.page(c, f, view.Directory(f, p))
}

func (s *Server) aboutMe(c echo.Context) error {
	d, err := s.Profiles.AboutMe(c.Request().Context(), by(c))
	if err != nil {
		return err
	}
	f := s.frame(c)
	f = f.Titled(f.T("about_me.title")).Under("/me")
	return s.page(c, f, view.AboutMe(f, view.AboutMeProps{Told: d, Answer: d.Answer}))
}

func (s *Server) aboutMeTell(c echo.Context) error {
	ctx := c.Request().Context()
	answers := map[string]string{}
	for _, q := range profiles.Questions {
		answers[q] = c.FormValue(q)
	}
	err := s.Profiles.TellAboutMe(ctx, by(c), c.FormValue("consent") != "", answers)
	f := s.frame(c)
	if err != nil {
		d, failed := s.Profiles.AboutMe(ctx, by(c))
		if failed != nil {
			return failed
		}
		return s.again(c, err, f.Titled(f.T("about_me.title")).Under("/me"), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.AboutMe(f, view.AboutMeProps{Told: d, Answer: c.FormValue, Errors: wrong})
		})
	}
	return s.redirect(c, "/me/about-me", view.Flash{Text: f.T("about_me.said")})
}

func (s *Server) aboutMeWithdraw(c echo.Context) error {
	if err := s.Profiles.WithdrawAboutMe(c.Request().Context(), by(c)); err != nil {
		return err
	}
	return s.redirect(c, "/me/about-me", view.Flash{Text: s.frame(c).T("about_me.withdrawn")})
}

// makers is who the people of the space are, in groups.
func (s *Server) makers(c echo.Context) error {
	f := s.frame(c)
	m, err := s.Reports.Makers(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("makers.title")).Under(f.At("people"))
	return s.page(c, f, view.Makers(f, m))
}

func (s *Server) makersCSV(c echo.Context) error {
	f, h := s.frame(c), c.Response().Header()
	m, err := s.Reports.Makers(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="makers-`+f.Space.Slug+"-"+string(clock.DayOf(f.Now, f.Zone))+`.csv"`)
	out := sheet.NewWriter(c.Response())
	out.Row(f.T("makers.question"), f.T("makers.answer"), f.T("makers.people"))
	for _, b := range m.Breakdowns {
		for _, g := range b.Groups {
			people := strconv.Itoa(g.People)
			if g.Hidden {
				people = f.T("makers.hidden")
			}
			out.Row(f.T("about_me."+b.Question), view.MakerAnswer(f, b.Question, g.Answer), people)
		}
	}
	return out.Close()
}
