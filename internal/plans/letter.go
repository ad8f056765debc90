package plans

import (
	"context"
	"errors"
	"strings"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/money"
)

// The news that somebody is told, and the ends of the catalogue's keys "plans.mail.<news>".
const (
	joined    = "joined"
	approved  = "approved"
	declined  = "declined"
	renewing  = "renewing" // or ending, where it does not go on
	renewed   = "renewed"
	paused    = "paused"
	cancelled = "cancelled"
	lapsed    = "lapsed"
	unproved  = "unproved" // the proof of a concession does not count in the next period
)

// news is the job that tells a person what became of their membership, or of what
// they asked for.
type news struct {
	What        string        `json:"what"`
	Space       id.ID         `json:"space"`
	Membership  id.ID         `json:"membership,omitempty"`
	Application id.ID         `json:"application,omitempty"`
	At          clock.Instant `json:"at"` // what it is about began or ended then
}

// Kind names the job.
func (news) Kind() string { return "plans.news" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) { jobs.Handle(q, s.tell) }

// tell writes a letter, unless what it tells of is gone or old by now.
func (s *Service) tell(ctx context.Context, n news) error {
	if n.Application != "" {
		return s.tellApplicant(ctx, n)
	}
	m, err := s.store.membership(ctx, n.Space, n.Membership)
	if errors.Is(err, ErrNoSuchMembership) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, "membership %s", n.Membership)
	}
	r, err := s.run(ctx, m)
	if err != nil || !n.still(r) {
		return err
	}
	at, err := s.Spaces.Space(ctx, n.Space)
	if err != nil {
		return fault.Wrap(err, "space %s", n.Space)
	}
	path := "/me/membership"
	what, args := n.What, []any{"Plan", r.Plan.Name, "Price", r.Price(), "Space", at.Name}
	switch what {
	case joined, approved, renewed:
		args = append(args, "Day", clock.DayOf(r.StartsAt, at.Zone), "Until", clock.DayOf(r.PeriodTo, at.Zone).Add(-1))
	case renewing:
		args = append(args, "Day", clock.DayOf(r.PeriodTo, at.Zone))
		if !r.GoesOn() {
			what = "ending"
		}
	case unproved:
		what, path = unprovedWords(r), "/me/proofs"
		args = append(args, "Day", clock.DayOf(r.PeriodTo, at.Zone), "Until", r.ProvedUntil, "Full", r.Plan.Price())
	case cancelled, lapsed:
		args = append(args, "Day", clock.DayOf(r.EndsAt, at.Zone))
	case paused:
		pause, _ := r.pauseAt(n.At)
		args = append(args, "Day", clock.DayOf(pause.StartsAt, at.Zone), "Until", clock.DayOf(pause.EndsAt, at.Zone), "Renews", clock.DayOf(r.PeriodTo, at.Zone))
	}
	return s.write(ctx, at, n.Space, r.MemberID, what, args, path)
}

// still reports whether the news is true of a run.
func (n news) still(r Run) bool {
	switch n.What {
	case renewing, unproved:
		return r.PeriodTo.Equal(n.At) && !r.Over(n.At.Add(-1))
	case cancelled:
		return r.CancelledAt.Equal(n.At)
	case lapsed:
		return r.EndsAt.Equal(n.At)
	case paused:
		_, ok := r.pauseAt(n.At)
		return ok
	}
	return true
}

// unprovedWords are the end of the letter's key: what becomes of the membership.
func unprovedWords(r Run) string {
	if r.Plan.Audience == Concession {
		return "unproved_ends"
	}
	return "unproved_full"
}

func (r Run) pauseAt(start clock.Instant) (Pause, bool) {
	for _, p := range r.Pauses {
		if p.StartsAt.Equal(start) && p.EndsAt.After(p.StartsAt) {
			return p, true
		}
	}
	return Pause{}, false
}

func (s *Service) tellApplicant(ctx context.Context, n news) error {
	a, err := s.store.application(ctx, n.Space, n.Application)
	if err != nil {
		return fault.Wrap(err, "application %s", n.Application)
	}
	at, err := s.Spaces.Space(ctx, n.Space)
	if err != nil {
		return fault.Wrap(err, "space %s", n.Space)
	}
	p, err := s.store.plan(ctx, n.Space, a.PlanID)
	if err != nil {
		return fault.Wrap(err, "plan %s", a.PlanID)
	}
	args := []any{"Plan", p.Name, "Price", money.Of(a.PriceMinor, a.Currency), "Space", at.Name, "Reason", a.Reason}
	return s.write(ctx, at, n.Space, a.MemberID, n.What, args, "/s/"+at.Slug+"/plans")
}

// write sends a letter in the language of the person it is for.
func (s *Service) write(ctx context.Context, at Space, space, member id.ID, what string, args []any, path string) error {
	who, err := s.People.Person(ctx, space, member)
	if err != nil {
		return fault.Wrap(err, "person %s", member)
	}
	p := i18n.For(who.Locale).In(at.Zone)
	lines := []string{p.T("plans.mail."+what+".text", args...), "", s.BaseURL + path, "", at.Name.In(p.Locale)}
	for _, line := range []string{at.Address, at.Email} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return s.Mail.Send(ctx, mail.Message{To: who.Email, Subject: p.T("plans.mail."+what+".subject", args...), Text: strings.Join(lines, "\n") + "\n"})
}
