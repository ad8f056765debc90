package equipment

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // decoded, too
	"io"
	"sync"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // decoded, too

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Picture is a photograph as it is kept: a JPEG of at most PictureSide pixels a
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

// What an upload may be.
const (
	PictureBytes = 8 << 20    // of the file
	PictureSide  = 1600       // pixels, after which it is made smaller
	maxPixels    = 32_000_000 // before anything is unpacked
)

// Widths are the sizes that a picture is served in, besides its own.
var Widths = []int{160, 320, 640, 960}

var (
	// ErrPictureSize refuses a file that is too large.
	ErrPictureSize = fault.Invalid("picture", "equipment.picture_size", "This picture is larger than 8 MB. Choose a smaller one.")
	// ErrPicturePixels refuses a picture of too many pixels.
	ErrPicturePixels = fault.Invalid("picture", "equipment.picture_pixels", "This picture has more than 32 million pixels. Choose a smaller one.")
	// ErrPictureType refuses what is no JPEG, PNG or WebP picture, whatever its name says.
	ErrPictureType = fault.Invalid("picture", "equipment.picture_type", "This file is not a JPEG, PNG or WebP picture.")
)

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
	body, size, err := develop(file)
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
func (s *Service) Picture(ctx context.Context, by actor.Actor, picture id.ID, width int) (Picture, error) {
	size := 0
	for _, w := range Widths {
		if width > 0 && width <= w {
			size = w
			break
		}
	}
	if p, ok := s.thumbnails.find(picture, size); ok {
		return p, by.May(opPublic, p.SpaceID, "", ErrNoSuchPicture)
	}
	p, err := s.store.picture(ctx, picture)
	if err != nil {
		return Picture{}, fault.Wrap(err, "picture %s", picture)
	}
	if err := by.May(opPublic, p.SpaceID, "", ErrNoSuchPicture); err != nil {
		return Picture{}, err
	}
	if size == 0 || p.Width <= size {
		return p, nil
	}
	whole, err := jpeg.Decode(bytes.NewReader(p.Body))
	if err != nil {
		return Picture{}, fault.Wrap(err, "picture %s", picture)
	}
	small := fit(whole, size, p.Height)
	if p.Body, err = printed(small); err != nil {
		return Picture{}, fault.Wrap(err, "picture %s", picture)
	}
	p.Width, p.Height = small.Bounds().Dx(), small.Bounds().Dy()
	s.thumbnails.keep(p, size)
	return p, nil
}

// darkroom lets one upload be unpacked at a time: a picture of 32 million pixels
// takes up to 250 MB.
var darkroom sync.Mutex

// develop turns an uploaded file into the JPEG that is kept.
func develop(file io.Reader) ([]byte, image.Point, error) {
	raw, err := io.ReadAll(io.LimitReader(file, PictureBytes+1))
	if err != nil {
		return nil, image.Point{}, err
	}
	if len(raw) > PictureBytes {
		return nil, image.Point{}, ErrPictureSize
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || cfg.Width < 1 || cfg.Height < 1 {
		return nil, image.Point{}, ErrPictureType
	}
	if cfg.Width > maxPixels/cfg.Height {
		return nil, image.Point{}, ErrPicturePixels
	}
	darkroom.Lock()
	defer darkroom.Unlock()
	whole, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, image.Point{}, ErrPictureType.Because(err)
	}
	small := fit(whole, PictureSide, PictureSide)
	if format == "jpeg" {
		small = upright(small, orientation(raw))
	}
	body, err := printed(small)
	return body, small.Bounds().Size(), err
}

// fit draws the picture on white, made smaller where it exceeds w or h.
func fit(from image.Image, w, h int) *image.RGBA {
	size := from.Bounds().Size()
	if size.X > w {
		size.X, size.Y = w, max(1, size.Y*w/size.X)
	}
	if size.Y > h {
		size.X, size.Y = max(1, size.X*h/size.Y), h
	}
	to := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(to, to.Bounds(), from, from.Bounds(), draw.Over, nil)
	return to
}

func printed(from image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, from, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}

// upright turns and mirrors the picture as its Exif orientation (1 to 8) says it
// is to be seen: the mark itself does not survive.
func upright(from *image.RGBA, orientation int) *image.RGBA {
	w, h := from.Bounds().Dx(), from.Bounds().Dy()
	place, turned := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return h - 1 - y, x },
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y int) (int, int) { return y, w - 1 - x },
	}[orientation], orientation >= 5
	if place == nil {
		return from
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if turned {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := place(x, y)
			to.SetRGBA(tx, ty, from.RGBAAt(x, y))
		}
	}
	return to
}

var errExif = errors.New("equipment: no Exif here")

// orientation is the Exif orientation of a JPEG file, 1 (as it is) if it says none.
func orientation(file []byte) int {
	tiff, err := exif(file)
	if err != nil || len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > len(tiff) {
		return 1
	}
	for entries := int(order.Uint16(tiff[at:])); entries > 0; entries-- {
		entry := at + 2 + (entries-1)*12
		if entry+12 <= len(tiff) && order.Uint16(tiff[entry:]) == 0x0112 {
			if o := int(order.Uint16(tiff[entry+8:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// exif is the TIFF part of a JPEG's Exif segment.
func exif(file []byte) ([]byte, error) {
	for at := 2; at+4 <= len(file) && file[at] == 0xFF && file[at+1] != 0xDA; {
		length := int(binary.BigEndian.Uint16(file[at+2:]))
		end := at + 2 + length
		if length < 2 || end > len(file) {
			return nil, errExif
		}
		if body := file[at+4 : end]; file[at+1] == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return body[6:], nil
		}
		at = end
	}
	return nil, errExif
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
