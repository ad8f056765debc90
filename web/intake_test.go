package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"guildhall/internal/clock"
)

// A house of its own, into which files are brought.
var importing = sync.OnceValues(func() (*httptest.Server, error) {
	dir := tempDir("guildhall-import-")
	return furnished(dir, clock.Frozen(afternoon))
})

const importAt = "/s/harbour/imports/members"

func importer(t *testing.T, name string) person {
	t.Helper()
	server, err := importing()
	if err != nil {
		t.Fatal(err)
	}
	return visitorAt(t, server.URL).as(name)
}

// bring sends a file, and says where one is sent.
func (p person) bring(name, body string) (page *goquery.Document, status int, to string) {
	p.Helper()
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, err := parts.CreateFormFile("file", name)
	if err != nil {
		p.Fatal(err)
	}
	fmt.Fprint(file, body)
	parts.Close()
	r, err := http.NewRequest(http.MethodPost, p.url+importAt, &form)
	if err == nil {
		r.Header.Set("Content-Type", parts.FormDataContentType())
		r.Header.Set("Origin", p.url)
	}
	return p.do(r, err)
}

// settled brings a file and takes its columns and words as they are guessed, and gives
// the address of the preview.
func (p person) settled(name, body string) string {
	p.Helper()
	_, status, to := p.bring(name, body)
	to, _, _ = strings.Cut(to, "?")
	at, columns := strings.CutSuffix(to, "/columns")
	if status != http.StatusSeeOther || !columns {
		p.Fatalf("%s: %d to %q", name, status, to)
	}
	if page, status, to := p.post(to, chosen(p.page(to))); status != http.StatusSeeOther {
		p.Fatalf("its columns: %d to %q: %s", status, to, page.Find(".alert").Text())
	}
	return at
}

// page is a page that is there.
func (p person) page(at string) *goquery.Document {
	p.Helper()
	page, status, to := p.get(at)
	if status != http.StatusOK {
		p.Fatalf("%s: %d to %q", at, status, to)
	}
	return page
}

// chosen is the form of a page with what is chosen in its lists.
func chosen(page *goquery.Document) url.Values {
	form := url.Values{}
	page.Find("main select").Each(func(_ int, s *goquery.Selection) {
		form.Set(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
	})
	return form
}

// words is what a part of a page says.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestTheColumnsOfAFileAreChosenAndRemembered(t *testing.T) {
	p := importer(t, "manager")
	_, _, to := p.bring("who.csv", "Vollname,Mail,Sorte,Schuhe\nAda Columns,ada.columns@example.org,Golden,43\n")
	page := p.page(to)
	if got := words(page.Find("#column-0-hint")); got != "Ada Columns" {
		t.Errorf("the values beside the first column: %q", got)
	}
	form := chosen(page)
	if form.Get("column-0") != "" || form.Get("column-1") != "email" {
		t.Errorf("the guess: %v", form)
	}
	if page, status, _ := p.post(to, form); status != http.StatusUnprocessableEntity || !strings.Contains(words(page.Find(".alert")), "which column has the name") {
		t.Errorf("no name: %d %s", status, words(page.Find(".alert")))
	}
	form.Set("column-0", "email")
	if page, status, _ := p.post(to, form); status != http.StatusUnprocessableEntity || page.Find(`select[name="column-0"] option[selected]`).AttrOr("value", "") != "email" {
		t.Error("two addresses are taken, or what was chosen is lost")
	}
	form.Set("column-0", "name")
	form.Set("column-2", "plan")
	_, status, next := p.post(to, form)
	if status != http.StatusSeeOther || !strings.HasSuffix(next, "/words") {
		t.Fatalf("a word that nobody knows is not asked: %d to %q", status, next)
	}
	page = p.page(next)
	plan := page.Find(`select[name="plan0"] option`).Eq(1).AttrOr("value", "")
	_, _, preview := p.post(next, url.Values{"plan0": {plan}})
	page = p.page(preview)
	if got := words(page.Find("tbody tr")); !strings.Contains(got, "Ada Columns") || page.Find(".btn.primary.big").Length() != 1 {
		t.Errorf("the preview: %q", got)
	}
	if got := words(page.Find(".alert.info")); !strings.Contains(got, "Schuhe") {
		t.Errorf("what is left out: %q", got)
	}
	_, _, again := p.bring("next.csv", "Vollname,Mail,Sorte,Schuhe\nBob Columns,bob.columns@example.org,Golden,43\n")
	if page := p.page(again); chosen(page).Get("column-2") != "plan" || page.Find("main .alert.info").Length() != 1 {
		t.Errorf("the columns are not remembered: %v %q", chosen(page), words(page.Find("main .alert")))
	}
}

