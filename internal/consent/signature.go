package consent

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"guildhall/internal/fault"
	"guildhall/internal/i18n"
)

// A drawing is made on a sheet of this size.
const (
	DrawingWide = 600
	DrawingHigh = 200
)

// The most that a signature may have.
const (
	MaxName    = 200
	maxDrawing = 20_000 // bytes
	maxNote    = 500
)

var (
	// ErrUnsigned asks for a name or a drawing.
	ErrUnsigned = fault.Invalid("name", "consent.unsigned", "Type your full name, or sign with a finger or a mouse.")
	// ErrName refuses a name that is no line.
	ErrName = fault.Invalid("name", "consent.name", "Write the name as one line of at most {{.Most}} characters.").With("Most", MaxName)
	// ErrDrawing refuses what is no drawing.
	ErrDrawing = fault.Invalid("drawing", "consent.drawing", "The drawing could not be read. Sign again, or type the name.")
	// ErrLanguage refuses a language that the text does not have.
	ErrLanguage = fault.Invalid("language", "consent.language", "The text is not there in this language.")
	// ErrNote refuses a note that is too long.
	ErrNote = fault.Invalid("note", "consent.note", "Keep the note to {{.Most}} characters.").With("Most", maxNote)
)

// Signature is how somebody signs: with their name as they type it, or by drawing.
type Signature struct {
	Name     string
	Drawing  string // an SVG path of M and L on 600 × 200: "M10 20L11 22"
	Language string // in which the text was read
	Address  string // the network's
}

// normal is the signature tidied up, or everything that is wrong with it.
func (s Signature) normal() (Signature, error) {
	var wrong fault.Many
	s.Name = line(s.Name)
	if !i18n.Line(s.Name) || utf8.RuneCountInString(s.Name) > MaxName {
		wrong.Add(ErrName)
	}
	s.Drawing = strings.TrimSpace(s.Drawing)
	if s.Drawing != "" {
		if _, ok := Strokes(s.Drawing); !ok {
			wrong.Add(ErrDrawing)
		}
	}
	if s.Name == "" && s.Drawing == "" {
		wrong.Add(ErrUnsigned)
	}
	if !slices.Contains(i18n.Locales, s.Language) {
		wrong.Add(ErrLanguage)
	}
	return s, wrong.Err()
}

// Point is a point of a drawing, from its upper left.
type Point struct{ X, Y int }

// Strokes reads a drawing, and says whether it is one: at least one line, on the
// sheet, of nothing but M and L with whole numbers.
func Strokes(path string) (strokes [][]Point, ok bool) {
	if len(path) > maxDrawing {
		return nil, false
	}
	drawn := false
	for path != "" {
		letter := path[0]
		if letter != 'M' && letter != 'L' || letter == 'L' && strokes == nil {
			return nil, false
		}
		end := strings.IndexAny(path[1:], "ML") + 1
		if end == 0 {
			end = len(path)
		}
		p, ok := point(path[1:end])
		if !ok {
			return nil, false
		}
		if letter == 'M' {
			strokes = append(strokes, nil)
		} else {
			drawn = true
		}
		strokes[len(strokes)-1] = append(strokes[len(strokes)-1], p)
		path = path[end:]
	}
	return strokes, drawn
}

func point(s string) (Point, bool) {
	a, b, both := strings.Cut(s, " ")
	x, errX := strconv.ParseUint(a, 10, 16)
	y, errY := strconv.ParseUint(b, 10, 16)
	return Point{int(x), int(y)}, both && errX == nil && errY == nil && x <= DrawingWide && y <= DrawingHigh
}
