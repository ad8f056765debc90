package members

import (
	"context"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// MaxBadge is the most characters the number of a badge may have.
const MaxBadge = 40

var (
	// ErrNoSuchBadge is the answer where this person has no such badge.
	ErrNoSuchBadge = fault.NotFound("members.no_such_badge", "This person has no such badge.")
	// ErrBadgeNumber refuses what is no number of a badge.
	ErrBadgeNumber = fault.Invalid("number", "members.badge_number", "A badge has a number of 1 to {{.Most}} letters and digits.").With("Most", MaxBadge)
	// ErrBadgeTaken refuses to give out a badge that somebody has.
	ErrBadgeTaken = fault.Conflict("members.badge_taken", "Somebody has this badge. Take it back from them first.").On("number")
	// ErrBadgeEnded refuses to take back a badge twice.
	ErrBadgeEnded = fault.Conflict("members.badge_ended", "This badge was taken back or lost already.")
	// ErrBadgeEnding refuses an end that a badge does not have.
	ErrBadgeEnding = fault.Invalid("ended", "members.badge_ending", "Say whether the badge was returned or lost.")
)

// Badge is a card or key fob that somebody was given. Its number tells who they are
// at the desk; it opens nothing by itself.
type Badge struct {
	ID        id.ID
	SpaceID   id.ID
	MemberID  id.ID
	Number    string // as it is printed
	NumberKey string // as it is compared
	GivenAt   clock.Instant
	EndedAt   clock.Instant // zero: in use
	Ended     BadgeEnd
}

// BadgeEnd is what became of a badge.
type BadgeEnd string

// The ends: none yet, brought back, and lost.
const (
	InUse    BadgeEnd = ""
	Returned BadgeEnd = "returned"
	Lost     BadgeEnd = "lost"
)

// badgeKey is how numbers are compared: letters and digits, in upper case. Readers put
// colons and blanks between them, some not.
func badgeKey(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, norm.NFKC.String(number))
}

// Badges are the badges a person has or had in a space, the latest first.
func (s *Service) Badges(ctx context.Context, by actor.Actor, space, member id.ID) ([]Badge, error) {
	if err := by.May("badge.edit", space, "", nil); err != nil {
		return nil, err
	}
	badges, err := s.store.badges(ctx, space, member)
	return badges, fault.Wrap(err, "badges of %s", member)
}

// GiveBadge notes that a person was given a badge; ErrBadgeTaken while somebody has it.
func (s *Service) GiveBadge(ctx context.Context, by actor.Actor, space, member id.ID, number string) (Badge, error) {
	if err := by.May("badge.edit", space, "", nil); err != nil {
		return Badge{}, err
	}
	key, err := CheckBadge(number)
	if err != nil {
		return Badge{}, err
	}
	b := Badge{ID: id.New(), SpaceID: space, MemberID: member, Number: strings.TrimSpace(number), NumberKey: key, GivenAt: s.clock.Now()}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		st, err := s.store.standing(ctx, space, member)
		switch {
		case err != nil:
			return err
		case st.Left():
			return ErrLeft
		}
		if err := s.store.insertBadge(ctx, b); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "badge.edit", member, map[string]any{"badge": b.ID})
	})
	return b, fault.Wrap(err, "badge for %s", member)
}

// EndBadge notes that a badge was brought back or lost.
func (s *Service) EndBadge(ctx context.Context, by actor.Actor, space, member, badge id.ID, how BadgeEnd) error {
	if err := by.May("badge.edit", space, "", nil); err != nil {
		return err
	}
	if how != Returned && how != Lost {
		return ErrBadgeEnding
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		b, err := s.store.badge(ctx, space, member, badge)
		if err != nil {
			return err
		}
		b.EndedAt, b.Ended = s.clock.Now(), how
		if err := s.store.endBadge(ctx, b); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "badge.edit", member, map[string]any{"badge": b.ID, "ended": how})
	}), "badge %s", badge)
}

// BadgeHolder is who has the badge of this number in a space; ErrNoSuchBadge if nobody.
func (s *Service) BadgeHolder(ctx context.Context, by actor.Actor, space id.ID, number string) (id.ID, error) {
	if err := by.May("badge.edit", space, "", nil); err != nil {
		return "", err
	}
	holder, err := s.store.holderOf(ctx, space, badgeKey(number))
	if err == nil && holder == "" {
		err = ErrNoSuchBadge
	}
	return holder, fault.Wrap(err, "badge holder")
}
