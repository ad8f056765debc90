package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"guildhall/internal/demo"
)

// program is a program that talks to the demo's API, for one of the demo's people
// or, without a token, for nobody.
type program struct {
	*testing.T
	url, token string
}

// reply is what a program was answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

var tokens = struct {
	sync.Mutex
	of map[string]string
}{of: map[string]string{}}

// programOf talks for "maker"; programOf(t, "") for nobody.
func programOf(t *testing.T, name string) program {
	t.Helper()
	server, err := harbour()
	if err != nil {
		t.Fatal(err)
	}
	p := program{T: t, url: server.URL}
	if name == "" {
		return p
	}
	tokens.Lock()
	defer tokens.Unlock()
	if tokens.of[name] == "" {
		got := p.send(http.MethodPost, "/auth/sign-in", map[string]string{"email": name + "@" + demo.Domain, "password": demo.Password})
		tokens.of[name] = got.text("access_token")
		if tokens.of[name] == "" {
			t.Fatalf("%s can't sign in: %d %s", name, got.status, got.body)
		}
	}
	p.token = tokens.of[name]
	return p
}

// send sends a request; body is text as it stands, or anything else as JSON.
func (p program) send(method, path string, body any, headers ...string) reply {
	p.Helper()
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			p.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, p.url+"/api/v1"+path, sent)
	if err != nil {
		p.Fatal(err)
	}
	if sent != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, text}
}

func (p program) get(path string, headers ...string) reply {
	p.Helper()
	return p.send(http.MethodGet, path, nil, headers...)
}

// at is what stands in a reply's JSON under these names; numbers index lists.
func (r reply) at(path ...any) any {
	var v any
	if json.Unmarshal(r.body, &v) != nil {
		return nil
	}
	for _, step := range path {
		switch s := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[s]
		case int:
			list, _ := v.([]any)
			if s >= len(list) {
				return nil
			}
			v = list[s]
		}
	}
	return v
}

func (r reply) text(path ...any) string {
	s, _ := r.at(path...).(string)
	return s
}

// is fails the test unless the reply has this status and this code.
func (p program) is(r reply, status int, code string, about string) {
	p.Helper()
	if r.status != status || r.text("code") != code {
		p.Errorf("%s: %d %q, want %d %q: %s", about, r.status, r.text("code"), status, code, r.body)
	}
}

// space is the id of the demo's space at /s/<slug>.
func (p program) space(slug string) string { return p.find("/spaces", slug) }

// machine is the id of the harbour's resource of this slug.
func (p program) machine(slug string) string {
	return p.find("/resources?limit=200&space_id="+p.space("harbour"), slug)
}

func (p program) find(list, slug string) string {
	p.Helper()
	got := p.get(list)
	for i := 0; got.at("items", i) != nil; i++ {
		if got.text("items", i, "slug") == slug {
			return got.text("items", i, "id")
		}
	}
	p.Fatalf("no %s in %s: %s", slug, list, got.body)
	return ""
}

func TestAYearThatNobodyCanMeanIsRefused(t *testing.T) {
	stranger, maker, manager := programOf(t, ""), programOf(t, "maker"), programOf(t, "manager")
	fdm := stranger.machine("fdm")
	for _, day := range []string{"9999-12-31", "0001-01-01", "1999-12-31", "2201-01-01"} {
		for _, wall := range []string{"T10:00", "T10:00:00Z", "T10:00:00+01:00"} {
			at := day + strings.ReplaceAll(wall, "+", "%2B")
			stranger.is(stranger.get("/resources/"+fdm+"/availability?from="+at+"&to="+at), 422, "clock.year", "availability from "+at)
			wish := map[string]any{"resource_id": fdm, "starts_at": day + wall, "ends_at": day + wall}
			maker.is(maker.send(http.MethodPost, "/bookings/quote", wish), 422, "clock.year", "a quote at "+at)
		}
		manager.is(manager.send(http.MethodPost, "/spaces/"+manager.space("harbour")+"/holidays", map[string]any{"day": day, "name": map[string]string{"en": "Never"}}),
			422, "clock.year", "a holiday on "+day)
	}
	maker.is(maker.send(http.MethodPost, "/bookings/quote", map[string]any{"resource_id": fdm, "starts_at": "10000-01-01T10:00", "ends_at": "10000-01-01T11:00"}),
		422, "api.moment", "a quote in the year 10000")

	desk := signedIn(t, "desk")
	for _, page := range []string{"/s/harbour/today?day=", "/s/harbour/machines/fdm/book?day="} {
		for _, day := range []string{"9999-12-31", "0001-01-01", "10000-01-01", "yesterday"} {
			if _, status, _ := desk.get(page + day); status != http.StatusUnprocessableEntity {
				t.Errorf("%s%s: %d, want 422", page, day, status)
			}
		}
	}
}

func TestStaffSeeTheBookingsOfAResourceWithoutNamingItsSpace(t *testing.T) {
	desk, maker := programOf(t, "desk"), programOf(t, "maker")
	laser, harbour := desk.machine("laser-a"), desk.space("harbour")
	of := func(p program, query string) int {
		t.Helper()
		got := p.get("/bookings?limit=200&" + query)
		items, _ := got.at("items").([]any)
		if got.status != http.StatusOK {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
		return len(items)
	}
	named, unnamed := of(desk, "resource_id="+laser+"&space_id="+harbour), of(desk, "resource_id="+laser)
	if named == 0 || unnamed != named {
		t.Errorf("the desk sees %d bookings of the laser, with its space %d", unnamed, named)
	}
	if got := of(desk, "resource_id="+laser+"&status=confirmed,done"); got == 0 {
		t.Error("of two statuses there is none")
	}
	if own := of(maker, "resource_id="+laser); own >= named {
		t.Errorf("a member sees %d of %d", own, named)
	}
	other := desk.space("shanghai")
	for query, want := range map[string]struct {
		status int
		code   string
	}{
		"resource_id=" + harbour:                                   {404, "equipment.none"},
		"resource_id=" + laser + "&space_id=" + other:              {404, "booking.unknown_resource"},
		"from=2027-02-11T10:00:00Z&to=2027-02-10T10:00:00Z":        {422, "booking.span"},
		"resource_id=" + laser + "&from=2027-02-11T10:00&to=never": {422, "api.moment"},
	} {
		desk.is(desk.get("/bookings?"+query), want.status, want.code, query)
	}
	for _, query := range []string{"/bookings?status=lost", "/bookings?status=confirmed,lost", "/members?role=captain", "/resources?type=tree&space_id=" + harbour} {
		if got := desk.get(query); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
	wish := map[string]any{"resource_id": laser, "space_id": other, "starts_at": "2027-02-12T10:00", "ends_at": "2027-02-12T11:00"}
	maker.is(maker.send(http.MethodPost, "/bookings/quote", wish), 404, "booking.unknown_resource", "a laser of another space")
}
