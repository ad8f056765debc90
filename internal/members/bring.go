package members

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// CheckNewcomer is a registration tidied up, with its EmailKey, and everything that is
// wrong with it, whether by may give the role in the space among it.
func (s *Service) CheckNewcomer(by actor.Actor, space id.ID, r Registration, role actor.Role) (Registration, string, error) {
	r, err := r.normal()
	wrong := fault.Many(fault.All(err))
	var refusal *fault.Error
	if errors.As(maySetRole(by.Role(space), actor.Member, role), &refusal) {
		wrong.Add(refusal)
	}
	return r, EmailKey(r.Email), wrong.Err()
}

// Bring gives the person of this address a standing in the space, as an import says,
// since joined or else from now on. Who has one keeps it as it is. It says whether the
// person and whether the standing is new.
func (s *Service) Bring(ctx context.Context, by actor.Actor, space id.ID, r Registration, role actor.Role, joined clock.Instant) (m Member, account, standing bool, err error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return Member{}, false, false, err
	}
	if r, _, err = s.CheckNewcomer(by, space, r, role); err != nil {
		return Member{}, false, false, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		m = r.member(s.clock.Now())
		switch err := s.store.insertMember(ctx, m); {
		case err == nil:
			account = true
		case errors.Is(err, ErrEmailTaken):
			if m, err = s.store.byEmail(ctx, m.EmailKey); err != nil {
				return err
			}
		default:
			return err
		}
		if joined.IsZero() {
			joined = s.clock.Now()
		}
		var err error
		standing, err = s.store.addStanding(ctx, Standing{SpaceID: space, MemberID: m.ID, Role: role, JoinedAt: joined})
		return err
	})
	return m, account, standing, fault.Wrap(err, "bring %s", strings.TrimSpace(r.Email))
}

// Dismiss takes away the standing that an import gave, and with account the person
// too: as if they had never been here. Whoever asks has seen to it that nothing else
// is known of them.
func (s *Service) Dismiss(ctx context.Context, by actor.Actor, space, member id.ID, account bool) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.deleteStanding(ctx, space, member); err != nil || !account {
			return err
		}
		return s.store.deleteMember(ctx, member)
	}), "dismiss %s", member)
}

// CheckPhone is a phone number tidied up, or what is wrong with it.
func CheckPhone(text string) (string, error) {
	text, err := phone(text)
	if err != nil {
		return text, err
	}
	return text, nil
}

// CheckBadge is how the number of a badge is compared with others, or what is wrong with it.
func CheckBadge(number string) (string, error) {
	number = strings.TrimSpace(number)
	key := badgeKey(number)
	if key == "" || utf8.RuneCountInString(number) > MaxBadge || !i18n.Line(number) {
		return "", ErrBadgeNumber
	}
	return key, nil
}

// CheckNote is the text of a note tidied up, or what is wrong with it.
func CheckNote(text string) (string, error) {
	return within(text, MaxNote, ErrNoteMissing, ErrNoteTooLong)
}

// BringPhone writes down the phone number of somebody who has none here.
func (s *Service) BringPhone(ctx context.Context, by actor.Actor, space, member id.ID, number string) error {
	if err := by.May("member.import", space, "", nil); err != nil {
		return err
	}
	return s.rephone(ctx, by, space, member, "", number)
}

// UnbringPhone takes away the phone number that BringPhone wrote, if it is still that.
func (s *Service) UnbringPhone(ctx context.Context, by actor.Actor, space, member id.ID, number string) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return s.rephone(ctx, by, space, member, number, "")
}

// rephone changes a number if it is the one that was known, within the reach of by.
func (s *Service) rephone(ctx context.Context, by actor.Actor, space, member id.ID, was, now string) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.store.member(ctx, member)
		if err != nil || m.Phone != was {
			return err
		}
		_, err = s.Edit(ctx, by, space, member, Change{Name: m.Name, Phone: now, Locale: m.Locale, Version: m.Version})
		return err
	}), "phone of %s", member)
}

// BringTag gives a person a tag of the space, as a file says.
func (s *Service) BringTag(ctx context.Context, by actor.Actor, space, member, tag id.ID) error {
	if err := by.May("member.import", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.store.tag(ctx, space, tag)
		if err != nil {
			return err
		}
		return s.store.giveTag(ctx, memberTag{t.ID, member, s.clock.Now()})
	}), "tag for %s", member)
}

// CheckTag is the name of a tag tidied up, or what is wrong with it; others is how many
// tags are in use beside it.
func CheckTag(name string, others int) (string, error) {
	t := Tag{Name: i18n.Text{EN: name}}
	if err := t.tidy(); err != nil {
		return "", err
	}
	if others >= MostTags {
		return "", ErrTooManyTags
	}
	return t.Name.EN, nil
}

// MakeTag names the tag of the space that is called so in one of the languages, and makes
// it where there is none. An archived one is brought to nobody: ErrTagTaken.
func (s *Service) MakeTag(ctx context.Context, by actor.Actor, space id.ID, name string) (tag id.ID, made bool, err error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return "", false, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		all, err := s.store.tags(ctx, space)
		if err != nil {
			return err
		}
		for _, t := range all {
			if !t.Archived() && (strings.EqualFold(t.Name.EN, name) || t.Name.ZH == name) {
				tag = t.ID
				return nil
			}
		}
		t, err := s.AddTag(ctx, by, space, inLanguage(name))
		tag, made = t.ID, true
		return err
	})
	return tag, made, fault.Wrap(err, "make a tag")
}

// inLanguage is a text in the language whose letters it is written in.
func inLanguage(s string) i18n.Text {
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.Is(unicode.Han, c) }) {
		return i18n.Text{ZH: s}
	}
	return i18n.Text{EN: s}
}

// UnmakeTag takes away a tag that MakeTag made, unless somebody has it or it was changed
// since: then it stays.
func (s *Service) UnmakeTag(ctx context.Context, by actor.Actor, space, tag id.ID) error {
	return s.unbring(ctx, by, space, func(ctx context.Context) error {
		gone, err := s.store.deleteUnusedTag(ctx, space, tag)
		if err != nil || !gone {
			return err
		}
		return s.audit.Record(ctx, by, space, "tag.edit", tag, map[string]any{"deleted": true})
	})
}

// UnbringTag, UnbringBadge and UnbringNote take away what a file brought, as if it had
// never been.
func (s *Service) UnbringTag(ctx context.Context, by actor.Actor, space, member, tag id.ID) error {
	return s.unbring(ctx, by, space, func(ctx context.Context) error { return s.store.takeTag(ctx, tag, member) })
}

// UnbringBadge takes a badge away; see UnbringTag.
func (s *Service) UnbringBadge(ctx context.Context, by actor.Actor, space, member, badge id.ID) error {
	return s.unbring(ctx, by, space, func(ctx context.Context) error { return s.store.deleteBadge(ctx, space, member, badge) })
}

// UnbringNote takes a note away; see UnbringTag.
func (s *Service) UnbringNote(ctx context.Context, by actor.Actor, space, member, note id.ID) error {
	return s.unbring(ctx, by, space, func(ctx context.Context) error { return s.store.deleteNote(ctx, space, member, note) })
}

func (s *Service) unbring(ctx context.Context, by actor.Actor, space id.ID, take func(context.Context) error) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, take), "take back what a file brought")
}
