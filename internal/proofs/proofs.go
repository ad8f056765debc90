// Package proofs keeps what people hand in to be looked at: proof that they study, an
// insurance, an identity card. It owns the files and what became of them: accepted, with
// the last day they count, or refused with a reason that is told. What depends on one
// (the price of a plan, say) is for whoever asks.
package proofs

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Kind is what a proof is meant to show.
type Kind string

// Kinds are what can be handed in.
var Kinds = []Kind{"student", "insurance", "identity", "other"}

// Status is what became of a proof.
type Status string

// The statuses.
const (
	Waiting  Status = "waiting"
	Accepted Status = "accepted"
	Refused  Status = "refused"
)

// How much may be handed in.
const (
	MaxBytes  = 8 << 20  // of a file
	Quota     = 40 << 20 // of all files of a person in a space
	MostFiles = 30       // of a person in a space
	MaxReason = 500
	maxName   = 120
)

var (
	// ErrNoSuchProof is the answer where there is no such proof, or not for this actor.
	ErrNoSuchProof = fault.NotFound("proofs.no_such_proof", "There is no such proof here.")
	// ErrNoSuchMember is the answer where there is no such person.
	ErrNoSuchMember = fault.NotFound("proofs.no_such_member", "There is no such person here.")
	// ErrKind refuses a kind that is none.
	ErrKind = fault.Invalid("kind", "proofs.kind", "Choose what it proves.")
	// ErrSize refuses a file that is too large.
	ErrSize = fault.Invalid("file", "proofs.size", "This file is larger than 8 MB. Choose a smaller one.")
	// ErrType refuses what is no PDF, JPEG or PNG, whatever its name says.
	ErrType = fault.Invalid("file", "proofs.type", "This file is not a PDF, a JPEG or a PNG.")
	// ErrQuota refuses more than a person may hand in.
	ErrQuota = fault.Invalid("file", "proofs.quota", "You have handed in as much as fits: 30 files or 40 MB. Remove one first.")
	// ErrReviewed refuses to look twice.
	ErrReviewed = fault.Conflict("proofs.reviewed", "Someone has looked at this proof already.")
	// ErrReason asks why a proof is refused.
	ErrReason = fault.Invalid("reason", "proofs.reason", "Say why, in at most 500 characters. The person will be told.")
	// ErrExpired refuses to accept what counts no more.
	ErrExpired = fault.Invalid("expires_on", "proofs.expired", "This day is over. Choose the last day on which it counts, or none.")
	// ErrNotOneself refuses to accept one's own proof.
	ErrNotOneself = fault.Forbidden("proofs.not_oneself", "Nobody accepts their own proofs. Ask a colleague.")
	// ErrKept refuses to remove what was accepted.
	ErrKept = fault.Conflict("proofs.kept", "A proof that was accepted stays. Ask the staff to remove it.")
)

// Proof is a proof that was handed in. Body is read only where it is asked for.
type Proof struct {
	ID         id.ID
	SpaceID    id.ID
	MemberID   id.ID
	Kind       Kind
	Name       string // of the file, as it was sent
	MediaType  string
	Size       int64
	Body       []byte
	SentBy     id.ID
	SentAt     clock.Instant
	Status     Status
	Reason     string
	ReviewedBy id.ID
	ReviewedAt clock.Instant
	ExpiresOn  clock.Day // the last day it counts; empty: always
	Version    int64
}

// Counts reports whether it was accepted and still counts on a day.
func (p Proof) Counts(on clock.Day) bool {
	return p.Status == Accepted && (p.ExpiresOn == "" || p.ExpiresOn >= on)
}

// Queued is a proof that waits, with whose it is.
type Queued struct {
	Proof
	MemberName string
}

// mediaType is what the first bytes of a file say it is; empty: nothing we take.
func mediaType(file []byte) string {
	switch {
	case bytes.HasPrefix(file, []byte("%PDF-")):
		return "application/pdf"
	case bytes.HasPrefix(file, []byte("\xFF\xD8\xFF")):
		return "image/jpeg"
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	}
	return ""
}

// endings are how a file of each type is called.
var endings = map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}

// fileName is a name that can be shown and saved: one line, without a folder, with the
// ending of what the file is.
func fileName(sent, mediaType string) string {
	name := path.Base(strings.ReplaceAll(sent, `\`, "/"))
	if !i18n.Line(name) || strings.Trim(name, ". /") == "" {
		name = "proof"
	}
	name = strings.TrimSuffix(name, path.Ext(name))
	for utf8.RuneCountInString(name) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + endings[mediaType]
}
