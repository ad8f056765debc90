package members

import (
	"context"
	"strings"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// The jobs that tell a person what became of their standing. Each says since when:
// once that has moved on, later news has its own job.
type (
	suspended  news
	reinstated news
)

type news struct {
	Space  id.ID         `json:"space"`
	Member id.ID         `json:"member"`
	Since  clock.Instant `json:"since"` // the suspension that began, or ended
}

// Kind names the job.
func (suspended) Kind() string { return "members.suspended" }

// Kind names the job.
func (reinstated) Kind() string { return "members.reinstated" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, s.writeSuspended)
	jobs.Handle(q, s.writeReinstated)
	jobs.Handle(q, s.writeMerged)
	jobs.Handle(q, s.bringStragglers)
}

func (s *Service) writeSuspended(ctx context.Context, j suspended) error {
	return s.tell(ctx, news(j), "suspended", func(st Standing) bool { return st.SuspendedAt.Equal(j.Since) })
}

func (s *Service) writeReinstated(ctx context.Context, j reinstated) error {
	return s.tell(ctx, news(j), "reinstated", func(st Standing) bool { return !st.Suspended() })
}

// tell writes to a person about their standing, in their language, unless the news is old.
func (s *Service) tell(ctx context.Context, n news, what string, still func(Standing) bool) error {
	st, err := s.store.standing(ctx, n.Space, n.Member)
	if err != nil || !still(st) {
		return fault.Wrap(err, "standing of %s", n.Member)
	}
	m, err := s.store.member(ctx, n.Member)
	if err != nil {
		return fault.Wrap(err, "member %s", n.Member)
	}
	space, err := s.spaces.Space(ctx, n.Space)
	if err != nil {
		return fault.Wrap(err, "space %s", n.Space)
	}
	p := i18n.For(m.Locale)
	lines := []string{p.T("members.mail."+what+".text", "Space", space.Name, "Reason", st.SuspendedReason), ""}
	if st.Suspended() && !st.SuspendedUntil.IsZero() {
		lines = append(lines, p.T("members.mail.suspended.until", "Until", p.Moment(st.SuspendedUntil, space.Zone)), "")
	}
	if st.Suspended() && st.SuspendedBy == ByRule {
		lines = append(lines, p.T("members.mail.suspended.rule"), "")
	}
	return s.mail.Send(ctx, mail.Message{
		To: m.Email, Subject: p.T("members.mail."+what+".subject", "Space", space.Name), Text: strings.Join(append(lines, space.signature(p)), "\n"),
	})
}

// signature is how a letter of the space ends.
func (s Space) signature(p i18n.Printer) string {
	lines := []string{s.Name.In(p.Locale)}
	for _, line := range []string{s.Address, s.Email} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
