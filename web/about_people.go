package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/web/view"
)

// aboutPeople are the addresses of what the staff keeps about people, and of how they
// come to stay away.
func (s *Server) aboutPeople() {
	const person = "/s/:space/people/:member"
	s.post(person+"/suspend-today", s.personSuspendToday, "member.suspend_today")
	s.get("/s/:space/suspension-rule", s.noShowRule, "member.suspension_rule")
	s.post("/s/:space/suspension-rule", s.noShowRuleSet, "member.suspension_rule")
	s.get("/s/:space/leave", s.leavePage, "member.leave")
	s.post("/s/:space/leave", s.leave, "member.leave")
	s.post(person+"/remove", s.personRemove, "member.remove")
	s.post(person+"/readmit", s.personReadmit, "member.readmit")
	s.get(person+"/notes", s.notes, "note.write")
	s.post(person+"/notes", s.noteWrite, "note.write")
	s.post(person+"/notes/:note/strike", s.noteStrike, "note.write")
	s.post(person+"/notes/:note/pin", s.notePin, "note.write")
	s.get("/s/:space/tags", s.tags, "tag.edit")
	s.post("/s/:space/tags", s.tagAdd, "tag.edit")
	s.post("/s/:space/tags/:tag", s.tagEdit, "tag.edit")
	s.post(person+"/tags", s.personTags, "tag.give")
	s.post(person+"/badges", s.badgeGive, "badge.edit")
	s.post(person+"/badges/:badge/end", s.badgeEnd, "badge.edit")
}

// kept is what the staff keeps about the person of the address, as far as the reader may see it.
func (s *Server) kept(c echo.Context, f view.Frame) (m view.PersonKept, err error) {
	ctx, who, space, member := c.Request().Context(), by(c), f.Space.ID, memberOf(c)
	if f.May("note.read") {
		if m.Notes, err = s.Members.Notes(ctx, who, space, member); err != nil {
			return m, err
		}
	}
	if f.May("tag.give") {
		if m.Tags, err = s.Members.TagsOf(ctx, who, space, member); err != nil {
			return m, err
		}
		if m.AllTags, err = s.Members.Tags(ctx, who, space); err != nil {
			return m, err
		}
	}
	if f.May("badge.edit") {
		m.Badges, err = s.Members.Badges(ctx, who, space, member)
	}
	return m, err
}

// personSuspend keeps a person from using the space, for good or until a day begins.
func (s *Server) personSuspend(c echo.Context) error {
	until, err := momentOf(here(c).Location(), c.FormValue("until"), "")
	if err == nil {
		err = s.Members.SuspendUntil(c.Request().Context(), by(c), here(c).ID, memberOf(c), c.FormValue("reason"), until)
	}
	return s.answered(c, "suspend", err, "people.said.suspended")
}

// personSuspendToday keeps a person out for the rest of the day.
func (s *Server) personSuspendToday(c echo.Context) error {
	err := s.Members.SuspendToday(c.Request().Context(), by(c), here(c).ID, memberOf(c), c.FormValue("reason"))
	return s.answered(c, "suspend", err, "people.said.suspended")
}

// personRemove ends a person's standing here.
func (s *Server) personRemove(c echo.Context) error {
	err := s.Members.Remove(c.Request().Context(), by(c), here(c).ID, memberOf(c), c.FormValue("remove_reason"))
	return s.answered(c, "remove", about(err, "remove_reason"), "people.said.removed")
}

// personReadmit lets a person back in.
func (s *Server) personReadmit(c echo.Context) error {
	err := s.Members.Readmit(c.Request().Context(), by(c), here(c).ID, memberOf(c))
	return s.answered(c, "readmit", err, "people.said.readmitted")
}

// leavePage asks whether one means it.
func (s *Server) leavePage(c echo.Context) error {
	f := s.frame(c)
	return s.page(c, f.Titled(f.T("leave.title")).Under("/me"), view.Leave(f, nil))
}

var errTick = fault.Invalid("sure", "form.tick", "Tick the box to say that you mean it.")

// leave ends one's own standing here.
func (s *Server) leave(c echo.Context) error {
	err := error(errTick)
	if c.FormValue("sure") != "" {
		err = s.Members.Leave(c.Request().Context(), by(c), here(c).ID)
	}
	f := s.frame(c)
	if err != nil {
		return s.again(c, err, f.Titled(f.T("leave.title")).Under("/me"), func(f view.Frame, wrong view.Errors) templ.Component { return view.Leave(f, wrong) })
	}
	return s.redirect(c, "/", view.Flash{Text: f.T("leave.said", "Space", f.Space.Name)})
}

// notes are the notes about a person on a page of their own, for who does not see the
// rest of the sheet.
func (s *Server) notes(c echo.Context) error { return s.notesAgain(c, nil) }

