package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOpeningHoursAreWrittenAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string][][2]int{
		"": nil, "14:00–21:00": {{840, 1260}}, "9-12, 13:30-18": {{540, 720}, {810, 1080}}, "20:00 - 0:00": {{1200, 1440}},
		"9：00至12：00；14.00~18.00": {{540, 720}, {840, 1080}}, "9 to 17": {{540, 1020}},
	} {
		got, ok := parseHours(typed)
		if !ok || len(got) != len(want) {
			t.Errorf("%q is %v, %v; want %v", typed, got, ok, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%q is %v, want %v", typed, got, want)
			}
		}
	}
	for _, typed := range []string{"soon", "14:00", "14:00–", "9:75-10:00", "14:00–21:00 and so on"} {
		if got, ok := parseHours(typed); ok {
			t.Errorf("%q passes for %v", typed, got)
		}
	}
}

func TestASpecialDayIsRemovedAndTakenBack(t *testing.T) {
	w := staffed(t)
	at := w.at + "/hours"
	doc := w.sees(w.fill(w.manager, w.at+"/holidays", "day", "2026-12-24", "holiday_name_en", "Eve", "opens", "10:00–12:00, 13:00–14:00"), 422)
	if got := text(doc.Find("#opens-error")); !strings.Contains(got, "one opening") {
		t.Errorf("two openings: %q", got)
	}
	if doc := w.sees(w.fill(w.manager, w.at+"/holidays", "day", "2026-11-22", "holiday_name_en", "Yesterday"), 422); doc.Find("#day-error").Length() != 1 {
		t.Error("yesterday is made special")
	}
	w.sentTo(w.fill(w.manager, w.at+"/holidays", "day", "2026-12-24", "holiday_name_en", "Eve", "opens", "10:00–14:00"))
	before := text(w.sees(w.get(w.manager, at), 200).Find("#days tbody"))
	remove, _ := w.sees(w.get(w.manager, at), 200).Find(`form[action$="/remove"]`).Attr("action")
	gone := w.fill(w.manager, remove)
	r := httptest.NewRequest(http.MethodGet, at, nil)
	for _, cookie := range gone.Result().Cookies() {
		r.AddCookie(cookie)
	}
	doc = w.sees(w.send(w.manager, r), 200)
	if doc.Find("#days .empty").Length() != 1 {
		t.Error("it is still there")
	}
	undo, _ := doc.Find(".flash form").Attr("action")
	w.sentTo(w.fill(w.manager, undo))
	if got := text(w.sees(w.get(w.manager, at), 200).Find("#days tbody")); got != before {
		t.Errorf("taken back it is %q, was %q", got, before)
	}
}

func TestAWeekWithoutAnOpeningIsSaidToBeShut(t *testing.T) {
	w := staffed(t)
	saved := w.fill(w.manager, w.at+"/hours", "version", "1", "hours-key_holders-1", "8-20")
	r := httptest.NewRequest(http.MethodGet, w.at+"/hours", nil)
	for _, cookie := range saved.Result().Cookies() {
		r.AddCookie(cookie)
	}
	if got := text(w.sees(w.send(w.manager, r), 200).Find(".flash")); !strings.Contains(got, "Nobody but key holders can book") {
		t.Errorf("it is said %q", got)
	}
}

func TestHoursSayEverythingThatIsWrongAtOnce(t *testing.T) {
	w := staffed(t)
	doc := w.sees(w.fill(w.manager, w.at+"/hours", "version", "1", "hours-everyone-1", "soon", "hours-everyone-2", "21:00–14:00", "hours-key_holders-3", "9-12, 11-14"), 422)
	if got := doc.Find("#hours-everyone-1-error, #hours-everyone-2-error, #hours-key_holders-3-error").Length(); got != 3 {
		t.Errorf("%d mistakes are said, want 3", got)
	}
}
