package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// picture is one of the manual's.
type picture struct {
	name   string
	who    string
	path   string
	screen screen
	locale string
	theme  string
}

var album = []picture{
	{"today", "manager", "/s/harbour/today", desk, "en", "light"},
	{"today-dark-zh", "manager", "/s/harbour/today", desk, "zh-CN", "dark"},
	{"week", "manager", "/s/harbour/today?view=week", desk, "en", "light"},
	{"agenda-phone", "manager", "/s/harbour/today?view=agenda", phone, "en", "light"},
	{"people", "manager", "/s/harbour/people", desk, "en", "light"},
	{"equipment", "manager", "/s/harbour/equipment", desk, "en", "light"},
	{"space-phone-zh", "", "/s/shanghai", phone, "zh-CN", "light"},
	{"machines", "", "/s/harbour/machines", desk, "en", "light"},
	{"home-phone", "maker", "/", phone, "en", "light"},
	{"book-phone", "maker", "/s/harbour/machines/laser-b/book", phone, "en", "light"},
	{"book-phone-zh-dark", "maker", "/s/harbour/machines/laser-b/book", phone, "zh-CN", "dark"},
	{"not-yet-phone", "novice", "/s/harbour/machines/laser-a/book", phone, "en", "light"},
	{"ticket-phone", "maker", "", phone, "en", "light"},
	{"plans", "", "/s/harbour/plans", desk, "en", "light"},
	{"membership-phone", "maker", "/me/membership", phone, "en", "light"},
	{"stamps-phone-zh", "maker", "/me/stamps", phone, "zh-CN", "light"},
	{"desk", "desk", "/s/harbour/desk", desk, "en", "light"},
}

// TestPicturesCanBeTaken opens what the manual shows; with GUILDHALL_PICTURES set
// it writes docs/pictures anew. The house's clock stands at one afternoon, so
// only what has changed on the pages changes them.
func TestPicturesCanBeTaken(t *testing.T) {
	t.Parallel()
	h := ownDemo(t)
	visitors := map[string]*visitor{}
	for _, p := range album {
		v := visitors[p.who]
		if v == nil {
			v = h.visitor(t, p.screen)
			if p.who != "" {
				v.signIn(p.who)
			} else {
				v.visit("/")
			}
			visitors[p.who] = v
		}
		v.at(p.screen)
		v.theme(p.theme)
		v.speak(p.locale)
		if p.path != "" {
			v.visit(p.path)
		} else {
			v.book("laser-c")
			v.visit(v.address())
		}
		if got := v.answered(); got != 200 {
			t.Errorf("%s: %s is %d", p.name, p.path, got)
			continue
		}
		shot, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if os.Getenv("GUILDHALL_PICTURES") == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join("..", "docs", "pictures", p.name+".png"), small(t, shot), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// small is the picture in 256 colours, those it has most of: a page has few, and
// the file is a third.
func small(t *testing.T, shot []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	count := map[color.RGBA]int{}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			count[rgba(full.At(x, y))]++
		}
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return int(a.R)<<16 + int(a.G)<<8 + int(a.B) - int(b.R)<<16 - int(b.G)<<8 - int(b.B)
	})
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	few := image.NewPaletted(full.Bounds(), palette)
	draw.Draw(few, few.Bounds(), full, image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func rgba(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
}
