// Package sheet reads the CSV files that people bring and writes the ones they
// take away. Reading forgives what spreadsheets do to a file (another encoding,
// semicolons, any line end) and keeps the line of every row, so that a mistake
// can be named by its line. Writing keeps a cell from being run as a formula. It
// owns no table and knows no column's meaning.
package sheet

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"

	"guildhall/internal/fault"
)

// What one file may have at most: rows under the header, columns, bytes in all,
// and bytes in one cell.
const (
	MaxRows    = 20_000
	MaxColumns = 200
	MaxBytes   = 25 << 20
	MaxCell    = 20_000
)

var (
	// ErrTooLarge refuses a file of more than MaxBytes.
	ErrTooLarge = fault.Invalid("file", "sheet.too_large", "This file is larger than 25 MB. Bring it in parts.")
	// ErrEmpty refuses a file without a header and a row beneath it.
	ErrEmpty = fault.Invalid("file", "sheet.empty", "This file has no rows. The first line names the columns, each line below is one row.")
	// ErrEncoding refuses a file that is not written in the encoding that was chosen; Line says where it stops being so.
	ErrEncoding = fault.Invalid("file", "sheet.encoding", "Line {{.Line}} can't be read as {{.Encoding}}. Choose another encoding, or save the file as “CSV UTF-8” and bring it again.")
	// ErrNoText refuses what is no text at all: a NUL, as a workbook or a picture has, or
	// control characters all over.
	ErrNoText = fault.Invalid("file", "sheet.no_text", "This is not a CSV file: line {{.Line}} is no text. From a spreadsheet, save it as CSV.")
	// ErrManyColumns refuses more than MaxColumns columns.
	ErrManyColumns = fault.Invalid("file", "sheet.many_columns", "This file has {{.Found}} columns. {{.Most}} can be read: take some out and bring it again.")
	// ErrLongCell refuses a cell of more than MaxCell bytes.
	ErrLongCell = fault.Invalid("file", "sheet.long_cell", "A cell on line {{.Line}} is far too long. Look whether a quotation mark is missing before it.")
	// ErrQuotes refuses a file whose quotation marks don't pair up.
	ErrQuotes = fault.Invalid("file", "sheet.quotes", "The quotation marks on line {{.Line}} don't pair up. Write a quotation mark inside a cell twice.")
	// ErrTooLong refuses more than MaxRows rows.
	ErrTooLong = fault.Invalid("file", "sheet.too_long", "This file has more than {{.Most}} rows. Bring it in parts.")
	// ErrColumnMissing refuses a file without a column that is asked for.
	ErrColumnMissing = fault.Invalid("file", "sheet.column_missing", "There is no column “{{.Column}}”. The first line must name it.")
	// ErrColumnTwice refuses a column that is named twice.
	ErrColumnTwice = fault.Invalid("file", "sheet.column_twice", "The column “{{.Column}}” is there twice.")
)

// Columns are what the header of a file may name: those that must be there and
// those that may. Called are other names for them, in lower case.
type Columns struct {
	Must, May []string
	Called    map[string]string
}

// All is every column, those that must be there first.
func (c Columns) All() []string { return append(append([]string{}, c.Must...), c.May...) }

// Problem is what is wrong with a row, in the column that the refusal is about if it is about one.
func (c Columns) Problem(line int, wrong *fault.Error) Problem {
	p := Problem{Line: line, Fault: wrong}
	if slices.Contains(c.All(), wrong.Field) {
		p.Column = wrong.Field
	}
	return p
}

// Sheet is a file that was read: the columns that are known, under their own
// names, and the rows.
type Sheet struct {
	Columns []string // "" stands for one that was passed over
	Ignored []string // as they are written in the header
	Rows    []Row
}

// Row is one line under the header. Cells are trimmed; a column that the line
// does not reach is empty.
type Row struct {
	Line  int // in the file, counted from 1; the line where a row of several lines begins
	cells map[string]string
	more  bool
}

// Cell is what stands in a column, trimmed.
func (r Row) Cell(column string) string { return r.cells[column] }

// List is what stands in a column, split at commas, semicolons or bars, without empty parts.
func (r Row) List(column string) []string {
	var parts []string
	for _, p := range strings.FieldsFunc(r.cells[column], func(c rune) bool {
		return c == ',' || c == ';' || c == '|' || c == '，' || c == '；' || c == '、'
	}) {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// Overflows reports whether the line has more cells than the header has columns.
func (r Row) Overflows() bool { return r.more }

// Problem is what is wrong with one line.
type Problem struct {
	Line   int
	Column string // empty: the whole line
	Fault  *fault.Error
}

// Read takes a file apart that names its columns as we do. It is Open, and then
// the header must name every column that must be there; one that nobody knows is
// passed over and is among those Ignored.
func Read(body []byte, columns Columns) (Sheet, error) {
	table, err := Open(body, Layout{})
	if err != nil {
		return Sheet{}, err
	}
	var s Sheet
	if s.Columns, s.Ignored, err = columns.header(table.Headings); err != nil {
		return Sheet{}, err
	}
	if len(table.Rows) == 0 {
		return Sheet{}, ErrEmpty
	}
	for _, r := range table.Rows {
		s.Rows = append(s.Rows, r.Under(s.Columns))
	}
	return s, nil
}

// header is which column each cell names, and the cells that name none.
func (c Columns) header(cells []string) (columns, ignored []string, err error) {
	for len(cells) > 0 && cells[len(cells)-1] == "" { // a separator at the end of every line
		cells = cells[:len(cells)-1]
	}
	all := c.All()
	columns = make([]string, len(cells))
	for i, cell := range cells {
		name := strings.ToLower(cell)
		if own, ok := c.Called[name]; ok {
			name = own
		}
		switch {
		case !slices.Contains(all, name):
			if cell != "" {
				ignored = append(ignored, cell)
			}
		case slices.Contains(columns, name):
			return nil, nil, ErrColumnTwice.With("Column", cell)
		default:
			columns[i] = name
		}
	}
	for _, name := range c.Must {
		if !slices.Contains(columns, name) {
			return nil, nil, ErrColumnMissing.With("Column", name)
		}
	}
	return columns, ignored, nil
}

// Writer writes a CSV file for people: UTF-8 with a byte order mark, so that a
// spreadsheet shows Chinese as Chinese, lines ending in CRLF (RFC 4180).
type Writer struct {
	csv *csv.Writer
	err error
}

// NewWriter begins a file on w.
func NewWriter(w io.Writer) *Writer {
	_, err := io.WriteString(w, "\uFEFF")
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &Writer{csv: c, err: err}
}

// Row writes one line, every cell made Safe.
func (w *Writer) Row(cells ...string) {
	if w.err != nil {
		return
	}
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = Safe(c)
	}
	w.err = w.csv.Write(safe)
}

// Close finishes the file and says whether all of it was written.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.csv.Flush()
	return w.csv.Error()
}

// Safe keeps a spreadsheet from running a cell as a formula: one that begins
// with =, +, -, @, a tab or a line end gets an apostrophe before it.
func Safe(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}

// Plain undoes Safe, for a file that we wrote and that comes back.
func Plain(cell string) string {
	if rest, found := strings.CutPrefix(cell, "'"); found && Safe(rest) == cell {
		return rest
	}
	return cell
}
