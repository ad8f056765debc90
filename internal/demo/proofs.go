package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/pdf"
	"guildhall/internal/plans"
	"guildhall/internal/proofs"
)

// handedIn are proofs of numbered members, from the longest ago to the latest; those
// without a verdict wait.
var handedIn = []struct {
	member  int
	kind    proofs.Kind
	name    string
	photo   bool
	days    int // ago
	until   int // days from now that it counts; 0: see refused
	refused string
}{
	{8, "student", "Enrolment winter term.pdf", false, 90, 120, ""},
	{5, "insurance", "Liability insurance.pdf", false, 60, 300, ""},
	{6, "student", "student card.jpg", true, 40, 0, "The card ran out in September. Please send the new one."},
	{6, "student", "new student card.jpg", true, 2, 0, ""},
	{7, "student", "学生证.jpg", true, 1, 0, ""},
	{9, "insurance", "Haftpflichtversicherung-Bestätigung-2027-Karl-Friedrich-vollständig.pdf", false, 1, 0, ""},
	{12, "identity", "passport.jpg", true, 0, 0, ""},
}

// proofsHandedIn has members hand in proofs, of which the desk has looked at some.
func (s *seeder) proofsHandedIn(ctx context.Context, at *site) error {
	defer s.Clock.Set(s.Clock.Now())
	desk, err := s.Members.Actor(ctx, s.people["desk@"+Domain])
	if err != nil {
		return err
	}
	for i, h := range handedIn {
		s.Clock.Set(s.now.Add(-time.Duration(h.days)*24*time.Hour - time.Duration(i)*17*time.Minute))
		member := s.people[numberedAt(h.member)]
		who, err := s.Members.Actor(ctx, member)
		if err != nil {
			return err
		}
		file, err := proofFile(i, h.photo, who, s.Clock.Now())
		if err != nil {
			return err
		}
		p, err := s.Proofs.HandIn(ctx, who, at.space, member, h.kind, h.name, file)
		if err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		v := proofs.Verdict{Accept: h.until > 0, Reason: h.refused}
		if h.until > 0 {
			v.ExpiresOn = clock.DayOf(s.now, time.UTC).Add(h.until)
		} else if h.refused == "" {
			continue
		}
		if _, err := s.Proofs.Review(ctx, desk, at.space, p.ID, v); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		if h.kind != "student" || h.until == 0 {
			continue
		}
		if err := s.studies(ctx, at, who); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
	}
	return nil
}

// studies has somebody whose proof was accepted take the plan for students by themselves.
func (s *seeder) studies(ctx context.Context, at *site, who actor.Actor) error {
	runs, err := s.Plans.Runs(ctx, who, at.space, who.Member)
	if err != nil {
		return err
	}
	if r, on := plans.Current(runs, s.Clock.Now()); on {
		_, _, err = s.Plans.Change(ctx, who, at.space, r.ID, plans.Changing{Plan: at.plans["student"]})
		return err
	}
	_, err = s.Plans.Join(ctx, who, plans.Joining{Space: at.space, Plan: at.plans["student"]})
	return err
}

// proofFile is a file as it could be handed in: a photograph, or a letter.
func proofFile(n int, photo bool, who actor.Actor, at clock.Instant) (io.Reader, error) {
	if photo {
		return face(n)
	}
	paper := pdf.New("Confirmation", "Demo", at.Time)
	paper.Heading(1, "Confirmation")
	paper.Text(pdf.Run{Text: who.Name + " is enrolled and insured. This paper is part of the demo."})
	body, err := paper.Bytes()
	return bytes.NewReader(body), err
}
