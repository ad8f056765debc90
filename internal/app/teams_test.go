package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"guildhall/internal/id"
)

// TestATeamInTheHouse: a newcomer joins by the letter's link and is a member from then
// on; who administers the team sees and cancels what its members book and nobody
// else's; whoever is removed is as any other at the next request.
func TestATeamInTheHouse(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	ctx := context.Background()
	admin, desk, stranger := signIn(t, h, "member002@demo.example"), signIn(t, h, "desk@demo.example"), signIn(t, h, "novice@demo.example")
	var spaces struct{ Items []struct{ ID, Slug string } }
	decode(t, ask(h, http.MethodGet, "/api/v1/spaces", "", nil), &spaces)
	at := "?space_id=" + spaces.Items[0].ID
	var list struct {
		Items []struct {
			ID, Name string
			Seats    int `json:"seats"`
			Taken    int `json:"seats_taken"`
		}
	}
	decode(t, ask(h, http.MethodGet, "/api/v1/teams"+at+"&q=nordlicht", desk, nil), &list)
	if len(list.Items) != 1 || list.Items[0].Seats != 8 || list.Items[0].Taken != 5 {
		t.Fatalf("the demo's company: %+v", list)
	}
	team := "/api/v1/teams/" + list.Items[0].ID
	for who, c := range map[string]struct {
		token  string
		status int
	}{"its administrator": {admin, 200}, "the desk": {desk, 200}, "a stranger": {stranger, 404}, "nobody": {"", 401}} {
		if got := ask(h, http.MethodGet, team+at, c.token, nil); got.status != c.status {
			t.Errorf("%s: %d %s", who, got.status, got.body)
		}
	}
	if got := ask(h, http.MethodPost, team+"/invitations"+at, stranger, map[string]string{"email": "nils@new.example"}); got.status != http.StatusForbidden {
		t.Errorf("a stranger invites: %d %s", got.status, got.body)
	}
	if got := ask(h, http.MethodPost, team+"/invitations"+at, admin, map[string]string{"email": "nils@new.example"}); got.status != http.StatusCreated {
		t.Fatalf("invite: %d %s", got.status, got.body)
	}
	token := letterTo(t, a, "nils@new.example")
	for _, page := range []string{"/teams/join?token=" + token, "/me/team", "/s/harbour/teams"} {
		who := admin
		if strings.HasPrefix(page, "/s/") {
			who = desk
		}
		if got := ask(h, http.MethodGet, page, who, nil); got.status != http.StatusOK || !strings.Contains(string(got.body), "Nordlicht") {
			t.Errorf("%s: %d", page, got.status)
		}
	}
	got := form(h, "/teams/join/sign-up", "", "token="+token+"&name=Nils+Ek&password=a-long-enough-phrase")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/me/team" {
		t.Fatalf("sign up and join: %d %s %s", got.status, got.header.Get("Location"), got.body)
	}
	nils, err := a.Members.ByEmail(ctx, "nils@new.example")
	if err != nil || !nils.Confirmed() {
		t.Fatalf("%+v, %v", nils, err)
	}

	// A change is whole or not at all.
	if got := ask(h, http.MethodPatch, team+at, admin, map[string]any{"name": " ", "limits": map[string]int{"at_once": 1, "minutes_week": 0, "minutes_month": 0}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("no name: %d %s", got.status, got.body)
	}
	var limited struct {
		Name   string
		Limits struct {
			AtOnce int `json:"at_once"`
		}
	}
	decode(t, ask(h, http.MethodGet, team+at, admin, nil), &limited)
	if limited.Limits.AtOnce != 6 {
		t.Errorf("the limits were changed without the name: %+v", limited)
	}
	decode(t, ask(h, http.MethodPatch, team+at, admin, map[string]any{"name": "Nordlicht & Co", "limits": map[string]int{"at_once": 9, "minutes_week": 0, "minutes_month": 0}}), &limited)
	if limited.Limits.AtOnce != 9 || limited.Name != "Nordlicht & Co" {
		t.Errorf("both: %+v", limited)
	}

	// A mate's booking.
	var bookings struct{ Items []struct{ ID, Status string } }
	mate, err := a.Members.ByEmail(ctx, "member003@demo.example")
	if err != nil {
		t.Fatal(err)
	}
	decode(t, ask(h, http.MethodGet, "/api/v1/bookings"+at+"&member_id="+mate.ID.String()+"&limit=1", admin, nil), &bookings)
	if len(bookings.Items) != 1 {
		t.Fatal("a mate has no booking")
	}
	one := "/api/v1/bookings/" + bookings.Items[0].ID
	if got := ask(h, http.MethodGet, one, admin, nil); got.status != http.StatusOK {
		t.Errorf("the administrator: %d %s", got.status, got.body)
	}
	if got := ask(h, http.MethodGet, one, stranger, nil); got.status != http.StatusNotFound {
		t.Errorf("a stranger: %d %s", got.status, got.body)
	}
	var people struct {
		Items []struct{ Name, Email string }
	}
	decode(t, ask(h, http.MethodGet, "/api/v1/members"+at, admin, nil), &people)
	if len(people.Items) != 6 || people.Items[0].Email != "" {
		t.Errorf("the administrator finds %+v", people)
	}
	if got := ask(h, http.MethodDelete, team+"/members/"+mate.ID.String()+at, admin, nil); got.status != http.StatusNoContent {
		t.Errorf("remove: %d %s", got.status, got.body)
	}
	if got := ask(h, http.MethodGet, one, admin, nil); got.status != http.StatusNotFound {
		t.Errorf("of whoever is out: %d", got.status)
	}
	share, err := a.Teams.Share(ctx, id.ID(spaces.Items[0].ID), nils.ID)
	if chief, _ := a.Members.ByEmail(ctx, "member002@demo.example"); err != nil || share.Payer != chief.ID {
		t.Errorf("the newcomer's payer is %s, %v", share.Payer, err)
	}
}

// letterTo works the jobs that wait and gives the token of the letter to an address.
func letterTo(t *testing.T, a *App, to string) string {
	t.Helper()
	if err := a.Jobs.RunDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	letters, err := a.Mail.Kept(context.Background(), 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		if m := regexp.MustCompile(`token=(\S+)`).FindStringSubmatch(l.Body); l.Recipient == to && m != nil {
			return m[1]
		}
	}
	t.Fatalf("no letter to %s", to)
	return ""
}

// form posts a form from a page of the house.
func form(h http.Handler, target, token, body string) answer {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "access", Value: token})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.Bytes()}
}

func decode(t *testing.T, got answer, into any) {
	t.Helper()
	if err := json.Unmarshal(got.body, into); err != nil || got.status >= 300 {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
}
