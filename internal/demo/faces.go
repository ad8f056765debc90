package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
)

// faceSide is how wide and high a face is.
const faceSide = 240

var (
	walls  = []color.RGBA{{0xd9, 0xe4, 0xe8, 255}, {0xf0, 0xe2, 0xc8, 255}, {0xdc, 0xe6, 0xd3, 255}, {0xe9, 0xd8, 0xd4, 255}, {0xd8, 0xd6, 0xe8, 255}}
	skins  = []color.RGBA{{0xf3, 0xcf, 0xb4, 255}, {0xe2, 0xae, 0x88, 255}, {0xb9, 0x7f, 0x58, 255}, {0x7d, 0x50, 0x38, 255}}
	hairs  = []color.RGBA{{0x2b, 0x22, 0x20, 255}, {0x6a, 0x3f, 0x25, 255}, {0xb8, 0x86, 0x3b, 255}, {0x8c, 0x8a, 0x88, 255}, {0x9a, 0x3d, 0x1f, 255}}
	shirts = []color.RGBA{{0x2f, 0x5d, 0x7c, 255}, {0x8a, 0x3b, 0x2f, 255}, {0x3f, 0x6b, 0x4c, 255}, {0x4a, 0x44, 0x6b, 255}, {0xa3, 0x6b, 0x1f, 255}, {0x33, 0x37, 0x3d, 255}}
)

// face draws the n-th face, for nobody in the demo has a camera: shoulders, a head,
// hair, and glasses for every fourth.
func face(n int) (io.Reader, error) {
	ink := color.RGBA{0x24, 0x1c, 0x1a, 255}
	wall, skin, hair, shirt := walls[n%len(walls)], skins[n*3%len(skins)], hairs[n*7%len(hairs)], shirts[n*5%len(shirts)]
	img := image.NewRGBA(image.Rect(0, 0, faceSide, faceSide))
	for y := range faceSide {
		for x := range faceSide {
			img.SetRGBA(x, y, faceAt(n, x, y, wall, skin, hair, shirt, ink))
		}
	}
	var file bytes.Buffer
	err := png.Encode(&file, img)
	return &file, err
}

// faceAt is the colour of one point of a face: what lies in front first.
func faceAt(n, x, y int, wall, skin, hair, shirt, ink color.RGBA) color.RGBA {
	in := func(cx, cy, rx, ry int) bool {
		dx, dy := (x-cx)*ry, (y-cy)*rx
		return dx*dx+dy*dy < rx*rx*ry*ry
	}
	glasses := n%4 == 0 && (in(100, 112, 17, 15) && !in(100, 112, 13, 11) || in(140, 112, 17, 15) && !in(140, 112, 13, 11))
	head := in(120, 116, 48, 60)
	fringe := head && y < 76+(x-120)*(n%5-2)/8
	long := n%3 == 0 && y < 178 && in(120, 128, 66, 84)
	switch {
	case glasses, in(100, 112, 5, 5), in(140, 112, 5, 5), in(120, 146, 16, 8) && y > 147:
		return ink
	case fringe:
		return hair
	case head, in(120, 180, 22, 30) && y < 200:
		return skin
	case long, in(120, 96, 56, 56) && y < 116:
		return hair
	case in(120, 262, 92, 78):
		return shirt
	}
	return wall
}
