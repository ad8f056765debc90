package teams

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchInvitation is the answer where there is no such open invitation.
	ErrNoSuchInvitation = fault.NotFound("teams.no_such_invitation", "There is no such invitation. It may have been accepted or withdrawn.")
	// ErrInvitedMany refuses more invitations than a team may send in a day.
	ErrInvitedMany = fault.TooMany("teams.invited_many", "Your team has sent many invitations today. Send the next ones tomorrow.").On("email")
	// ErrInvited refuses a second invitation to one address.
	ErrInvited = fault.Conflict("teams.invited", "This address is invited already. Send the letter again instead.").On("email")
	// ErrLink is the answer to a link that was used, withdrawn or never given out.
	ErrLink = fault.NotFound("teams.link", "This link does not work any more. It works once. Ask the team's administrator for a new one.")
	// ErrLinkOld is the answer to a link that has expired.
	ErrLinkOld = fault.Conflict("teams.link_old", "This invitation has expired. Ask the team's administrator to send it again.")
	// ErrTooSoon refuses to send a letter again at once.
	ErrTooSoon = fault.Conflict("teams.too_soon", "The letter was sent {{.Count}} times already. Withdraw the invitation, or hand the person another way to reach you.")
)

// mostLetters is how often an invitation is sent, and mostInvited how many a team sends
// in 24 hours: who is written to did not ask for it.
const (
	mostLetters = 10
	mostInvited = 50
)

// Invited is an invitation as the one who holds its link sees it.
type Invited struct {
	Invitation
	Team  string
	Kind  Kind
	Space Space
	By    string // who invited; empty: the house
}

// Invite asks the owner of an address to join. Whether the house knows the address
// is not told; whoever is in the team is not asked again.
func (s *Service) Invite(ctx context.Context, by actor.Actor, space, team id.ID, email string, admin bool) (Invitation, error) {
	var i Invitation
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		t, err := s.locked(ctx, by, "team.lead", space, team)
		if err != nil {
			return err
		}
		taken, err := s.store.taken(ctx, team)
		if err != nil {
			return err
		}
		if taken >= t.Room() {
			return ErrFull.With("Seats", t.Room())
		}
		lately, err := s.store.invitedSince(ctx, team, s.Clock.Now().Add(-24*time.Hour))
		if err == nil && lately >= mostInvited {
			err = ErrInvitedMany
		}
		if err != nil {
			return err
		}
		i, err = s.invite(ctx, by, t, email, admin, by.Locale)
		return err
	})
	return i, fault.Wrap(err, "invite to team %s", team)
}

func (s *Service) invite(ctx context.Context, by actor.Actor, t Team, email string, admin bool, locale string) (Invitation, error) {
	email = strings.TrimSpace(email)
	key, err := s.People.Key(email)
	if err != nil {
		return Invitation{}, err
	}
	if p, known, err := s.People.ByEmail(ctx, t.SpaceID, email); err != nil {
		return Invitation{}, err
	} else if known {
		if place, err := s.store.placeOf(ctx, t.SpaceID, p.ID); err == nil && place.TeamID == t.ID {
			return Invitation{}, ErrIn
		} else if err != nil && !errors.Is(err, ErrNotIn) {
			return Invitation{}, err
		}
	}
	now := s.Clock.Now()
	switch old, err := s.store.openFor(ctx, t.ID, key); {
	case err != nil:
		return Invitation{}, err
	case old.Good(now):
		return Invitation{}, ErrInvited
	case old.ID != "": // it has expired
		old.WithdrawnAt = now
		if err := s.store.updateInvitation(ctx, old); err != nil {
			return Invitation{}, err
		}
	}
	if !slices.Contains(i18n.Locales, locale) {
		locale = i18n.Locales[0]
	}
	i := Invitation{
		ID: id.New(), TeamID: t.ID, SpaceID: t.SpaceID, Email: email, EmailKey: key, Admin: admin, Locale: locale, Letters: 1,
		InvitedBy: by.Member, CreatedAt: now, ExpiresAt: now.Add(InviteFor),
	}
	if err := s.store.insertInvitation(ctx, i); err != nil {
		return i, err
	}
	if err := s.Jobs.Add(ctx, invited{i.ID, i.Letters}); err != nil {
		return i, err
	}
	return i, s.Audit.Record(ctx, by, t.SpaceID, "team.lead", t.ID, map[string]any{"invitation": i.ID, "admin": admin})
}

// Resend sends the letter of an open invitation again, with a new link that is good
// for as long as the first was; the link before it ends.
func (s *Service) Resend(ctx context.Context, by actor.Actor, space, team, invitation id.ID) (Invitation, error) {
	return s.reopen(ctx, by, space, team, invitation, func(ctx context.Context, i *Invitation) error {
		if i.Letters >= mostLetters {
			return ErrTooSoon.With("Count", int(i.Letters))
		}
		i.Letters++
		i.Hash, i.ExpiresAt = nil, s.Clock.Now().Add(InviteFor)
		return s.Jobs.Add(ctx, invited{i.ID, i.Letters})
	})
}

// Withdraw takes an open invitation back; its link ends.
func (s *Service) Withdraw(ctx context.Context, by actor.Actor, space, team, invitation id.ID) error {
	_, err := s.reopen(ctx, by, space, team, invitation, func(_ context.Context, i *Invitation) error {
		i.WithdrawnAt = s.Clock.Now()
		return nil
	})
	return err
}

