package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/mail"
)

// purpose is what the token of a letter is good for.
type purpose string

const (
	toConfirm purpose = "confirm"
	toReset   purpose = "reset"
)

// about is what a letter says; it is the middle of the catalogue's keys.
type about string

const (
	aboutConfirm   about = "confirm"    // a link that proves the address
	aboutKnown     about = "known"      // someone signed up with the address of an account
	aboutReset     about = "reset"      // a link to set a new password
	aboutChanged   about = "changed"    // the password is another
	aboutResetDone about = "reset_done" // it is, by the link of a letter
	aboutCopied    about = "copied"     // a session was ended because its token was copied

	// What changed about how someone signs in; also the end of the operation in the audit.
	aboutFactorOn       about = "factor_on"
	aboutFactorOff      about = "factor_off"
	aboutCodesMade      about = "codes_made"
	aboutCodeUsed       about = "code_used"
	aboutPasskeyAdded   about = "passkey_added"
	aboutPasskeyRemoved about = "passkey_removed"
	aboutTokenMade      about = "token_made"
	aboutLinked         about = "linked"
	aboutUnlinked       about = "unlinked"

	// A change of address.
	aboutEmailNew   about = "email_new"   // a link that makes the new one theirs
	aboutEmailKnown about = "email_known" // someone wanted the address of an account
	aboutEmailAsked about = "email_asked" // to the old one: a link to object
	aboutEmailDone  about = "email_done"  // to the old one: the same link
)

// Letter is the job of writing to someone. The token that a link carries is made when
// the letter is written, so it is never stored but as its hash.
type Letter struct {
	About  about  `json:"about"`
	Member id.ID  `json:"member,omitempty"`
	Email  string `json:"email,omitempty"` // instead of Member, where it is not known whether there is one
	To     string `json:"to,omitempty"`    // where it goes, if not to their address
	Name   string `json:"name,omitempty"`  // of what it is about: a passkey, a token, a service
	Token  id.ID  `json:"token,omitempty"` // the row that is waiting for its hash
}

// Kind names the job.
func (Letter) Kind() string { return "auth.letter" }

// Write writes a letter. Doing it again sends it again, with a link that works in the
// place of the one before.
func (s *Service) Write(ctx context.Context, l Letter) error {
	person, known, err := s.addressee(ctx, l)
	if err != nil || !known {
		return fault.Wrap(err, "write a letter")
	}
	link, last := "/sign-in", time.Duration(0)
	switch l.About {
	case aboutConfirm:
		if link, err = s.issue(ctx, l.Token, ConfirmFor); errors.Is(err, db.ErrNone) {
			return nil // confirmed by another letter meanwhile
		}
		link, last = "/confirm?token="+link, ConfirmFor
	case aboutReset:
		if link, err = s.newReset(ctx, person.ID); err != nil {
			break
		}
		link, last = "/password-reset/confirm?token="+link, ResetFor
	case aboutEmailNew:
		if link, err = s.issueEmail(ctx, l.Token); errors.Is(err, db.ErrNone) {
			return nil // called off meanwhile, or asked for anew
		}
		link, last = "/email/confirm?token="+link, EmailFor
	case aboutEmailAsked, aboutEmailDone:
		if link, err = s.issueUndo(ctx, l.Token); errors.Is(err, db.ErrNone) {
			return nil // undone meanwhile
		}
		link, last = "/email/object?token="+link, ObjectFor
	case aboutChanged, aboutResetDone, aboutCopied:
		link = "/password-reset"
	case aboutFactorOn, aboutFactorOff, aboutCodesMade, aboutCodeUsed, aboutPasskeyAdded, aboutPasskeyRemoved, aboutTokenMade, aboutLinked, aboutUnlinked:
		link = "/me/security"
	}
	if err != nil {
		return fault.Wrap(err, "write a letter")
	}
	p := i18n.For(person.Locale)
	key := "auth.letter." + string(l.About)
	text := p.T("auth.letter.greeting", "Name", person.Name) + "\n\n" + p.T(key+".text", "Link", s.base+link, "Lasts", last, "Name", l.Name) + "\n\n" + p.T("auth.letter.end", "Home", s.base+"/") + "\n"
	return fault.Wrap(s.mail.Send(ctx, mail.Message{To: cmp.Or(l.To, person.Email), Subject: p.T(key+".subject", "Name", l.Name), Text: text}), "send a letter")
}

func (s *Service) addressee(ctx context.Context, l Letter) (Person, bool, error) {
	if l.Member == "" {
		return s.people.ByEmail(ctx, l.Email)
	}
	p, err := s.people.ByID(ctx, l.Member)
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.KindNotFound {
		return Person{}, false, nil
	}
	return p, err == nil, err
}

// issue makes the token of a row that waits for it.
func (s *Service) issue(ctx context.Context, row id.ID, lasts time.Duration) (string, error) {
	token := newToken()
	return token, s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.issue(ctx, row, digest(token), s.clock.Now().Add(lasts))
	})
}

func (s *Service) newReset(ctx context.Context, member id.ID) (string, error) {
	token := newToken()
	hash, now := digest(token), s.clock.Now()
	return token, s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.addToken(ctx, oneTimeToken{
			ID: id.New(), Hash: &hash, Purpose: toReset, MemberID: member, CreatedAt: now, ExpiresAt: now.Add(ResetFor),
		})
	})
}

// ResetLink is the link of a reset letter that is not sent: an operator hands it
// over, where there is no mail. It opens the page once and within ResetFor. Only
// the house makes one.
func (s *Service) ResetLink(ctx context.Context, by actor.Actor, member id.ID) (string, error) {
	if !by.IsHouse() {
		return "", actor.ErrForbidden
	}
	if _, err := s.people.ByID(ctx, member); err != nil {
		return "", fault.Wrap(err, "make a reset link")
	}
	token, err := s.newReset(ctx, member)
	return s.base + "/password-reset/confirm?token=" + token, fault.Wrap(err, "make a reset link")
}
