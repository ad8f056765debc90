package api

import (
	"context"
	"net/http"

	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/id"
	"guildhall/internal/privacy"
)

// Export is a file of everything about the caller.
type Export struct {
	ID        id.ID          `json:"id"`
	Status    privacy.Status `json:"status" enum:"in_the_making,ready,fetched,expired"`
	Done      int            `json:"done" doc:"Parts that are gathered."`
	Steps     int            `json:"steps" doc:"Parts that it is made of; 0 before it is begun."`
	AskedAt   clock.Instant  `json:"asked_at"`
	ExpiresAt clock.Instant  `json:"expires_at"`
	Size      int            `json:"size" doc:"Bytes, once it is ready."`
	FetchWith string         `json:"fetch_with" doc:"The address to POST to for the ZIP, once."`
}

type zipOutput struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

type eraseInput struct {
	Caller
	Body struct {
		Confirm string `json:"confirm" maxLength:"254" doc:"The e-mail address of the account."`
	}
}

type erasePersonInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID  `json:"space_id"`
		Confirm string `json:"confirm" maxLength:"254" doc:"The e-mail address of the account."`
	}
}

func (a *API) privacy() {
	a.children()
	register(a, "privacy.own", http.MethodGet, "/me/export", "The caller's newest file of all their data; the first time it is begun", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[Export], error) {
			list, err := a.Privacy.Exports(ctx, in.who.by)
			if err != nil {
				return nil, err
			}
			if len(list) > 0 {
				return said(a.export(list[0])), nil
			}
			e, err := a.Privacy.Ask(ctx, in.who.by)
			return said(a.export(e)), err
		})
	register(a, "privacy.own", http.MethodPost, "/me/export", "Have a file of all the caller's data put together", http.StatusAccepted,
		func(ctx context.Context, in *anyInput) (*body[Export], error) {
			e, err := a.Privacy.Ask(ctx, in.who.by)
			return said(a.export(e)), err
		})
	register(a, "privacy.own", http.MethodPost, "/me/export/{id}/fetch", "The ZIP, given once", http.StatusOK,
		func(ctx context.Context, in *idInput) (*zipOutput, error) {
			zip, err := a.Privacy.Fetch(ctx, in.who.by, in.ID)
			return &zipOutput{"application/zip", `attachment; filename="guildhall-data.zip"`, "no-store", zip}, err
		})
	register(a, "privacy.own", http.MethodPost, "/me/erase", "Erase the caller for good", http.StatusNoContent,
		func(ctx context.Context, in *eraseInput) (*nothing, error) {
			return nil, a.Privacy.Erase(ctx, in.who.by, "", in.who.by.Member, in.Body.Confirm)
		})
	register(a, "privacy.erase", http.MethodPost, "/members/{id}/erase", "Erase a person of a space for good", http.StatusNoContent,
		func(ctx context.Context, in *erasePersonInput) (*nothing, error) {
			return nil, a.Privacy.Erase(ctx, in.who.by, in.Body.SpaceID, in.ID, in.Body.Confirm)
		})
}

func (a *API) export(e privacy.Export) Export {
	return Export{
		ID: e.ID, Status: e.Status(a.Clock.Now()), Done: int(e.Done), Steps: int(e.Steps), AskedAt: e.AskedAt, ExpiresAt: e.ExpiresAt,
		Size: int(e.Size), FetchWith: Prefix + "/me/export/" + e.ID.String() + "/fetch",
	}
}

// Child is a minor for whom the caller answers, or is asked to.
type Child struct {
	ID       id.ID  `json:"id" doc:"Of the guardianship."`
	SpaceID  id.ID  `json:"space_id"`
	MemberID id.ID  `json:"member_id"`
	Name     string `json:"name"`
	Answers  bool   `json:"answers" doc:"The caller has consented and answers for them now."`
}

type childExportInput struct {
	Caller
	ID     id.ID `path:"id" doc:"Of the guardianship."`
	Export id.ID `path:"export_id"`
}

type eraseChildInput struct {
	Caller
	ID   id.ID `path:"id" doc:"Of the guardianship."`
	Body struct {
		Confirm string `json:"confirm" maxLength:"254" doc:"The e-mail address of the child's account, or the name where there is none."`
	}
}

// children are the addresses for who answers for a minor.
func (a *API) children() {
	register(a, "guardian.own", http.MethodGet, "/me/children", "The minors for whom the caller answers, or is asked to", http.StatusOK,
		func(ctx context.Context, in *anyInput) (*body[List[Child]], error) {
			all, err := a.Consent.Children(ctx, in.who.by, in.who.by.Locale)
			return list(each(all, func(c consent.Child) Child {
				return Child{ID: c.Guardianship.ID, SpaceID: c.SpaceID, MemberID: c.MemberID, Name: c.Minor.Name, Answers: c.Runs()}
			}), ""), err
		})
	register(a, "privacy.ward", http.MethodGet, "/me/children/{id}/exports", "The latest files of all a child's data that the caller asked for, the newest first", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[List[Export]], error) {
			all, err := a.Privacy.WardExports(ctx, in.who.by, in.ID)
			return list(each(all, func(e privacy.Export) Export { return a.childExport(in.ID, e) }), ""), err
		})
	register(a, "privacy.ward", http.MethodPost, "/me/children/{id}/exports", "Have a file of all a child's data put together", http.StatusAccepted,
		func(ctx context.Context, in *idInput) (*body[Export], error) {
			e, err := a.Privacy.AskForWard(ctx, in.who.by, in.ID)
			return said(a.childExport(in.ID, e)), err
		})
	register(a, "privacy.ward", http.MethodPost, "/me/children/{id}/exports/{export_id}/fetch", "The ZIP, given once to who asked for it", http.StatusOK,
		func(ctx context.Context, in *childExportInput) (*zipOutput, error) {
			zip, err := a.Privacy.FetchForWard(ctx, in.who.by, in.ID, in.Export)
			return &zipOutput{"application/zip", `attachment; filename="guildhall-data.zip"`, "no-store", zip}, err
		})
	register(a, "privacy.ward", http.MethodPost, "/me/children/{id}/erase", "Erase a child for good", http.StatusNoContent,
		func(ctx context.Context, in *eraseChildInput) (*nothing, error) {
			return nil, a.Privacy.EraseWard(ctx, in.who.by, in.ID, in.Body.Confirm)
		})
}

func (a *API) childExport(guardianship id.ID, e privacy.Export) Export {
	out := a.export(e)
	out.FetchWith = Prefix + "/me/children/" + guardianship.String() + "/exports/" + e.ID.String() + "/fetch"
	return out
}
