package api

import (
	"context"
	"net/http"

	"guildhall/internal/billing"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/plans"
)

// Charge is an amount that is due; below zero it is owed to the member.
type Charge struct {
	ID            id.ID        `json:"id"`
	MemberID      id.ID        `json:"member_id" doc:"Who pays."`
	BeneficiaryID id.ID        `json:"beneficiary_id" doc:"Whom it is for: who pays, or somebody of their team."`
	Kind          string       `json:"kind" enum:"fee,deposit,payment"`
	Stream        string       `json:"stream" doc:"The income that it is; empty for a deposit."`
	Amount        Money        `json:"amount"`
	Lines         []ChargeLine `json:"lines" doc:"How it came about."`
	Cause         string       `json:"cause"`
	CauseID       id.ID        `json:"cause_id"`
	From          clock.Day    `json:"period_from"`
	To            clock.Day    `json:"period_to" doc:"The day after the last."`
	DueOn         clock.Day    `json:"due_on"`
}

// ChargeLine is one step of how an amount came about.
type ChargeLine struct {
	Code   string    `json:"code" doc:"period, part, credit, trial, gift, setup or deposit."`
	Name   i18n.Text `json:"name"`
	From   clock.Day `json:"from,omitempty"`
	To     clock.Day `json:"to,omitempty" doc:"The day after the last."`
	Days   int       `json:"days,omitempty" doc:"That are counted; left out where it is a whole period, or no days at all."`
	Of     int       `json:"of,omitempty" doc:"How many days the whole has; left out where no part of it is counted."`
	Amount Money     `json:"amount"`
}

// Change is a change of plan, made, asked for or only worked out.
type Change struct {
	Preview    bool         `json:"preview"`
	Asks       bool         `json:"asks" doc:"The staff says yes first: what it costs is reckoned anew when they do."`
	Membership *Membership  `json:"membership,omitempty" doc:"As it runs now; where the staff says yes first, the request, with status waiting."`
	Lines      []ChargeLine `json:"lines"`
	Total      Money        `json:"total"`
	Deposit    Money        `json:"deposit"`
	Back       *Returned    `json:"back,omitempty" doc:"What was paid for the days that are left of the plan before, where another paid that than pays for this: it goes to them, and is not among the lines."`
}

// Returned is what somebody gets back.
type Returned struct {
	MemberID id.ID `json:"member_id"`
	Amount   Money `json:"amount"`
}

type actInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID `json:"space_id,omitempty"`
	}
}

type giftInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Days    int    `json:"days" doc:"So many days longer, for nothing."`
		Reason  string `json:"reason" maxLength:"500"`
	}
}

type keepInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Reason  string `json:"reason" maxLength:"500" doc:"Shown to the member."`
	}
}

type pausingInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		From    string `json:"from,omitempty" format:"date" doc:"Without it, today."`
		Until   string `json:"until" format:"date" doc:"The day on which it runs again."`
		Reason  string `json:"reason,omitempty" maxLength:"500" doc:"With one, the staff may go past the limits of the plan."`
	}
}

type endInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Now     bool   `json:"now,omitempty" doc:"At once; else at the end of a period."`
		Aside   bool   `json:"aside,omitempty" doc:"The staff sets minimum term and notice aside, with a reason."`
		Credit  bool   `json:"credit,omitempty" doc:"With now: the staff gives back what was paid for the days that are left."`
		Reason  string `json:"reason,omitempty" maxLength:"500"`
	}
}

type changeInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		PlanID  id.ID  `json:"plan_id"`
		On      string `json:"on,omitempty" format:"date" doc:"Without it, now."`
		Preview bool   `json:"preview,omitempty" doc:"Only say what it would cost."`
		Group   string `json:"group,omitempty"`
		Amount  *int64 `json:"amount,omitempty"`
		Code    string `json:"code,omitempty"`
		Proof   bool   `json:"proof,omitempty"`
		Until   string `json:"proof_until,omitempty" format:"date" doc:"The last day on which the proof counts; without it, always."`
		Note    string `json:"note,omitempty" maxLength:"500" doc:"To the staff, where they say yes first."`
	}
}

type chargesInput struct {
	Caller
	Of
	Part
	Whose
}

