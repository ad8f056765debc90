package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
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

func (p program) find(list, slug string) string { return p.findBy("slug", list, slug) }

// findBy is the id of what a list has with this name in a field.
func (p program) findBy(field, list, slug string) string {
	p.Helper()
	got := p.get(list)
	for i := 0; got.at("items", i) != nil; i++ {
		if got.text("items", i, field) == slug {
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

func TestWhatCantBeReadIsSaidFieldByFieldInTheCallersLanguage(t *testing.T) {
	maker := programOf(t, "maker")
	fdm := maker.machine("fdm")
	for _, c := range []struct {
		method, path string
		body         any
		field, code  string
		en, zh       string
	}{
		{"POST", "/bookings/quote", map[string]any{"resource_id": fdm, "ends_at": "2027-02-18T11:00"}, "starts_at", "api.missing", "starts_at is missing.", "缺少 starts_at。"},
		{"POST", "/bookings/quote", map[string]any{"resource_id": fdm, "when": "now"}, "when", "api.unknown", "Nothing here is called when.", "这里没有名为 when 的内容。"},
		{"POST", "/bookings/quote", map[string]any{"resource_id": 7}, "resource_id", "api.no_text", "resource_id must be text.", "resource_id 应为文本。"},
		{"POST", "/bookings/quote", map[string]any{"guests": 1.5}, "guests", "api.no_integer", "guests must be a whole number.", "guests 应为整数。"},
		{"POST", "/bookings/quote", map[string]any{"guests": -1}, "guests", "api.too_small", "guests must be at least 0.", "guests 不能小于 0。"},
		{"POST", "/bookings/quote", map[string]any{"guests": 500}, "guests", "api.too_big", "guests must be at most 499.", "guests 不能大于 499。"},
		{"POST", "/bookings/quote", map[string]any{"note": strings.Repeat("é", 2001)}, "note", "api.too_long", "note must have at most 2000 characters.", "note 最多 2000 个字符。"},
		{"POST", "/bookings/quote", map[string]any{"override": map[string]any{"reason": "none"}}, "override.rules", "api.missing", "override.rules is missing.", "缺少 override.rules。"},
		{"POST", "/bookings/quote", map[string]any{"override": "all"}, "override", "api.no_object", "override must be an object.", "override 应为对象。"},
		{"POST", "/bookings/quote", "[]", "body", "api.no_object", "body must be an object.", "body 应为对象。"},
		{"GET", "/bookings?status=lost", nil, "status[0]", "api.not_one_of", "", ""},
		{"GET", "/bookings?limit=many", nil, "limit", "api.no_integer", "limit must be a whole number.", "limit 应为整数。"},
		{"GET", "/bookings?limit=1&limit=2", nil, "limit", "api.twice", "limit was sent more than once. Send it once.", "limit 重复了，只发送一次。"},
		{"GET", "/resources/" + fdm + "/availability?to=2027-02-18T11:00", nil, "from", "api.missing", "from is missing.", "缺少 from。"},
	} {
		for locale, want := range map[string]string{"en": c.en, "zh-CN": c.zh} {
			got := maker.send(c.method, c.path, c.body, "Accept-Language", locale)
			maker.is(got, http.StatusUnprocessableEntity, c.code, c.path)
			if got.text("errors", 0, "field") != c.field || got.text("errors", 0, "code") != c.code || want != "" && (got.text("detail") != want || got.text("errors", 0, "message") != want) {
				t.Errorf("%s %s: want %q of %s: %s", c.path, locale, want, c.field, got.body)
			}
		}
	}
}

func TestAMethodThatAnAddressDoesNotTakeIsSaidSo(t *testing.T) {
	p := programOf(t, "maker")
	for _, c := range []struct{ method, path, allow string }{
		{"DELETE", "/bookings", "GET"}, {"PUT", "/me", "PATCH"}, {"DELETE", "/auth/sign-in", "POST"},
	} {
		got := p.send(c.method, c.path, nil)
		p.is(got, http.StatusMethodNotAllowed, "web.405", c.method+" "+c.path)
		if !strings.Contains(got.header.Get("Allow"), c.allow) {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, got.header.Get("Allow"))
		}
	}
	p.is(p.get("/nothing"), http.StatusNotFound, "web.404", "an address that is not there")
	for _, path := range []string{"/healthz", "/readyz"} {
		got, err := http.Post(p.url+path, "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d, Allow %q", path, got.StatusCode, got.Header.Get("Allow"))
		}
	}
}

func TestWhatWasSeenIsSaidWithIfMatch(t *testing.T) {
	maker := programOf(t, "maker")
	me := maker.get("/me")
	seen, _ := me.at("version").(float64)
	change := map[string]any{"name": me.text("name")}
	for _, unreadable := range []string{"yesterday", `"three"`, `"1", "2"`, "-1", "0", `"0"`} {
		maker.is(maker.send("PATCH", "/me", change, "If-Match", unreadable), http.StatusUnprocessableEntity, "api.if_match", unreadable)
	}
	for _, header := range []string{`"%d"`, "%d", `W/"%d"`, "*"} {
		if strings.Contains(header, "%") {
			header = fmt.Sprintf(header, int(seen))
		}
		got := maker.send("PATCH", "/me", change, "If-Match", header)
		if got.status != http.StatusOK {
			t.Errorf("If-Match: %s: %d %s", header, got.status, got.body)
		}
		seen, _ = got.at("version").(float64)
	}
	maker.is(maker.send("PATCH", "/me", change, "If-Match", `"1"`), http.StatusConflict, "members.stale", "a version of long ago")
}

func TestAListIsReadAPartAtATime(t *testing.T) {
	p := programOf(t, "manager")
	of := "space_id=" + p.space("harbour")
	for _, list := range []string{"/resources?" + of, "/areas?" + of, "/certifications?" + of, "/plans?" + of, "/spaces?x=", "/blueprints?x=", "/members?" + of, "/bookings?" + of} {
		whole := p.get(list + "&limit=6")
		first := p.get(list + "&limit=2")
		if n := len(first.at("items").([]any)); n > 2 {
			t.Errorf("%s: %d of 2", list, n)
		}
		var read []any
		cursor := ""
		for range 3 {
			got := p.get(list + "&limit=2&cursor=" + cursor)
			items, _ := got.at("items").([]any)
			read = append(read, items...)
			if cursor = got.text("next_cursor"); cursor == "" {
				break
			}
		}
		if !reflect.DeepEqual(read, whole.at("items")) {
			t.Errorf("%s: two at a time it is another list", list)
		}
		for _, bad := range []string{"&limit=0", "&limit=201", "&limit=-1", "&cursor=nowhere"} {
			if got := p.get(list + bad); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s%s: %d", list, bad, got.status)
			}
		}
	}
}