func (s *Server) notesAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	notes, err := s.Members.Notes(ctx, by(c), f.Space.ID, memberOf(c))
	if err != nil {
		return err
	}
	m, err := s.Members.Member(ctx, memberOf(c))
	if err != nil {
		return err
	}
	f = f.Titled(f.T("notes.of", "Name", m.Name))
	if f.May("member.search") {
		f = f.Under(f.At("people", m.ID.String()))
	}
	p := view.PersonProps{Form: "note", Errors: view.Refused(f, refused), Typed: c.FormValue, Person: members.Person{Member: m}, Kept: view.PersonKept{Notes: notes}}
	return s.show(c, refusedStatus(refused), f, view.Notes(f, p))
}

// noted ends a post about a note where its author came from.
func (s *Server) noted(c echo.Context, err error, said string) error {
	if s.frame(c).May("member.search") && c.FormValue("back") == "" {
		return s.answered(c, "note", err, said)
	}
	if fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.notesAgain(c, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("people", memberOf(c).String(), "notes"), view.Flash{Text: f.T(said)})
}

func (s *Server) noteWrite(c echo.Context) error {
	_, err := s.Members.WriteNote(c.Request().Context(), by(c), here(c).ID, memberOf(c), c.FormValue("text"), c.FormValue("pinned") != "")
	return s.noted(c, err, "notes.said.written")
}

func (s *Server) noteStrike(c echo.Context) error {
	err := s.Members.StrikeNote(c.Request().Context(), by(c), here(c).ID, memberOf(c), id.ID(c.Param("note")))
	return s.noted(c, err, "notes.said.struck")
}

func (s *Server) notePin(c echo.Context) error {
	pin := c.FormValue("pinned") != ""
	said := "notes.said.unpinned"
	if pin {
		said = "notes.said.pinned"
	}
	return s.noted(c, s.Members.PinNote(c.Request().Context(), by(c), here(c).ID, memberOf(c), id.ID(c.Param("note")), pin), said)
}

// personTags gives a person the tags that are ticked.
func (s *Server) personTags(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	var tags []id.ID
	for _, t := range form["tag"] {
		tags = append(tags, id.ID(t))
	}
	err = s.Members.SetTags(c.Request().Context(), by(c), here(c).ID, memberOf(c), tags)
	return s.answered(c, "tags", err, "people.said.saved")
}

func (s *Server) badgeGive(c echo.Context) error {
	_, err := s.Members.GiveBadge(c.Request().Context(), by(c), here(c).ID, memberOf(c), c.FormValue("number"))
	return s.answered(c, "badge", err, "badges.said.given")
}

func (s *Server) badgeEnd(c echo.Context) error {
	how := members.BadgeEnd(c.FormValue("ended"))
	err := s.Members.EndBadge(c.Request().Context(), by(c), here(c).ID, memberOf(c), id.ID(c.Param("badge")), how)
	if errors.Is(err, members.ErrBadgeEnded) { // a second click
		err = nil
	}
	return s.answered(c, "badge", err, "badges.said.ended")
}

// tags are the words of the space by which people are found.
func (s *Server) tags(c echo.Context) error { return s.tagsAgain(c, "", nil) }

func (s *Server) tagsAgain(c echo.Context, form string, refused error) error {
	f := s.frame(c)
	tags, err := s.Members.Tags(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("tags.title")).Under(f.At("people"))
	return s.show(c, refusedStatus(refused), f, view.Tags(f, view.TagsProps{Tags: tags, Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue}))
}

func (s *Server) tagAdd(c echo.Context) error {
	_, err := s.Members.AddTag(c.Request().Context(), by(c), here(c).ID, textOf(c, "name"))
	return s.tagged(c, "new", err)
}

func (s *Server) tagEdit(c echo.Context) error {
	tag := c.Param("tag")
	name := i18n.Text{EN: c.FormValue("name_en-" + tag), ZH: c.FormValue("name_zh-" + tag)}
	_, err := s.Members.EditTag(c.Request().Context(), by(c), here(c).ID, id.ID(tag), name, c.FormValue("archived") != "", number[int64](c, "version"))
	return s.tagged(c, tag, about(err, "name_en-"+tag))
}

func (s *Server) tagged(c echo.Context, form string, err error) error {
	if fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.tagsAgain(c, form, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("tags"), view.Flash{Text: f.T("tags.said")})
}

// noShowRule is when no-shows suspend by themselves.
func (s *Server) noShowRule(c echo.Context) error {
	f := s.frame(c)
	r, err := s.Members.NoShowRule(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	return s.page(c, f.Titled(f.T("rule.title")).Under(f.At("people")), view.NoShowRule(f, r, nil))
}

func (s *Server) noShowRuleSet(c echo.Context) error {
	r := members.NoShowRule{
		SpaceID: here(c).ID, Enabled: c.FormValue("enabled") != "", NoShows: number[int64](c, "no_shows"),
		WithinDays: number[int64](c, "within_days"), SuspendDays: number[int64](c, "suspend_days"), Version: number[int64](c, "version"),
	}
	err := s.Members.SetNoShowRule(c.Request().Context(), by(c), r)
	f := s.frame(c)
	if err != nil {
		return s.again(c, err, f.Titled(f.T("rule.title")).Under(f.At("people")), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.NoShowRule(f, r, wrong)
		})
	}
	return s.redirect(c, f.At("suspension-rule"), view.Flash{Text: f.T("rule.said")})
}
