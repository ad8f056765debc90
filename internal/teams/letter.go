package teams

import (
	"context"
	"errors"
	"strings"

	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// The jobs that write letters.
type (
	// invited brings the link of an invitation. The token is made when the letter is
	// written, so it is never stored but as its hash.
	invited struct {
		Invitation id.ID `json:"invitation"`
		Letter     int64 `json:"letter"` // a later one has its own job
	}
	// accepted tells an administrator who has joined.
	accepted struct {
		Team   id.ID `json:"team"`
		Member id.ID `json:"member"`
		To     id.ID `json:"to"`
	}
	// removed tells somebody that they are out, and how many bookings were cancelled.
	removed struct {
		Team      id.ID `json:"team"`
		Member    id.ID `json:"member"`
		Cancelled int   `json:"cancelled"`
	}
)

// Kind names the job.
func (invited) Kind() string { return "teams.invited" }

// Kind names the job.
func (accepted) Kind() string { return "teams.accepted" }

// Kind names the job.
func (removed) Kind() string { return "teams.removed" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, s.writeInvited)
	jobs.Handle(q, s.writeAccepted)
	jobs.Handle(q, s.writeRemoved)
}

func (s *Service) writeInvited(ctx context.Context, j invited) error {
	token := newToken()
	var i Invitation
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var err error
		if i, err = s.store.invitation(ctx, j.Invitation); err != nil {
			return err
		}
		if !i.Good(s.Clock.Now()) || i.Letters != j.Letter {
			return ErrLink
		}
		hash := digest(token)
		i.Hash = &hash
		return s.store.updateInvitation(ctx, i)
	})
	if errors.Is(err, ErrLink) || errors.Is(err, ErrNoSuchInvitation) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, "invitation %s", j.Invitation)
	}
	v, err := s.invited(ctx, i)
	if err != nil {
		return err
	}
	locale := i.Locale
	if p, known, err := s.People.ByEmail(ctx, i.SpaceID, i.Email); err != nil {
		return err
	} else if known {
		locale = p.Locale
	}
	p := i18n.For(locale)
	by := v.By
	if by == "" {
		by = v.Space.Name.In(p.Locale)
	}
	link := s.BaseURL + "/teams/join?token=" + token
	return s.send(ctx, i.Email, p, v.Space, "invited", "Team", v.Team, "By", by, "Space", v.Space.Name, "Link", link, "Until", i.ExpiresAt)
}

// tellAdmins has everybody who administers the team told that somebody joined.
func (s *Service) tellAdmins(ctx context.Context, t Team, member id.ID) error {
	mates, err := s.store.mates(ctx, t.ID)
	if err != nil {
		return err
	}
	for _, m := range mates {
		if m.Admin && m.MemberID != member {
			if err := s.Jobs.Add(ctx, accepted{t.ID, member, m.MemberID}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) writeAccepted(ctx context.Context, j accepted) error {
	t, err := s.store.team(ctx, j.Team)
	if err != nil {
		return fault.Wrap(err, "team %s", j.Team)
	}
	newcomer, err := s.People.Person(ctx, t.SpaceID, j.Member)
	if err != nil {
		return fault.Wrap(err, "person %s", j.Member)
	}
	taken, err := s.store.taken(ctx, t.ID)
	if err != nil {
		return fault.Wrap(err, "team %s", j.Team)
	}
	if t, err = s.seated(ctx, t); err != nil {
		return fault.Wrap(err, "seats of team %s", j.Team)
	}
	return s.tell(ctx, t, j.To, "accepted", "Name", newcomer.Name, "Taken", int(taken), "Seats", int(t.Room()), "Link", s.BaseURL+"/me/team")
}

func (s *Service) writeRemoved(ctx context.Context, j removed) error {
	t, err := s.store.team(ctx, j.Team)
	if err != nil {
		return fault.Wrap(err, "team %s", j.Team)
	}
	what := "removed"
	if j.Cancelled > 0 {
		what = "removed_cancelled"
	}
	return s.tell(ctx, t, j.Member, what, "Number", j.Cancelled)
}

// tell writes to somebody about a team, in their language. Whoever has no address
// can't be told.
func (s *Service) tell(ctx context.Context, t Team, member id.ID, what string, args ...any) error {
	to, err := s.People.Person(ctx, t.SpaceID, member)
	if err != nil || to.Email == "" {
		return fault.Wrap(err, "person %s", member)
	}
	in, err := s.Spaces.Space(ctx, t.SpaceID)
	if err != nil {
		return fault.Wrap(err, "space %s", t.SpaceID)
	}
	return s.send(ctx, to.Email, i18n.For(to.Locale), in, what, append([]any{"Team", t.Name, "Space", in.Name}, args...)...)
}

func (s *Service) send(ctx context.Context, to string, p i18n.Printer, in Space, what string, args ...any) error {
	p = p.In(in.Zone)
	lines := []string{p.T("teams.mail."+what+".text", args...), "", in.Name.In(p.Locale)}
	for _, l := range []string{in.Address, in.Email} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return fault.Wrap(s.Mail.Send(ctx, mail.Message{
		To: to, Subject: p.T("teams.mail."+what+".subject", args...), Text: strings.Join(lines, "\n") + "\n",
	}), "send a letter")
}
