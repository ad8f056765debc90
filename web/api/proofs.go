package api

import (
	"bytes"
	"context"
	"net/http"

	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/proofs"
)

// Proof is a proof that somebody handed in.
type Proof struct {
	ID         id.ID         `json:"id"`
	SpaceID    id.ID         `json:"space_id"`
	MemberID   id.ID         `json:"member_id"`
	MemberName string        `json:"member_name,omitempty"`
	Kind       string        `json:"kind" enum:"student,insurance,identity,other"`
	Name       string        `json:"name"`
	MediaType  string        `json:"media_type"`
	Size       int           `json:"size" doc:"Bytes."`
	SentAt     clock.Instant `json:"sent_at"`
	Status     string        `json:"status" enum:"waiting,accepted,refused"`
	Reason     string        `json:"reason,omitempty"`
	ReviewedAt clock.Instant `json:"reviewed_at" nullable:"true"`
	ExpiresOn  string        `json:"expires_on,omitempty" doc:"The last day it counts."`
	Version    int           `json:"version"`
}

type sendProofInput struct {
	Caller
	Of
	ID       id.ID  `path:"id"`
	Kind     string `query:"kind" enum:"student,insurance,identity,other" required:"true"`
	FileName string `query:"file_name" maxLength:"200"`
	RawBody  []byte `contentType:"application/octet-stream"`
}

type oneProofInput struct {
	Caller
	Of
	ID      id.ID `path:"id"`
	ProofID id.ID `path:"proof_id"`
}

type waitingProofsInput struct {
	Caller
	Of
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"25"`
	Cursor string `query:"cursor" maxLength:"20"`
}

type reviewInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID   id.ID  `json:"space_id,omitempty"`
		Accept    bool   `json:"accept"`
		Reason    string `json:"reason,omitempty" doc:"Where it is refused; the person is told."`
		ExpiresOn string `json:"expires_on,omitempty" doc:"Where it is accepted: the last day it counts, as 2027-09-30."`
		Version   int    `json:"version,omitempty"`
	}
}

// proofs are the addresses of what people hand in.
func (a *API) proofs() {
	register(a, "proof.read", http.MethodGet, "/members/{id}/proofs", "The proofs somebody handed in", http.StatusOK,
		func(ctx context.Context, in *ofMemberInput) (*body[List[Proof]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			handed, err := a.Proofs.Proofs(ctx, in.who.by, s.ID, in.ID)
			return list(each(handed, func(p proofs.Proof) Proof { return proof(p, "") }), ""), err
		})
	register(a, "proof.send", http.MethodPost, "/members/{id}/proofs", "Hand in a proof", http.StatusCreated,
		func(ctx context.Context, in *sendProofInput) (*body[Proof], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			p, err := a.Proofs.HandIn(ctx, in.who.by, s.ID, in.ID, proofs.Kind(in.Kind), in.FileName, bytes.NewReader(in.RawBody))
			return said(proof(p, "")), err
		})
	register(a, "proof.send", http.MethodDelete, "/members/{id}/proofs/{proof_id}", "Remove a proof", http.StatusNoContent,
		func(ctx context.Context, in *oneProofInput) (*nothing, error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			return nil, a.Proofs.Remove(ctx, in.who.by, s.ID, in.ID, in.ProofID)
		})
	register(a, "proof.review", http.MethodGet, "/proofs", "The proofs that wait to be looked at", http.StatusOK,
		func(ctx context.Context, in *waitingProofsInput) (*body[List[Proof]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			offset, err := offsetOf(in.Cursor)
			if err != nil {
				return nil, err
			}
			waiting, total, err := a.Proofs.Waiting(ctx, in.who.by, s.ID, offset, in.Limit)
			return list(each(waiting, func(q proofs.Queued) Proof { return proof(q.Proof, q.MemberName) }), after(offset+len(waiting), total)), err
		})
	register(a, "proof.read", http.MethodGet, "/proofs/{id}/file", "The file of a proof; that staff read it is written down", http.StatusOK,
		func(ctx context.Context, in *struct {
			Caller
			ID id.ID `path:"id"`
		}) (*fileOutput, error) {
			p, err := a.Proofs.Open(ctx, in.who.by, in.ID)
			return &fileOutput{ContentType: p.MediaType, CacheControl: "no-store", Body: p.Body}, err
		})
	register(a, "proof.review", http.MethodPost, "/proofs/{id}/review", "Accept or refuse a proof", http.StatusOK,
		func(ctx context.Context, in *reviewInput) (*body[Proof], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			seen, err := in.version(in.Body.Version)
			if err != nil {
				return nil, err
			}
			p, err := a.Proofs.Review(ctx, in.who.by, s.ID, in.ID, proofs.Verdict{
				Accept: in.Body.Accept, Reason: in.Body.Reason, ExpiresOn: clock.Day(in.Body.ExpiresOn), Version: int64(seen),
			})
			return said(proof(p, "")), err
		})
}

func proof(p proofs.Proof, name string) Proof {
	return Proof{
		p.ID, p.SpaceID, p.MemberID, name, string(p.Kind), p.Name, p.MediaType, int(p.Size), p.SentAt, string(p.Status), p.Reason,
		p.ReviewedAt, string(p.ExpiresOn), int(p.Version),
	}
}
