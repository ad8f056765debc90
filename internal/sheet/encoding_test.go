package sheet

import (
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func TestTheEncodingOfAFileIsGuessed(t *testing.T) {
	const german, chinese = "Name;E-Mail\r\nJörg Müller;joerg@example.org\r\nÀ Ç ß «é»;x@example.org\r\n", "姓名,邮箱\n陈力,chenli@example.cn\n欧阳修,ouyang@example.cn\n"
	for _, c := range []struct {
		name, text string
		write      func(string) (string, error)
		want       Encoding
	}{
		{"UTF-8", chinese, func(s string) (string, error) { return s, nil }, UTF8},
		{"UTF-8 with a mark", german, func(s string) (string, error) { return "\uFEFF" + s, nil }, UTF8},
		{"plain ASCII", "name,email\nAda,ada@example.org\n", func(s string) (string, error) { return s, nil }, UTF8},
		{"UTF-16 LE with a mark", chinese, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String, UTF16LE},
		{"UTF-16 BE with a mark", german, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String, UTF16BE},
		{"UTF-16 LE without one", german, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String, UTF16LE},
		{"UTF-16 BE without one", chinese, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String, UTF16BE},
		{"GB 18030", chinese, simplifiedchinese.GB18030.NewEncoder().String, GB18030},
		{"Windows-1252", german, charmap.Windows1252.NewEncoder().String, Windows1252},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, err := c.write(c.text)
			if err != nil {
				t.Fatal(err)
			}
			for _, as := range []Layout{{}, {Encoding: c.want}} {
				got, err := Open([]byte(body), as)
				if err != nil {
					t.Fatal(err)
				}
				want, err := Open([]byte(c.text), Layout{})
				if err != nil {
					t.Fatal(err)
				}
				if got.Layout.Encoding != c.want || got.Headings[0] != want.Headings[0] || got.Rows[0].Cells[0] != want.Rows[0].Cells[0] {
					t.Errorf("read as %s: %q, %q", got.Layout.Encoding, got.Headings, got.Rows[0].Cells)
				}
			}
		})
	}
}

func TestALayoutThatWasChosenIsKept(t *testing.T) {
	got, err := Open([]byte("a,b;c,d\n1,2;3,4\n"), Known("windows-1252", "semicolon"))
	if err != nil || len(got.Headings) != 2 || got.Layout != (Layout{Windows1252, Semicolon}) {
		t.Errorf("read as %+v (%v)", got, err)
	}
	if as := Known("klingon", "pipe"); as != (Layout{}) {
		t.Errorf("what there is not is %+v", as)
	}
}
