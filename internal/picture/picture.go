// Package picture makes a photograph that was sent in one that can be kept and shown:
// looked at before it is unpacked, turned upright, made smaller, and printed anew, so
// that nothing of the file but what is seen in it is left. It keeps none; whose a
// picture is and who may see it is for those who do.
package picture

import (
	"bytes"
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

	"guildhall/internal/fault"
)

// What an upload may be.
const (
	Bytes     = 8 << 20    // of the file
	Side      = 1600       // pixels, after which it is made smaller
	maxPixels = 32_000_000 // before anything is unpacked
)

var (
	// ErrSize refuses a file that is too large.
	ErrSize = fault.Invalid("picture", "picture.size", "This picture is larger than 8 MB. Choose a smaller one.")
	// ErrPixels refuses a picture of too many pixels.
	ErrPixels = fault.Invalid("picture", "picture.pixels", "This picture has more than 32 million pixels. Choose a smaller one.")
	// ErrType refuses what is no JPEG, PNG or WebP picture, whatever its name says.
	ErrType = fault.Invalid("picture", "picture.type", "This file is not a JPEG, PNG or WebP picture.")
)

// darkroom lets one upload be unpacked at a time: a picture of 32 million pixels
// takes up to 250 MB.
var darkroom sync.Mutex

// Develop turns an uploaded file into the JPEG that is kept, and says its size. ErrSize,
// ErrPixels or ErrType where it is not to be had.
func Develop(file io.Reader) ([]byte, image.Point, error) {
	raw, err := io.ReadAll(io.LimitReader(file, Bytes+1))
	if err != nil {
		return nil, image.Point{}, err
	}
	if len(raw) > Bytes {
		return nil, image.Point{}, ErrSize
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || cfg.Width < 1 || cfg.Height < 1 {
		return nil, image.Point{}, ErrType
	}
	if cfg.Width > maxPixels/cfg.Height {
		return nil, image.Point{}, ErrPixels
	}
	darkroom.Lock()
	defer darkroom.Unlock()
	whole, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, image.Point{}, ErrType.Because(err)
	}
	small := fit(whole, Side, Side)
	if format == "jpeg" {
		small = upright(small, orientation(raw))
	}
	body, err := printed(small)
	return body, small.Bounds().Size(), err
}

// Smaller prints a JPEG that Develop made at most w wide and h high, and says its size.
func Smaller(body []byte, w, h int) ([]byte, image.Point, error) {
	whole, err := jpeg.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, image.Point{}, err
	}
	small := fit(whole, w, h)
	body, err = printed(small)
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

var errExif = errors.New("picture: no Exif here")

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
