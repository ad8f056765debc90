package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// How long the links about a change of address last.
const (
	EmailFor  = 24 * time.Hour     // to confirm the new one, from when its letter is written
	ObjectFor = 7 * 24 * time.Hour // to object at the old one, from when it was asked for
)

var (
	// ErrSameEmail refuses the address that somebody has.
	ErrSameEmail = fault.Conflict("auth.same_email", "This is your address already.").On("email")
	// ErrEmailTaken is told to whoever proved that an address is theirs, and has an
	// account with it.
	ErrEmailTaken = fault.Conflict("auth.email_taken", "There is another account with this address. Sign in to that one, or have the two merged at the front desk.")
)

// emailChange is an address that is to be another's in the place of the one before.
type emailChange struct {
	ID          id.ID
	MemberID    id.ID
	OldEmail    string
	NewEmail    string
	ConfirmHash *string // nil until its letter is written
	UndoHash    *string
	CreatedAt   clock.Instant
	ExpiresAt   clock.Instant
	ConfirmedAt clock.Instant
	UndoneAt    clock.Instant
}

func (emailChange) TableName() string { return "email_changes" }

// PendingEmail is the address that by asked for and has not confirmed; empty: none.
func (s *Service) PendingEmail(ctx context.Context, by actor.Actor) (string, error) {
	if err := own(by); err != nil {
		return "", err
	}
	all, err := s.store.emailChanges(ctx, by.Member)
	if err != nil || len(all) == 0 {
		return "", fault.Wrap(err, "a change of address")
	}
	if last := all[0]; last.ConfirmedAt.IsZero() && last.UndoneAt.IsZero() && last.ExpiresAt.After(s.clock.Now()) {
		return last.NewEmail, nil
	}
	return "", nil
}

// ChangeEmail writes to a new address of by's for them to confirm it; until then
// nothing is another. The present address is told, and can object. It answers the same
// whether somebody else has that address, who is then told instead.
func (s *Service) ChangeEmail(ctx context.Context, by actor.Actor, from From, email string) error {
	if err := by.May("account.email", "", by.Member, actor.ErrForbidden); err != nil {
		return err
	}
	if err := s.fresh(by); err != nil {
		return err
	}
	email = strings.TrimSpace(email)
	person, err := s.people.ByID(ctx, by.Member)
	if err != nil {
		return fault.Wrap(err, "change an address")
	}
	if err := s.door.Check(Newcomer{Email: email, Name: person.Name, Locale: person.Locale}); err != nil {
		return err
	}
	holder, known, err := s.people.ByEmail(ctx, email)
	if err != nil {
		return fault.Wrap(err, "change an address")
	}
	if known && holder.ID == by.Member {
		return ErrSameEmail
	}
	limits := append(letterLimits("email", from, email), limit{"email|" + by.Member.String(), 5, 24 * time.Hour, time.Hour})
	if err := s.try(ctx, limits); err != nil {
		return err
	}
	now := s.clock.Now()
	c := emailChange{ID: id.New(), MemberID: by.Member, OldEmail: person.Email, NewEmail: email, CreatedAt: now, ExpiresAt: now.Add(EmailFor)}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "email|"+by.Member.String()); err != nil {
			return err
		}
		if err := s.store.voidEmails(ctx, by.Member, now); err != nil {
			return err
		}
		if err := s.store.addEmail(ctx, c); err != nil {
			return err
		}
		letter := Letter{About: aboutEmailNew, Member: by.Member, To: email, Name: email, Token: c.ID}
		if known {
			letter = Letter{About: aboutEmailKnown, Member: holder.ID}
		}
		for _, l := range []Letter{letter, {About: aboutEmailAsked, Member: by.Member, To: person.Email, Name: email, Token: c.ID}} {
			if l.To == "" && l.About == aboutEmailAsked {
				continue // somebody without an address is told nowhere
			}
			if err := s.jobs.Add(ctx, l); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, by, "", "account.email", by.Member, map[string]any{"asked": c.ID})
	}), "change an address")
}