func TestAFileOfPeopleIsRunOnceAndTakenBack(t *testing.T) {
	p := importer(t, "manager")
	file := "name;email;phone;plan;certifications\n=陈力;run.chenli@example.cn;0421 1000;maker;laser-l1\nMarek;MANAGER@demo.example;;;\nBad;bad@;;;\nWorse;worse@example.org;1;gold;\n"
	at := p.settled("people.csv", file)
	page := p.page(at)
	if got := words(page.Find(".kpis")); got != "New1 Known, gain something0 Here already1 With mistakes2" {
		t.Errorf("the preview counts %q", got)
	}
	if got := words(page.Find(".alert.bad")); strings.Count(got, "Line 4, E-mail:") != 1 || strings.Count(got, "Line 5, Plan:") != 1 {
		t.Errorf("the mistakes: %q", got)
	}
	if page, status, _ := p.post(at, nil); status != http.StatusConflict || page.Find(".alert").Length() == 0 {
		t.Errorf("with mistakes it is run: %d", status)
	}
	for range 2 { // a second click changes nothing
		if _, status, to := p.post(at, url.Values{"skip": {"1"}}); status != http.StatusSeeOther || to != at {
			t.Fatalf("run: %d to %q", status, to)
		}
	}
	if got := words(p.page(at).Find(".alert.ok")); !strings.Contains(got, "1 person was made a member.") || !strings.Contains(got, "2 lines with mistakes were left out.") {
		t.Errorf("the result: %q", got)
	}
	// What was left out is a file that can be brought as it is.
	answer, err := p.client.Get(p.url + at + "/problems.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	rows, err := csv.NewReader(answer.Body).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][1] != "bad@" || !strings.Contains(rows[2][5], "There is no plan with the code “gold”") {
		t.Fatalf("the mistakes as a file: %v %v", rows, err)
	}
	mended := strings.Join(rows[0], ",") + "\nBad,good@example.org,,,,This was no address\n"
	if got := words(p.page(p.settled("mended.csv", mended)).Find(".btn.big")); got != "Import 1 person" {
		t.Errorf("mended: %q", got)
	}
	if page := p.page(p.settled("again.csv", "name;email;phone;plan;certifications\n陈力;run.chenli@example.cn;0421 1000;maker;laser-l1\n")); page.Find(".empty").Length() != 1 {
		t.Error("the same file again is not seen to be nothing new")
	}
	if got := words(p.page(importAt).Find("main .rows")); !strings.Contains(got, "people.csv") {
		t.Errorf("run before: %q", got)
	}
	if got := words(p.page(at + "/undo").Find(".kpis")); got != "Taken back1 Stay0" {
		t.Errorf("the undo would: %q", got)
	}
	if _, status, _ := p.post(at+"/undo", nil); status != http.StatusSeeOther {
		t.Errorf("the undo: %d", status)
	}
	if got := words(p.page(at).Find(".alert.info")); !strings.Contains(got, "1 line was taken back.") {
		t.Errorf("after the undo: %q", got)
	}
	if page := p.page("/s/harbour/people?q=run.chenli"); strings.Contains(words(page.Find("main")), "陈力") {
		t.Error("who was taken back is still found")
	}
}

func TestWhatIsNoFileOfPeopleIsRefusedAtTheFile(t *testing.T) {
	p := importer(t, "manager")
	for name, body := range map[string]string{
		"empty.csv": "", "header.csv": "name,email\n", "workbook.csv": "PK\x03\x04\x14\x00", "binary.csv": "name,email\nA\x00da,j@example.org\n", "large.csv": "name,email\n" + strings.Repeat("x", 25<<20),
	} {
		if page, status, _ := p.bring(name, body); status != http.StatusUnprocessableEntity || page.Find("#file-error").Length() != 1 {
			t.Errorf("%s: %d, %q", name, status, words(page.Find(".alert")))
		}
	}
	page, status, _ := p.bring("60mb.csv", strings.Repeat("Somebody,somebody@example.org\n", 2_100_000))
	if status != http.StatusRequestEntityTooLarge || words(page.Find("main")) == "" {
		t.Errorf("60 MB: %d %s", status, words(page.Find("main")))
	}
}

