package web

import (
	"net/http"
	"strings"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/testkit"
)

func TestAManagerKeepsTheKindsOfCertifications(t *testing.T) {
	w := staffed(t)
	at := w.at + "/certifications"
	if doc := w.sees(w.get(w.maker, at), 200); doc.Find(".empty").Length() != 1 || doc.Find(`form[action="`+at+`"]`).Length() != 0 {
		t.Error("a maker sees no empty list, or a form")
	}
	bad := w.sees(w.fill(w.manager, at, "name", "", "name_zh", "", "code", "Laser L1!", "valid_days", "many"), 422)
	if bad.Find("#name-error, #code-error, #valid_days-error").Length() != 3 || bad.Find("#code").AttrOr("value", "") != "Laser L1!" {
		t.Error("three mistakes are not said at three fields")
	}
	w.sentTo(w.fill(w.manager, at, "name", "Laser L1", "name_zh", "激光 L1", "code", "laser-l1", "valid_days", "365"))
	doc := w.sees(w.get(w.manager, at), 200)
	if got := text(doc.Find(".plate")); !strings.Contains(got, "Laser L1") || !strings.Contains(got, "valid for 1 year") {
		t.Errorf("listed as %q", got)
	}
	edit, _ := doc.Find(".plate a.name").Attr("href")
	form := w.sees(w.get(w.manager, edit), 200)
	version := form.Find(`input[name="version"]`).AttrOr("value", "")
	w.sentTo(w.fill(w.manager, edit, "name", "Laser one", "code", "laser-l1", "valid_days", "0", "version", version))
	w.sees(w.fill(w.manager, edit, "name", "Laser two", "code", "laser-l1", "valid_days", "0", "version", version), 409)
	if got := text(w.sees(w.get(w.manager, at), 200).Find(".plate")); !strings.Contains(got, "Laser one") || !strings.Contains(got, "valid for ever") {
		t.Errorf("after the change: %q", got)
	}
	for _, who := range []actor.Actor{w.maker, w.desk, w.instructor} {
		if got := w.get(who, edit).Code; got != http.StatusForbidden {
			t.Errorf("a %s edits: %d", who.Role(w.space), got)
		}
	}
}

func TestASeatIsTakenAndGivenBackOnThePage(t *testing.T) {
	w := staffed(t)
	laser := w.kind("laser-l1")
	bad := w.sees(w.fill(w.manager, w.at+"/events", "title", "", "day", "2026-11-20", "starts", "18:00", "ends", "20:00", "seats", "0"), 422)
	if bad.Find("#title-error, #starts-error, #seats-error").Length() != 3 {
		t.Errorf("the mistakes: %s", text(bad.Find(".alert")))
	}
	w.sees(w.fill(w.manager, w.at+"/events", "title", "Night", "day", "2027-03-28", "starts", "02:30", "ends", "04:00", "seats", "1"), 422)
	at := w.sentTo(w.fill(w.manager, w.at+"/events", "title", "Laser induction", "title_zh", "激光切割培训", "place", "Laser room",
		"day", "2026-11-25", "starts", "18:00", "ends", "20:00", "seats", "1", "certification", laser.ID.String()))

	stranger := w.sees(w.get(actor.Actor{}, at), 200)
	if got := stranger.Find(`a.btn.primary`).AttrOr("href", ""); !strings.HasPrefix(got, "/sign-in?next=") {
		t.Errorf("a stranger is led to %q", got)
	}
	if got := text(stranger.Find(".ticket")); !strings.Contains(got, "18:00–20:00") || !strings.Contains(got, "1 of 1 seats left") || stranger.Find("#roster").Length() != 0 {
		t.Errorf("a stranger sees %q", got)
	}
	w.sentTo(w.fill(w.maker, at+"/register"))
	mine := w.sees(w.get(w.maker, at), 200)
	if mine.Find(`form[action$="/leave"]`).Length() != 1 || mine.Find(`form[action$="/register"]`).Length() != 0 {
		t.Error("with a seat one is not offered to give it back")
	}
	late := w.person("Lena Late", actor.Member)
	if got := text(w.sees(w.fill(late, at+"/register"), 409).Find(".alert.bad")); !strings.Contains(got, "All seats are taken") {
		t.Errorf("the one too many is told %q", got)
	}

	if got := text(w.sees(w.get(w.instructor, at), 200).Find("#roster li")); got != "Mika Maker" {
		t.Errorf("the roster: %q", got)
	}
	w.sentTo(w.fill(w.maker, at+"/leave"))

	version := w.sees(w.get(w.manager, at+"/edit"), 200).Find(`input[name="version"]`).AttrOr("value", "")
	w.sentTo(w.fill(w.manager, at, "title", "Laser induction", "day", "2026-11-26", "starts", "18:00", "ends", "20:00", "seats", "3", "version", version))
	w.sentTo(w.fill(w.manager, at+"/cancel"))
	if doc := w.sees(w.get(w.maker, at), 200); doc.Find(".alert.bad").Length() != 1 || doc.Find("form[action$='/register']").Length() != 0 {
		t.Error("a cancelled session still takes people")
	}
	if got := w.sees(w.get(w.maker, w.at+"/events"), 200); got.Find(".empty").Length() != 1 {
		t.Error("a cancelled session is still listed")
	}
}

func TestCertifyIsOfferedOnceTheSessionHasBegun(t *testing.T) {
	w := staffed(t)
	laser := w.kind("laser-l1")
	at := w.sentTo(w.fill(w.manager, w.at+"/events", "title", "Laser induction", "day", "2026-11-25", "starts", "18:00", "ends", "20:00",
		"seats", "1", "certification", laser.ID.String()))
	w.sentTo(w.fill(w.maker, at+"/register"))
	if w.sees(w.get(w.instructor, at), 200).Find("#roster form").Length() != 0 {
		t.Error("whoever has not been there yet can be certified")
	}
	w.clock.Set(testkit.Clock(t, "2026-11-25 17:00").Now()) // 18:00 in Berlin
	roster := w.sees(w.get(w.instructor, at), 200)
	if got := text(roster.Find("#roster li")); got != "Mika Maker Certify Mika Maker" {
		t.Errorf("the roster: %q", got)
	}
	certify, _ := roster.Find("#roster form").Attr("action")
	if to := w.sentTo(w.fill(w.instructor, certify, "certification", laser.ID.String(), "back", at)); to != at {
		t.Errorf("an instructor who certified is sent to %q", to)
	}
	if w.sees(w.get(w.instructor, at), 200).Find("#roster .stamp").Length() != 1 {
		t.Error("the roster does not show the stamp")
	}
}
