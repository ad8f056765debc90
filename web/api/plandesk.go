package api

import (
	"context"
	"net/http"

	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/plans"
)

// PlanApplication is somebody's wish to join, which waits for the staff.
type PlanApplication struct {
	ID       id.ID         `json:"id"`
	MemberID id.ID         `json:"member_id"`
	Name     string        `json:"name" doc:"The person's."`
	PlanID   id.ID         `json:"plan_id"`
	Group    string        `json:"group" doc:"Of buyers, whose price is asked for; empty: everyone's."`
	Price    Money         `json:"price" doc:"Of a period, as it was when they asked."`
	StartsOn string        `json:"starts_on" doc:"A day of the space; empty: when it is approved."`
	Note     string        `json:"note"`
	AskedAt  clock.Instant `json:"asked_at"`
}

// PlanSettings are what a space has chosen about its memberships.
type PlanSettings struct {
	SpaceID      id.ID  `json:"space_id,omitempty"`
	OnLapse      string `json:"on_lapse" enum:"cancel,flag" doc:"What becomes of bookings when a membership has ended."`
	ReminderDays int    `json:"reminder_days" doc:"A letter comes so many days before a period ends; 0: none."`
}

type waitingInput struct {
	Caller
	Of
}

type approveInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID `json:"space_id,omitempty"`
		Proof   bool  `json:"proof,omitempty" doc:"The staff has seen the proof of a concession."`
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

type movePlanInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID `json:"space_id,omitempty"`
		Up      bool  `json:"up,omitempty" doc:"One place up; else one down."`
	}
}

type planSettingsInput struct {
	Caller
	Body PlanSettings
}

// planDesk has what the staff does about plans: answers to those who wait, their order
// and their settings.
func (a *API) planDesk() {
	register(a, "membership.edit", http.MethodGet, "/plan-applications", "Those who wait for the staff, the first who asked first", http.StatusOK,
		func(ctx context.Context, in *waitingInput) (*body[List[PlanApplication]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Plans.Waiting(ctx, in.who.by, s.ID)
			return list(each(all, func(w plans.Applicant) PlanApplication {
				return PlanApplication{w.ID, w.MemberID, w.Name, w.PlanID, w.BuyerGroup, moneyOf(w.Price()), string(w.StartsOn), w.Note, w.AskedAt}
			}), ""), err
		})
	register(a, "membership.edit", http.MethodPost, "/plan-applications/{id}/approve", "Let somebody who waits join", http.StatusOK,
		func(ctx context.Context, in *approveInput) (*body[Membership], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			m, err := a.Plans.Approve(ctx, in.who.by, s.ID, in.ID, in.Body.Proof)
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
	register(a, "plan.edit", http.MethodPost, "/plans/{id}/move", "Put a plan one place further up or down", http.StatusOK,
		func(ctx context.Context, in *movePlanInput) (*body[List[Plan]], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			if err := a.Plans.Reorder(ctx, in.who.by, s.ID, in.ID, in.Body.Up); err != nil {
				return nil, err
			}
			all, err := a.Plans.Plans(ctx, s.ID)
			return list(each(all, plan), ""), err
		})
	register(a, "plan.edit", http.MethodGet, "/plan-settings", "What a space has chosen about its memberships", http.StatusOK,
		func(ctx context.Context, in *waitingInput) (*body[PlanSettings], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			set, err := a.Plans.Settings(ctx, s.ID)
			return said(PlanSettings{SpaceID: s.ID, OnLapse: set.OnLapse, ReminderDays: int(set.ReminderDays)}), err
		})
	register(a, "plan.edit", http.MethodPut, "/plan-settings", "Choose about memberships", http.StatusOK,
		func(ctx context.Context, in *planSettingsInput) (*body[PlanSettings], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			set := plans.Settings{SpaceID: s.ID, OnLapse: in.Body.OnLapse, ReminderDays: int64(in.Body.ReminderDays)}
			in.Body.SpaceID = s.ID
			return said(in.Body), a.Plans.Set(ctx, in.who.by, set)
		})
}
