package api

import (
	"context"
	"net/http"
	"strconv"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/desk"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/reports"
)

// Arrival is somebody who is to come today, is here, or was.
type Arrival struct {
	Kind      string        `json:"kind" enum:"booking,event,visit"`
	ID        id.ID         `json:"id" doc:"Of the booking, the event or the visit."`
	MemberID  id.ID         `json:"member_id"`
	Name      string        `json:"name"`
	What      i18n.Text     `json:"what" doc:"The resource or the event; empty for a visit."`
	State     string        `json:"state" enum:"late,expected,here,done,missed"`
	StartsAt  clock.Instant `json:"starts_at"`
	EndsAt    clock.Instant `json:"ends_at" nullable:"true"`
	VisitID   id.ID         `json:"visit_id,omitempty" doc:"The visit they are in the midst of."`
	Wristband string        `json:"wristband,omitempty"`
	Suspended bool          `json:"suspended"`
	NoPlan    bool          `json:"no_plan"`
}

// Visit is one person's time in the space.
type Visit struct {
	ID           id.ID         `json:"id"`
	SpaceID      id.ID         `json:"space_id"`
	MemberID     id.ID         `json:"member_id"`
	ArrivedAt    clock.Instant `json:"arrived_at"`
	LeftAt       clock.Instant `json:"left_at" nullable:"true"`
	MembershipID id.ID         `json:"membership_id,omitempty" doc:"The pass that was sold for it."`
	Wristband    string        `json:"wristband,omitempty"`
	Paid         string        `json:"paid,omitempty" enum:"cash,card,later"`
	Amount       *Money        `json:"amount,omitempty" doc:"What the pass came to."`
}

func visit(v desk.Visit) Visit {
	said := Visit{ID: v.ID, SpaceID: v.SpaceID, MemberID: v.MemberID, ArrivedAt: v.ArrivedAt, LeftAt: v.LeftAt, MembershipID: v.MembershipID,
		Wristband: v.Wristband, Paid: string(v.Paid)}
	if v.MembershipID != "" {
		said.Amount = &Money{v.Minor, v.Currency}
	}
	return said
}

type arrivalsInput struct {
	Caller
	ID     id.ID  `path:"id"`
	State  string `query:"state" enum:"late,expected,here,done,missed"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"10"`
}

type visitInput struct {
	Caller
	ID      id.ID `path:"id"`
	VisitID id.ID `path:"visit_id"`
}

type walkInInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		MemberID id.ID  `json:"member_id,omitempty" doc:"Somebody known; left out: somebody new."`
		Name     string `json:"name,omitempty"`
		Contact  string `json:"contact,omitempty" doc:"A phone number or an e-mail address."`
		Other    bool   `json:"other,omitempty" doc:"It is none of those who have this number or address."`
		Locale   string `json:"locale,omitempty"`
		Birthday string `json:"birthday,omitempty" format:"date" doc:"Of somebody under 18."`
		Guardian string `json:"guardian,omitempty" doc:"The name of a minor's guardian, who stands there."`
		Verified string `json:"verified,omitempty" doc:"How it was seen that they are the guardian."`
		PlanID   id.ID  `json:"plan_id" doc:"A plan that runs for a day."`
		Group    string `json:"group,omitempty" doc:"Of buyers, whose price is paid."`
		Amount   *Money `json:"amount,omitempty" doc:"Where one pays what one can."`
		Proof    bool   `json:"proof,omitempty" doc:"The desk has seen what a lower price asks for; it counts for this day."`
		Paid     string `json:"paid" enum:"cash,card,later"`
		Signed   []struct {
			WaiverID  id.ID  `json:"waiver_id"`
			VersionID id.ID  `json:"version_id"`
			Language  string `json:"language" enum:"en,zh-CN"`
		} `json:"signed,omitempty" maxItems:"50" doc:"The texts that the signature stands under."`
		Signature string `json:"signature,omitempty" doc:"The full name, as they type it."`
		Drawing   string `json:"drawing,omitempty" doc:"Or an SVG path of M and L on 600 × 200."`
		Wristband string `json:"wristband,omitempty"`
	}
}

