package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/id"
	"guildhall/internal/members"
)

// theDemo opens a demo of its own.
func theDemo(t *testing.T) *App {
	t.Helper()
	cfg := config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true}
	if _, err := Demo(context.Background(), cfg); err != nil {
		t.Fatal(err)
	}
	return open(t, cfg, &clock.Movable{})
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request from this machine: JSON to the API, a form to a page.
func ask(h http.Handler, method, target, token string, body any, headers ...string) answer {
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		sent = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, target, sent)
	r.RemoteAddr = "127.0.0.1:4711"
	switch {
	case !strings.HasPrefix(target, "/api/") && token != "":
		r.AddCookie(&http.Cookie{Name: "access", Value: token})
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" && strings.HasPrefix(target, "/api/") {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.Bytes()}
}

// signIn gives an access token.
func signIn(t *testing.T, h http.Handler, email string) string {
	t.Helper()
	a := ask(h, http.MethodPost, "/api/v1/auth/sign-in", "", map[string]string{"email": email, "password": "demo-guildhall"})
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &tokens); err != nil || tokens.AccessToken == "" {
		t.Fatalf("sign in as %s: %d %s", email, a.status, a.body)
	}
	return tokens.AccessToken
}

var parameter = regexp.MustCompile(`:[a-z_]+|\*`)

// address puts something into the places of a route: the demo's space, and
// otherwise what does not exist.
func address(route string) string {
	return parameter.ReplaceAllStringFunc(route, func(p string) string {
		switch p {
		case ":space":
			return "harbour"
		case ":job":
			return "999999999"
		case "*":
			return "app.css"
		}
		return id.New().String()
	})
}

// TestTheTableHoldsOnEveryAddress asks every address of authz.csv as every role:
// whom the table denies is told so, and nobody else is; nobody gets a 500. Then all
// staff is suspended, in sessions that go on, and asks again: each counts as a member.
func TestTheTableHoldsOnEveryAddress(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	tokens := map[actor.Role]string{actor.Visitor: ""}
	for role, email := range map[actor.Role]string{
		actor.Member: "novice@demo.example", actor.Instructor: "instructor@demo.example", actor.Desk: "desk@demo.example",
		actor.Manager: "manager@demo.example", actor.Owner: "owner@demo.example",
	} {
		tokens[role] = signIn(t, h, email)
	}
	asked := holds(t, h, tokens, func(r actor.Role) actor.Role { return r })
	suspendStaff(t, a)
	delete(tokens, actor.Visitor)
	asked += holds(t, h, tokens, func(actor.Role) actor.Role { return actor.Member })
	if asked < 600 {
		t.Errorf("only %d questions were asked", asked)
	}
}

// holds asks every address with every token and says how often it asked. worth is the
// role that each counts as.
func holds(t *testing.T, h http.Handler, tokens map[actor.Role]string, worth func(actor.Role) actor.Role) (asked int) {
	t.Helper()
	for op, rule := range actor.Table {
		for _, route := range rule.Routes {
			method, path, ok := strings.Cut(route, " ")
			if !ok || endsTheSession(path) {
				continue
			}
			for role, token := range tokens {
				asked++
				var body any
				if strings.HasPrefix(path, "/api/") && method != http.MethodGet {
					body = map[string]string{}
				}
				got := ask(h, method, address(path), token, body)
				as := worth(role)
				if complaint := judge(rule.Scope(as, false), as, got); complaint != "" {
					t.Errorf("%s as %s, worth a %s (%s, scope %s): %s: %d %.200s", route, role, as, op, rule.Scope(as, false), complaint, got.status, got.body)
				}
			}
		}
	}
	return asked
}

// suspendStaff suspends everyone in the demo but its members and one new owner, whom a space must keep.
func suspendStaff(t *testing.T, a *App) {
	t.Helper()
	ctx := context.Background()
	all, err := a.Spaces.Spaces(ctx, actor.House)
	if err != nil {
		t.Fatal(err)
	}
	for _, space := range all {
		keeper, err := a.Members.Enrol(ctx, actor.House, space.ID, members.Enrolment{Email: "keeper@demo.example", Name: "Kay", Locale: "en"})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Members.SetRole(ctx, actor.House, space.ID, keeper.ID, actor.Owner); err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{"novice", "instructor", "desk", "manager", "owner"} {
			m, err := a.Members.ByEmail(ctx, email+"@demo.example")
			if err != nil {
				t.Fatal(err)
			}
			err = a.Members.Suspend(ctx, actor.House, space.ID, m.ID, "Left the laser running.")
			if err != nil && !errors.Is(err, members.ErrNoSuchMember) {
				t.Fatal(err)
			}
		}
	}
}

