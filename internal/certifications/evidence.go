package certifications

import (
	"bytes"
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/picture"
)

// Photo is a photograph of what a grant rests on, made anew from what was sent. It
// is for its member and those who work in the space, and never changes.
type Photo struct {
	ID        id.ID
	SpaceID   id.ID
	MemberID  id.ID
	MediaType string
	Body      []byte
	CreatedAt clock.Instant
}

// TableName is the table of photographs.
func (Photo) TableName() string { return "certification_photos" }

// develop turns a file that was sent into the JPEG that is kept; nil stays nil.
func develop(file []byte) ([]byte, error) {
	if len(file) == 0 {
		return nil, nil
	}
	body, _, err := picture.Develop(bytes.NewReader(file))
	return body, err
}

// attach keeps the photograph of a grant, if there is one.
func (s *Service) attach(ctx context.Context, space id.ID, g *Grant, body []byte) error {
	if body == nil {
		return nil
	}
	g.PhotoID = id.New()
	p := Photo{ID: g.PhotoID, SpaceID: space, MemberID: g.MemberID, MediaType: "image/jpeg", Body: body, CreatedAt: s.Clock.Now()}
	if err := s.store.insertPhoto(ctx, p); err != nil {
		return err
	}
	return s.store.hang(ctx, g.ID, p.ID)
}

// Attach adds a photograph to a grant that has none. Who granted may add it, and
// whoever may grant the kind.
func (s *Service) Attach(ctx context.Context, by actor.Actor, space, member, grant id.ID, file []byte) error {
	if err := by.May("certification.grant", space, "", nil); err != nil {
		return err
	}
	if member == by.Member {
		return ErrCertifyOneself
	}
	if len(file) == 0 {
		return picture.ErrType
	}
	body, err := develop(file)
	if err != nil {
		return err
	}
	return fault.Wrap(s.take(ctx, by, space, member, grant, func(ctx context.Context, h Held, _ clock.Instant) error {
		if h.PhotoID != "" {
			return ErrPhotoTaken
		}
		if err := s.attach(ctx, space, &h.Grant, body); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "certification.grant", member, map[string]any{"photo": h.PhotoID, "grant": h.ID})
	}), "photograph of %s", grant)
}

// ErrPhotoTaken refuses a second photograph: evidence is not replaced.
var ErrPhotoTaken = fault.Conflict("certifications.photo_taken", "There is a photograph already, and evidence is not replaced.")

// Photo is the photograph of a grant, to its member and those who may see them.
func (s *Service) Photo(ctx context.Context, by actor.Actor, space, member, grant id.ID) (Photo, error) {
	if err := by.May("certification.photo", space, member, ErrNoSuchHolder); err != nil {
		return Photo{}, err
	}
	h, err := s.grant(ctx, space, member, grant)
	if err != nil {
		return Photo{}, err
	}
	p, err := s.store.photo(ctx, h.PhotoID)
	return p, fault.Wrap(err, "photograph of %s", grant)
}
