package api

import (
	"context"
	"errors"
	"net/http"

	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/reports"
)

// Duplicate is two accounts that may be of one person.
type Duplicate struct {
	MemberIDs []id.ID  `json:"member_ids" doc:"Two, the older first."`
	Names     []string `json:"names"`
	Why       []string `json:"why" doc:"phone, name or email."`
}

// MergePreview is what would become of an account, and why it may not.
type MergePreview struct {
	Allowed bool              `json:"allowed"`
	Code    string            `json:"code,omitempty" doc:"Of the refusal, where it is not allowed."`
	Message string            `json:"message,omitempty"`
	Moves   []MergeBelongings `json:"moves"`
}

// MergeBelongings is how many things of a kind go over to the other account.
type MergeBelongings struct {
	Kind  string `json:"kind" doc:"bookings, plans, certifications, seats, charges, visits, notes, proofs or badges."`
	Count int    `json:"count"`
}

type mergePreviewInput struct {
	Caller
	Of
	ID   id.ID `path:"id" doc:"The account that ends."`
	Into id.ID `query:"into" required:"true" doc:"The account that stays."`
}

type mergeInput struct {
	Caller
	ID   id.ID `path:"id" doc:"The account that ends."`
	Body struct {
		SpaceID id.ID  `json:"space_id,omitempty"`
		Into    id.ID  `json:"into" doc:"The account that stays."`
		Confirm string `json:"confirm" doc:"The name of the account that ends. It can't be undone."`
	}
}

func (a *API) merging() {
	register(a, "member.duplicates", http.MethodGet, "/members/duplicates", "Accounts that may be of one person", http.StatusOK, a.duplicates)
	register(a, "member.merge", http.MethodGet, "/members/{id}/merge", "What would become of an account", http.StatusOK, a.mergePreview)
	register(a, "member.merge", http.MethodPost, "/members/{id}/merge", "Make two accounts of one person one", http.StatusOK, a.merge)
}

func (a *API) duplicates(ctx context.Context, in *ofSpaceInput) (*body[List[Duplicate]], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	pairs, err := a.Members.Duplicates(ctx, in.who.by, s.ID)
	return list(each(pairs, func(p members.Pair) Duplicate {
		return Duplicate{
			[]id.ID{p.A.ID, p.B.ID}, []string{p.A.Name, p.B.Name}, each(p.Why, func(w members.Likeness) string { return string(w) }),
		}
	}), ""), err
}

func (a *API) mergePreview(ctx context.Context, in *mergePreviewInput) (*body[MergePreview], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	var p MergePreview
	switch err := a.Members.MayMerge(ctx, in.who.by, s.ID, in.ID, in.Into); {
	case errors.Is(err, members.ErrNoSuchMember) || err != nil && fault.All(err) == nil:
		return nil, err
	case err != nil:
		refused := fault.All(err)[0]
		p.Code, p.Message = refused.Code, in.printer().Fault(refused)
	default:
		p.Allowed = true
	}
	has, err := a.Reports.Belongings(ctx, in.who.by, s.ID, in.ID)
	p.Moves = each(has, func(b reports.Belonging) MergeBelongings { return MergeBelongings(b) })
	return said(p), err
}

func (a *API) merge(ctx context.Context, in *mergeInput) (*body[Member], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	if err := a.Members.Merge(ctx, in.who.by, s.ID, in.ID, in.Body.Into, in.Body.Confirm); err != nil {
		return nil, err
	}
	return a.person(ctx, in.who.by, s.ID, in.Body.Into)
}
