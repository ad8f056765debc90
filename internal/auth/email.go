package auth

import (
	"context"
	"errors"
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
	// ErrAddressElsewhere is told to who objects with the address of another account by
	// now: everybody is out, but the address stays where it is.
	ErrAddressElsewhere = fault.Conflict("auth.address_elsewhere", "Everybody is signed out of the account whose address was changed, and nobody gets into it now. Another account has this address by now: sign in to that one, and have the two merged at the front desk.")
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
		c, err := s.lockedEmail(ctx, func(ctx context.Context) (emailChange, error) {
			return s.store.emailToConfirm(ctx, digest(token), now)
		})
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

// lockedEmail finds a change of address as it is once nobody else is at work on those of
// the same person: what confirms one and what objects to it wait for one another.
func (s *Service) lockedEmail(ctx context.Context, find func(ctx context.Context) (emailChange, error)) (emailChange, error) {
	c, err := find(ctx)
	if err != nil {
		return c, err
	}
	if err := s.store.lock(ctx, "email|"+c.MemberID.String()); err != nil {
		return c, err
	}
	return find(ctx)
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
	return s.voidLetters(ctx, member)
}

// unaddress takes the address from a person, and voids what was written to it.
func (s *Service) unaddress(ctx context.Context, member id.ID) error {
	if err := s.door.Unaddress(ctx, member); err != nil {
		return err
	}
	return s.voidLetters(ctx, member)
}

func (s *Service) voidLetters(ctx context.Context, member id.ID) error {
	for _, p := range []purpose{toConfirm, toReset} {
		if err := s.store.voidTokens(ctx, p, member, s.clock.Now()); err != nil {
			return err
		}
	}
	return nil
}

// ObjectToEmail takes the token of the letter to the old address: the change is off, or
// undone with every one after it. Everybody is signed out; the password, which whoever
// asked knew, and all that was added since to sign in with count no more. A letter to
// the old address brings a new password. Where that address was proven another's
// meanwhile it stays there: all the rest is done, and the answer is ErrAddressElsewhere.
func (s *Service) ObjectToEmail(ctx context.Context, token string) error {
	back, err := s.object(ctx, token)
	if errors.Is(err, ErrEmailTaken) {
		back, err = s.object(ctx, token) // someone signed up with it at the same moment; now they are known
	}
	if err == nil && !back {
		return ErrAddressElsewhere
	}
	return fault.Wrap(instead(err, db.ErrNone, ErrLink), "object to a new address")
}

// object is one try at that, and reports whether the address is its owner's.
func (s *Service) object(ctx context.Context, token string) (back bool, err error) {
	now := s.clock.Now()
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.lockedEmail(ctx, func(ctx context.Context) (emailChange, error) {
			return s.store.emailToUndo(ctx, digest(token), now.Add(-ObjectFor))
		})
		if err != nil {
			return err
		}
		confirmed, err := s.callOff(ctx, c)
		if err != nil {
			return err
		}
		back = true
		if confirmed {
			if back, err = s.regain(ctx, c.MemberID, c.OldEmail); err != nil {
				return err
			}
		}
		if err := s.store.shutSince(ctx, c.MemberID, c.CreatedAt); err != nil {
			return err
		}
		if _, err := s.store.endAll(ctx, c.MemberID, "", now); err != nil {
			return err
		}
		if back {
			if err := s.jobs.Add(ctx, Letter{About: aboutReset, Member: c.MemberID}); err != nil {
				return err
			}
		}
		return s.record(ctx, c.MemberID, "auth.object_email")
	})
	return back, err
}

// callOff marks a change and every one after it as undone, and reports whether one of
// them was confirmed.
func (s *Service) callOff(ctx context.Context, c emailChange) (confirmed bool, err error) {
	all, err := s.store.emailChanges(ctx, c.MemberID)
	if err != nil {
		return false, err
	}
	for _, later := range all {
		if later.CreatedAt.Before(c.CreatedAt) {
			continue
		}
		confirmed = confirmed || !later.ConfirmedAt.IsZero()
		if !later.UndoneAt.IsZero() {
			continue
		}
		if err := s.store.markEmail(ctx, later.ID, "undone_at", s.clock.Now()); err != nil {
			return false, err
		}
	}
	return confirmed, nil
}

// regain gives a person back an address that was proven theirs. Whoever signed up with it
// meanwhile and proved nothing loses it. Where it was proven another's they have none
// from now on, and it reports false.
func (s *Service) regain(ctx context.Context, member id.ID, email string) (bool, error) {
	holder, known, err := s.people.ByEmail(ctx, email)
	switch {
	case err != nil:
		return false, err
	case !known || holder.ID == member:
	case holder.Confirmed, addressKey(holder.Email) != addressKey(email): // or an account that became theirs had it
		return false, s.unaddress(ctx, member)
	default:
		if err := s.unaddress(ctx, holder.ID); err != nil {
			return false, err
		}
	}
	return true, s.readdress(ctx, member, email)
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
