package web_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// sent posts a form with a file in it, as a browser does.
func (p person) sent(to string, form url.Values, field, name string, file []byte) (status int, at string) {
	p.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for key, values := range form {
		for _, v := range values {
			if err := w.WriteField(key, v); err != nil {
				p.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		p.Fatal(err)
	}
	part.Write(file)
	w.Close()
	r, err := http.NewRequest(http.MethodPost, p.url+to, &body)
	if err == nil {
		r.Header.Set("Content-Type", w.FormDataContentType())
	}
	_, status, at = p.do(r, err)
	return status, at
}

// snapshot is a photograph with a place in its Exif block.
func snapshot(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 60, 40)), nil); err != nil {
		t.Fatal(err)
	}
	block := []byte("Exif\x00\x00GPS 53.09N 8.77E")
	return append(append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(block) + 2)}, block...), b.Bytes()[2:]...)
}

func TestAPhotoIsTakenShownAndTakenAway(t *testing.T) {
	p := signedIn(t, "member120")
	if status, _ := p.sent("/me/profile/photo", nil, "file", "me.jpg", []byte("<script>alert(1)</script>")); status != http.StatusUnprocessableEntity {
		t.Errorf("a page was taken for a picture: %d", status)
	}
	if status, at := p.sent("/me/profile/photo", nil, "file", "me.jpg", snapshot(t)); status != http.StatusSeeOther || at != "/me/profile" {
		t.Fatalf("%d to %q", status, at)
	}
	src := p.shown("/me/profile").Find("img.portrait").AttrOr("src", "")
	answer, err := p.client.Get(p.url + src)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	body.ReadFrom(answer.Body)
	if answer.Header.Get("Content-Type") != "image/jpeg" || answer.Header.Get("X-Content-Type-Options") != "nosniff" || bytes.Contains(body.Bytes(), []byte("GPS")) {
		t.Errorf("%v, %q", answer.Header, body.Bytes()[:40])
	}
	if _, status, _ := signedIn(t, "novice").get(src); status != http.StatusNotFound {
		t.Errorf("a stranger to the directory sees the photo: %d", status)
	}
	if _, status, _ := signedIn(t, "desk").get(src); status != http.StatusOK {
		t.Errorf("the desk sees %d", status)
	}
	if status, _ := p.sent("/me/profile/photo", url.Values{"remove": {"yes"}}, "file", "", nil); status != http.StatusSeeOther {
		t.Errorf("not taken away: %d", status)
	}
	if _, status, _ := p.get(src); status != http.StatusNotFound {
		t.Errorf("it is still there: %d", status)
	}
}

func TestAProfileIsCoveredAtTheDeskUntilItIsRevealed(t *testing.T) {
	p := signedIn(t, "member121")
	form := url.Values{"version": {"0"}, "address": {"Quay 4"}, "contact_name": {"Ada"}}
	page, status, _ := p.post("/me/profile", form)
	if status != http.StatusUnprocessableEntity || page.Find(`textarea[name="address"]`).Text() != "Quay 4" {
		t.Errorf("half a contact: %d, %s", status, page.Find(`textarea[name="address"]`).Text())
	}
	form.Set("contact_phone", "+49 421 777")
	if _, status, _ := p.post("/me/profile", form); status != http.StatusSeeOther {
		t.Fatalf("not saved: %d", status)
	}
	desk := signedIn(t, "desk")
	list := desk.shown("/s/harbour/people?q=member121")
	at := list.Find("main tbody a[href*='/people/']").First().AttrOr("href", "") + "/profile"
	if text := desk.shown(at).Find("main").Text(); strings.Contains(text, "Quay 4") || !strings.Contains(text, "••••") {
		t.Errorf("the desk reads %q", text)
	}
	revealed, status, _ := desk.post(at+"/reveal", nil)
	if text := revealed.Find("main").Text(); status != http.StatusOK || !strings.Contains(text, "Quay 4") || !strings.Contains(text, "+49 421 777") {
		t.Errorf("revealed %d %q", status, text)
	}
	if text := signedIn(t, "manager").shown(at).Find("main").Text(); !strings.Contains(text, "Quay 4") {
		t.Errorf("the manager reads %q", text)
	}
}

