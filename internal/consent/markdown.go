package consent

import (
	"strings"
)

// Block is a part of a text as it is shown: a heading, a paragraph, or a line of a
// list. A text knows no more than that and **bold**: whatever else stands in it is
// shown as it was typed.
type Block struct {
	Kind   BlockKind
	Number int // of a numbered line
	Spans  []Span
}

// BlockKind is what a block is.
type BlockKind int

// The kinds of blocks.
const (
	Paragraph BlockKind = iota
	Heading             // "# " or "## "
	Bullet              // "- " or "* "
	Numbered            // "1. "
)

// Span is a piece of a block in one weight.
type Span struct {
	Text string
	Bold bool
}

// Blocks reads a text. Lines of a paragraph are joined; an empty line ends it.
func Blocks(text string) []Block {
	var blocks []Block
	var paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			blocks = append(blocks, Block{Spans: spans(join(paragraph))})
			paragraph = nil
		}
	}
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		kind, number, rest := begins(line)
		switch {
		case line == "":
			end()
		case kind == Paragraph:
			paragraph = append(paragraph, line)
		default:
			end()
			blocks = append(blocks, Block{kind, number, spans(rest)})
		}
	}
	end()
	return blocks
}

// join puts a space between two lines, but not where either side is Chinese.
func join(lines []string) string {
	joined := lines[0]
	for _, line := range lines[1:] {
		last, first := []rune(joined), []rune(line)
		if last[len(last)-1] < 0x2E80 && first[0] < 0x2E80 {
			joined += " "
		}
		joined += line
	}
	return joined
}

// begins tells by its beginning what a line is.
func begins(line string) (kind BlockKind, number int, rest string) {
	for _, mark := range []struct {
		is   string
		kind BlockKind
	}{{"# ", Heading}, {"## ", Heading}, {"### ", Heading}, {"- ", Bullet}, {"* ", Bullet}, {"• ", Bullet}} {
		if rest, ok := strings.CutPrefix(line, mark.is); ok {
			return mark.kind, 0, strings.TrimSpace(rest)
		}
	}
	digits := 0
	for digits < len(line) && digits < 3 && line[digits] >= '0' && line[digits] <= '9' {
		number = number*10 + int(line[digits]-'0')
		digits++
	}
	if rest, ok := strings.CutPrefix(line[digits:], ". "); ok && digits > 0 {
		return Numbered, number, strings.TrimSpace(rest)
	}
	return Paragraph, 0, line
}

// spans cuts at pairs of **.
func spans(text string) []Span {
	var list []Span
	add := func(s string, bold bool) {
		if s != "" {
			list = append(list, Span{s, bold})
		}
	}
	for {
		before, rest, opened := strings.Cut(text, "**")
		inside, after, closed := strings.Cut(rest, "**")
		if !opened || !closed || strings.TrimSpace(inside) == "" {
			add(text, false)
			return list
		}
		add(before, false)
		add(inside, true)
		text = after
	}
}
