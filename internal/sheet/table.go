package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// Layout is how a file is written, as far as somebody said so: the zero Layout is
// guessed.
type Layout struct {
	Encoding  Encoding
	Separator Separator
}

// Separator stands between two cells.
type Separator string

// The separators.
const (
	Comma     Separator = "comma"
	Semicolon Separator = "semicolon"
	Tab       Separator = "tab"
)

// Separators are those that can be read, the most usual first.
var Separators = []Separator{Comma, Semicolon, Tab}

var runes = map[Separator]rune{Comma: ',', Semicolon: ';', Tab: '\t'}

// Table is a file that was taken apart, whatever its columns mean.
type Table struct {
	Layout   Layout   // as it was read
	Headings []string // of the first line, trimmed, without empty ones at the end
	Rows     []Cells
}

// Cells are one line under the header, trimmed.
type Cells struct {
	Line  int // in the file, counted from 1; the line where a row of several lines begins
	Cells []string
}

// Under gives the cells their columns; "" passes one over.
func (c Cells) Under(columns []string) Row {
	row := Row{Line: c.Line, cells: make(map[string]string, len(columns))}
	for i, cell := range c.Cells {
		switch {
		case i >= len(columns):
			row.more = row.more || cell != ""
		case columns[i] != "":
			row.cells[columns[i]] = cell
		}
	}
	return row
}

// Open takes a file apart. Its encoding and the separator (the one that the header
// has most of) are guessed where they are not said; lines end in LF, CRLF or CR.
// Empty lines are passed over. A file of a header alone has no Rows; one without
// even that is ErrEmpty.
func Open(body []byte, as Layout) (Table, error) {
	if len(body) > MaxBytes {
		return Table{}, ErrTooLarge
	}
	text, encoding, err := decode(body, as.Encoding)
	if err != nil {
		return Table{}, err
	}
	if !bytes.ContainsRune(text, '\n') {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	t := Table{Layout: Layout{encoding, as.Separator}}
	if _, known := runes[as.Separator]; !known {
		t.Layout.Separator = separator(text)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = runes[t.Layout.Separator]
	r.FieldsPerRecord = -1
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return Table{}, ErrQuotes.With("Line", wrong.StartLine)
		}
		if err != nil {
			return Table{}, err
		}
		line, _ := r.FieldPos(0)
		if err := tidy(cells, line); err != nil {
			return Table{}, err
		}
		if strings.Join(cells, "") == "" {
			continue
		}
		if t.Headings == nil {
			t.Headings = withoutEnd(cells)
			continue
		}
		if len(t.Rows) == MaxRows {
			return Table{}, ErrTooLong.With("Most", MaxRows)
		}
		t.Rows = append(t.Rows, Cells{line, cells})
	}
	if t.Headings == nil {
		return Table{}, ErrEmpty
	}
	return t, nil
}

// tidy trims every cell, undoes Safe, and refuses what no row of people has.
func tidy(cells []string, line int) error {
	if len(cells) > MaxColumns {
		return ErrManyColumns.With("Found", len(cells), "Most", MaxColumns)
	}
	for i, cell := range cells {
		if len(cell) > MaxCell {
			return ErrLongCell.With("Line", line)
		}
		cells[i] = Plain(strings.TrimSpace(cell))
	}
	return nil
}

// withoutEnd leaves out empty cells at the end: a separator at the end of every line.
func withoutEnd(cells []string) []string {
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// separator is the one that the header has most of.
func separator(text []byte) Separator {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := Comma, 0
	for _, s := range Separators {
		if n := bytes.Count(first, []byte(string(runes[s]))); n > most {
			best, most = s, n
		}
	}
	return best
}

// Known turns what somebody chose into a Layout, passing over what there is not.
func Known(encoding, separator string) Layout {
	as := Layout{Encoding(encoding), Separator(separator)}
	if _, ok := decoders[as.Encoding]; !ok {
		as.Encoding = ""
	}
	if _, ok := runes[as.Separator]; !ok {
		as.Separator = ""
	}
	return as
}