func TestATokenIsGoodOrIsRefused(t *testing.T) {
	maker := programOf(t, "maker")
	for _, scheme := range []string{"bearer ", "BEARER ", "Bearer  "} {
		if got := programOf(t, "").get("/me", "Authorization", scheme+maker.token); got.status != http.StatusOK {
			t.Errorf("%q: %d %s", scheme, got.status, got.body)
		}
	}
	forged := program{T: t, url: maker.url, token: maker.token + "x"}
	for _, path := range []string{"/me", "/spaces", "/blueprints"} {
		got := forged.get(path)
		forged.is(got, http.StatusUnauthorized, "auth.sign_in", path)
		if !strings.Contains(got.header.Get("WWW-Authenticate"), "invalid_token") {
			t.Errorf("%s: WWW-Authenticate %q", path, got.header.Get("WWW-Authenticate"))
		}
	}
	if got := forged.send("POST", "/auth/sign-in", map[string]string{"email": "desk@" + demo.Domain, "password": demo.Password}); got.status != http.StatusOK {
		t.Errorf("who holds an old token can't sign in: %d %s", got.status, got.body)
	}
}

func TestSigningOutHasTheBrowserForget(t *testing.T) {
	p := programOf(t, "")
	p.token = p.send("POST", "/auth/sign-in", map[string]string{"email": "instructor@" + demo.Domain, "password": demo.Password}).text("access_token")
	got := p.send("POST", "/auth/sign-out", nil)
	if got.status != http.StatusNoContent || got.header.Get("Clear-Site-Data") != `"cache", "cookies", "storage"` {
		t.Errorf("%d, Clear-Site-Data %q", got.status, got.header.Get("Clear-Site-Data"))
	}
	p.is(p.get("/me"), http.StatusUnauthorized, "auth.sign_in", "the token afterwards")
}