// endsTheSession reports whether asking there would end or lock what the test signs in with.
func endsTheSession(path string) bool {
	return slices.Contains([]string{"/sign-out", "/api/v1/auth/sign-out", "/sessions/end-others", "/me/lock"}, path)
}

func judge(scope actor.Scope, role actor.Role, got answer) string {
	toSignIn := got.status == http.StatusSeeOther && strings.HasPrefix(got.header.Get("Location"), "/sign-in")
	turnedAway := got.status == http.StatusForbidden || got.status == http.StatusUnauthorized || toSignIn
	switch {
	case got.status >= 500:
		return "a fault of our own"
	case scope == actor.None && role == actor.Visitor && got.status != http.StatusUnauthorized && !toSignIn:
		return "a stranger was not asked to sign in"
	case scope == actor.None && role != actor.Visitor && got.status != http.StatusForbidden:
		return "was not turned away"
	case scope != actor.None && role != actor.Visitor && turnedAway:
		return "was turned away"
	}
	return ""
}

// TestAStrangersBookingIsNotThere: what is another's looks like what does not exist.
func TestAStrangersBookingIsNotThere(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	maker, novice, desk := signIn(t, h, "member001@demo.example"), signIn(t, h, "novice@demo.example"), signIn(t, h, "desk@demo.example")
	var list struct {
		Items []struct{ ID, MemberID string }
	}
	got := ask(h, http.MethodGet, "/api/v1/bookings?limit=1", maker, nil)
	if err := json.Unmarshal(got.body, &list); err != nil || len(list.Items) == 0 {
		t.Fatalf("member001 has no booking: %s", got.body)
	}
	address := "/api/v1/bookings/" + list.Items[0].ID
	for _, c := range []struct {
		who   string
		token string
		want  int
	}{{"its member", maker, 200}, {"another member", novice, 404}, {"the desk", desk, 200}, {"nobody", "", 401}} {
		if got := ask(h, http.MethodGet, address, c.token, nil); got.status != c.want {
			t.Errorf("%s: %d, want %d: %s", c.who, got.status, c.want, got.body)
		}
	}
	if got := ask(h, http.MethodPost, address+"/cancel", novice, map[string]any{}); got.status != http.StatusNotFound {
		t.Errorf("another member cancels: %d %s", got.status, got.body)
	}
}

