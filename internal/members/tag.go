package members

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// MaxTag is the most characters the name of a tag may have in a language, and
// MostTags the most tags a space may have.
const (
	MaxTag   = 40
	MostTags = 100
)

var (
	// ErrNoSuchTag is the answer where a space has no such tag.
	ErrNoSuchTag = fault.NotFound("members.no_such_tag", "There is no such tag here.")
	// ErrTagName refuses a tag without a name, or with one too long.
	ErrTagName = fault.Invalid("name_en", "members.tag_name", "Write a name of 1 to {{.Most}} characters in at least one language.").With("Most", MaxTag)
	// ErrTagTaken refuses a second tag of the same name.
	ErrTagTaken = fault.Conflict("members.tag_taken", "The space has a tag of this name already.").On("name_en")
	// ErrTooManyTags refuses one more.
	ErrTooManyTags = fault.Conflict("members.too_many_tags", "A space has at most {{.Most}} tags. Archive one first.").With("Most", MostTags).On("name_en")
)

// Tag is a word of the space's own by which people are found: "volunteer". Archived,
// it stays with those who have it and is given to nobody else.
type Tag struct {
	ID         id.ID
	SpaceID    id.ID
	Name       i18n.Text
	Position   int64
	ArchivedAt clock.Instant
	Version    int64
}

// Archived reports whether nobody is given it any more.
func (t Tag) Archived() bool { return !t.ArchivedAt.IsZero() }

// memberTag is a tag that a person has.
type memberTag struct {
	TagID    id.ID
	MemberID id.ID
	GivenAt  clock.Instant
}

// TableName is where GORM finds it.
func (memberTag) TableName() string { return "member_tags" }

// Tags are the tags of a space, archived ones too, in its order.
func (s *Service) Tags(ctx context.Context, by actor.Actor, space id.ID) ([]Tag, error) {
	if err := by.May("tag.read", space, "", nil); err != nil {
		return nil, err
	}
	tags, err := s.store.tags(ctx, space)
	return tags, fault.Wrap(err, "tags of %s", space)
}

// AddTag gives the space a tag, last in its order.
func (s *Service) AddTag(ctx context.Context, by actor.Actor, space id.ID, name i18n.Text) (Tag, error) {
	if err := by.May("tag.edit", space, "", nil); err != nil {
		return Tag{}, err
	}
	t := Tag{ID: id.New(), SpaceID: space, Name: name, Version: 1}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		all, err := s.nameTag(ctx, &t)
		if err != nil {
			return err
		}
		if inUse(all) >= MostTags {
			return ErrTooManyTags
		}
		if len(all) > 0 {
			t.Position = all[len(all)-1].Position + 1
		}
		if err := s.store.insertTag(ctx, t); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "tag.edit", t.ID, t.Name)
	})
	return t, fault.Wrap(err, "add a tag")
}

// inUse is how many of the tags are given to people.
func inUse(all []Tag) int {
	n := 0
	for _, t := range all {
		if !t.Archived() {
			n++
		}
	}
	return n
}

// tidy tidies the name up; ErrTagName if it is none.
func (t *Tag) tidy() error {
	t.Name = i18n.Text{EN: strings.Join(strings.Fields(t.Name.EN), " "), ZH: strings.Join(strings.Fields(t.Name.ZH), " ")}
	if t.Name.Empty() || !t.Name.Line() || utf8.RuneCountInString(t.Name.EN) > MaxTag || utf8.RuneCountInString(t.Name.ZH) > MaxTag {
		return ErrTagName
	}
	return nil
}

// nameTag tidies the tag's name, refuses one that another has, and says which there are.
func (s *Service) nameTag(ctx context.Context, t *Tag) ([]Tag, error) {
	if err := t.tidy(); err != nil {
		return nil, err
	}
	all, err := s.store.tags(ctx, t.SpaceID)
	if slices.ContainsFunc(all, func(o Tag) bool {
		return o.ID != t.ID && (t.Name.EN != "" && strings.EqualFold(o.Name.EN, t.Name.EN) || t.Name.ZH != "" && o.Name.ZH == t.Name.ZH)
	}) {
		return nil, ErrTagTaken
	}
	return all, err
}

// EditTag renames a tag, archives it or brings it back.
func (s *Service) EditTag(ctx context.Context, by actor.Actor, space, tag id.ID, name i18n.Text, archived bool, version int64) (Tag, error) {
	if err := by.May("tag.edit", space, "", nil); err != nil {
		return Tag{}, err
	}
	var t Tag
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if err = s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		if t, err = s.store.tag(ctx, space, tag); err != nil {
			return err
		}
		if t.Version != version {
			return ErrStale
		}
		t.Name = name
		all, err := s.nameTag(ctx, &t)
		if err != nil {
			return err
		}
		switch {
		case !archived && t.Archived() && inUse(all) >= MostTags:
			return ErrTooManyTags
		case archived && !t.Archived():
			t.ArchivedAt = s.clock.Now()
		case !archived:
			t.ArchivedAt = clock.Instant{}
		}
		if err := s.store.updateTag(ctx, t); err != nil {
			return err
		}
		t.Version++
		return s.audit.Record(ctx, by, space, "tag.edit", t.ID, map[string]any{"name": t.Name, "archived": archived})
	})
	return t, fault.Wrap(err, "edit tag %s", tag)
}

// TagsOf are the tags of a person in a space.
func (s *Service) TagsOf(ctx context.Context, by actor.Actor, space, member id.ID) ([]Tag, error) {
	if err := by.May("tag.read", space, "", nil); err != nil {
		return nil, err
	}
	tags, err := s.store.tagsOf(ctx, space, member)
	return tags, fault.Wrap(err, "tags of %s", member)
}

// SetTags gives a person exactly these tags in a space. An archived one is kept, not given.
func (s *Service) SetTags(ctx context.Context, by actor.Actor, space, member id.ID, tags []id.ID) error {
	if err := by.May("tag.give", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.standing(ctx, space, member); err != nil {
			return err
		}
		known, err := s.store.tags(ctx, space)
		if err != nil {
			return err
		}
		has, err := s.store.tagsOf(ctx, space, member)
		if err != nil {
			return err
		}
		for _, t := range tags {
			if !slices.ContainsFunc(known, func(k Tag) bool { return k.ID == t }) {
				return ErrNoSuchTag
			}
		}
		for _, k := range known {
			wanted, had := slices.Contains(tags, k.ID), slices.ContainsFunc(has, func(h Tag) bool { return h.ID == k.ID })
			switch {
			case wanted && !had && !k.Archived():
				err = s.store.giveTag(ctx, memberTag{k.ID, member, s.clock.Now()})
			case had && !wanted:
				err = s.store.takeTag(ctx, k.ID, member)
			}
			if err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, by, space, "tag.give", member, map[string]any{"tags": tags})
	}), "tags of %s", member)
}
