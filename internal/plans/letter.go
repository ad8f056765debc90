package plans

import (
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/internal/actor"
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
	joined    = "joined"   // or trial, where it is to be tried out first
	returned  = "returned" // joined again
	changed   = "changed"
	declined  = "declined" // or declined_change
	renewing  = "renewing" // or ending, where it does not go on, or trial_ends
	renewed   = "renewed"
	paused    = "paused"
	resumed   = "resumed"
	gifted    = "gifted"
	cancelled = "cancelled"
	kept      = "kept" // after all
	calledOff = "called_off"
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
	Approved    bool          `json:"approved,omitempty"` // somebody had asked for it
	Was         id.ID         `json:"was,omitempty"`      // the membership that it took the place of
	Member      id.ID         `json:"member,omitempty"`   // of a membership that is there no more
	Plan        id.ID         `json:"plan,omitempty"`     // the same
	Days        int           `json:"days,omitempty"`     // that were given
	At          clock.Instant `json:"at"`                 // what it is about began or ended then
}

// Kind names the job.
func (news) Kind() string { return "plans.news" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) { jobs.Handle(q, s.tell) }

// letter is what somebody is written: what happened, what it costs, and what comes next.
type letter struct {
	to      id.ID
	what    string
	later   bool // it happens on a day to come, which the subject says
	args    []any
	yes     bool     // it is the answer to what they asked for
	charges []Charge // as they were made, or as they are going to be
	costs   bool     // and where there are none, that is said
	next    []phrase
	path    string
}

// phrase is a sentence of the catalogue. A turn among its args is put into words.
type phrase struct {
	key  string
	args []any
}

// turn is how often a period comes round.
type turn struct {
	unit  Unit
	count int64
}

// tell writes a letter, unless what it tells of is gone or old by now.
func (s *Service) tell(ctx context.Context, n news) error {
	at, err := s.Spaces.Space(ctx, n.Space)
	if err != nil {
		return fault.Wrap(err, "space %s", n.Space)
	}
	var l letter
	switch {
	case n.Application != "":
		l, err = s.answer(ctx, n, at)
	case n.What == calledOff:
		l, err = s.letterOff(ctx, n, at)
	default:
		l, err = s.letterOf(ctx, n, at)
	}
	if err != nil || l.to == "" {
		return fault.Wrap(err, "news of %s %s", n.Membership, n.Application)
	}
	return s.write(ctx, at, n.Space, l)
}

// letterOf is the letter about a membership; to nobody where it is not true any more.
func (s *Service) letterOf(ctx context.Context, n news, at Space) (letter, error) {
	m, err := s.store.membership(ctx, n.Space, n.Membership)
	if errors.Is(err, ErrNoSuchMembership) {
		return letter{}, nil
	}
	if err != nil {
		return letter{}, err
	}
	r, err := s.run(ctx, m)
	if err != nil || !n.still(r) {
		return letter{}, err
	}
	day := func(i clock.Instant) clock.Day { return clock.DayOf(i, at.Zone) }
	l := letter{to: r.MemberID, what: n.What, path: "/me/membership", yes: n.Approved, args: []any{
		"Plan", r.Plan.Name, "Price", r.Price(), "Each", turn{r.Period, r.PeriodCount}, "Renews", day(r.PeriodTo),
	}}
	and := func(args ...any) { l.args = append(l.args, args...) }
	switch n.What {
	case joined, returned, changed:
		return s.letterBegun(ctx, n, r, at, l)
	case renewed:
		and("Until", day(r.PeriodTo).Add(-1))
		l.costs, l.next = true, r.then(at)
		l.charges, err = s.charged(ctx, r, day(n.At), "membership", "membership.deposit")
	case renewing:
		and("Day", day(r.PeriodTo))
		return r.letterBefore(at, l)
	case unproved:
		l.what, l.path = unprovedWords(r), "/me/proofs"
		and("Day", day(r.PeriodTo), "Until", r.ProvedUntil, "Full", r.Plan.Price())
	case paused:
		pause, _ := r.pauseAt(n.At)
		and("Day", day(pause.StartsAt), "Until", day(pause.EndsAt))
		l.next = r.then(at)
	case resumed:
		and("Day", max(day(n.At), day(r.StartsAt)))
		l.next = r.then(at)
	case gifted:
		and("Days", n.Days, "Until", day(r.PeriodTo).Add(-1))
		l.next = r.then(at)
	case kept:
		l.next = r.then(at)
	case cancelled:
		and("Day", day(r.EndsAt))
		l.charges, err = s.charged(ctx, r, day(n.At), "membership.credit")
		if r.Deposit().Minor > 0 {
			l.next = append(l.next, phrase{"plans.mail.deposit_then", []any{"Price", r.Deposit()}})
		}
	case lapsed:
		and("Day", day(r.EndsAt))
		l.next, err = s.settled(ctx, r)
	}
	return l, err
}

