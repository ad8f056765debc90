package plans

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrProof refuses a concession of which the staff has seen no proof.
	ErrProof = fault.Invalid("proof", "plans.proof", "Look at the proof first, then tick that you have seen it.")
	// ErrNoProof refuses a concession to whoever has shown nothing that counts.
	ErrNoProof = fault.Forbidden("plans.no_proof", "This price is a concession. Hand in a proof first; once the staff has accepted it, you can join.").On("plan")
	// ErrProofUntil refuses a last day of a proof that is past, or none.
	ErrProofUntil = fault.Invalid("proof_until", "plans.proof_until", "Choose the last day on which the proof counts, from today on, or leave it open.")
)

// Proofs knows what people have shown the staff of themselves.
type Proofs interface {
	// Shown is what lets somebody pay what a group of buyers pays on a day; of an
	// empty group, what lets them have a plan that is a concession.
	Shown(ctx context.Context, space, member id.ID, group string, on clock.Day) (Shown, error)
}

// Shown is a proof of a concession. Its zero value is none.
type Shown struct {
	Handed bool      // one hands in proofs of this; else the staff is asked each time
	Counts bool      // one was accepted, and counts on the day
	By     id.ID     // who accepted it
	Until  clock.Day // the last day on which it counts; empty: always
}

// Conceded reports whether a group's price of a plan is for those who show a proof.
func (p Plan) Conceded(group string) bool { return p.Audience == Concession || group != "" }

// Shows reports whether what somebody showed when they joined counts on a day still.
// What was agreed before that was written down counts always.
func (m Membership) Shows(day clock.Day) bool { return m.ProvedUntil == "" || m.ProvedUntil >= day }

// shown is what somebody has shown for a start, on the day on which it begins.
func (s *Service) shown(ctx context.Context, p Plan, st Start) (Shown, error) {
	if !p.Conceded(st.Group) {
		return Shown{}, nil
	}
	at, err := s.Spaces.Space(ctx, st.Space)
	if err != nil {
		return Shown{}, err
	}
	from := st.From
	if from.IsZero() {
		from = s.Clock.Now()
	}
	return s.Proofs.Shown(ctx, st.Space, st.Member, st.Group, clock.DayOf(from, at.Zone))
}

// attest is a start with the proof of its concession: the one that was handed in and
// accepted, or what the staff says that it has seen, and how long that counts. It
// refuses a concession without.
func (s *Service) attest(ctx context.Context, by actor.Actor, p Plan, st Start) (Start, error) {
	if !p.Conceded(st.Group) {
		return st, nil
	}
	seen, err := s.shown(ctx, p, st)
	if err != nil {
		return st, err
	}
	at, err := s.Spaces.Space(ctx, st.Space)
	if err != nil {
		return st, err
	}
	switch {
	case st.Proof && st.ProofUntil != "" && (!st.ProofUntil.Valid() || st.ProofUntil < clock.DayOf(s.Clock.Now(), at.Zone)):
		return st, ErrProofUntil
	case st.Proof && (staff(by, st.Space) || by.IsHouse()):
		st.provedBy, st.provedUntil = by.Member, st.ProofUntil
	case seen.Counts:
		st.provedBy, st.provedUntil = seen.By, seen.Until
	case by.IsHouse():
	case staff(by, st.Space):
		return st, ErrProof
	default:
		return st, ErrNoProof
	}
	return st, nil
}

// stillConceded sees to the concession of a run before its next period: where what was
// shown counts no more, a newer proof takes its place; without one the group's price
// gives way to everyone's, and a plan that is a concession itself ends.
func (s *Service) stillConceded(ctx context.Context, r *Run, at Space) (goesOn bool, err error) {
	day := clock.DayOf(r.PeriodTo, at.Zone)
	lost, err := s.loses(ctx, r, day)
	if err != nil || !lost {
		return true, err
	}
	detail := map[string]any{"membership": r.ID, "proof_ended": r.ProvedUntil}
	if r.Plan.Audience == Concession {
		r.EndsAt = r.PeriodTo
	} else {
		detail["group"] = r.BuyerGroup
		r.BuyerGroup, r.ProvedBy, r.ProvedUntil = "", "", ""
		if price, _ := r.Plan.PriceFor(""); !r.Plan.FreePrice && price.Currency == r.Currency {
			r.PriceMinor = price.Minor
		}
	}
	return r.Plan.Audience != Concession, s.Audit.Record(ctx, actor.House, r.SpaceID, "membership.edit", r.MemberID, detail)
}

// loses reports whether a run has no proof of its concession on a day; a newer proof
// is taken into it.
func (s *Service) loses(ctx context.Context, r *Run, day clock.Day) (bool, error) {
	if !r.Plan.Conceded(r.BuyerGroup) || r.Shows(day) {
		return false, nil
	}
	seen, err := s.Proofs.Shown(ctx, r.SpaceID, r.MemberID, r.BuyerGroup, day)
	if err == nil && seen.Counts {
		r.ProvedBy, r.ProvedUntil = seen.By, seen.Until
	}
	return !seen.Counts, err
}
