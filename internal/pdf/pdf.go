// Package pdf sets papers: A4 pages of headings, paragraphs, lists and facts, in
// Latin letters and in Chinese, with a font of its own so that a reader needs none.
// It owns the look of a paper, the breaking of lines and the font; the words are
// their writer's. The same paper is the same bytes every time.
package pdf

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
)

//go:embed font/NotoSansSC-Regular.ttf
var font []byte

// The sheet, in millimetres.
const (
	margin  = 22.0
	width   = 210 - 2*margin
	footing = 24.0
)

// Run is a piece of a line that is set in one weight.
type Run struct {
	Text string
	Bold bool
}

// Paper is a document being set, from top to bottom. Make it with New.
type Paper struct {
	f *fpdf.Fpdf
}

// New begins a paper. The foot of each page says foot and the number of the page; at
// is the moment that the file gives as its own.
func New(title, foot string, at time.Time) *Paper {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetTitle(title, true)
	f.SetCreator("Guildhall", true)
	f.SetCreationDate(at)
	f.SetModificationDate(at)
	f.SetCatalogSort(true)
	f.AddUTF8FontFromBytes("noto", "", font)
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(false, 0)
	p := &Paper{f}
	f.SetFooterFunc(func() {
		p.size(8)
		f.SetTextColor(90, 90, 90)
		f.SetXY(margin, 297-15)
		f.CellFormat(width-20, 5, printable(foot), "", 0, "L", false, 0, "")
		f.CellFormat(20, 5, fmt.Sprint(f.PageNo()), "", 0, "R", false, 0, "")
		f.SetTextColor(0, 0, 0)
	})
	f.AddPage()
	return p
}

func (p *Paper) size(points float64) { p.f.SetFont("noto", "", points) }

// room begins a new page where less than this is left of the present one.
func (p *Paper) room(height float64) {
	if p.f.GetY()+height > 297-footing {
		p.f.AddPage()
		p.f.SetY(margin)
	}
}

// Heading sets a heading; level 1 is the paper's own title.
func (p *Paper) Heading(level int, text string) {
	points, before := 18.0, 0.0
	if level > 1 {
		points, before = 12.5, 3
	}
	p.f.SetY(p.f.GetY() + before)
	p.room(points)
	p.flow([]Run{{text, true}}, margin, width, points, points*0.5)
	p.f.SetY(p.f.GetY() + 1.5)
}

// Text sets a paragraph.
func (p *Paper) Text(runs ...Run) {
	p.flow(runs, margin, width, 10.5, 5.6)
	p.f.SetY(p.f.GetY() + 2)
}

// Item sets one line of a list behind its mark: a dot, or "1.".
func (p *Paper) Item(mark string, runs ...Run) {
	p.room(5.6)
	y := p.f.GetY()
	p.size(10.5)
	p.f.SetXY(margin, y)
	p.f.CellFormat(8, 5.6, printable(mark), "", 0, "R", false, 0, "")
	p.f.SetXY(margin, y)
	p.flow(runs, margin+10, width-10, 10.5, 5.6)
	p.f.SetY(p.f.GetY() + 0.8)
}

// Fact sets a label and what stands beside it.
func (p *Paper) Fact(label, value string) {
	p.room(5)
	y := p.f.GetY()
	p.f.SetTextColor(90, 90, 90)
	p.flow([]Run{{label, false}}, margin, 48, 9, 4.8)
	below := p.f.GetY()
	p.f.SetTextColor(0, 0, 0)
	if below < y { // the label began a new page
		y = margin
	}
	p.f.SetXY(margin, y)
	p.flow([]Run{{value, false}}, margin+50, width-50, 9, 4.8)
	p.f.SetY(max(below, p.f.GetY()) + 0.6)
}

// Line draws a line from side to side.
func (p *Paper) Line() {
	p.room(6)
	y := p.f.GetY() + 2
	p.f.SetLineWidth(0.2)
	p.f.Line(margin, y, margin+width, y)
	p.f.SetY(y + 3)
}

// Point is a point of a drawing, from its upper left.
type Point struct{ X, Y float64 }

