package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/fault"
	"guildhall/internal/plans"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
	"guildhall/internal/testkit"
)

// house is a server with one space and nobody in it.
func house(t *testing.T) *Server {
	t.Helper()
	d, at := testkit.DB(t), testkit.Clock(t, "2026-11-23 10:12")
	err := d.Tx(t.Context(), func(ctx context.Context) error {
		return d.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
			VALUES ('0000000000000000000000000h', 'harbour', '{"en":"Harbour Makers","zh":"港湾创客"}', '{}', 'community', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, ?, 1)`,
			at.Now()).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Server{
		Config: Config{Dev: true}, Clock: at, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Spaces: spaces.New(d, at, nil, nil, nil, nil), Equipment: equipment.New(d, at, nil, nil, nil, nil),
		Events: events.New(d, at, nil, nil), Reports: reports.New(d, at), Plans: plans.New(plans.Needs{DB: d, Clock: at}),
	}
}

func ask(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func page(t *testing.T, w *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Every address of the table is served, and (Handler panics otherwise) every
// address served is in the table.
func TestTheTableAndTheRouterAgree(t *testing.T) {
	s := house(t)
	s.Handler()
	for _, op := range slices.Sorted(func(yield func(actor.Operation) bool) {
		for op := range actor.Table {
			if !yield(op) {
				return
			}
		}
	}) {
		for _, route := range actor.Table[op].Routes {
			if route != "" && !s.routes[route] {
				t.Errorf("authz.csv gives %q to %s, but nothing answers there", route, op)
			}
		}
	}
}

func TestAnAddressOutsideTheTableStopsTheStart(t *testing.T) {
	for name, register := range map[string]func(*Server){
		"no such operation":      func(s *Server) { s.get("/", s.front, "door.open") },
		"not in the table's row": func(s *Server) { s.get("/vault", s.front, "public.read") },
	} {
		t.Run(name, func(t *testing.T) {
			s := house(t)
			s.Handler()
			defer func() {
				if recover() == nil {
					t.Error("it started")
				}
			}()
			register(s)
		})
	}
}

func TestEveryAnswerIsProtected(t *testing.T) {
	h := house(t).Handler()
	for _, target := range []string{"/", "/no/such/page", "/sw.js", "/api/v1/nothing"} {
		w := ask(h, http.MethodGet, target)
		if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy %q", target, got)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
	}
}

func TestASlashAtTheEndIsLeftAway(t *testing.T) {
	h := house(t).Handler()
	for target, want := range map[string]string{
		"/s/harbour/": "/s/harbour", "/s/harbour/machines/?q=a": "/s/harbour/machines?q=a", "/": "", "/s/harbour": "", "//evil.example/": "/",
	} {
		w := ask(h, http.MethodGet, target)
		if got := w.Header().Get("Location"); got != want || want != "" && w.Code != http.StatusPermanentRedirect {
			t.Errorf("%s: %d to %q, want %q", target, w.Code, got, want)
		}
	}
}

func TestOverTLSBrowsersAreToldToStayThere(t *testing.T) {
	s := house(t)
	s.Config.BaseURL = "https://make.example.org"
	if got := ask(s.Handler(), http.MethodGet, "/").Header().Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=63072000") {
		t.Errorf("Strict-Transport-Security %q", got)
	}
}

func TestAPageLoadsNothingInlineAndNothingForeign(t *testing.T) {
	for _, target := range []string{"/", "/dev/gallery", "/no/such/page"} {
		body := ask(house(t).Handler(), http.MethodGet, target).Body.String()
		for _, bad := range []string{` style="`, `<style`, ` onclick=`, ` hx-on`, `javascript:`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %q in it", target, bad)
			}
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="(https?:)?//[^"]*"`).FindAllString(body, -1) {
			t.Errorf("%s asks others: %s", target, m)
		}
	}
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	h := house(t).Handler()
	if got := ask(h, http.MethodPost, "/preferences", "Sec-Fetch-Site", "cross-site").Code; got != http.StatusForbidden {
		t.Errorf("from another site: %d, want 403", got)
	}
	if got := ask(h, http.MethodPost, "/preferences", "Sec-Fetch-Site", "same-origin").Code; got != http.StatusSeeOther {
		t.Errorf("from our own: %d, want 303", got)
	}
}

