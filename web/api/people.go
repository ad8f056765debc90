package api

import (
	"context"
	"net/http"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
)

// Note is what staff noted about a person.
type Note struct {
	ID         id.ID         `json:"id"`
	MemberID   id.ID         `json:"member_id" doc:"Whom it is about."`
	Text       string        `json:"text"`
	Pinned     bool          `json:"pinned" doc:"Shown at the desk before anything else."`
	WrittenBy  id.ID         `json:"written_by"`
	AuthorName string        `json:"author_name,omitempty"`
	WrittenAt  clock.Instant `json:"written_at"`
	StruckAt   clock.Instant `json:"struck_at" nullable:"true"`
}

// Tag is a word by which a space finds people.
type Tag struct {
	ID       id.ID     `json:"id"`
	SpaceID  id.ID     `json:"space_id"`
	Name     i18n.Text `json:"name"`
	Archived bool      `json:"archived"`
	Version  int       `json:"version"`
}

// Badge is a card or key fob that somebody has or had.
type Badge struct {
	ID       id.ID         `json:"id"`
	MemberID id.ID         `json:"member_id"`
	Number   string        `json:"number"`
	GivenAt  clock.Instant `json:"given_at"`
	EndedAt  clock.Instant `json:"ended_at" nullable:"true"`
	Ended    string        `json:"ended,omitempty" enum:"returned,lost"`
}

// SuspensionRule says when no-shows suspend by themselves.
type SuspensionRule struct {
	SpaceID     id.ID `json:"space_id"`
	Enabled     bool  `json:"enabled"`
	NoShows     int   `json:"no_shows"`
	WithinDays  int   `json:"within_days"`
	SuspendDays int   `json:"suspend_days"`
	Version     int   `json:"version"`
}

type suspensionInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID         `json:"space_id,omitempty"`
		Reason  string        `json:"reason"`
		Until   clock.Instant `json:"until,omitempty" doc:"When it ends by itself; left out: it does not."`
	}
}

type noteInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Text    string `json:"text"`
		Pinned  bool   `json:"pinned,omitempty"`
	}
}

type ofMemberInput struct {
	Caller
	Of
	ID id.ID `path:"id"`
}

type ofSpaceInput struct {
	Caller
	Of
}

type strikeInput struct {
	Caller
	Of
	ID     id.ID `path:"id"`
	NoteID id.ID `path:"note_id"`
}

type newTagInput struct {
	Caller
	Body struct {
		SpaceID id.ID     `json:"space_id,omitempty"`
		Name    i18n.Text `json:"name"`
	}
}

type editTagInput struct {
	Caller
	Seen
	Of
	ID   id.ID `path:"id"`
	Body struct {
		Name     *i18n.Text `json:"name,omitempty"`
		Archived *bool      `json:"archived,omitempty"`
		Version  int        `json:"version,omitempty"`
	}
}

type tagsInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID   `json:"space_id,omitempty"`
		TagIDs  []id.ID `json:"tag_ids" maxItems:"100" doc:"All the tags the person has from now on."`
	}
}

type badgeInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Number  string `json:"number"`
	}
}

type endBadgeInput struct {
	Caller
	Of
	ID      id.ID  `path:"id"`
	BadgeID id.ID  `path:"badge_id"`
	Ended   string `query:"ended" enum:"returned,lost" default:"returned"`
}

type ruleInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		Enabled     bool `json:"enabled"`
		NoShows     int  `json:"no_shows"`
		WithinDays  int  `json:"within_days"`
		SuspendDays int  `json:"suspend_days"`
		Version     int  `json:"version,omitempty"`
	}
}

type leaveInput struct {
	Caller
	Body struct {
		SpaceID id.ID `json:"space_id"`
	}
}