// TestTheAPIDescribesItself: the OpenAPI document names every address that is served, with answers and unique ids.
func TestTheAPIDescribesItself(t *testing.T) {
	a := theDemo(t)
	got := ask(a.Handler(), http.MethodGet, "/api/openapi.json", "", nil)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Responses   map[string]any `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(got.body, &doc); err != nil || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Fatalf("no OpenAPI 3.1: %v %.200s", err, got.body)
	}
	described, ids := map[string]bool{}, map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			described[strings.ToUpper(method)+" /api/v1"+path] = true
			if ids[op.OperationID] || op.OperationID == "" || len(op.Responses) < 2 {
				t.Errorf("%s %s: operation %q with %d answers", method, path, op.OperationID, len(op.Responses))
			}
			ids[op.OperationID] = true
		}
	}
	for _, rule := range actor.Table {
		for _, route := range rule.Routes {
			method, path, _ := strings.Cut(route, " ")
			if !strings.HasPrefix(path, "/api/v1/") {
				continue
			}
			path = regexp.MustCompile(`:([a-z_]+)`).ReplaceAllString(path, "{$1}")
			if !described[method+" "+path] {
				t.Errorf("%s %s is served and not described", method, path)
			}
		}
	}
}

// TestARefusalNamesEveryRule: too short, off the grid, outside hours and too far
// ahead at once are four violations, in the caller's language; without the
// certification it is a 403 that names it.
func TestARefusalNamesEveryRule(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	maker, novice := signIn(t, h, "maker@demo.example"), signIn(t, h, "novice@demo.example")
	laser := resourceID(t, h, "laser-a")
	day := clock.DayOf(a.Clock.Now(), berlin(t)).Add(60)
	wish := map[string]any{"resource_id": laser, "starts_at": fmt.Sprintf("%sT03:05", day), "ends_at": fmt.Sprintf("%sT03:11", day)}
	got := ask(h, http.MethodPost, "/api/v1/bookings", maker, wish, "Accept-Language", "zh-CN")
	var problem struct {
		Code, Detail string
		Violations   []struct{ Code, Message string }
	}
	if err := json.Unmarshal(got.body, &problem); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, v := range problem.Violations {
		codes = append(codes, v.Code)
		if !regexp.MustCompile(`\p{Han}`).MatchString(v.Message) {
			t.Errorf("%s is not said in Chinese: %q", v.Code, v.Message)
		}
	}
	for _, want := range []string{"too_short", "off_grid", "outside_hours", "too_far_ahead"} {
		if !slices.Contains(codes, want) {
			t.Errorf("%s is missing among %v", want, codes)
		}
	}
	if got.status != http.StatusUnprocessableEntity || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("answered %d as %s", got.status, got.header.Get("Content-Type"))
	}

	got = ask(h, http.MethodPost, "/api/v1/bookings", novice, wish)
	if err := json.Unmarshal(got.body, &problem); err != nil || got.status != http.StatusForbidden || problem.Code != "certification_required" {
		t.Errorf("without the certification: %d %s %s", got.status, problem.Code, got.body)
	}
	if !strings.Contains(string(got.body), `"take_course"`) {
		t.Errorf("the next course is not named: %s", got.body)
	}
}

// TestRulesOfASpaceItsAreasAndKinds are set each by itself, and speak of the machines in them.
func TestRulesOfASpaceItsAreasAndKinds(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	manager := signIn(t, h, "manager@demo.example")
	laser := resourceID(t, h, "laser-a")
	var r struct {
		Space string `json:"space_id"`
		Area  string `json:"area_id"`
		Kind  string
	}
	if err := json.Unmarshal(ask(h, http.MethodGet, "/api/v1/resources/"+laser, "", nil).body, &r); err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []struct{ Sentence string } }
	for query, days := range map[string]int{"": 91, "?area_id=" + r.Area: 92, "?kind=" + r.Kind: 93} {
		at := "/api/v1/spaces/" + r.Space + "/rules" + query
		rule := map[string]any{"kind": "ahead", "from_min": 0, "to_min": 0, "params": map[string]int{"days": days}}
		if got := ask(h, http.MethodPut, at, manager, map[string]any{"rules": []any{rule}}); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", at, got.status, got.body)
		}
		if err := json.Unmarshal(ask(h, http.MethodGet, at, "", nil).body, &list); err != nil || len(list.Items) != 1 {
			t.Errorf("%s has %v, %v", at, list.Items, err)
		}
	}
	said := string(ask(h, http.MethodGet, "/api/v1/resources/"+laser+"/rules", "", nil).body)
	for _, want := range []string{"91 days", "92 days", "93 days"} {
		if !strings.Contains(said, want) {
			t.Errorf("of the laser, %q is not said: %s", want, said)
		}
	}
	if got := ask(h, http.MethodGet, "/api/v1/spaces/"+r.Space+"/rules?area_id="+id.New().String(), "", nil); got.status != http.StatusNotFound {
		t.Errorf("an area that is not there: %d", got.status)
	}
}

// TestATimeThatDoesNotExistIsRefused with and without an offset.
func TestATimeThatDoesNotExistIsRefused(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	maker, fdm := signIn(t, h, "maker@demo.example"), resourceID(t, h, "fdm")
	for _, start := range []string{"2027-03-28T02:30", "2027-03-28T02:30:00", "2027-03-28T02:30:00+01:00"} {
		got := ask(h, http.MethodPost, "/api/v1/bookings", maker, map[string]any{"resource_id": fdm, "starts_at": start, "ends_at": "2027-03-28T05:00"})
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(string(got.body), "no_such_time") {
			t.Errorf("%s: %d %s", start, got.status, got.body)
		}
	}
}

// TestAListIsSetAsItWasSeen: rules and prices carry their state, and a client that
// sends an old one is told.
func TestAListIsSetAsItWasSeen(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	manager, laser := signIn(t, h, "manager@demo.example"), resourceID(t, h, "laser-a")
	for list, sent := range map[string]any{
		"rules":  map[string]any{"rules": []any{map[string]any{"kind": "length", "from_min": 0, "to_min": 1440, "params": map[string]any{"max_min": 60}}}},
		"prices": map[string]any{"prices": []any{map[string]any{"form": "flat", "from_min": 0, "to_min": 1440, "price": map[string]any{"amount": 500, "currency": "EUR"}}}},
	} {
		address := "/api/v1/resources/" + laser + "/" + list
		state := ask(h, http.MethodGet, address, manager, nil).header.Get("ETag")
		set := ask(h, http.MethodPut, address, manager, sent, "If-Match", state)
		if set.status != http.StatusOK || state == "" || set.header.Get("ETag") == state {
			t.Errorf("%s in state %s: %d, then %s: %s", list, state, set.status, set.header.Get("ETag"), set.body)
		}
		if got := ask(h, http.MethodPut, address, manager, sent, "If-Match", state); got.status != http.StatusConflict || !strings.Contains(string(got.body), "booking.list_stale") {
			t.Errorf("%s in the old state: %d %s", list, got.status, got.body)
		}
		if got := ask(h, http.MethodGet, address, manager, nil); got.header.Get("ETag") != set.header.Get("ETag") {
			t.Errorf("%s were set to %s and are %s", list, set.header.Get("ETag"), got.header.Get("ETag"))
		}
		for _, any := range []string{"*", ""} {
			if got := ask(h, http.MethodPut, address, manager, sent, "If-Match", any); got.status != http.StatusOK {
				t.Errorf("%s whatever they are (%q): %d %s", list, any, got.status, got.body)
			}
		}
	}
}

// TestWhatThePagesDoTheAPIDoes: plans and their runs, certifications that end,
// closures and special days, as a manager sets them.
func TestWhatThePagesDoTheAPIDoes(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	manager, maker, laser := signIn(t, h, "manager@demo.example"), signIn(t, h, "maker@demo.example"), resourceID(t, h, "laser-a")
	do := func(who, method, target string, body any, want int, into any) {
		t.Helper()
		got := ask(h, method, "/api/v1"+target, who, body)
		if got.status != want {
			t.Fatalf("%s %s: %d, want %d: %s", method, target, got.status, want, got.body)
		}
		if into != nil {
			if err := json.Unmarshal(got.body, into); err != nil {
				t.Fatal(err)
			}
		}
	}
	type thing struct {
		ID      string
		SpaceID string `json:"space_id"`
		Version int
		Status  string
		Expires string `json:"expires_at"`
		PlanID  string `json:"plan_id"`
	}
	type things struct{ Items []thing }

	novice := signIn(t, h, "novice@demo.example")
	var r, plan, person, beginner thing
	do(manager, http.MethodGet, "/resources/"+laser, nil, 200, &r)
	of := "space_id=" + r.SpaceID
	euros := map[string]any{"amount": 3500, "currency": "EUR"}
	wish := map[string]any{"space_id": r.SpaceID, "code": "weekend", "name": map[string]string{"en": "Weekend", "zh": "周末"}, "price_group": "member", "price": euros}
	do(manager, http.MethodPost, "/plans", wish, 201, &plan)
	do(manager, http.MethodPost, "/plans", wish, 409, nil)
	edit := map[string]any{"price": map[string]any{"amount": 3900, "currency": "EUR"}, "key_holder": true, "version": 1}
	do(manager, http.MethodPatch, "/plans/"+plan.ID+"?"+of, edit, 200, &plan)
	do(manager, http.MethodPatch, "/plans/"+plan.ID+"?"+of, edit, 409, nil)
	do(manager, http.MethodPatch, "/plans/"+plan.ID+"?"+of, map[string]any{"price": map[string]any{"amount": 3900, "currency": "CNY"}}, 422, nil)
	do(manager, http.MethodPatch, "/plans/"+id.New().String()+"?"+of, edit, 404, nil)

	do(maker, http.MethodGet, "/me", nil, 200, &person)
	do(manager, http.MethodPost, "/memberships", map[string]any{"space_id": r.SpaceID, "member_id": person.ID, "plan_id": plan.ID}, 201, nil)
	var runs things
	do(maker, http.MethodGet, "/memberships?member_id="+person.ID+"&"+of, nil, 200, &runs)
	if len(runs.Items) == 0 || runs.Items[0].PlanID != plan.ID {
		t.Errorf("the maker has %+v", runs)
	}
	do(novice, http.MethodGet, "/me", nil, 200, &beginner)
	do(novice, http.MethodGet, "/memberships?member_id="+person.ID+"&"+of, nil, 404, nil)

	var kinds things
	do(manager, http.MethodGet, "/certifications?"+of, nil, 200, &kinds)
	today := clock.DayOf(a.Clock.Now(), berlin(t))
	var grant thing
	do(manager, http.MethodPost, "/members/"+beginner.ID+"/certifications?"+of, map[string]any{"certification_id": kinds.Items[0].ID, "expires_on": today.Add(-1)}, 422, nil)
	do(manager, http.MethodPost, "/members/"+beginner.ID+"/certifications?"+of, map[string]any{"certification_id": kinds.Items[0].ID, "expires_on": today.Add(9)}, 201, &grant)
	if ends, err := time.Parse(time.RFC3339, grant.Expires); err != nil || !clock.At(ends).Equal(today.Add(10).Start(berlin(t))) {
		t.Errorf("certified until %q, %v", grant.Expires, err)
	}

	day := today.Add(30)
	var closure, booked thing
	var closures things
	do(manager, http.MethodPost, "/bookings", map[string]any{"resource_id": laser, "member_id": person.ID, "starts_at": day + "T15:00", "ends_at": day + "T16:00",
		"override": map[string]any{"rules": []string{"too_far_ahead", "outside_hours", "holiday", "off_grid", "too_long", "too_many_outstanding"}, "reason": "An exam."}}, 201, &booked)
	shut := map[string]any{"starts_at": day + "T14:00", "ends_at": day + "T18:00", "reason": map[string]string{"en": "New tube", "zh": "换管"}}
	at := "/resources/" + laser + "/closures"
	do(manager, http.MethodPost, at, shut, 409, nil)
	shut["confirm"] = true
	do(manager, http.MethodPost, at, shut, 201, &closure)
	do(maker, http.MethodGet, "/bookings/"+booked.ID, nil, 200, &booked)
	if booked.Status != "cancelled" {
		t.Errorf("what was in the way is %s", booked.Status)
	}
	do(maker, http.MethodGet, at, nil, 200, &closures)
	if !slices.ContainsFunc(closures.Items, func(c thing) bool { return c.ID == closure.ID }) {
		t.Errorf("the laser is closed %+v", closures)
	}
	do(manager, http.MethodDelete, "/resources/"+resourceID(t, h, "fdm")+"/closures/"+closure.ID, nil, 404, nil)
	do(manager, http.MethodDelete, at+"/"+closure.ID, nil, 204, nil)
	do(manager, http.MethodDelete, at+"/"+closure.ID, nil, 404, nil)

	var holiday thing
	do(manager, http.MethodPost, "/spaces/"+r.SpaceID+"/holidays", map[string]any{"day": today.Add(200), "name": map[string]string{"en": "Stocktaking", "zh": "盘点"}}, 201, &holiday)
	do(manager, http.MethodDelete, "/spaces/"+r.SpaceID+"/holidays/"+holiday.ID, nil, 204, nil)
	do(manager, http.MethodDelete, "/spaces/"+r.SpaceID+"/holidays/"+holiday.ID, nil, 404, nil)
}

func resourceID(t *testing.T, h http.Handler, slug string) string {
	t.Helper()
	var spaces, resources struct {
		Items []struct{ ID, Slug string }
	}
	if err := json.Unmarshal(ask(h, http.MethodGet, "/api/v1/spaces", "", nil).body, &spaces); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(ask(h, http.MethodGet, "/api/v1/resources?space_id="+spaces.Items[0].ID, "", nil).body, &resources); err != nil {
		t.Fatal(err)
	}
	for _, r := range resources.Items {
		if r.Slug == slug {
			return r.ID
		}
	}
	t.Fatalf("there is no %s", slug)
	return ""
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