func TestTheForwardedAddressIsBelievedOnlyFromAProxy(t *testing.T) {
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		want    string
	}{
		"no proxy is known":    {nil, "192.0.2.1"},
		"the proxy is another": {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "192.0.2.1"},
		"it comes from one":    {[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, "203.0.113.9"},
	} {
		t.Run(name, func(t *testing.T) {
			s := house(t)
			s.Config.Proxies = c.proxies
			s.Handler()
			r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1
			r.Header.Set("X-Forwarded-For", "203.0.113.9")
			if got := s.router.IPExtractor(r); got != c.want {
				t.Errorf("the request comes from %s, want %s", got, c.want)
			}
		})
	}
}

func TestWhatIsMissingIsAPageWorthReading(t *testing.T) {
	w := ask(house(t).Handler(), http.MethodGet, "/no/such/page")
	if w.Code != http.StatusNotFound {
		t.Fatalf("%d, want 404", w.Code)
	}
	doc := page(t, w)
	if got := doc.Find("h1").Text(); got != "Nothing here" {
		t.Errorf("heading %q", got)
	}
	if doc.Find(`main a[href="/s/harbour/machines"]`).Length() != 1 {
		t.Error("it does not lead to the machines")
	}
}

func TestOurOwnFaultTellsTheRequestAndNothingElse(t *testing.T) {
	var log strings.Builder
	s := house(t)
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	h := s.Handler()
	s.router.GET("/broken", func(echo.Context) error { return errors.New("secret of the database") })
	s.router.GET("/panics", func(echo.Context) error { panic("secret of the stack") })
	for _, target := range []string{"/broken", "/panics"} {
		log.Reset()
		w := ask(h, http.MethodGet, target)
		id := w.Header().Get("X-Request-Id")
		if body := w.Body.String(); w.Code != http.StatusInternalServerError || strings.Contains(body, "secret") || !strings.Contains(body, id) {
			t.Errorf("%s: %d, the page tells the secret or not the request %s", target, w.Code, id)
		}
		if !strings.Contains(log.String(), "secret") || strings.Count(log.String(), "msg=failed") != 1 {
			t.Errorf("%s: the log says\n%s", target, &log)
		}
	}
}

func TestAProgramGetsAProblem(t *testing.T) {
	w := ask(house(t).Handler(), http.MethodGet, "/api/v1/nothing")
	if got := w.Header().Get("Content-Type"); w.Code != http.StatusNotFound || got != "application/problem+json" {
		t.Errorf("%d %s, want 404 and a problem", w.Code, got)
	}
}

func TestARefusalHasTheStatusOfItsKind(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{fault.Invalid("x", "x", "x"), 422},
		{actor.ErrSignIn, 401},
		{actor.ErrForbidden, 403},
		{fault.NotFound("x", "x"), 404},
		{fault.Conflict("x", "x"), 409},
		{fault.TooMany("x", "x"), 429},
		{fault.Unavailable("x", "x"), 503},
		{echo.ErrMethodNotAllowed, 405},
		{errTooLarge.With("Size", "1 MB"), 413},
		{errors.New("anything else"), 500},
	} {
		if got := statusOf(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func TestABodyBeyondTheLimitIsRefused(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/preferences", strings.NewReader("back="+strings.Repeat("x", bodyLimit)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	house(t).Handler().ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d, want 413", w.Code)
	}
}

