package certifications

import (
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// The jobs that tell a person about a certification of theirs.
type (
	granted about
	ending  about // it ends soon
	lapsed  about // it ended for want of use
)

type about struct {
	Space  id.ID `json:"space"`
	Member id.ID `json:"member"`
	Grant  id.ID `json:"grant"`
}

// revoked tells that one was taken back, and of the bookings that depended on it.
type revoked struct {
	Space     id.ID  `json:"space"`
	Member    id.ID  `json:"member"`
	Grant     id.ID  `json:"grant"`
	Bookings  []news `json:"bookings,omitempty"`
	Cancelled bool   `json:"cancelled,omitempty"` // else they are kept
}

type news struct {
	Name     i18n.Text     `json:"name"`
	StartsAt clock.Instant `json:"starts_at"`
}

// Kind names the job.
func (granted) Kind() string { return "certifications.granted" }

// Kind names the job.
func (ending) Kind() string { return "certifications.ending" }

// Kind names the job.
func (lapsed) Kind() string { return "certifications.lapsed" }

// Kind names the job.
func (revoked) Kind() string { return "certifications.revoked" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, s.writeGranted)
	jobs.Handle(q, s.writeEnding)
	jobs.Handle(q, s.writeLapsed)
	jobs.Handle(q, s.writeRevoked)
}

func (s *Service) writeGranted(ctx context.Context, j granted) error {
	return s.tell(ctx, about(j), "granted", func(st Stamp) bool { return st.State == Valid || st.State == Expiring })
}

func (s *Service) writeEnding(ctx context.Context, j ending) error {
	return s.tell(ctx, about(j), "ending", func(st Stamp) bool { return st.State == Expiring })
}

func (s *Service) writeLapsed(ctx context.Context, j lapsed) error {
	return s.tell(ctx, about(j), "lapsed", func(st Stamp) bool { return st.State == Lapsed })
}

func (s *Service) writeRevoked(ctx context.Context, j revoked) error {
	return s.tell(ctx, about{j.Space, j.Member, j.Grant}, "revoked", func(st Stamp) bool { return st.State == Revoked }, j)
}

// tell writes to a person about a certification, in their language, unless the
// news is old.
func (s *Service) tell(ctx context.Context, n about, what string, still func(Stamp) bool, taken ...revoked) error {
	kinds, err := s.store.kinds(ctx, n.Space)
	if err != nil {
		return fault.Wrap(err, "certifications of %s", n.Space)
	}
	held, err := s.store.grants(ctx, n.Space, n.Member)
	if err != nil {
		return fault.Wrap(err, "grants of %s", n.Member)
	}
	used, err := s.used(ctx, n.Space, n.Member, held)
	if err != nil {
		return fault.Wrap(err, "use by %s", n.Member)
	}
	i := slices.IndexFunc(held, func(h Held) bool { return h.ID == n.Grant })
	if i < 0 {
		return nil
	}
	st := stampOf(kinds, held[i], used, s.Clock.Now())
	if !still(st) {
		return nil
	}
	person, err := s.People.Person(ctx, n.Space, n.Member)
	if errors.Is(err, ErrNoSuchHolder) {
		return nil // they left
	}
	if err != nil {
		return fault.Wrap(err, "member %s", n.Member)
	}
	space, err := s.Spaces.Space(ctx, n.Space)
	if err != nil {
		return fault.Wrap(err, "space %s", n.Space)
	}
	m := letter(i18n.For(person.Locale).In(space.Zone), what, st, space, taken...)
	m.To = person.Email
	m.Text += "\n" + s.BaseURL + "/me/stamps\n"
	return fault.Wrap(s.Mail.Send(ctx, m), "send a letter")
}

// letter is the message about a stamp.
func letter(p i18n.Printer, what string, st Stamp, space Space, taken ...revoked) mail.Message {
	key, args := "certifications.mail."+what, []any{"Name", st.Kind.Name, "Space", space.Name, "Reason", st.Grant.RevokedReason}
	if !st.EndsAt.IsZero() {
		args = append(args, "Day", p.LastDate(st.EndsAt, space.Zone))
	}
	text := key + ".text"
	switch {
	case what == "granted" && st.EndsAt.IsZero():
		text = key + ".for_ever"
	case what == "ending" && st.Unused:
		text = key + ".unused"
	}
	lines := []string{p.T(text, args...)}
	for _, t := range taken {
		if len(t.Bookings) == 0 {
			continue
		}
		says := key + ".kept"
		if t.Cancelled {
			says = key + ".cancelled"
		}
		lines = append(lines, "", p.T(says))
		for _, b := range t.Bookings {
			lines = append(lines, "- "+b.Name.In(p.Locale)+", "+p.Moment(b.StartsAt, space.Zone))
		}
	}
	lines = append(lines, "", space.Name.In(p.Locale))
	for _, line := range []string{space.Address, space.Email} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return mail.Message{Subject: p.T(key+".subject", args...), Text: strings.Join(lines, "\n") + "\n"}
}
