package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAFileOfPeopleIsImported brings a file with a mistake, then the mended one,
// and looks at what each shows in all its looks.
func TestAFileOfPeopleIsImported(t *testing.T) {
	t.Parallel()
	v := ownDemo(t).visitor(t, desk)
	v.signIn("manager")
	v.speak("en")
	for _, step := range []struct{ file, sees string }{
		{"name,email,plan\nAda Lovelace,ada@example.org,gold\n", "1 line has a mistake. Nothing was imported."},
		{"\uFEFFname;email\r\nAda Lovelace;ada@example.org\r\n陈力;chenli@example.cn\r\n", "Import 2 people"},
	} {
		path := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(path, []byte(step.file), 0o600); err != nil {
			t.Fatal(err)
		}
		v.visit("/s/harbour/imports/members")
		v.do(chromedp.SetUploadFiles("input[type=file]", []string{path}))
		v.tap("main form[enctype] button")
		v.sees("Say what each column is")
		v.lookAt(page{who: "manager", path: v.address()}, "en")
		v.at(desk)
		v.tap("main form button.primary") // the columns are guessed
		if v.has("select[name=plan0]") {
			v.lookAt(page{who: "manager", path: v.address()}, "en")
			v.at(desk)
			v.tap("main form button.primary")
		}
		v.sees(step.sees)
		v.lookAt(page{who: "manager", path: v.address()}, "en")
		v.at(desk)
	}
	v.tap("main form:not([enctype]) button.primary")
	v.sees("2 people were made members.")
	done := v.address()
	v.lookAt(page{who: "manager", path: done}, "en")
	v.lookAt(page{who: "manager", path: done + "/undo"}, "en")
	v.at(desk)
	v.visit(done)
	v.tap("main .alert.ok a.primary")
	v.fill("main input[type=search]", "chenli@")
	v.keys("\r")
	v.sees("1 person found.")
}