// What a page tried to load is written down in a few words, so many times a minute,
// and what is no such report not at all.
func TestReportsOfThePolicyAreKeptShort(t *testing.T) {
	s := house(t)
	var log bytes.Buffer
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	h := s.Handler()
	send := func(body string) (said string) {
		log.Reset()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/reports/csp", strings.NewReader(body)))
		if w.Code != http.StatusNoContent {
			t.Errorf("%.40s is answered %d", body, w.Code)
		}
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "policy") && !strings.Contains(line, "msg=request") {
				said += line
			}
		}
		return said
	}
	report := `[{"type": "csp-violation", "body": {"documentURL": "https://hall.example/confirm?token=canary", "effectiveDirective": "img-src",
		"blockedURL": "https://ads.example/` + strings.Repeat("x", 5000) + `", "sample": "canary"}}]`
	for _, body := range []string{"canary", "[]", `[{"type": "canary"}]`, `{"csp-report": {}}`} {
		if said := send(body); said != "" {
			t.Errorf("%s is written down: %s", body, said)
		}
	}
	for range reportsAMinute {
		said := send(report)
		for _, want := range []string{"directive=img-src", "page=https://hall.example/confirm", "blocked=https://ads.example/x"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s is missing: %s", want, said)
			}
		}
		if len(said) > 600 || strings.Contains(said, "canary") {
			t.Errorf("it says too much: %s", said)
		}
	}
	if said := send(report); said != "" {
		t.Errorf("one too many: %s", said)
	}
	s.Clock.(*clock.Movable).Advance(time.Minute)
	if send(report) == "" {
		t.Error("the next minute's is lost")
	}
}

func TestTheLanguageIsChosenKeptAndComesBackToThePage(t *testing.T) {
	h := house(t).Handler()
	if got := page(t, ask(h, http.MethodGet, "/", "Accept-Language", "zh-CN, en;q=0.5")).Find("html").AttrOr("lang", ""); got != "zh-CN" {
		t.Errorf("the browser asks for Chinese and gets %q", got)
	}
	form := url.Values{"locale": {"zh-CN"}, "back": {"/dev/gallery?x=1"}}
	r := httptest.NewRequest(http.MethodPost, "/preferences", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/dev/gallery?x=1" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	cookie := w.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie is %v", cookie)
	}
	if got := page(t, ask(h, http.MethodGet, "/", "Cookie", cookie.String(), "Accept-Language", "en")).Find("html").AttrOr("lang", ""); got != "zh-CN" {
		t.Errorf("after choosing Chinese the page is %q", got)
	}
}

func TestOnlyOurOwnAddressesAreComeBackTo(t *testing.T) {
	for given, want := range map[string]string{
		"/bookings?past=1": "/bookings?past=1", "": "/", "//evil.example": "/", `/\evil.example`: "/",
		"https://evil.example/": "/", "javascript:alert(1)": "/", "bookings": "/", "/ok\r\nSet-Cookie: a=b": "/",
	} {
		if got := local(given); got != want {
			t.Errorf("%q leads to %q, want %q", given, got, want)
		}
	}
}

func TestHTMXGetsTheInsideOfTheSamePage(t *testing.T) {
	h := house(t).Handler()
	whole := page(t, ask(h, http.MethodGet, "/dev/gallery"))
	inside := ask(h, http.MethodGet, "/dev/gallery", "HX-Request", "true")
	if strings.Contains(inside.Body.String(), "<html") {
		t.Fatal("htmx got the whole page")
	}
	if got, want := page(t, inside).Find("section").Length(), whole.Find("main section").Length(); got != want || want == 0 {
		t.Errorf("inside has %d sections, the page %d", got, want)
	}
}

func TestAPageIsSentZipped(t *testing.T) {
	w := ask(house(t).Handler(), http.MethodGet, "/dev/gallery", "Accept-Encoding", "gzip")
	if got := w.Header().Get("Content-Encoding"); got != "gzip" {
		t.Errorf("Content-Encoding %q", got)
	}
}

func TestHeadIsAnsweredLikeGet(t *testing.T) {
	server := httptest.NewServer(house(t).Handler())
	defer server.Close()
	answer, err := http.Head(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK || len(body) != 0 {
		t.Errorf("%d with %d bytes, %v", answer.StatusCode, len(body), err)
	}
}

// Half a file is not taken for a whole one: an answer that fails after it has begun is
// broken off.
func TestAnAnswerThatFailsOnTheWayIsBrokenOff(t *testing.T) {
	s := house(t)
	h := s.Handler()
	s.router.GET("/half", func(c echo.Context) error {
		if _, err := c.Response().Write([]byte("name\nMia\n")); err != nil {
			return err
		}
		c.Response().Flush()
		return errors.New("the database went away")
	})
	server := httptest.NewServer(h)
	defer server.Close()
	answer, err := http.Get(server.URL + "/half")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("%q passes for all there is", got)
	}
}
