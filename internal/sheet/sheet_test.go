package sheet

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/fault"
)

var columns = Columns{
	Must: []string{"name", "email"}, May: []string{"phone", "certifications"}, Called: map[string]string{"e-mail": "email", "姓名": "name"},
}

func TestAFileIsReadAsSpreadsheetsWriteIt(t *testing.T) {
	for name, body := range map[string]string{
		"commas":                      "name,email\nAda,ada@example.org\n",
		"a byte order mark":           "\uFEFFname,email\nAda,ada@example.org\n",
		"semicolons":                  "name;email\nAda;ada@example.org\n",
		"tabs":                        "name\temail\nAda\tada@example.org\n",
		"CRLF":                        "name,email\r\nAda,ada@example.org\r\n",
		"CR alone":                    "name,email\rAda,ada@example.org\r",
		"no line end at the end":      "name,email\nAda,ada@example.org",
		"columns the other way round": "email,name\nada@example.org,Ada\n",
		"capital letters and spaces":  " Name , EMAIL \n Ada , ada@example.org \n",
		"quotes":                      "\"name\",\"email\"\n\"Ada\",\"ada@example.org\"\n",
		"empty columns at the end":    "name,email,,\nAda,ada@example.org,,\n",
		"empty lines":                 "name,email\n\n,\nAda,ada@example.org\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Read([]byte(body), columns)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Rows) != 1 || s.Rows[0].Cell("name") != "Ada" || s.Rows[0].Cell("email") != "ada@example.org" {
				t.Errorf("read %+v", s.Rows)
			}
		})
	}
}

