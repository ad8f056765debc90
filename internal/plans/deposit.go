package plans

import (
	"context"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// ErrNoDeposit refuses to keep what is not held.
var ErrNoDeposit = fault.Conflict("plans.no_deposit", "No deposit is held of this membership.")

// Deposit is what the space holds of the member's money for this run; zero where none
// was asked for, or it was given back or kept.
func (m Membership) Deposit() money.Amount {
	if !m.DepositSettledAt.IsZero() {
		return money.Of(0, m.Currency)
	}
	return money.Of(m.DepositMinor, m.Currency)
}

// giveDepositBack owes a member the deposit of a run, once.
func (s *Service) giveDepositBack(ctx context.Context, m Membership, at Space) error {
	if m.Deposit().Minor == 0 {
		return nil
	}
	if err := s.settle(ctx, &m, at, "membership.deposit_back", LineBack, m.Deposit().Neg(), true); err != nil {
		return err
	}
	return s.store.updateMembership(ctx, m)
}

// settle charges whoever paid a deposit for it and says that it is settled.
func (s *Service) settle(ctx context.Context, m *Membership, at Space, cause, line string, amount money.Amount, deposit bool) error {
	m.DepositSettledAt = s.Clock.Now()
	today := clock.DayOf(m.DepositSettledAt, at.Zone)
	return s.Billing.Charge(ctx, Charge{
		Space: m.SpaceID, Member: m.MemberID, Settles: true, Deposit: deposit, Amount: amount, Lines: []Line{{Code: line, Amount: amount}},
		Cause: cause, CauseID: m.ID, From: today, To: today, DueOn: today,
	})
}

// KeepDeposit keeps the deposit of a membership, for a reason that its member reads:
// it is no longer theirs, and becomes a fee.
func (s *Service) KeepDeposit(ctx context.Context, by actor.Actor, space, membership id.ID, reason string) (Run, error) {
	var r Run
	if err := by.May("membership.edit", space, "", nil); err != nil {
		return r, err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return r, ErrReasonMissing
	}
	if err := note(reason); err != nil {
		return r, err
	}
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var at Space
		var err error
		if r, at, err = s.hold(ctx, by, space, membership); err != nil {
			return err
		}
		held := r.Deposit()
		if held.Minor == 0 {
			return ErrNoDeposit
		}
		if err := s.settle(ctx, &r.Membership, at, "membership.deposit_kept", LineKept, held.Neg(), true); err != nil {
			return err
		}
		if err := s.settle(ctx, &r.Membership, at, "membership.deposit_fee", LineKept, held, false); err != nil {
			return err
		}
		r.DepositKept = reason
		if err := s.store.updateMembership(ctx, r.Membership); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.edit", r.MemberID, map[string]any{"membership": r.ID, "deposit_kept": held, "reason": reason})
	})
	return r, fault.Wrap(err, "keep the deposit of %s", membership)
}