func TestTheDirectoryFollowsTheConsent(t *testing.T) {
	p, other := signedIn(t, "member122"), signedIn(t, "member123")
	if _, status, _ := p.post("/me/profile", url.Values{"version": {"0"}, "makes": {"Zithers of ash"}, "skills": {"lutherie"}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	choose := func(given string) {
		if _, status, _ := p.post("/me/consents", url.Values{"kind": {"directory"}, "given": {given}}); status != http.StatusSeeOther {
			t.Fatalf("not chosen: %d", status)
		}
	}
	found := func() int { return other.shown("/s/harbour/directory?q=zither").Find(".entries > li").Length() }
	if n := found(); n != 0 {
		t.Errorf("without consent %d are found", n)
	}
	choose("yes")
	if n := found(); n != 1 {
		t.Errorf("with consent %d are found", n)
	}
	choose("")
	if n := found(); n != 0 {
		t.Errorf("after it was withdrawn %d are found", n)
	}
	if _, status, at := visitor(t).get("/s/harbour/directory"); status != http.StatusSeeOther || !strings.HasPrefix(at, "/sign-in") {
		t.Errorf("a visitor gets %d %s", status, at)
	}
	if _, status, _ := signedIn(t, "member123").get("/s/shanghai/directory"); status != http.StatusForbidden && status != http.StatusNotFound {
		t.Errorf("a member of another space gets %d", status)
	}
}

func TestAManagerAsksAQuestionAndEverybodyIsAsked(t *testing.T) {
	manager, p := signedIn(t, "manager"), signedIn(t, "member124")
	page, status, _ := manager.post("/s/harbour/profile-fields", url.Values{"label_en": {"Favourite wood"}, "kind": {"choice"}, "choices_en": {"Ash"}, "edited_by": {"member"}, "seen_by": {"member"}})
	if status != http.StatusUnprocessableEntity || page.Find(`input[name="label_en"]`).AttrOr("value", "") != "Favourite wood" {
		t.Errorf("one choice is no choice: %d", status)
	}
	if _, status, _ := manager.post("/s/harbour/profile-fields", url.Values{"label_en": {"Favourite wood"}, "kind": {"choice"}, "choices_en": {"Ash\nOak"}, "edited_by": {"member"}, "seen_by": {"member"}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	field := p.shown("/me/profile").Find("label:contains('Favourite wood')").AttrOr("for", "")
	if !strings.HasPrefix(field, "field-") {
		t.Fatalf("not asked: %q", field)
	}
	if page, status, _ := p.post("/me/profile", url.Values{"version": {"0"}, field: {"7"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("there is no eighth wood: %d %s", status, page.Find(".wrong").Text())
	}
	if _, status, _ := p.post("/me/profile", url.Values{"version": {"0"}, field: {"1"}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if got := p.shown("/me/profile").Find(`select[name="` + field + `"] option[selected]`).Text(); got != "Oak" {
		t.Errorf("answered %q", got)
	}
}

func TestWhoTheMakersAreIsToldInGroupsOnly(t *testing.T) {
	manager := signedIn(t, "manager")
	page := manager.shown("/s/harbour/makers")
	if page.Find(".charts section").Length() != 6 {
		t.Errorf("%d questions", page.Find(".charts section").Length())
	}
	for _, n := range page.Find("td.amount").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) }) {
		if len(n) == 1 && n < "5" {
			t.Errorf("a group of %s is shown", n)
		}
	}
	if _, status, _ := signedIn(t, "desk").get("/s/harbour/makers"); status != http.StatusForbidden {
		t.Errorf("the desk gets %d", status)
	}
	p := signedIn(t, "member125")
	if _, status, _ := p.post("/me/about-me", url.Values{"age": {"16_30"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("without the tick: %d", status)
	}
	if _, status, _ := p.post("/me/about-me", url.Values{"age": {"16_30"}, "consent": {"yes"}}); status != http.StatusSeeOther {
		t.Errorf("with the tick: %d", status)
	}
	if got := p.shown("/me/about-me").Find(`select[name="age"] option[selected]`).AttrOr("value", ""); got != "16_30" {
		t.Errorf("kept %q", got)
	}
	if _, status, _ := p.post("/me/about-me/withdraw", nil); status != http.StatusSeeOther {
		t.Errorf("not withdrawn: %d", status)
	}
	if got := p.shown("/me/about-me").Find(`select[name="age"] option[selected]`).AttrOr("value", ""); got != "" {
		t.Errorf("still kept: %q", got)
	}
}