// people are the addresses of what the staff keeps about people, and of how they come
// to stay away.
func (a *API) people() {
	register(a, "member.suspend_today", http.MethodPost, "/members/{id}/suspend-today", "Suspend somebody until tomorrow", http.StatusOK, a.suspendToday)
	register(a, "member.remove", http.MethodPost, "/members/{id}/remove", "End somebody's standing in a space", http.StatusOK, a.remove)
	register(a, "member.readmit", http.MethodPost, "/members/{id}/readmit", "Let somebody back in who had left", http.StatusOK, a.readmit)
	register(a, "member.leave", http.MethodPost, "/me/leave", "Leave a space", http.StatusNoContent,
		func(ctx context.Context, in *leaveInput) (*nothing, error) {
			return nil, a.Members.Leave(ctx, in.who.by, in.Body.SpaceID)
		})
	register(a, "member.suspension_rule", http.MethodGet, "/spaces/{id}/suspension-rule", "When no-shows suspend by themselves", http.StatusOK,
		func(ctx context.Context, in *struct {
			Caller
			ID id.ID `path:"id"`
		}) (*body[SuspensionRule], error) {
			if _, err := a.space(ctx, in.who.by, in.ID); err != nil {
				return nil, err
			}
			r, err := a.Members.NoShowRule(ctx, in.who.by, in.ID)
			return said(suspensionRule(r)), err
		})
	register(a, "member.suspension_rule", http.MethodPut, "/spaces/{id}/suspension-rule", "Change when no-shows suspend by themselves", http.StatusOK, a.setRule)
	register(a, "note.write", http.MethodGet, "/members/{id}/notes", "The notes about a person", http.StatusOK, a.notes)
	register(a, "note.write", http.MethodPost, "/members/{id}/notes", "Note something about a person", http.StatusCreated, a.writeNote)
	register(a, "note.write", http.MethodDelete, "/members/{id}/notes/{note_id}", "Strike a note out", http.StatusNoContent,
		func(ctx context.Context, in *strikeInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Members.StrikeNote(ctx, in.who.by, s.ID, in.ID, in.NoteID)
		})
	a.merging()
	a.tags()
	register(a, "badge.edit", http.MethodGet, "/members/{id}/badges", "The badges a person has and had", http.StatusOK, a.badges)
	register(a, "badge.edit", http.MethodPost, "/members/{id}/badges", "Give somebody a badge", http.StatusCreated, a.giveBadge)
	register(a, "badge.edit", http.MethodDelete, "/members/{id}/badges/{badge_id}", "Take a badge back", http.StatusNoContent,
		func(ctx context.Context, in *endBadgeInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Members.EndBadge(ctx, in.who.by, s.ID, in.ID, in.BadgeID, members.BadgeEnd(in.Ended))
		})
}