// ConfirmEmail takes the token of a letter as proof that the new address is theirs: it
// is theirs from then on. Every session ends but the one that by acts in, if it is
// that person's; letters to the old address open nothing any more.
func (s *Service) ConfirmEmail(ctx context.Context, by actor.Actor, token string) error {
	now := s.clock.Now()
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.store.emailToConfirm(ctx, digest(token), now)
		if err != nil {
			return err
		}
		if err := s.store.markEmail(ctx, c.ID, "confirmed_at", now); err != nil {
			return err
		}
		if err := s.readdress(ctx, c.MemberID, c.NewEmail); err != nil {
			return err
		}
		keep := id.ID("")
		if by.Member == c.MemberID {
			keep = by.Session
		}
		if _, err := s.store.endAll(ctx, c.MemberID, keep, now); err != nil {
			return err
		}
		if c.OldEmail != "" {
			if err := s.jobs.Add(ctx, Letter{About: aboutEmailDone, Member: c.MemberID, To: c.OldEmail, Name: c.NewEmail, Token: c.ID}); err != nil {
				return err
			}
		}
		return s.record(ctx, c.MemberID, "auth.change_email")
	})
	return fault.Wrap(instead(err, db.ErrNone, ErrLink), "confirm a new address")
}

// readdress gives a person this address, and voids what was written to the one before.
func (s *Service) readdress(ctx context.Context, member id.ID, email string) error {
	err := s.door.Readdress(ctx, member, email)
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.KindConflict {
		return ErrEmailTaken
	}
	if err != nil {
		return err
	}
	for _, p := range []purpose{toConfirm, toReset} {
		if err := s.store.voidTokens(ctx, p, member, s.clock.Now()); err != nil {
			return err
		}
	}
	return nil
}

// ObjectToEmail takes the token of the letter to the old address: the change is off, or
// undone with every one after it. Everybody is signed out, and a letter to the old
// address brings a new password, for whoever asked knew the one there is.
func (s *Service) ObjectToEmail(ctx context.Context, token string) error {
	now := s.clock.Now()
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.store.emailToUndo(ctx, digest(token), now.Add(-ObjectFor))
		if err != nil {
			return err
		}
		if err := s.store.lock(ctx, "email|"+c.MemberID.String()); err != nil {
			return err
		}
		all, err := s.store.emailChanges(ctx, c.MemberID)
		if err != nil {
			return err
		}
		for _, later := range all {
			if later.UndoneAt.IsZero() && !later.CreatedAt.Before(c.CreatedAt) {
				if err := s.store.markEmail(ctx, later.ID, "undone_at", now); err != nil {
					return err
				}
			}
		}
		if slices.ContainsFunc(all, func(o emailChange) bool { return !o.ConfirmedAt.IsZero() && !o.CreatedAt.Before(c.CreatedAt) }) {
			if err := s.readdress(ctx, c.MemberID, c.OldEmail); err != nil {
				return err
			}
		}
		if _, err := s.store.endAll(ctx, c.MemberID, "", now); err != nil {
			return err
		}
		if err := s.jobs.Add(ctx, Letter{About: aboutReset, Member: c.MemberID}); err != nil {
			return err
		}
		return s.record(ctx, c.MemberID, "auth.object_email")
	})
	return fault.Wrap(instead(err, db.ErrNone, ErrLink), "object to a new address")
}

// issueEmail makes the token of the letter to the new address; db.ErrNone where it is no longer asked for.
func (s *Service) issueEmail(ctx context.Context, change id.ID) (string, error) {
	token := newToken()
	return token, s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.issueEmail(ctx, change, digest(token), s.clock.Now())
	})
}

// issueUndo is the token of the letters to the old address: the same in each, so that a
// later one does not spoil an earlier.
func (s *Service) issueUndo(ctx context.Context, change id.ID) (string, error) {
	token := s.keys.successor("object|" + change.String())
	return token, s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.issueUndo(ctx, change, digest(token))
	})
}

// Former are the addresses that were a person's before.
func (s *Service) Former(ctx context.Context, member id.ID) ([]string, error) {
	all, err := s.store.emailChanges(ctx, member)
	var former []string
	for _, c := range all {
		if !c.ConfirmedAt.IsZero() && c.OldEmail != "" {
			former = append(former, c.OldEmail)
		}
	}
	return former, fault.Wrap(err, "former addresses of %s", member)
}