// letterBegun is the letter about a membership that begins: for the first time, again,
// or in the place of another.
func (s *Service) letterBegun(ctx context.Context, n news, r Run, at Space, l letter) (letter, error) {
	begins := clock.DayOf(r.StartsAt, at.Zone)
	l.later = r.StartsAt.After(s.Clock.Now())
	l.args = append(l.args, "Day", begins, "Until", clock.DayOf(r.PeriodTo, at.Zone).Add(-1))
	l.costs, l.next = true, r.then(at)
	if n.What == changed {
		if was, err := s.Run(ctx, actor.House, n.Space, n.Was); err == nil {
			l.args = append(l.args, "Was", was.Plan.Name)
		} else if !errors.Is(err, ErrNoSuchMembership) {
			return l, err
		} else {
			l.what = joined
		}
	}
	if r.Trial(r.StartsAt) && r.PeriodTo.Equal(r.TrialEndsAt) { // nothing was charged yet
		if l.what = "trial"; !r.GoesOn() {
			l.what, l.costs = "trial_alone", false
			return l, nil
		}
		return r.ahead(at, l)
	}
	var err error
	l.charges, err = s.charged(ctx, r, begins, "membership", "membership.unused", "membership.deposit")
	return l, err
}

// letterBefore is the letter that comes before a period ends.
func (r Run) letterBefore(at Space, l letter) (letter, error) {
	trial := r.PeriodTo.Equal(r.TrialEndsAt)
	switch {
	case !r.GoesOn():
		l.what = "ending"
		return l, nil
	case trial:
		l.what = "trial_ends"
	}
	return r.ahead(at, l)
}

// ahead adds to a letter what the next period costs, as it is going to be charged.
func (r Run) ahead(at Space, l letter) (letter, error) {
	then, bill, err := r.following(at)
	l.costs, l.charges, l.next = true, bill.charges(then.Membership, "membership"), then.then(at)
	return l, err
}

// then is how a run goes on after its period, in words.
func (r Run) then(at Space) []phrase {
	if r.GoesOn() {
		return []phrase{{"join.then", []any{"Price", r.Price(), "Each", turn{r.Period, r.PeriodCount}, "Day", clock.DayOf(r.PeriodTo, at.Zone)}}}
	}
	end := r.PeriodTo
	if !r.EndsAt.IsZero() {
		end = r.EndsAt
	}
	return []phrase{{"join.ends", []any{"Day", clock.DayOf(end, at.Zone).Add(-1)}}}
}

// charged is what was charged for a run with a day as the first of the period, by what it was for.
func (s *Service) charged(ctx context.Context, r Run, from clock.Day, causes ...string) ([]Charge, error) {
	all, err := s.Billing.Charged(ctx, r.ID)
	return slices.DeleteFunc(all, func(c Charge) bool { return c.From != from || !slices.Contains(causes, c.Cause) }), err
}

// settled says what became of the deposits of somebody whose membership has ended.
func (s *Service) settled(ctx context.Context, r Run) ([]phrase, error) {
	runs, err := s.store.runs(ctx, r.SpaceID, r.MemberID)
	var said []phrase
	for _, over := range runs {
		if over.DepositMinor > 0 && over.DepositKept == "" && over.DepositSettledAt.Equal(r.LapsedAt) {
			said = append(said, phrase{"plans.mail.deposit_back", []any{"Price", money.Of(over.DepositMinor, over.Currency)}})
		}
	}
	return said, err
}

