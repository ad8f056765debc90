package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/internal/demo"
)

// openAPI is the API's description as it is served.
type openAPI map[string]any

func described(t *testing.T) openAPI {
	t.Helper()
	server, err := harbour()
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.Get(server.URL + "/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	var d openAPI
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// in is what stands in v under these names.
func in(v any, names ...string) any {
	for _, name := range names {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// wrong lists where v is not as the schema says, for the words of JSON Schema that
// the document uses; another word is wrong, too.
func (d openAPI) wrong(schema, v any, at string) []string {
	if ref, ok := in(schema, "$ref").(string); ok {
		return d.wrong(in(map[string]any(d), strings.Split(strings.TrimPrefix(ref, "#/"), "/")...), v, at)
	}
	var found []string
	add := func(format string, args ...any) { found = append(found, at+": "+fmt.Sprintf(format, args...)) }
	words, _ := schema.(map[string]any)
	if words == nil {
		add("no schema")
	}
	for word, says := range words {
		switch word {
		case "description", "examples", "default", "readOnly", "properties", "contentEncoding":
		case "type":
			types, several := says.([]any)
			if !several {
				types = []any{says}
			}
			if !slices.ContainsFunc(types, func(t any) bool { return isA(t, v) }) {
				add("%v is no %v", v, says)
			}
		case "format":
			s, ok := v.(string)
			if _, err := time.Parse(time.RFC3339, s); says == "date-time" && ok && err != nil {
				add("%q is no moment", s)
			}
		case "enum":
			if !slices.Contains(says.([]any), v) {
				add("%v is none of %v", v, says)
			}
		case "minimum", "maximum":
			if n, ok := v.(float64); ok && (word == "minimum" && n < says.(float64) || word == "maximum" && n > says.(float64)) {
				add("%v is beyond its %s", v, word)
			}
		case "minLength", "maxLength":
			if s, ok := v.(string); ok && (word == "minLength" && len([]rune(s)) < int(says.(float64)) || word == "maxLength" && len([]rune(s)) > int(says.(float64))) {
				add("%q is beyond its %s", s, word)
			}
		case "required":
			for _, name := range says.([]any) {
				if object, ok := v.(map[string]any); ok && !has(object, name.(string)) {
					add("%s is missing", name)
				}
			}
		case "items":
			list, _ := v.([]any)
			for i, item := range list {
				found = append(found, d.wrong(says, item, fmt.Sprintf("%s[%d]", at, i))...)
			}
		case "additionalProperties":
			object, _ := v.(map[string]any)
			for name, value := range object {
				switch known := in(words, "properties", name); {
				case known != nil:
					found = append(found, d.wrong(known, value, at+"."+name)...)
				case says == false:
					add("%s is not described", name)
				case says != true && len(says.(map[string]any)) > 0:
					found = append(found, d.wrong(says, value, at+"."+name)...)
				}
			}
		default:
			add("this test does not know %q", word)
		}
	}
	return found
}

func has(object map[string]any, name string) bool {
	_, ok := object[name]
	return ok
}

func isA(kind, v any) bool {
	switch kind {
	case "null":
		return v == nil
	case "integer":
		n, ok := v.(float64)
		return ok && n == float64(int64(n))
	}
	switch v.(type) {
	case string:
		return kind == "string"
	case float64:
		return kind == "number"
	case bool:
		return kind == "boolean"
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}

// TestAnswersAreAsTheyAreDescribed sends what is right and what is wrong in every
// way, and holds each answer against the document that is served.
func TestAnswersAreAsTheyAreDescribed(t *testing.T) {
	doc := described(t)
	nobody, maker, desk, manager := programOf(t, ""), programOf(t, "maker"), programOf(t, "desk"), programOf(t, "manager")
	harbour, laser, fdm := nobody.space("harbour"), nobody.machine("laser-a"), nobody.machine("fdm")
	me := maker.get("/me")
	guardian := programOf(t, "member151")
	child := guardian.get("/me/children").text("items", 0, "id")
	of := "?space_id=" + harbour
	dayPass := nobody.findBy("code", "/plans"+of, "day-pass")
	booking := desk.get("/bookings?limit=1&resource_id="+laser).text("items", 0, "id")
	wish := func(from, to string) map[string]any {
		return map[string]any{"resource_id": fdm, "starts_at": "2027-02-11T" + from, "ends_at": "2027-02-11T" + to}
	}
	type call struct {
		who          program
		method, path string // as the document writes it
		at           string // as it is sent; empty: the same
		body         any
		status       int
		headers      []string
	}
	calls := []call{
		{nobody, "GET", "/spaces", "", nil, 200, nil},
		{nobody, "GET", "/blueprints", "", nil, 200, nil},
		{nobody, "GET", "/plans", "/plans" + of, nil, 200, nil},
		{nobody, "GET", "/areas", "/areas" + of, nil, 200, nil},
		{nobody, "GET", "/certifications", "/certifications" + of, nil, 200, nil},
		{nobody, "GET", "/resources", "/resources" + of, nil, 200, nil},
		{nobody, "GET", "/resources", "/resources" + of + "&limit=0", nil, 422, nil},
		{nobody, "GET", "/resources", "/resources" + of + "&cursor=nowhere", nil, 422, nil},
		{nobody, "GET", "/resources/{id}", "/resources/" + laser, nil, 200, nil},
		{nobody, "GET", "/resources/{id}", "/resources/" + harbour, nil, 404, nil},
		{nobody, "GET", "/resources/{id}/rules", "/resources/" + laser + "/rules", nil, 200, nil},
		{nobody, "GET", "/resources/{id}/prices", "/resources/" + laser + "/prices", nil, 200, nil},
		{nobody, "GET", "/resources/{id}/availability", "/resources/" + laser + "/availability?from=2027-02-18T00:00&to=2027-02-19T00:00", nil, 200, nil},
		{maker, "GET", "/resources/{id}/availability", "/resources/" + laser + "/availability?from=2027-02-18T00:00&to=2027-02-19T00:00", nil, 200, nil},
		{nobody, "GET", "/spaces/{id}/hours", "/spaces/" + harbour + "/hours", nil, 200, nil},
		{nobody, "GET", "/spaces/{id}/holidays", "/spaces/" + harbour + "/holidays", nil, 200, nil},
		{nobody, "GET", "/me", "", nil, 401, nil},
		{program{T: t, url: nobody.url, token: "forged"}, "GET", "/spaces", "", nil, 401, nil},
		{maker, "GET", "/me", "", nil, 200, nil},
		{maker, "PATCH", "/me", "", map[string]any{}, 422, nil},
		{maker, "PATCH", "/me", "", map[string]any{"name": me.text("name")}, 409, []string{"If-Match", `"999"`}},
		{maker, "PATCH", "/me", "", map[string]any{"name": me.text("name")}, 422, []string{"If-Match", "yesterday"}},
		{maker, "PATCH", "/me", "", map[string]any{"name": me.text("name")}, 200, []string{"If-Match", fmt.Sprintf(`"%v"`, me.at("version"))}},
		{maker, "PATCH", "/me", "", "name=x", 415, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{maker, "PATCH", "/me", "", `{"name":`, 400, nil},
		{maker, "PATCH", "/me", "", "", 400, nil},
		{maker, "PATCH", "/me", "", `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, 413, nil},
		{maker, "GET", "/auth/sessions", "", nil, 200, nil},
		{maker, "GET", "/members", "/members" + of, nil, 403, nil},
		{desk, "GET", "/members", "/members" + of + "&limit=3", nil, 200, nil},
		{desk, "GET", "/members/{id}", "/members/" + me.text("id") + of, nil, 200, nil},
		{maker, "GET", "/me/profile", "/me/profile" + of, nil, 200, nil},
		{maker, "PATCH", "/me/profile", "/me/profile" + of, map[string]any{"makes": "Clocks"}, 200, nil},
		{maker, "PATCH", "/me/profile", "/me/profile" + of, map[string]any{"contact_name": "Ada", "contact_phone": ""}, 422, nil},
		{maker, "PATCH", "/me/profile", "/me/profile" + of, map[string]any{"makes": "Clocks"}, 409, []string{"If-Match", `"999"`}},
		{desk, "GET", "/members/{id}/profile", "/members/" + me.text("id") + "/profile" + of, nil, 200, nil},
		{desk, "POST", "/members/{id}/profile/reveal", "/members/" + me.text("id") + "/profile/reveal" + of, nil, 200, nil},
		{maker, "GET", "/members/{id}/profile", "/members/" + me.text("id") + "/profile" + of, nil, 403, nil},
		{desk, "PATCH", "/members/{id}/profile", "/members/" + me.text("id") + "/profile" + of, map[string]any{"makes": "x"}, 403, nil},
		{manager, "PATCH", "/members/{id}/profile", "/members/" + me.text("id") + "/profile" + of, map[string]any{"makes": "Clocks"}, 200, nil},
		{manager, "GET", "/profile-fields", "/profile-fields" + of, nil, 200, nil},
		{manager, "POST", "/profile-fields", "", map[string]any{"space_id": harbour, "label": map[string]string{"en": "Allergies"}, "kind": "text"}, 201, nil},
		{manager, "POST", "/profile-fields", "", map[string]any{"space_id": harbour, "label": map[string]string{}, "kind": "song"}, 422, nil},
		{manager, "PATCH", "/profile-fields/{id}", "/profile-fields/" + manager.get("/profile-fields"+of).text("items", 0, "id") + of, map[string]any{"required": false}, 200, nil},
		{manager, "PATCH", "/profile-fields/{id}", "/profile-fields/" + harbour + of, map[string]any{"required": false}, 404, nil},
		{maker, "GET", "/directory", "/directory" + of + "&limit=3", nil, 200, nil},
		{maker, "GET", "/directory", "/directory" + of + "&cursor=nowhere", nil, 422, nil},
		{nobody, "GET", "/directory", "/directory" + of, nil, 401, nil},
		{maker, "PUT", "/me/photo", "", "no picture", 422, []string{"Content-Type", "image/jpeg"}},
		{maker, "GET", "/portraits/{id}", "/portraits/" + harbour, nil, 404, nil},
		{maker, "PUT", "/me/about-me", "", map[string]any{"consent": true, "age": "16_30"}, 200, nil},
		{maker, "PUT", "/me/about-me", "", map[string]any{"consent": false, "age": "16_30"}, 422, nil},
		{maker, "GET", "/me/about-me", "", nil, 200, nil},
		{manager, "GET", "/reports/makers", "/reports/makers" + of, nil, 200, nil},
		{desk, "GET", "/reports/makers", "/reports/makers" + of, nil, 403, nil},
		{maker, "POST", "/members/{id}/proofs", "/members/" + me.text("id") + "/proofs" + of + "&kind=student&file_name=card.pdf", "%PDF-1.7", 201, []string{"Content-Type", "application/octet-stream"}},
		{maker, "POST", "/members/{id}/proofs", "/members/" + me.text("id") + "/proofs" + of + "&kind=student", "MZ", 422, []string{"Content-Type", "application/octet-stream"}},
		{maker, "GET", "/members/{id}/proofs", "/members/" + me.text("id") + "/proofs" + of, nil, 200, nil},
		{maker, "GET", "/proofs", "/proofs" + of, nil, 403, nil},
		{desk, "GET", "/proofs", "/proofs" + of, nil, 200, nil},
		{desk, "GET", "/proofs/{id}/file", "/proofs/" + harbour + "/file", nil, 404, nil},
		{desk, "POST", "/proofs/{id}/review", "/proofs/" + desk.get("/proofs"+of).text("items", 0, "id") + "/review", map[string]any{"space_id": harbour, "accept": false}, 422, nil},
		{desk, "POST", "/proofs/{id}/review", "/proofs/" + desk.get("/proofs"+of).text("items", 0, "id") + "/review", map[string]any{"space_id": harbour, "accept": true, "expires_on": "2027-09-30"}, 200, nil},
		{maker, "POST", "/me/email", "", map[string]any{"email": "another@example.org"}, 202, nil}, // signed in a moment ago
		{nobody, "POST", "/me/email", "", map[string]any{"email": "another@example.org"}, 401, nil},
		{nobody, "POST", "/auth/email/confirm", "", map[string]any{"token": "none"}, 422, nil},
		{nobody, "POST", "/auth/email/object", "", map[string]any{"token": "none"}, 422, nil},
		{nobody, "POST", "/auth/confirm/letter", "", map[string]any{"email": "unborn@example.org", "password": "five wrong saws"}, 401, nil},
		{nobody, "POST", "/auth/confirm/letter", "", map[string]any{"email": "maker@" + demo.Domain, "password": demo.Password}, 202, nil},
		{maker, "GET", "/members/{id}/certifications/{grant_id}/photo", "/members/" + me.text("id") + "/certifications/" + harbour + "/photo" + of, nil, 404, nil},
		{guardian, "GET", "/me/children", "", nil, 200, nil},
		{guardian, "POST", "/me/children/{id}/exports", "/me/children/" + child + "/exports", nil, 202, nil},
		{guardian, "POST", "/me/children/{id}/exports", "/me/children/" + child + "/exports", nil, 409, nil},
		{maker, "POST", "/me/children/{id}/exports", "/me/children/" + child + "/exports", nil, 404, nil},
		{guardian, "GET", "/me/children/{id}/exports", "/me/children/" + child + "/exports", nil, 200, nil},
		{maker, "GET", "/me/children/{id}/exports", "/me/children/" + child + "/exports", nil, 404, nil},
		{maker, "POST", "/me/children/{id}/exports/{export_id}/fetch", "/me/children/" + child + "/exports/" + harbour + "/fetch", nil, 404, nil},
		{guardian, "POST", "/me/children/{id}/exports/{export_id}/fetch", "/me/children/" + child + "/exports/" + harbour + "/fetch", nil, 404, nil},
		{guardian, "POST", "/me/children/{id}/erase", "/me/children/" + child + "/erase", map[string]any{"confirm": "somebody else"}, 422, nil},
		{maker, "POST", "/me/children/{id}/erase", "/me/children/" + child + "/erase", map[string]any{"confirm": "somebody else"}, 404, nil},
		{desk, "GET", "/bookings", "/bookings?resource_id=" + laser, nil, 200, nil},
		{desk, "GET", "/bookings/{id}", "/bookings/" + booking, nil, 200, nil},
		{desk, "GET", "/spaces/{id}/arrivals", "/spaces/" + harbour + "/arrivals", nil, 200, nil},
		{maker, "GET", "/spaces/{id}/arrivals", "/spaces/" + harbour + "/arrivals", nil, 403, nil},
		{desk, "GET", "/spaces/{id}/arrivals", "/spaces/" + harbour + "/arrivals?cursor=x", nil, 422, nil},
		{desk, "POST", "/spaces/{id}/visits", "/spaces/" + harbour + "/visits", map[string]any{"member_id": me.text("id")}, 201, nil},
		{desk, "POST", "/spaces/{id}/visits", "/spaces/" + harbour + "/visits", map[string]any{"member_id": me.text("id")}, 409, nil},
		{desk, "GET", "/spaces/{id}/visits/{visit_id}", "/spaces/" + harbour + "/visits/" + laser, nil, 404, nil},
		{desk, "POST", "/spaces/{id}/walk-ins", "/spaces/" + harbour + "/walk-ins", map[string]any{"name": "Ana", "contact": "+49 151 998877", "plan_id": laser, "paid": "cash"}, 404, nil},
		{desk, "POST", "/spaces/{id}/walk-ins", "/spaces/" + harbour + "/walk-ins", map[string]any{"name": "", "contact": "", "plan_id": dayPass, "paid": "cash"}, 422, nil},
		{desk, "POST", "/spaces/{id}/walk-ins", "/spaces/" + harbour + "/walk-ins", map[string]any{"name": "Ana", "contact": "+49 151 998877", "plan_id": dayPass, "paid": "cash", "wristband": "7"}, 201, nil},
		{manager, "GET", "/plan-settings", "/plan-settings" + of, nil, 200, nil},
		{manager, "PUT", "/plan-settings", "/plan-settings", map[string]any{"space_id": harbour, "on_lapse": "flag", "reminder_days": 7}, 200, nil},
		{manager, "PUT", "/plan-settings", "/plan-settings", map[string]any{"space_id": harbour, "on_lapse": "flag", "reminder_days": 700}, 422, nil},
		{desk, "GET", "/plan-settings", "/plan-settings" + of, nil, 403, nil},
		{desk, "GET", "/plan-applications", "/plan-applications" + of, nil, 200, nil},
		{desk, "POST", "/plan-applications/{id}/approve", "/plan-applications/" + laser + "/approve", map[string]any{"space_id": harbour}, 404, nil},
		{desk, "POST", "/plan-applications/{id}/decline", "/plan-applications/" + laser + "/decline", map[string]any{"space_id": harbour, "reason": "Full."}, 404, nil},
		{manager, "POST", "/plans/{id}/move", "/plans/" + dayPass + "/move", map[string]any{"space_id": harbour}, 200, nil},
		{manager, "POST", "/plans/{id}/move", "/plans/" + dayPass + "/move", map[string]any{"space_id": harbour, "up": true}, 200, nil},
		{manager, "POST", "/plans/{id}/move", "/plans/" + laser + "/move", map[string]any{"space_id": harbour, "up": true}, 404, nil},
		{maker, "GET", "/me/plan-applications", "/me/plan-applications" + of, nil, 200, nil},
		{maker, "POST", "/me/plan-applications/{id}/withdraw", "/me/plan-applications/" + laser + "/withdraw", map[string]any{"space_id": harbour}, 404, nil},
		{maker, "POST", "/memberships/{id}/keep", "/memberships/" + laser + "/keep", map[string]any{"space_id": harbour}, 404, nil},
		{desk, "POST", "/memberships/preview", "/memberships/preview", map[string]any{"space_id": harbour, "member_id": laser, "plan_id": laser}, 404, nil},
		{desk, "POST", "/memberships/{id}/gift", "/memberships/" + laser + "/gift", map[string]any{"space_id": harbour, "days": 3, "reason": "The laser was out."}, 404, nil},
		{desk, "POST", "/memberships/{id}/keep-deposit", "/memberships/" + laser + "/keep-deposit", map[string]any{"space_id": harbour, "reason": "Gone."}, 404, nil},
		{maker, "POST", "/bookings/quote", "", wish("16:00", "17:00"), 200, nil},
		{maker, "POST", "/bookings/quote", "", wish("03:05", "03:11"), 200, nil},
		{maker, "POST", "/bookings/quote", "", map[string]any{"hold_id": harbour}, 404, nil},
		{maker, "POST", "/bookings/quote", "", map[string]any{"resource_id": fdm}, 422, nil},
		{maker, "POST", "/bookings", "", wish("03:05", "03:11"), 422, nil},
		{maker, "POST", "/bookings", "", wish("16:00", "17:00"), 201, []string{"Idempotency-Key", "described"}},
		{maker, "POST", "/bookings", "", wish("16:00", "18:00"), 422, []string{"Idempotency-Key", "described"}},
		{maker, "POST", "/bookings", "", map[string]any{"resource_id": laser, "wish": 1, "unit": "one", "note": 7}, 422, nil},
		{programOf(t, "novice"), "POST", "/bookings", "", map[string]any{"resource_id": laser, "starts_at": "2027-02-18T10:00", "ends_at": "2027-02-18T11:00"}, 403, nil},
		{manager, "PUT", "/resources/{id}/rules", "/resources/" + laser + "/rules", map[string]any{"rules": nil}, 422, nil},
		{manager, "POST", "/resources/{id}/closures", "/resources/" + laser + "/closures", map[string]any{
			"starts_at": "2027-02-10T00:00", "ends_at": "2027-03-10T00:00", "reason": map[string]string{"en": "Mirrors"}, "dry_run": true}, 200, nil},
	}
	if booking == "" || child == "" {
		t.Fatal("the laser has no booking, or nobody a guardian")
	}
	for _, c := range calls {
		if c.at == "" {
			c.at = c.path
		}
		name := fmt.Sprintf("%s %s %.80v", c.method, c.at, c.body)
		got := c.who.send(c.method, c.at, c.body, c.headers...)
		if got.status != c.status {
			t.Errorf("%s: %d, want %d: %s", name, got.status, c.status, got.body)
			continue
		}
		schema := in(map[string]any(doc), "paths", c.path, strings.ToLower(c.method), "responses", fmt.Sprint(got.status), "content", got.header.Get("Content-Type"), "schema")
		if schema == nil {
			t.Errorf("%s: a %d as %s is not described", name, got.status, got.header.Get("Content-Type"))
			continue
		}
		for _, w := range doc.wrong(schema, got.at(), "answer") {
			t.Errorf("%s: %s", name, w)
		}
		if got.status >= 400 && (got.text("code") == "" || got.text("detail") == "" || got.text("request_id") != got.header.Get("X-Request-Id")) {
			t.Errorf("%s: a problem without its code, sentence or request: %s", name, got.body)
		}
	}
}

func TestTheDocumentNamesTheHeadersThatAreRead(t *testing.T) {
	headers := func(path, method string) []string {
		var names []string
		list, _ := in(map[string]any(described(t)), "paths", path, method, "parameters").([]any)
		for _, p := range list {
			if in(p, "in") == "header" {
				names = append(names, in(p, "name").(string))
			}
		}
		return names
	}
	for _, c := range []struct {
		path, method, header string
		want                 bool
	}{
		{"/bookings", "post", "Idempotency-Key", true},
		{"/auth/sign-up", "post", "Idempotency-Key", true},
		{"/auth/sign-in", "post", "Idempotency-Key", false},
		{"/bookings", "get", "Idempotency-Key", false},
		{"/bookings/{id}", "patch", "If-Match", true},
		{"/bookings/{id}/cancel", "post", "If-Match", true},
	} {
		if got := slices.Contains(headers(c.path, c.method), c.header); got != c.want {
			t.Errorf("%s %s names %s: %v", c.method, c.path, c.header, got)
		}
	}
}
