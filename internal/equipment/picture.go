package equipment

import (
	"context"
	"io"
	"sync"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/picture"
)

// Picture is a photograph as it is kept: a JPEG of at most picture.Side pixels a
// side, made anew from what was uploaded, so that nothing else of that file
// (where and by whom it was taken) is left. A picture never changes.
type Picture struct {
	ID        id.ID
	SpaceID   id.ID
	MediaType string
	Body      []byte
	Width     int
	Height    int
	CreatedAt clock.Instant
}

// Widths are the sizes that a picture is served in, besides its own.
var Widths = []int{160, 320, 640, 960}

// SetPicture makes the uploaded file the resource's picture; the one before is
// gone. version is that of the copy it was decided on.
func (s *Service) SetPicture(ctx context.Context, by actor.Actor, resource id.ID, version int, file io.Reader) (Resource, error) {
	before, err := s.Resource(ctx, by, resource)
	if err != nil {
		return Resource{}, err
	}
	if err := by.May(opEdit, before.SpaceID, "", ErrNoSuchResource); err != nil {
		return Resource{}, err
	}
	body, size, err := picture.Develop(file)
	if err != nil {
		return Resource{}, fault.Wrap(err, "picture of %s", resource)
	}
	p := Picture{
		ID: id.New(), SpaceID: before.SpaceID, MediaType: "image/jpeg", Body: body, Width: size.X, Height: size.Y, CreatedAt: s.clock.Now(),
	}
	return s.hang(ctx, by, resource, version, &p)
}

// RemovePicture leaves the resource without a picture.
func (s *Service) RemovePicture(ctx context.Context, by actor.Actor, resource id.ID, version int) (Resource, error) {
	return s.hang(ctx, by, resource, version, nil)
}

// hang puts p, which may be none, in the place of the resource's picture.
func (s *Service) hang(ctx context.Context, by actor.Actor, resource id.ID, version int, p *Picture) (Resource, error) {
	var now Resource
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var old id.ID
		var err error
		now, err = s.change(ctx, by, opEdit, resource, version, func(ctx context.Context, r *Resource) error {
			old, r.PictureID = r.PictureID, ""
			if p == nil {
				return nil
			}
			r.PictureID = p.ID
			return s.store.insertPicture(ctx, *p)
		})
		if err != nil || old == "" {
			return err
		}
		return s.store.deletePicture(ctx, old)
	})
	return now, err
}

// Picture finds a picture, at its own size with width 0, else at most that wide.
// A width that is not one of Widths gives the next larger.
func (s *Service) Picture(ctx context.Context, by actor.Actor, which id.ID, width int) (Picture, error) {
	size := 0
	for _, w := range Widths {
		if width > 0 && width <= w {
			size = w
			break
		}
	}
	if p, ok := s.thumbnails.find(which, size); ok {
		return p, by.May(opPublic, p.SpaceID, "", ErrNoSuchPicture)
	}
	p, err := s.store.picture(ctx, which)
	if err != nil {
		return Picture{}, fault.Wrap(err, "picture %s", which)
	}
	if err := by.May(opPublic, p.SpaceID, "", ErrNoSuchPicture); err != nil {
		return Picture{}, err
	}
	if size == 0 || p.Width <= size {
		return p, nil
	}
	small, sized, err := picture.Smaller(p.Body, size, p.Height)
	if err != nil {
		return Picture{}, fault.Wrap(err, "picture %s", which)
	}
	p.Body, p.Width, p.Height = small, sized.X, sized.Y
	s.thumbnails.keep(p, size)
	return p, nil
}

// thumbnails keeps the last few hundred small pictures, so that a page of
// machines costs one unpacking each, not one a visit.
type thumbnails struct {
	mu   sync.Mutex
	kept map[thumbnail]Picture
}

type thumbnail struct {
	picture id.ID
	width   int
}

const maxThumbnails = 400

func (t *thumbnails) find(picture id.ID, width int) (Picture, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, ok := t.kept[thumbnail{picture, width}]
	return p, ok
}

// keep remembers p; where too many are kept it begins anew.
func (t *thumbnails) keep(p Picture, width int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= maxThumbnails {
		t.kept = map[thumbnail]Picture{}
	}
	t.kept[thumbnail{p.ID, width}] = p
}