func (s *Service) reopen(ctx context.Context, by actor.Actor, space, team, invitation id.ID, fn func(context.Context, *Invitation) error) (Invitation, error) {
	var i Invitation
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		t, err := s.locked(ctx, by, "team.lead", space, team)
		if err != nil {
			return err
		}
		if i, err = s.store.invitation(ctx, invitation); err != nil {
			return err
		}
		if i.TeamID != t.ID || !i.Open() {
			return ErrNoSuchInvitation
		}
		if err := fn(ctx, &i); err != nil {
			return err
		}
		if err := s.store.updateInvitation(ctx, i); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "team.lead", team, map[string]any{"invitation": invitation, "letters": i.Letters, "withdrawn": !i.WithdrawnAt.IsZero()})
	})
	return i, fault.Wrap(err, "invitation %s", invitation)
}

// Invitation is what the link of a letter leads to; ErrLink and ErrLinkOld where it
// leads nowhere any more.
func (s *Service) Invitation(ctx context.Context, token string) (Invited, error) {
	i, err := s.store.invitationBy(ctx, digest(token))
	if err != nil {
		return Invited{}, fault.Wrap(err, "an invitation")
	}
	if err := i.holds(s.Clock.Now()); err != nil {
		return Invited{}, err
	}
	return s.invited(ctx, i)
}

func (i Invitation) holds(now clock.Instant) error {
	switch {
	case !i.Open():
		return ErrLink
	case !i.Good(now):
		return ErrLinkOld
	}
	return nil
}

func (s *Service) invited(ctx context.Context, i Invitation) (Invited, error) {
	t, err := s.store.team(ctx, i.TeamID)
	if err != nil {
		return Invited{}, fault.Wrap(err, "team %s", i.TeamID)
	}
	in, err := s.Spaces.Space(ctx, i.SpaceID)
	if err != nil {
		return Invited{}, fault.Wrap(err, "space %s", i.SpaceID)
	}
	v := Invited{Invitation: i, Team: t.Name, Kind: t.Kind, Space: in}
	if i.InvitedBy != "" {
		p, err := s.People.Person(ctx, i.SpaceID, i.InvitedBy)
		if err != nil {
			return v, fault.Wrap(err, "person %s", i.InvitedBy)
		}
		v.By = p.Name
	}
	return v, nil
}

// ForMe are the invitations to the actor's own address that they can accept; none
// as long as the address is not proven theirs.
func (s *Service) ForMe(ctx context.Context, by actor.Actor) ([]Invited, error) {
	if !by.SignedIn() || !by.Confirmed {
		return nil, nil
	}
	p, err := s.People.Person(ctx, "", by.Member)
	if err != nil || p.Email == "" {
		return nil, fault.Wrap(err, "person %s", by.Member)
	}
	key, err := s.People.Key(p.Email)
	if err != nil {
		return nil, nil // an address that was written down before addresses were looked at
	}
	good, err := s.store.goodFor(ctx, key, s.Clock.Now())
	if err != nil {
		return nil, fault.Wrap(err, "invitations of %s", by.Member)
	}
	var list []Invited
	for _, i := range good {
		v, err := s.invited(ctx, i)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// Accept takes the actor into the team whose letter brought them here. Of those who
// come at once for the last seat one gets it, the others get ErrFull. Whoever was not
// known in the space is a member of it from then on.
func (s *Service) Accept(ctx context.Context, by actor.Actor, token string) (Team, error) {
	if !by.SignedIn() {
		return Team{}, actor.ErrSignIn
	}
	i, err := s.store.invitationBy(ctx, digest(token))
	if err != nil {
		return Team{}, fault.Wrap(err, "accept an invitation")
	}
	return s.accept(ctx, by, i)
}

// AcceptMine is Accept without the letter, for an invitation among ForMe.
func (s *Service) AcceptMine(ctx context.Context, by actor.Actor, invitation id.ID) (Team, error) {
	mine, err := s.ForMe(ctx, by)
	if err != nil {
		return Team{}, err
	}
	for _, v := range mine {
		if v.ID == invitation {
			return s.accept(ctx, by, v.Invitation)
		}
	}
	return Team{}, ErrNoSuchInvitation
}

func (s *Service) accept(ctx context.Context, by actor.Actor, i Invitation) (Team, error) {
	var t Team
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.DB.Lock(ctx, "teams", i.TeamID); err != nil {
			return err
		}
		now, err := s.store.invitation(ctx, i.ID)
		if err != nil {
			return err
		}
		if err := now.holds(s.Clock.Now()); err != nil {
			return err
		}
		if t, err = s.store.team(ctx, i.TeamID); err != nil {
			return err
		}
		if t, err = s.seated(ctx, t); err != nil {
			return err
		}
		if t.Archived() {
			return ErrLink
		}
		if by.Suspended[t.SpaceID] {
			return ErrSuspended
		}
		if p, err := s.People.Person(ctx, t.SpaceID, by.Member); err != nil {
			return err
		} else if !p.Here {
			if err := s.Door.Admit(ctx, t.SpaceID, by.Member); err != nil {
				return err
			}
		}
		switch err := s.join(ctx, by, t, by.Member, now.Admin); {
		case errors.Is(err, ErrElsewhere):
			return ErrElsewhereYou
		case errors.Is(err, ErrIn):
			return ErrInYou
		case err != nil:
			return err
		}
		now.AcceptedAt, now.MemberID = s.Clock.Now(), by.Member
		if err := s.store.updateInvitation(ctx, now); err != nil {
			return err
		}
		return s.tellAdmins(ctx, t, by.Member)
	})
	return t, fault.Wrap(err, "accept invitation %s", i.ID)
}

// newToken is 256 random bits as text for an address.
func newToken() string { return rand.Text() + rand.Text() }

// digest is how a token is stored: its SHA-256 in hexadecimal.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