// memberships has what can be done with one, and what is owed.
func (a *API) memberships() {
	act := func(path, summary string, do func(ctx context.Context, in *actInput, space id.ID) (plans.Run, error)) {
		register(a, "membership.own", http.MethodPost, "/memberships/{id}/"+path, summary, http.StatusOK,
			func(ctx context.Context, in *actInput) (*body[Membership], error) {
				s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
				if err != nil {
					return nil, err
				}
				r, err := do(ctx, in, s.ID)
				return said(membership(r, a.Clock.Now())), err
			})
	}
	act("resume", "End a pause", func(ctx context.Context, in *actInput, space id.ID) (plans.Run, error) {
		return a.Plans.Resume(ctx, in.who.by, space, in.ID)
	})
	act("keep", "Take a cancellation back", func(ctx context.Context, in *actInput, space id.ID) (plans.Run, error) {
		return a.Plans.Keep(ctx, in.who.by, space, in.ID)
	})
	act("renew", "Buy another period of a membership that ends by itself, or begin anew with one that has ended", func(ctx context.Context, in *actInput, space id.ID) (plans.Run, error) {
		return a.Plans.Renew(ctx, in.who.by, space, in.ID)
	})
	register(a, "membership.own", http.MethodPost, "/memberships/{id}/pause", "Pause a membership", http.StatusOK,
		func(ctx context.Context, in *pausingInput) (*body[Membership], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			r, err := a.Plans.Pause(ctx, in.who.by, s.ID, in.ID, plans.Pausing{From: clock.Day(in.Body.From), Until: clock.Day(in.Body.Until), Reason: in.Body.Reason})
			return said(membership(r, a.Clock.Now())), err
		})
	register(a, "membership.own", http.MethodPost, "/memberships/{id}/cancel", "Cancel a membership", http.StatusOK,
		func(ctx context.Context, in *endInput) (*body[Membership], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			b := in.Body
			r, err := a.Plans.CancelMembership(ctx, in.who.by, s.ID, in.ID, plans.Cancellation{Now: b.Now, Aside: b.Aside, Credit: b.Credit, Reason: b.Reason})
			return said(membership(r, a.Clock.Now())), err
		})
	register(a, "membership.edit", http.MethodPost, "/memberships/{id}/gift", "Let a membership run some days longer, for nothing", http.StatusOK,
		func(ctx context.Context, in *giftInput) (*body[Membership], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			r, err := a.Plans.Gift(ctx, in.who.by, s.ID, in.ID, in.Body.Days, in.Body.Reason)
			return said(membership(r, a.Clock.Now())), err
		})
	register(a, "membership.edit", http.MethodPost, "/memberships/{id}/keep-deposit", "Keep the deposit of a membership", http.StatusOK,
		func(ctx context.Context, in *keepInput) (*body[Membership], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			r, err := a.Plans.KeepDeposit(ctx, in.who.by, s.ID, in.ID, in.Body.Reason)
			return said(membership(r, a.Clock.Now())), err
		})
	a.planApplications()
	a.planOrder()
	register(a, "membership.own", http.MethodPost, "/memberships/{id}/change", "Change to another plan, or see what that costs", http.StatusOK, a.changePlan)
	register(a, "charge.read", http.MethodGet, "/charges", "What somebody was charged, the latest first", http.StatusOK,
		func(ctx context.Context, in *chargesInput) (*body[List[Charge]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			p, err := a.Billing.Charges(ctx, in.who.by, s.ID, in.of(in.who.by), in.Limit, in.Cursor)
			return list(each(p.Items, charge), p.Next), err
		})
}

func (a *API) changePlan(ctx context.Context, in *changeInput) (*body[Change], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	wish := plans.Changing{Plan: b.PlanID, On: clock.Day(b.On), Group: b.Group, Amount: b.Amount, Code: b.Code, Proof: b.Proof, Until: clock.Day(b.Until), Note: b.Note}
	answer := Change{Preview: b.Preview}
	var bill plans.Bill
	if b.Preview {
		bill, err = a.Plans.PreviewChange(ctx, in.who.by, s.ID, in.ID, wish)
	} else {
		var done plans.Joined
		done, bill, err = a.Plans.Change(ctx, in.who.by, s.ID, in.ID, wish)
		now := a.joined(done)
		answer.Membership = &now
	}
	if err != nil {
		return nil, err
	}
	return said(reckoned(answer, bill)), nil
}

// reckoned is an answer with what it costs.
func reckoned(answer Change, bill plans.Bill) Change {
	answer.Lines = each(bill.Lines, planLine)
	answer.Asks, answer.Total, answer.Deposit = bill.Asks, moneyOf(bill.Total), moneyOf(bill.Deposit)
	if bill.BackTo.Member != "" {
		answer.Back = &Returned{bill.BackTo.Member, moneyOf(bill.Back.Amount.Neg())}
	}
	return answer
}

func planLine(l plans.Line) ChargeLine {
	return ChargeLine{l.Code, l.Name, l.From, l.To, int(l.Days), int(l.Of), moneyOf(l.Amount)}
}

func charge(c billing.Charge) Charge {
	return Charge{
		ID: c.ID, MemberID: c.MemberID, BeneficiaryID: c.BeneficiaryID, Kind: string(c.Kind), Stream: string(c.Stream), Amount: moneyOf(c.Amount()), Cause: c.Cause, CauseID: c.CauseID,
		From: c.PeriodFrom, To: c.PeriodTo, DueOn: c.DueOn,
		Lines: each(c.Lines, func(l billing.Line) ChargeLine {
			return ChargeLine{l.Code, l.Name, l.From, l.To, int(l.Days), int(l.Of), moneyOf(money.Of(l.Minor, c.Currency))}
		}),
	}
}