// still reports whether the news is true of a run.
func (n news) still(r Run) bool {
	switch n.What {
	case renewing, unproved:
		return r.PeriodTo.Equal(n.At) && !r.Over(n.At.Add(-1))
	case cancelled:
		return r.CancelledAt.Equal(n.At)
	case kept:
		return r.CancelledAt.IsZero() && r.EndsAt.IsZero()
	case lapsed:
		return r.EndsAt.Equal(n.At)
	case paused:
		_, ok := r.pauseAt(n.At)
		return ok
	case resumed:
		_, again := r.Coming(n.At)
		return !again
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

// answer is the letter to somebody whose request was declined.
func (s *Service) answer(ctx context.Context, n news, at Space) (letter, error) {
	a, err := s.store.application(ctx, n.Space, n.Application)
	if err != nil {
		return letter{}, err
	}
	p, err := s.store.plan(ctx, n.Space, a.PlanID)
	if err != nil {
		return letter{}, err
	}
	l := letter{to: a.MemberID, what: n.What, path: "/s/" + at.Slug + "/plans", args: []any{"Plan", p.Name, "Reason", a.Reason}}
	if a.MembershipID == "" {
		return l, nil
	}
	m, err := s.store.membership(ctx, n.Space, a.MembershipID)
	if errors.Is(err, ErrNoSuchMembership) || err == nil && m.Over(s.Clock.Now()) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	r, err := s.run(ctx, m)
	l.what, l.args, l.path = "declined_change", append(l.args, "Was", r.Plan.Name), "/me/membership"
	return l, err
}

// letterOff is the letter about a membership that was called off before it began.
func (s *Service) letterOff(ctx context.Context, n news, at Space) (letter, error) {
	p, err := s.store.plan(ctx, n.Space, n.Plan)
	l := letter{to: n.Member, what: n.What, path: "/me/membership", args: []any{"Plan", p.Name, "Day", clock.DayOf(n.At, at.Zone)}}
	if err != nil || n.Was == "" {
		return l, err
	}
	m, err := s.store.membership(ctx, n.Space, n.Was)
	if err != nil {
		return l, err
	}
	r, err := s.run(ctx, m)
	l.next = append([]phrase{{"plans.mail.goes_on", []any{"Plan", r.Plan.Name}}}, r.then(at)...)
	return l, err
}

// write sends a letter in the language of the person it is for.
func (s *Service) write(ctx context.Context, at Space, space id.ID, l letter) error {
	who, err := s.People.Person(ctx, space, l.to)
	if err != nil {
		return fault.Wrap(err, "person %s", l.to)
	}
	var others []id.ID
	for _, c := range l.charges {
		if c.Payer != "" && c.Payer != l.to {
			others = append(others, c.Payer)
		}
	}
	names, err := s.People.Names(ctx, space, others)
	if err != nil {
		return fault.Wrap(err, "who pays for %s", l.to)
	}
	p := i18n.For(who.Locale).In(at.Zone)
	lines := append(l.words(p, names), p.T("plans.mail."+l.what+".link"), s.BaseURL+l.path, "", at.Name.In(p.Locale))
	for _, line := range []string{at.Address, at.Email} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return s.Mail.Send(ctx, mail.Message{To: who.Email, Subject: l.subject(p), Text: strings.Join(lines, "\n") + "\n"})
}

func (l letter) subject(p i18n.Printer) string {
	key := "plans.mail." + l.what + ".subject"
	if l.later && p.Has(key+"_later") {
		key += "_later"
	}
	said := phrase{key, l.args}.in(p)
	if l.yes {
		said = p.T("plans.mail.yes.subject", "Subject", said)
	}
	return said
}

// words are the lines of a letter down to its link, with the names of those who pay.
func (l letter) words(p i18n.Printer, names map[id.ID]string) []string {
	text := phrase{"plans.mail." + l.what + ".text", l.args}.in(p)
	if l.yes {
		text = p.Sentences(p.T("plans.mail.yes.text"), text)
	}
	lines := []string{text, ""}
	for _, c := range l.charges {
		lines = append(lines, c.words(p, l.to, names)...)
	}
	if len(l.charges) == 0 && l.costs {
		lines = append(lines, p.T("plans.mail.nothing"))
	}
	for _, n := range l.next {
		lines = append(lines, n.in(p))
	}
	if lines[len(lines)-1] != "" {
		lines = append(lines, "")
	}
	return lines
}

// words are a charge line by line, with its sum and who pays it where that is not who is written to.
func (c Charge) words(p i18n.Printer, to id.ID, names map[id.ID]string) []string {
	other := names[c.Payer]
	if c.Payer == to {
		other = ""
	}
	switch {
	case c.Deposit:
		return []string{p.T("join.deposit", "Price", c.Amount)}
	case c.Amount.Minor < 0 && other != "":
		return []string{p.T("join.back_to", "Name", other, "Price", c.Amount.Neg())}
	}
	var lines []string
	for _, l := range c.Lines {
		lines = append(lines, p.T("plans.mail.line", "Line", l.In(p), "Price", l.Amount))
	}
	lines = append(lines, p.T("plans.mail.sum", "Price", c.Amount))
	switch {
	case other != "":
		lines = append(lines, p.T("plans.mail.payer", "Name", other))
	case c.Amount.Minor < 0:
		lines = append(lines, p.T("plans.mail.back", "Price", c.Amount.Neg()))
	}
	return lines
}

// In puts a line into words.
func (l Line) In(p i18n.Printer) string {
	to := l.To
	if to != "" {
		to = to.Add(-1)
	}
	return p.T("charge.line."+l.Code, "Plan", l.Name, "From", p.DateShortOf(l.From), "To", p.DateShortOf(to), "Days", l.Days, "Of", l.Of)
}

func (ph phrase) in(p i18n.Printer) string {
	args := slices.Clone(ph.args)
	for i, arg := range args {
		if t, ok := arg.(turn); ok {
			args[i] = t.unit.Each(p, t.count)
		}
	}
	return p.T(ph.key, args...)
}