func TestABodyIsTakenAsWhatItIs(t *testing.T) {
	maker := programOf(t, "maker")
	wish := map[string]any{"resource_id": maker.machine("fdm"), "starts_at": "2027-02-19T10:00", "ends_at": "2027-02-19T11:00"}
	for _, kind := range []string{"application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json"} {
		if got := maker.send("POST", "/bookings/quote", wish, "Content-Type", kind); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", kind, got.status, got.body)
		}
	}
	for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "nonsense;;"} {
		maker.is(maker.send("POST", "/bookings/quote", wish, "Content-Type", kind), http.StatusUnsupportedMediaType, "api.media_type", kind)
	}
}

func TestAHoldIsQuotedWhileItLasts(t *testing.T) {
	maker := programOf(t, "maker")
	wish := map[string]any{"resource_id": maker.machine("fdm"), "starts_at": "2027-02-16T16:00", "ends_at": "2027-02-16T17:00"}
	held := maker.send("POST", "/holds", wish)
	quoted := maker.send("POST", "/bookings/quote", map[string]any{"hold_id": held.text("id")})
	if quoted.status != http.StatusOK || quoted.at("bookable") != true || !reflect.DeepEqual(quoted.at("price"), held.at("price")) {
		t.Errorf("%d %s of %s", quoted.status, quoted.body, held.body)
	}
	if got := maker.send("POST", "/bookings/"+held.text("id")+"/cancel", nil); got.status != http.StatusOK {
		t.Errorf("give it back: %d %s", got.status, got.body)
	}
	maker.is(maker.send("POST", "/bookings/quote", map[string]any{"hold_id": held.text("id")}), http.StatusConflict, "booking.hold_expired", "a hold that was given back")
	maker.is(maker.send("POST", "/bookings/quote", map[string]any{"hold_id": maker.space("harbour")}), http.StatusNotFound, "booking.unknown", "no such hold")
}

func TestASignUpThatIsSentTwiceIsDoneOnce(t *testing.T) {
	p := programOf(t, "")
	newcomer := map[string]any{"email": "twice@" + demo.Domain, "password": "three tall ladders", "name": "Twice"}
	first := p.send("POST", "/auth/sign-up", newcomer, "Idempotency-Key", "sign-up-1")
	again := p.send("POST", "/auth/sign-up", newcomer, "Idempotency-Key", "sign-up-1")
	if first.status != http.StatusAccepted || again.status != http.StatusAccepted || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%d, then %d, replayed %q", first.status, again.status, again.header.Get("Idempotent-Replayed"))
	}
	newcomer["name"] = "Other"
	p.is(p.send("POST", "/auth/sign-up", newcomer, "Idempotency-Key", "sign-up-1"), http.StatusUnprocessableEntity, "idempotency.other_body", "another body")
}

func TestAnAddressThatSaysTwoThingsIsRefused(t *testing.T) {
	maker := signedIn(t, "maker")
	if _, status, _ := maker.get("/s/harbour/machines/fdm/book?day=2027-02-18&day=2027-02-19"); status != http.StatusUnprocessableEntity {
		t.Errorf("two days: %d", status)
	}
	if _, status, _ := maker.get("/s/harbour/machines/fdm/book?override=too_long&override=too_short"); status != http.StatusOK {
		t.Errorf("two rules to set aside: %d", status)
	}
}
