package api

import (
	"context"
	"net/http"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/plans"
)

// PlanApplication is somebody's wish for a plan, which waits for the staff.
type PlanApplication struct {
	ID           id.ID         `json:"id"`
	MemberID     id.ID         `json:"member_id"`
	Name         string        `json:"name" doc:"The person's."`
	PlanID       id.ID         `json:"plan_id"`
	MembershipID id.ID         `json:"membership_id,omitempty" doc:"That it would take the place of; left out where they had no plan when they asked."`
	Group        string        `json:"group" doc:"Of buyers, whose price is asked for; empty: everyone's."`
	Price        Money         `json:"price" doc:"Of a period, as it was when they asked."`
	StartsOn     string        `json:"starts_on" doc:"A day of the space; empty: when it is approved."`
	Note         string        `json:"note"`
	AskedAt      clock.Instant `json:"asked_at"`
	Lines        []ChargeLine  `json:"lines" doc:"What a yes charges now."`
	Total        Money         `json:"total"`
	Deposit      Money         `json:"deposit"`
	Against      string        `json:"against,omitempty" doc:"The code of what stands against a yes as things are."`
}

// OwnApplication is what the caller has asked for.
type OwnApplication struct {
	ID           id.ID         `json:"id"`
	PlanID       id.ID         `json:"plan_id"`
	MembershipID id.ID         `json:"membership_id,omitempty" doc:"That it would take the place of; left out where the caller had no plan."`
	Status       string        `json:"status" enum:"waiting,approved,declined"`
	Price        Money         `json:"price" doc:"Of a period, as it was when it was asked for."`
	AskedAt      clock.Instant `json:"asked_at"`
	Reason       string        `json:"reason" doc:"Why it was declined; empty where the caller took it back."`
}

func application(w plans.Applicant) PlanApplication {
	a := PlanApplication{
		ID: w.ID, MemberID: w.MemberID, Name: w.Name, PlanID: w.PlanID, MembershipID: w.MembershipID, Group: w.BuyerGroup, Price: moneyOf(w.Price()),
		StartsOn: string(w.StartsOn), Note: w.Note, AskedAt: w.AskedAt,
		Lines: each(w.Bill.Lines, planLine), Total: moneyOf(w.Bill.Total), Deposit: moneyOf(w.Bill.Deposit),
	}
	a.Total.Currency, a.Deposit.Currency = w.Currency, w.Currency // also where nothing could be reckoned
	if refusals := fault.All(w.Against); refusals != nil {
		a.Against = refusals[0].Code
	}
	return a
}

func ownApplication(w plans.Application) OwnApplication {
	o := OwnApplication{ID: w.ID, PlanID: w.PlanID, MembershipID: w.MembershipID, Status: "waiting", Price: moneyOf(w.Price()), AskedAt: w.AskedAt, Reason: w.Reason}
	switch {
	case w.Approved:
		o.Status = "approved"
	case !w.Waits():
		o.Status = "declined"
	}
	return o
}

type applicationsInput struct {
	Caller
	Of
	Part
}

type approveInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Proof   bool   `json:"proof,omitempty" doc:"The staff has seen the proof of a concession. One that was handed in and accepted needs none."`
		Until   string `json:"proof_until,omitempty" format:"date" doc:"The last day on which that counts; without it, always."`
	}
}

type declineInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Reason  string `json:"reason" maxLength:"500" doc:"They are told."`
	}
}

// planApplications has the answers to those who wait for the staff.
func (a *API) planApplications() {
	register(a, "membership.edit", http.MethodGet, "/plan-applications", "Those who wait for the staff, the first who asked first", http.StatusOK,
		func(ctx context.Context, in *applicationsInput) (*body[List[PlanApplication]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			offset, err := offsetOf(in.Cursor)
			if err != nil {
				return nil, err
			}
			all, total, err := a.Plans.Waiting(ctx, in.who.by, s.ID, offset, in.Limit)
			return list(each(all, application), after(offset+len(all), int(total))), err
		})
	register(a, "membership.edit", http.MethodPost, "/plan-applications/{id}/approve", "Let somebody who waits join, or change to what they asked for", http.StatusOK,
		func(ctx context.Context, in *approveInput) (*body[Membership], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			m, err := a.Plans.Approve(ctx, in.who.by, s.ID, in.ID, in.Body.Proof, clock.Day(in.Body.Until))
			return said(membership(plans.Run{Membership: m}, a.Clock.Now())), err
		})
	register(a, "membership.edit", http.MethodPost, "/plan-applications/{id}/decline", "Say no to somebody who waits", http.StatusNoContent,
		func(ctx context.Context, in *declineInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Plans.Decline(ctx, in.who.by, s.ID, in.ID, in.Body.Reason)
		})
	register(a, "membership.own", http.MethodGet, "/me/plan-applications", "What the caller has asked for, the latest first", http.StatusOK,
		func(ctx context.Context, in *ofSpaceInput) (*body[List[OwnApplication]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Plans.Applications(ctx, in.who.by, s.ID, in.who.by.Member)
			return list(each(all, ownApplication), ""), err
		})
	register(a, "membership.own", http.MethodPost, "/me/plan-applications/{id}/withdraw", "Take back what one has asked for", http.StatusNoContent,
		func(ctx context.Context, in *actInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Plans.Withdraw(ctx, in.who.by, s.ID, in.ID)
		})
}