func (a *API) tags() {
	register(a, "tag.read", http.MethodGet, "/tags", "The tags of a space", http.StatusOK,
		func(ctx context.Context, in *ofSpaceInput) (*body[List[Tag]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			tags, err := a.Members.Tags(ctx, in.who.by, s.ID)
			return list(each(tags, tag), ""), err
		})
	register(a, "tag.edit", http.MethodPost, "/tags", "Add a tag", http.StatusCreated,
		func(ctx context.Context, in *newTagInput) (*body[Tag], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			t, err := a.Members.AddTag(ctx, in.who.by, s.ID, in.Body.Name)
			return said(tag(t)), err
		})
	register(a, "tag.edit", http.MethodPatch, "/tags/{id}", "Rename or archive a tag", http.StatusOK, a.editTag)
	register(a, "tag.give", http.MethodPut, "/members/{id}/tags", "Set somebody's tags", http.StatusOK,
		func(ctx context.Context, in *tagsInput) (*body[List[Tag]], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			if err := a.Members.SetTags(ctx, in.who.by, s.ID, in.ID, in.Body.TagIDs); err != nil {
				return nil, err
			}
			tags, err := a.Members.TagsOf(ctx, in.who.by, s.ID, in.ID)
			return list(each(tags, tag), ""), err
		})
}

func tag(t members.Tag) Tag { return Tag{t.ID, t.SpaceID, t.Name, t.Archived(), int(t.Version)} }

func (a *API) editTag(ctx context.Context, in *editTagInput) (*body[Tag], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	if unsaid(in.Body.Name, in.Body.Archived) {
		return nil, ErrNothing
	}
	tags, err := a.Members.Tags(ctx, in.who.by, s.ID)
	if err != nil {
		return nil, err
	}
	for _, t := range tags {
		if t.ID != in.ID {
			continue
		}
		if seen == 0 {
			seen = int(t.Version)
		}
		t, err = a.Members.EditTag(ctx, in.who.by, s.ID, t.ID, deref(in.Body.Name, t.Name), deref(in.Body.Archived, t.Archived()), int64(seen))
		return said(tag(t)), err
	}
	return nil, members.ErrNoSuchTag
}

func (a *API) suspendToday(ctx context.Context, in *reasonInput) (*body[Member], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	if err := a.Members.SuspendToday(ctx, in.who.by, s.ID, in.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.person(ctx, in.who.by, s.ID, in.ID)
}

func (a *API) remove(ctx context.Context, in *reasonInput) (*body[Member], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	if err := a.Members.Remove(ctx, in.who.by, s.ID, in.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.person(ctx, in.who.by, s.ID, in.ID)
}

func (a *API) readmit(ctx context.Context, in *ofMemberInput) (*body[Member], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	if err := a.Members.Readmit(ctx, in.who.by, s.ID, in.ID); err != nil {
		return nil, err
	}
	return a.person(ctx, in.who.by, s.ID, in.ID)
}

func suspensionRule(r members.NoShowRule) SuspensionRule {
	return SuspensionRule{r.SpaceID, r.Enabled, int(r.NoShows), int(r.WithinDays), int(r.SuspendDays), int(r.Version)}
}

func (a *API) setRule(ctx context.Context, in *ruleInput) (*body[SuspensionRule], error) {
	if _, err := a.space(ctx, in.who.by, in.ID); err != nil {
		return nil, err
	}
	now, err := a.Members.NoShowRule(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	if seen != 0 {
		now.Version = int64(seen)
	}
	b := in.Body
	now.Enabled, now.NoShows, now.WithinDays, now.SuspendDays = b.Enabled, int64(b.NoShows), int64(b.WithinDays), int64(b.SuspendDays)
	if err := a.Members.SetNoShowRule(ctx, in.who.by, now); err != nil {
		return nil, err
	}
	now, err = a.Members.NoShowRule(ctx, in.who.by, in.ID)
	return said(suspensionRule(now)), err
}

func (a *API) notes(ctx context.Context, in *ofMemberInput) (*body[List[Note]], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	notes, err := a.Members.Notes(ctx, in.who.by, s.ID, in.ID)
	return list(each(notes, func(n members.Noted) Note {
		return Note{n.ID, n.MemberID, n.Text, n.Pinned, n.WrittenBy, n.AuthorName, n.WrittenAt, n.StruckAt}
	}), ""), err
}

func (a *API) writeNote(ctx context.Context, in *noteInput) (*body[Note], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	n, err := a.Members.WriteNote(ctx, in.who.by, s.ID, in.ID, in.Body.Text, in.Body.Pinned)
	return said(Note{n.ID, n.MemberID, n.Text, n.Pinned, n.WrittenBy, in.who.by.Name, n.WrittenAt, n.StruckAt}), err
}

func badge(b members.Badge) Badge {
	return Badge{b.ID, b.MemberID, b.Number, b.GivenAt, b.EndedAt, string(b.Ended)}
}

func (a *API) badges(ctx context.Context, in *ofMemberInput) (*body[List[Badge]], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	badges, err := a.Members.Badges(ctx, in.who.by, s.ID, in.ID)
	return list(each(badges, badge), ""), err
}

func (a *API) giveBadge(ctx context.Context, in *badgeInput) (*body[Badge], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	b, err := a.Members.GiveBadge(ctx, in.who.by, s.ID, in.ID, in.Body.Number)
	return said(badge(b)), err
}
