package equipment_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/picture"
	"guildhall/internal/testkit"
)

// painted is white with a red corner at the upper left.
func painted(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.White)
			if x < w/4 && y < h/4 {
				m.Set(x, y, color.RGBA{R: 255, A: 255})
			}
		}
	}
	return m
}

func asJPEG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withExif puts an orientation and a word that must not survive into a JPEG.
func withExif(file []byte, orientation uint16) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00")
	tiff = binary.LittleEndian.AppendUint16(tiff, 0x0112)
	tiff = binary.LittleEndian.AppendUint16(tiff, 3)
	tiff = binary.LittleEndian.AppendUint32(tiff, 1)
	tiff = binary.LittleEndian.AppendUint32(tiff, uint32(orientation))
	tiff = append(tiff, "\x00\x00\x00\x00GPS 53.54N 9.98E"...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(body)+2))
	return append(append(append([]byte{}, file[:2]...), append(segment, body...)...), file[2:]...)
}

// bomb claims to be a PNG of so many pixels, with nothing in it.
func bomb(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), w)
	head = append(binary.BigEndian.AppendUint32(head, h), 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(head[12:]))
}

func (w workshop) show(t *testing.T, r equipment.Resource, width int) (equipment.Picture, image.Image) {
	t.Helper()
	p, err := w.Picture(t.Context(), actor.Actor{}, r.PictureID, width)
	if err != nil {
		t.Fatal(err)
	}
	m, format, err := image.Decode(bytes.NewReader(p.Body))
	if err != nil || format != "jpeg" || p.MediaType != "image/jpeg" {
		t.Fatalf("the picture is a %s, %v", format, err)
	}
	if size := m.Bounds().Size(); size.X != p.Width || size.Y != p.Height {
		t.Errorf("it is %v, and says %d × %d", size, p.Width, p.Height)
	}
	return p, m
}

func red(c color.Color) bool {
	r, g, _, _ := c.RGBA()
	return r > 0xc000 && g < 0x4000
}

func TestAPictureIsDevelopedAnew(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		r := w.add(t, w.printer())
		r, err := w.SetPicture(t.Context(), w.manager, r.ID, r.Version, bytes.NewReader(withExif(asJPEG(t, painted(2000, 1000)), 6)))
		if err != nil {
			t.Fatal(err)
		}
		p, m := w.show(t, r, 0)
		if p.Width != 800 || p.Height != 1600 {
			t.Errorf("turned upright it is %d × %d, want 800 × 1600", p.Width, p.Height)
		}
		if !red(m.At(790, 10)) || red(m.At(10, 10)) {
			t.Error("the red corner is not at the upper right: the picture lies on its side")
		}
		if bytes.Contains(p.Body, []byte("GPS")) || bytes.Contains(p.Body, []byte("Exif")) {
			t.Error("where it was taken is still in it")
		}
		for asked, want := range map[int]int{100: 160, 160: 160, 600: 640, 5000: 800} {
			if p, _ := w.show(t, r, asked); p.Width != want {
				t.Errorf("asked for %d wide it is %d, want %d", asked, p.Width, want)
			}
			if p, _ := w.show(t, r, asked); p.Width != want {
				t.Errorf("asked for %d wide again it is %d, want %d", asked, p.Width, want)
			}
		}

		old := r.PictureID
		r, err = w.SetPicture(t.Context(), w.manager, r.ID, r.Version, bytes.NewReader(asPNG(t, image.NewRGBA(image.Rect(0, 0, 40, 30)))))
		if err != nil {
			t.Fatal(err)
		}
		if _, m := w.show(t, r, 0); red(m.At(5, 5)) || !light(m.At(5, 5)) {
			t.Error("what was transparent is not white")
		}
		if _, err := w.Picture(t.Context(), w.manager, old, 0); !errors.Is(err, equipment.ErrNoSuchPicture) {
			t.Errorf("the picture before is still kept: %v", err)
		}
		r, err = w.RemovePicture(t.Context(), w.manager, r.ID, r.Version)
		if err != nil || r.PictureID != "" {
			t.Errorf("removed: %q, %v", r.PictureID, err)
		}
	})
}

// The eight ways to hold a camera, and where the corner that was at the upper
// left of its sensor is to be seen (Exif 2.32, 4.6.5.1).
func TestAPictureIsTurnedUpright(t *testing.T) {
	w := newWorkshop(t, testkit.DB(t))
	r := w.add(t, w.printer())
	for orientation, corner := range []string{1: "upper left", 2: "upper right", 3: "lower right", 4: "lower left", 5: "upper left", 6: "upper right", 7: "lower right", 8: "lower left"} {
		if corner == "" {
			continue
		}
		var err error
		r, err = w.SetPicture(t.Context(), w.manager, r.ID, r.Version, bytes.NewReader(withExif(asJPEG(t, painted(80, 40)), uint16(orientation))))
		if err != nil {
			t.Fatal(err)
		}
		p, m := w.show(t, r, 0)
		if (p.Width == 40) != (orientation >= 5) {
			t.Errorf("%d: %d × %d", orientation, p.Width, p.Height)
		}
		at := map[string]image.Point{"upper left": {4, 4}, "upper right": {p.Width - 4, 4}, "lower right": {p.Width - 4, p.Height - 4}, "lower left": {4, p.Height - 4}}
		for name, point := range at {
			if red(m.At(point.X, point.Y)) != (name == corner) {
				t.Errorf("%d: red at %s is %v, want it at %s", orientation, name, red(m.At(point.X, point.Y)), corner)
			}
		}
	}
}

func light(c color.Color) bool {
	r, g, b, _ := c.RGBA()
	return r > 0xf000 && g > 0xf000 && b > 0xf000
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	w := newWorkshop(t, testkit.DB(t))
	r := w.add(t, w.printer())
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"a page":                {"<html><script>alert(1)</script>", picture.ErrType},
		"nothing":               {"", picture.ErrType},
		"a drawing in SVG":      {`<svg xmlns="http://www.w3.org/2000/svg"/>`, picture.ErrType},
		"a JPEG cut short":      {string(asJPEG(t, painted(300, 300))[:700]), picture.ErrType},
		"a bomb":                {string(bomb(100_000, 100_000)), picture.ErrPixels},
		"a bomb that overflows": {string(bomb(1<<31-1, 1<<31-1)), picture.ErrType},
		"more than 8 MB":        {strings.Repeat("x", picture.Bytes+1), picture.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.SetPicture(t.Context(), w.manager, r.ID, r.Version, strings.NewReader(c.file)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := w.SetPicture(t.Context(), as(actor.Desk, w.space), r.ID, r.Version, strings.NewReader("")); !errors.Is(err, actor.ErrForbidden) {
		t.Errorf("the front desk hangs a picture: %v", err)
	}
	if _, err := w.Picture(t.Context(), actor.Actor{}, id.New(), 0); !errors.Is(err, equipment.ErrNoSuchPicture) {
		t.Errorf("a picture that isn't there: %v", err)
	}
}