// frontDesk are the addresses of the front desk.
func (a *API) frontDesk() {
	register(a, "desk.read", http.MethodGet, "/spaces/{id}/arrivals", "Who comes today", http.StatusOK, a.arrivals)
	register(a, "desk.admit", http.MethodPost, "/spaces/{id}/walk-ins", "Let somebody in with a pass for the day", http.StatusCreated, a.walkIn)
	register(a, "desk.admit", http.MethodPost, "/spaces/{id}/visits", "Let a member in", http.StatusCreated,
		func(ctx context.Context, in *struct {
			Caller
			ID   id.ID `path:"id"`
			Body struct {
				MemberID id.ID `json:"member_id"`
			}
		}) (*body[Visit], error) {
			if _, err := a.space(ctx, in.who.by, in.ID); err != nil {
				return nil, err
			}
			v, err := a.Desk.Arrive(ctx, in.who.by, in.ID, in.Body.MemberID)
			return said(visit(v)), err
		})
	register(a, "desk.read", http.MethodGet, "/spaces/{id}/visits/{visit_id}", "A visit", http.StatusOK,
		func(ctx context.Context, in *visitInput) (*body[Visit], error) { return a.visit(ctx, in, a.Desk.Visit) })
	register(a, "desk.admit", http.MethodPost, "/spaces/{id}/visits/{visit_id}/leave", "Let somebody go", http.StatusOK,
		func(ctx context.Context, in *visitInput) (*body[Visit], error) { return a.visit(ctx, in, a.Desk.Leave) })
}

func (a *API) visit(ctx context.Context, in *visitInput, do func(ctx context.Context, by actor.Actor, space, visit id.ID) (desk.Visit, error)) (*body[Visit], error) {
	if _, err := a.space(ctx, in.who.by, in.ID); err != nil {
		return nil, err
	}
	v, err := do(ctx, in.who.by, in.ID, in.VisitID)
	return said(visit(v)), err
}

func (a *API) arrivals(ctx context.Context, in *arrivalsInput) (*body[List[Arrival]], error) {
	s, err := a.space(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	page := 1
	if in.Cursor != "" {
		if page, err = strconv.Atoi(in.Cursor); err != nil || page < 2 {
			return nil, ErrCursor
		}
	}
	today := clock.DayOf(a.Clock.Now(), s.Location())
	state := reports.ArrivalState(in.State)
	found, err := a.Reports.Arrivals(ctx, in.who.by, s.ID, today.Start(s.Location()), today.Add(1).Start(s.Location()), state, page, in.Limit)
	next := ""
	if page*in.Limit < found.Total(state) {
		next = strconv.Itoa(page + 1)
	}
	return list(each(found.Rows, func(r reports.Arrival) Arrival {
		return Arrival{Kind: string(r.Kind), ID: r.Subject, MemberID: r.Member, Name: r.Name, What: r.What, State: string(r.State),
			StartsAt: r.StartsAt, EndsAt: r.EndsAt, VisitID: r.Visit, Wristband: r.Wristband, Suspended: r.Suspended, NoPlan: r.NoPlan}
	}), next), err
}

func (a *API) walkIn(ctx context.Context, in *walkInInput) (*body[Visit], error) {
	s, err := a.space(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	b, address := in.Body, in.who.from.Address
	w := desk.WalkIn{
		Member: b.MemberID, Other: b.Other, Name: b.Name, Contact: b.Contact, Locale: b.Locale, Birthday: clock.Day(b.Birthday),
		Guardian: desk.Guardian{Name: b.Guardian, Verified: b.Verified, Address: address, Locale: b.Locale},
		Pass:     desk.Choice{Plan: b.PlanID, Group: b.Group, Proof: b.Proof}, Paid: desk.Paid(b.Paid), Wristband: b.Wristband,
		Signature: desk.Signature{Name: b.Signature, Drawing: b.Drawing, Address: address},
	}
	if b.Amount != nil {
		given, err := inCurrency(s, *b.Amount)
		if err != nil {
			return nil, err
		}
		w.Pass.Amount = &given.Minor
	}
	for _, p := range b.Signed {
		w.Papers = append(w.Papers, desk.Paper{Document: p.WaiverID, Version: p.VersionID, Language: p.Language})
	}
	v, err := a.Desk.WalkIn(ctx, in.who.by, s.ID, w)
	return said(visit(v)), err
}
