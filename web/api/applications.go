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
			return list(each(all, func(w plans.Applicant) PlanApplication {
				return PlanApplication{w.ID, w.MemberID, w.Name, w.PlanID, w.BuyerGroup, moneyOf(w.Price()), string(w.StartsOn), w.Note, w.AskedAt}
			}), after(offset+len(all), int(total))), err
		})
	register(a, "membership.edit", http.MethodPost, "/plan-applications/{id}/approve", "Let somebody who waits join", http.StatusOK,
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
}
