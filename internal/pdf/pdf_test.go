package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var then = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

func sample(t *testing.T) []byte {
	t.Helper()
	p := New("House rules 车间守则", "Harbour Makers", then)
	p.Heading(1, "House rules 车间守则")
	p.Text(Run{"Tie back long hair. ", false}, Run{"Never leave the laser alone.", true})
	p.Text(Run{strings.Repeat("进入车间前请扎好长发，摘下围巾和首饰；激光切割机运行时不得离开。", 6), false})
	p.Item("•", Run{"佩戴护目镜", false})
	p.Heading(2, "签署 Signed")
	p.Fact("Name", "欧阳娜娜 O'Connor 🛠")
	p.Line()
	p.Drawing(600, 200, [][]Point{{{10, 100}, {200, 30}, {400, 160}}})
	for range 80 {
		p.Text(Run{"One more line of a long paper.", false})
	}
	text, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAPaperIsTheSameEveryTime(t *testing.T) {
	if !bytes.Equal(sample(t), sample(t)) {
		t.Error("two settings of one paper differ")
	}
}

// TestBothLanguagesCanBeReadBack asks another program for the words: what a reader
// searches and copies is what was written.
func TestBothLanguagesCanBeReadBack(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext is missing; Debian has it in poppler-utils")
	}
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, sample(t), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(tool, "-enc", "UTF-8", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"House rules 车间守则", "Never leave the laser alone.", "摘下围巾和首饰", "欧阳娜娜 O'Connor", "佩戴护目镜"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q can't be read back from %q", want, text)
		}
	}
	if pages := strings.Count(string(text), "\f"); pages < 2 {
		t.Errorf("eighty lines went on %d page", pages)
	}
}

func TestLinesEndWhereTheyMay(t *testing.T) {
	for text, want := range map[string][]string{
		"two words": {"two ", "words"},
		"请扎好长发，摘下（围巾）。": {"请", "扎", "好", "长", "发，", "摘", "下", "（围", "巾）。"},
		"用 3D 打印机":      {"用 ", "3D ", "打", "印", "机"},
	} {
		if diff := cmp.Diff(want, pieces(text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