// Drawing draws strokes that were made on a sheet of this size, 60 mm wide.
func (p *Paper) Drawing(wide, high float64, strokes [][]Point) {
	const across = 60.0
	scale := across / wide
	p.room(high*scale + 2)
	y := p.f.GetY()
	p.f.SetLineWidth(0.45)
	p.f.SetLineCapStyle("round")
	p.f.SetLineJoinStyle("round")
	for _, stroke := range strokes {
		for i := 1; i < len(stroke); i++ {
			a, b := stroke[i-1], stroke[i]
			p.f.Line(margin+50+a.X*scale, y+a.Y*scale, margin+50+b.X*scale, y+b.Y*scale)
		}
	}
	p.f.SetY(y + high*scale + 1)
}

// Bytes is the file.
func (p *Paper) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := p.f.Output(&b); err != nil {
		return nil, fmt.Errorf("set a paper: %w", err)
	}
	return b.Bytes(), nil
}

// flow sets runs from x on, as wide as given, and leaves the pen below them.
func (p *Paper) flow(runs []Run, x, wide, points, leading float64) {
	p.size(points)
	var line []Run
	used := 0.0
	put := func() {
		p.room(leading)
		at := x
		for i, r := range line {
			if i == len(line)-1 {
				r.Text = strings.TrimRight(r.Text, " ")
			}
			p.f.SetXY(at, p.f.GetY())
			if r.Bold { // the font has one weight: the letters are drawn round as well
				p.f.SetTextRenderingMode(2)
				p.f.SetLineWidth(points * 0.011)
			}
			w := p.f.GetStringWidth(r.Text)
			p.f.CellFormat(w, leading, r.Text, "", 0, "L", false, 0, "")
			p.f.SetTextRenderingMode(0)
			at += w
		}
		p.f.SetXY(x, p.f.GetY()+leading)
		line, used = nil, 0
	}
	for _, r := range runs {
		for _, piece := range pieces(printable(r.Text)) {
			for _, part := range p.fit(piece, wide) {
				w := p.f.GetStringWidth(strings.TrimRight(part, " "))
				if used+w > wide && used > 0 {
					put()
				}
				used += p.f.GetStringWidth(part)
				if n := len(line); n > 0 && line[n-1].Bold == r.Bold {
					line[n-1].Text += part
				} else {
					line = append(line, Run{part, r.Bold})
				}
			}
		}
	}
	put()
}

// fit cuts a piece that is wider than a whole line.
func (p *Paper) fit(piece string, wide float64) []string {
	if p.f.GetStringWidth(piece) <= wide {
		return []string{piece}
	}
	var parts []string
	begun := ""
	for _, r := range piece {
		if begun != "" && p.f.GetStringWidth(begun+string(r)) > wide {
			parts, begun = append(parts, begun), ""
		}
		begun += string(r)
	}
	return append(parts, begun)
}

const (
	notFirst = "，。、；：？！）》」』】”’,.;:?!)]}…·%"
	notLast  = "（《「『【“‘([{"
)

// pieces are the parts of a text between which a line may end: words with the space
// behind them, and Han characters with the marks that hang on them.
func pieces(text string) []string {
	var list []string
	begun := ""
	last := rune(0)
	for _, r := range text {
		breaks := last == ' ' || wide(last) || wide(r)
		if begun != "" && breaks && r != ' ' && !strings.ContainsRune(notFirst, r) && !strings.ContainsRune(notLast, last) {
			list, begun = append(list, begun), ""
		}
		begun += string(r)
		last = r
	}
	if begun != "" {
		list = append(list, begun)
	}
	return list
}

func wide(r rune) bool {
	return r >= 0x2E80 && r < 0xA000 || r >= 0xF900 && r < 0xFB00 || r >= 0xFF00 && r < 0xFFF0
}

// printable leaves away what is no mark on paper, and what the file can't name: the
// font is of the first plane.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\u00a0':
			return ' '
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Mn) && r >= 0x2000:
			return -1
		case r > 0xFFFF:
			return '□'
		}
		return r
	}, text)
}