func TestEveryRowKnowsItsLine(t *testing.T) {
	s, err := Read([]byte("name,email\nAda,a@x.org\n\n\"Bob\nBuilder\",b@x.org\nCleo,c@x.org\n"), columns)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, r := range s.Rows {
		lines = append(lines, r.Line)
	}
	if diff := cmp.Diff([]int{2, 4, 6}, lines); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatCannotBeReadSaysWhereAndWhy(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want *fault.Error
		args map[string]any
	}{
		"more than 25 MB":    {strings.Repeat("x", MaxBytes+1), ErrTooLarge, nil},
		"nothing":            {"", ErrEmpty, nil},
		"only a header":      {"name,email\n", ErrEmpty, nil},
		"a NUL":              {"name,email\nA\x00da,a@x.org\n", ErrNoText, map[string]any{"Line": 2}},
		"a workbook":         {"PK\x03\x04\x14\x00\x06\x00\x08\x00\xe9\xff", ErrNoText, map[string]any{"Line": 1}},
		"a picture":          {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ErrNoText, map[string]any{"Line": 1}},
		"a photo":            {"\xff\xd8\xff\xe0" + strings.Repeat("\x00\x10\x00\x20", 2000), ErrNoText, map[string]any{"Line": 1}},
		"a phone's photo":    {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", ErrNoText, map[string]any{"Line": 1}},
		"a scan":             {"%PDF-1.7\nname,email\nAda,ada@example.org\n", ErrNoText, map[string]any{"Line": 1}},
		"junk without a NUL": {strings.Repeat("\x80\x02\xfe\x13,\x7f\x9c\x05\n", 40), ErrNoText, map[string]any{"Line": 2}},
		"half of UTF-16":     {"\xff\xfen\x00a\x00\xd8", ErrEncoding, map[string]any{"Line": 1, "Encoding": "UTF-16 LE"}},
		"a cell of 10 MB":    {"name,email\nAda,\"" + strings.Repeat("x", 10<<20) + "\"\n", ErrLongCell, map[string]any{"Line": 2}},
		"1,000 columns":      {strings.Repeat("name,", 999) + "email\n", ErrManyColumns, map[string]any{"Found": 1000, "Most": MaxColumns}},
		"a quote left open":  {"name,email\nAda,a@x.org\n\"Bob,b@x.org\n", ErrQuotes, map[string]any{"Line": 3}},
		"no e-mail column":   {"name\nAda\n", ErrColumnMissing, map[string]any{"Column": "email"}},
		"a column twice":     {"name,email,Email\nAda,a@x.org,b@x.org\n", ErrColumnTwice, map[string]any{"Column": "Email"}},
		"twice by two names": {"name,email,E-mail\nAda,a@x.org,b@x.org\n", ErrColumnTwice, map[string]any{"Column": "E-mail"}},
		"more rows than fit": {"name,email\n" + strings.Repeat("A,a@x.org\n", MaxRows+1), ErrTooLong, map[string]any{"Most": MaxRows}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read([]byte(c.body), columns)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			f, _ := fault.As(err)
			if diff := cmp.Diff(c.args, f.Args); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAColumnNobodyKnowsIsPassedOver(t *testing.T) {
	s, err := Read([]byte("Joined,姓名,Phnoe,E-Mail\n2026,Ada,1,ada@example.org\n"), columns)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Joined", "Phnoe"}, s.Ignored); diff != "" {
		t.Error(diff)
	}
	if r := s.Rows[0]; r.Cell("name") != "Ada" || r.Cell("email") != "ada@example.org" || r.Cell("") != "" {
		t.Errorf("read %+v", r)
	}
}

func TestAProblemNamesItsColumn(t *testing.T) {
	if got := columns.Problem(4, ErrEmpty.On("phone")).Column; got != "phone" {
		t.Errorf("about a cell: %q", got)
	}
	if got := columns.Problem(4, ErrEmpty).Column; got != "" {
		t.Errorf("about the line: %q", got)
	}
}

func TestACellCanBeAList(t *testing.T) {
	s, err := Read([]byte("name,email,certifications\nAda,a@x.org,\"laser-l1, wood-l1;; 3d-l1、cnc\"\n"), columns)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"laser-l1", "wood-l1", "3d-l1", "cnc"}, s.Rows[0].List("certifications")); diff != "" {
		t.Error(diff)
	}
}

func TestALineLongerThanTheHeaderIsNoticed(t *testing.T) {
	s, err := Read([]byte("name,email\nAda,a@x.org,more\nBob,b@x.org,\n"), columns)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Rows[0].Overflows() || s.Rows[1].Overflows() {
		t.Errorf("overflows: %v, %v; want true, false", s.Rows[0].Overflows(), s.Rows[1].Overflows())
	}
}

func TestNothingThatIsTakenAwayRunsAsAFormula(t *testing.T) {
	var b strings.Builder
	w := NewWriter(&b)
	w.Row("name", "email")
	for _, bad := range []string{`=HYPERLINK("http://x")`, "+1", "-1", "@SUM(A1)", "\tx", "＝1", "plain"} {
		w.Row(bad, "a@x.org")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "\uFEFFname,email\r\n") {
		t.Errorf("it begins %q", b.String()[:20])
	}
	s, err := Read([]byte(b.String()), columns)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(b.String()), "\r\n")[1:7] {
		if line = strings.TrimPrefix(line, `"`); !strings.HasPrefix(line, "'") {
			t.Errorf("line %d begins a formula: %q", i+2, line)
		}
	}
	if got := s.Rows[1].Cell("name"); got != "+1" {
		t.Errorf("what we wrote comes back as %q, want +1", got)
	}
	if got := s.Rows[6].Cell("name"); got != "plain" {
		t.Errorf("plain became %q", got)
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add([]byte("name,email\nAda,a@x.org\n"))
	f.Add([]byte("\uFEFFname;email\r\"\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := Read(body, columns)
		if _, refusal := fault.As(err); err != nil && !refusal {
			t.Errorf("%q is our own fault: %v", body, err)
		}
		for _, r := range s.Rows {
			if r.Line < 2 {
				t.Errorf("a row on line %d", r.Line)
			}
		}
	})
}