// However a program writes a file, the people in it are the same, or it is said what is wrong.
func TestAFileIsReadHoweverItIsWritten(t *testing.T) {
	p := importer(t, "manager")
	utf16 := func(e unicode.Endianness, b unicode.BOMPolicy) encoding.Encoding { return unicode.UTF16(e, b) }
	for name, c := range map[string]struct {
		body string
		in   encoding.Encoding
	}{
		"UTF-16 with a mark":    {"姓名\t邮箱\n陈力\treads%d@example.cn\n", utf16(unicode.LittleEndian, unicode.UseBOM)},
		"UTF-16 without one":    {"姓名,邮箱\n陈力,reads%d@example.cn\n", utf16(unicode.LittleEndian, unicode.IgnoreBOM)},
		"a Chinese spreadsheet": {"姓名,邮箱\r\n陈力,reads%d@example.cn\r\n", simplifiedchinese.GBK},
		"tabs":                  {"姓名\t邮箱\n陈力\treads%d@example.cn\n", encoding.Nop},
		"semicolons":            {"姓名;邮箱\n陈力;reads%d@example.cn\n", encoding.Nop},
		"a column twice":        {"姓名,邮箱,邮箱\n陈力,reads%d@example.cn,other@example.cn\n", encoding.Nop},
		"a line too short":      {"姓名,邮箱,电话,地址\n陈力,reads%d@example.cn\n", encoding.Nop},
	} {
		body, err := c.in.NewEncoder().String(fmt.Sprintf(c.body, len(name)))
		if err != nil {
			t.Fatal(err)
		}
		page := p.page(p.settled("who.csv", body))
		if row := words(page.Find("tbody tr")); !strings.Contains(row, "陈力") || words(page.Find(".btn.big")) != "Import 1 person" {
			t.Errorf("%s: %q %q", name, row, words(page.Find("main .alert")))
		}
	}
	page := p.page(p.settled("who.csv", "Name;E-Mail\r\nJ\xf6rg M\xfcller;joerg.reads@example.org\r\nToo,long;a@example.org;b\r\n"))
	if got := words(page.Find("tbody tr").First()); !strings.Contains(got, "Jörg Müller") {
		t.Errorf("Windows-1252: %q", got)
	}
	if got := words(page.Find(".alert.bad")); !strings.Contains(got, "Line 3: This line has more cells than there are columns.") {
		t.Errorf("a line too long: %q", got)
	}
	for name, c := range map[string][2]string{
		"a picture":          {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "This is not a CSV file"},
		"junk without a NUL": {strings.Repeat("\x80\x02\xfe\x13,\x7f\x9c\x05\n", 40), "This is not a CSV file"},
		"a quote left open":  {"name,email\nAda,a@example.org\n\"Bob,b@example.org\n", "The quotation marks on line 3 don't pair up."},
		"100,000 lines":      {"name,email\n" + strings.Repeat("Ada,ada@example.org\n", 100_000), "This file has more than 20,000 rows. Bring it in parts."},
	} {
		page, status, _ := p.bring("who.csv", c[0])
		if got := words(page.Find("#file-error")); status != http.StatusUnprocessableEntity || !strings.Contains(got, c[1]) {
			t.Errorf("%s: %d %q", name, status, got)
		}
	}
}

func TestALongFileIsPagedFilteredAndRunInTheBackground(t *testing.T) {
	p := importer(t, "manager")
	var b strings.Builder
	b.WriteString("name,email\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "Person %d,long%d@example.org\n", i, i)
	}
	b.WriteString("Last,not an address\n")
	at := p.settled("long.csv", b.String())
	page := p.page(at)
	if rows := page.Find("tbody tr").Length(); rows != 100 || page.Find(".pager a").Length() == 0 {
		t.Errorf("%d lines are shown, want 100 and a way to the others", rows)
	}
	if rows := p.page(at + "?show=refused").Find("tbody tr"); rows.Length() != 1 || !strings.Contains(words(rows), "Last") {
		t.Errorf("the mistakes alone: %q", words(rows))
	}
	if _, status, _ := p.post(at, url.Values{"skip": {"1"}}); status != http.StatusSeeOther {
		t.Fatalf("run: %d", status)
	}
	page = p.page(at) // nobody works the jobs of this house
	if page.Find("progress").AttrOr("max", "") != "1001" || page.Find(`form[action$="/stop"]`).Length() != 1 {
		t.Errorf("the progress: %q", words(page.Find("main")))
	}
	if _, status, _ := p.post(at+"/stop", nil); status != http.StatusSeeOther {
		t.Fatalf("stop: %d", status)
	}
	if page := p.page(at); page.Find(".alert.warn").Length() != 1 || page.Find("main form .btn.primary").Length() != 1 {
		t.Errorf("stopped: %q", words(page.Find("main")))
	}
}

func TestTheOfferedExampleOfAPersonCanBeBrought(t *testing.T) {
	p := importer(t, "manager")
	answer, err := p.client.Get(p.url + importAt + "/example.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	if page := p.page(p.settled("example.csv", body.String())); words(page.Find(".btn.big")) != "Import 1 person" {
		t.Errorf("it is refused: %q", words(page.Find(".alert")))
	}
}

func TestTheDeskBringsNoFiles(t *testing.T) {
	for _, at := range []string{importAt, importAt + "/06h1150ph9yhneq3grrq4340pc/undo"} {
		if _, status, _ := importer(t, "desk").get(at); status != http.StatusForbidden {
			t.Errorf("%s: %d", at, status)
		}
	}
	if _, status, _ := importer(t, "manager").get(importAt + "/06h1150ph9yhneq3grrq4340pc"); status != http.StatusNotFound {
		t.Errorf("a file that is not there: %d", status)
	}
}
