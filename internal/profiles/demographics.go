package profiles

import (
	"context"
	"errors"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrConsent asks for the agreement without which nothing is kept.
	ErrConsent = fault.Invalid("consent", "profiles.consent", "Tick the box to agree, or leave this page: nothing is kept without it.")
	// ErrOption refuses an answer that is not offered.
	ErrOption = fault.Invalid("", "profiles.option", "Choose one of the answers, or none.")
	// errNothing is that somebody told nothing.
	errNothing = errors.New("profiles: nothing told")
)

// Demographics is what a person agreed to have counted: each answer one of Options, or
// empty. It is shown to nobody but themselves; reports count it in groups.
type Demographics struct {
	MemberID    id.ID
	Age         string
	Gender      string
	Student     string
	Returnee    string
	Education   string
	Purpose     string
	ConsentedAt clock.Instant // zero: nothing is told
}

// Questions are what is asked, in order.
var Questions = []string{"age", "gender", "student", "returnee", "education", "purpose"}

// Options are the answers to each question.
var Options = map[string][]string{
	"age":       {"under_16", "16_30", "31_44", "45_64", "65_up"},
	"gender":    {"woman", "man", "other"},
	"student":   {"yes", "no"},
	"returnee":  {"yes", "no"},
	"education": {"school", "vocational", "college", "postgraduate"},
	"purpose":   {"learning", "hobby", "founding"},
}

// Answer is what was told to a question; empty: nothing.
func (d *Demographics) Answer(question string) string {
	if to := d.answer(question); to != nil {
		return *to
	}
	return ""
}

func (d *Demographics) answer(question string) *string {
	return map[string]*string{
		"age": &d.Age, "gender": &d.Gender, "student": &d.Student, "returnee": &d.Returnee, "education": &d.Education, "purpose": &d.Purpose,
	}[question]
}

// AboutMe is what the actor told; the zero Demographics if nothing.
func (s *Service) AboutMe(ctx context.Context, by actor.Actor) (Demographics, error) {
	if !by.SignedIn() {
		return Demographics{}, actor.ErrSignIn
	}
	d, err := s.store.demographics(ctx, by.Member)
	if errors.Is(err, errNothing) {
		return Demographics{MemberID: by.Member}, nil
	}
	return d, fault.Wrap(err, "demographics of %s", by.Member)
}

// TellAboutMe keeps what the actor tells, with the moment they agreed to that.
func (s *Service) TellAboutMe(ctx context.Context, by actor.Actor, consent bool, answers map[string]string) error {
	if !by.SignedIn() {
		return actor.ErrSignIn
	}
	d := Demographics{MemberID: by.Member, ConsentedAt: s.clock.Now()}
	var wrong fault.Many
	if !consent {
		wrong.Add(ErrConsent)
	}
	for _, q := range Questions {
		if a := answers[q]; a != "" && !slices.Contains(Options[q], a) {
			wrong.Add(ErrOption.On(q))
		} else {
			*d.answer(q) = a
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.tell(ctx, d); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "about_me.own", by.Member, map[string]any{"consented": true})
	}), "demographics of %s", by.Member)
}

// WithdrawAboutMe takes the agreement back, and with it everything that was told.
func (s *Service) WithdrawAboutMe(ctx context.Context, by actor.Actor) error {
	if !by.SignedIn() {
		return actor.ErrSignIn
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.forget(ctx, by.Member); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "about_me.own", by.Member, map[string]any{"consented": false})
	}), "demographics of %s", by.Member)
}
