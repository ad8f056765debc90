package plans

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrTeamLimits refuses to spend by oneself what a team has set a limit to.
var ErrTeamLimits = fault.Forbidden("plans.team_limits", "{{.Payer}} pays for you, and your team limits what you may spend. Ask {{.Payer}} or the front desk to start this plan for you.")

// Payers know who pays for what somebody has.
type Payers interface {
	Payer(ctx context.Context, space, member id.ID) (Payer, error)
	// Paid is who paid last for a run of a member: they themselves where nobody did.
	Paid(ctx context.Context, r Run) (Payer, error)
}

// Payer is who pays for what a member has.
type Payer struct {
	Member  id.ID
	Name    string // empty: it is the member
	Team    string // the name of the team that it is for
	Limited bool   // what the member may spend is limited
}

// Other reports whether it is somebody else than the member.
func (p Payer) Other() bool { return p.Name != "" }

// mayOwe refuses a plan that costs something to whoever takes it by themselves, where
// another pays for them and what they spend is limited.
func (s *Service) mayOwe(ctx context.Context, by actor.Actor, p Plan, st Start) error {
	price, err := agreed(p, st)
	if err != nil || price.Minor+p.SetupMinor+p.DepositMinor == 0 {
		return err
	}
	return s.mayHavePaid(ctx, by, st.Space, st.Member)
}

// mayHavePaid refuses to let another pay by oneself where what one spends is limited.
func (s *Service) mayHavePaid(ctx context.Context, by actor.Actor, space, member id.ID) error {
	if by.Member != member {
		return nil
	}
	payer, err := s.Payers.Payer(ctx, space, member)
	if err == nil && payer.Other() && payer.Limited {
		return ErrTeamLimits.With("Payer", payer.Name)
	}
	return err
}

// payers says on a bill who pays what it asks for. What is given back for the run before
// comes off the total where another paid that: it is theirs.
func (s *Service) payers(ctx context.Context, b *Bill, old *Run, st Start) error {
	var err error
	if b.Payer, err = s.Payers.Payer(ctx, st.Space, st.Member); err != nil || old == nil || len(b.Lines) == 0 || b.Lines[0].Code != LineCredit {
		return err
	}
	paid, err := s.Payers.Paid(ctx, *old)
	if err != nil || paid.Member == b.Payer.Member {
		return err
	}
	b.Back, b.BackTo, b.Lines = b.Lines[0], paid, b.Lines[1:]
	b.Total, err = b.Total.Sub(b.Back.Amount)
	return err
}
