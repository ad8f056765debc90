package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildhall/internal/actor"
	"guildhall/internal/app"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/spaces"
	"guildhall/internal/testkit"
)

// hall is the whole program with one space and its owner, and the clock it goes by.
type hall struct {
	*app.App
	t     *testing.T
	now   *clock.Movable
	space spaces.Space
	h     http.Handler
}

const (
	ingrid = "ingrid@example.org"
	mia    = "mia@example.org"
	good   = "three tall ladders"
	better = "nine slow lathes at dusk"
)

func openHall(t *testing.T, cfg config.Config) *hall {
	t.Helper()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	cfg.Data = t.TempDir()
	now := testkit.Clock(t, "2027-03-22 08:00")
	a, err := app.New(t.Context(), cfg, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := a.Auth.RequireFactor(t.Context(), actor.House, false); err != nil { // most tests are about something else
		t.Fatal(err)
	}
	link, err := a.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "token=")
	space, err := a.Spaces.Setup(t.Context(), token, spaces.NewSpace{
		Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Blueprint: spaces.Blueprints[0].Slug, Country: "DE", Zone: "Europe/Berlin", Currency: "EUR",
		Hours: []spaces.Hours{{Weekday: 1, OpensMin: 540, ClosesMin: 1260, Audience: spaces.Everyone}},
	}, spaces.OwnerAccount{Name: "Ingrid", Email: ingrid, Password: good, Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return &hall{App: a, t: t, now: now, space: space, h: a.Handler()}
}

// member is a person with the password good.
func (h *hall) member(email string) id.ID {
	h.t.Helper()
	m := h.unconfirmed(email)
	if err := h.Members.Confirm(h.t.Context(), m); err != nil {
		h.t.Fatal(err)
	}
	return m
}

// unconfirmed is a member who has not proven the address yet.
func (h *hall) unconfirmed(email string) id.ID {
	h.t.Helper()
	m, err := h.Members.Register(h.t.Context(), members.Registration{Email: email, Name: "Mia Tanaka", Spaces: []id.ID{h.space.ID}})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.Auth.Give(h.t.Context(), actor.House, good, m.ID); err != nil {
		h.t.Fatal(err)
	}
	return m.ID
}

// letter is the newest message after all jobs were done, and the address within it.
func (h *hall) letter() (to, subject, link string) {
	h.t.Helper()
	if err := h.Jobs.RunDue(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	kept, err := h.Mail.Kept(h.t.Context(), 1)
	if err != nil || len(kept) == 0 {
		h.t.Fatalf("no letter: %v", err)
	}
	u, err := url.Parse(regexp.MustCompile(`https?://\S+`).FindString(kept[0].Body))
	if err != nil {
		h.t.Fatal(err)
	}
	return kept[0].Recipient, kept[0].Subject, u.RequestURI()
}

// browser keeps cookies as browsers do.
type browser struct {
	*hall
	mu      sync.Mutex
	cookies map[string]*http.Cookie
	agent   string
}

func (h *hall) browser() *browser {
	return &browser{hall: h, cookies: map[string]*http.Cookie{}, agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
}

// send asks for an address; form is what is posted, nil to get.
func (b *browser) send(target string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("User-Agent", b.agent)
	b.mu.Lock()
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	b.mu.Unlock()
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	return w
}

func (b *browser) get(target string) *httptest.ResponseRecorder { return b.send(target, nil) }

func (b *browser) post(target string, fields ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.send(target, form)
}

// page gets a page that must be there.
func (b *browser) page(target string) *goquery.Document {
	b.t.Helper()
	w := b.get(target)
	if w.Code != http.StatusOK {
		b.t.Fatalf("GET %s: %d, want 200; leads to %q", target, w.Code, w.Header().Get("Location"))
	}
	return document(b.t, w)
}

func document(t *testing.T, w *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// leads demands a 303 to an address.
func leads(t *testing.T, w *httptest.ResponseRecorder, to string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
		t.Fatalf("%d to %q, want 303 to %q: %s", w.Code, w.Header().Get("Location"), to, strings.Join(strings.Fields(document(t, w).Find("main").Text()), " "))
	}
}

func (b *browser) signIn(email, password string) {
	b.t.Helper()
	leads(b.t, b.post("/sign-in", "email", email, "password", password), "/")
}

func (b *browser) signedIn() bool {
	b.t.Helper()
	switch w := b.get("/me"); {
	case w.Code == http.StatusOK:
		return true
	case w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/sign-in"):
		return false
	default:
		b.t.Fatalf("/me is %d", w.Code)
		return false
	}
}

func TestSigningUpInTheBrowser(t *testing.T) {
	h := openHall(t, config.Config{})
	b := h.browser()
	if form := b.page("/sign-up").Find("form[action='/sign-up']"); form.Find("#name[required], #email[type=email][autocomplete=username], #password[type=password][autocomplete=new-password]").Length() != 3 {
		t.Error("the form does not ask for name, address and password")
	}
	leads(t, b.post("/sign-up", "name", "Mia Tanaka", "email", mia, "password", good), "/sign-up/sent")
	if says := b.page("/sign-up/sent").Find("main").Text(); !strings.Contains(says, "We wrote to the address you gave") || strings.Contains(says, mia) {
		t.Errorf("the page says %q", says)
	}
	to, _, link := h.letter()
	if to != mia || !strings.HasPrefix(link, "/confirm?token=") {
		t.Fatalf("the letter goes to %s with %s", to, link)
	}

	// A mail program looks at the link, twice. That confirms nothing and uses nothing up.
	for range 2 {
		w := h.browser().get(link)
		if got := w.Header().Get("Referrer-Policy"); got != "same-origin" {
			t.Errorf("the token may leave in a Referer: %s", got)
		}
		if document(t, w).Find("form[method=post][action='/confirm'] button").Length() != 1 {
			t.Error("there is no button")
		}
	}
	if m, _ := h.Members.ByEmail(t.Context(), mia); m.Confirmed() {
		t.Fatal("looking at the link confirmed the address")
	}
	token, _ := b.page(link).Find("input[name=token]").Attr("value")
	leads(t, b.post("/confirm", "token", token), "/sign-in")
	if m, _ := h.Members.ByEmail(t.Context(), mia); !m.Confirmed() {
		t.Error("the address is not confirmed")
	}
	if said := b.page("/sign-in").Find("#said").Text(); !strings.Contains(said, "is confirmed. Sign in to book.") {
		t.Errorf("said %q", said)
	}
	again := b.post("/confirm", "token", token)
	if doc := document(t, again); again.Code != http.StatusUnprocessableEntity || !strings.Contains(doc.Find(".alert.bad").Text(), "has been used or is too old") || doc.Find("a[href='/sign-in']").Length() == 0 {
		t.Errorf("a used link: %d", again.Code)
	}
	b.signIn(mia, good)
	if !b.signedIn() {
		t.Error("not signed in")
	}
}

// Who wanted to join a plan and had no account yet comes back to it by the letter.
func TestSigningUpLeadsBackToWhereOneWasGoing(t *testing.T) {
	h := openHall(t, config.Config{})
	b := h.browser()
	const plan = "/s/harbour/join?plan=maker"
	up, _ := b.page("/sign-in?next=" + url.QueryEscape(plan)).Find("a[href^='/sign-up']").Attr("href")
	if got := b.page(up).Find("input[name=next]").AttrOr("value", ""); got != plan {
		t.Fatalf("signing up forgets %q for %q", plan, got)
	}
	leads(t, b.post("/sign-up", "name", "Mia Tanaka", "email", mia, "password", good, "next", plan), "/sign-up/sent")
	_, _, link := h.letter()
	token, _ := b.page(link).Find("input[name=token]").Attr("value")
	leads(t, b.post("/confirm", "token", token), "/sign-in?next="+url.QueryEscape(plan))
	other := h.browser()
	if got := other.page("/sign-up?next="+url.QueryEscape("//evil.example/")).Find("input[name=next]").AttrOr("value", ""); got != "/" {
		t.Errorf("signing up leads to %q", got)
	}
}

// Who signs up and at once signs in is told to look into the mail, in their language, and
// has the letter sent again by a button, three times an hour; a guesser is told nothing.
func TestWhoHasNotConfirmedHasTheLetterSentAgain(t *testing.T) {
	h := openHall(t, config.Config{})
	b := h.browser()
	const plan = "/s/harbour/join?plan=maker"
	b.post("/sign-up", "name", "Mia Tanaka", "email", mia, "password", good)
	h.letter()
	if guess := b.post("/sign-in", "email", mia, "password", better); strings.Contains(guess.Body.String(), "/sign-in/letter") {
		t.Error("a guesser is told that a letter waits")
	}
	for locale, says := range map[string]string{"en": "Confirm your e-mail address first", "zh-CN": "请先确认邮箱"} {
		b.post("/preferences", "locale", locale)
		w := b.post("/sign-in", "email", mia, "password", good, "next", plan)
		if got := text(document(t, w).Find("main")); w.Code != http.StatusUnprocessableEntity || !strings.Contains(got, says) || b.signedIn() {
			t.Errorf("%s: %d %q", locale, w.Code, got)
		}
	}
	b.post("/preferences", "locale", "en")
	asked := document(t, b.post("/sign-in", "email", mia, "password", good, "next", plan)).Find("form[action='/sign-in/letter']")
	step, next := asked.Find("input[name=step]").AttrOr("value", ""), asked.Find("input[name=next]").AttrOr("value", "")
	leads(t, b.post("/sign-in/letter", "step", step, "next", next), "/sign-up/sent")
	to, _, link := h.letter()
	for range 2 {
		b.post("/sign-in/letter", "step", step)
	}
	if w := b.post("/sign-in/letter", "step", step); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || document(t, w).Find("form[action='/sign-in/letter']").Length() != 1 {
		t.Errorf("a fourth letter: %d", w.Code)
	}
	if w := b.post("/sign-in/letter", "step", "made up"); w.Code != http.StatusUnprocessableEntity || document(t, w).Find("form[action='/sign-in']").Length() != 1 {
		t.Errorf("a made-up step: %d", w.Code)
	}
	token, _ := b.page(link).Find("input[name=token]").Attr("value")
	if to != mia {
		t.Errorf("the letter went to %s", to)
	}
	leads(t, b.post("/confirm", "token", token), "/sign-in?next="+url.QueryEscape(plan))
	b.signIn(mia, good)
}

// The way to the sign-in in the menu keeps where one was going, and never leads back to
// the sign-in itself.
func TestTheMenusSignInLeadsOnToWhereOneWasGoing(t *testing.T) {
	b := openHall(t, config.Config{Dev: true}).browser()
	const machines = "/dev/gallery?day=2027-03-28"
	onward := "/sign-in?next=" + url.QueryEscape(machines)
	for at, want := range map[string]string{
		machines: onward, onward: onward, "/sign-up?next=" + url.QueryEscape(machines): onward,
		"/sign-in": "/sign-in", "/password-reset": "/sign-in", "/confirm?token=x": "/sign-in",
	} {
		if got := b.page(at).Find("nav.rail a[href^='/sign-in']").AttrOr("href", ""); got != want {
			t.Errorf("on %s the menu leads to %q, want %q", at, got, want)
		}
	}
}

func TestASignUpThatIsRefusedKeepsWhatWasTyped(t *testing.T) {
	b := openHall(t, config.Config{}).browser()
	w := b.post("/sign-up", "name", "Mia", "email", "not an address", "password", "password")
	doc := document(t, w)
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("status %d, want 422", w.Code)
	}
	if v, _ := doc.Find("#email").Attr("value"); v != "not an address" {
		t.Errorf("the address is now %q", v)
	}
	if v, there := doc.Find("#password").Attr("value"); there && v != "" {
		t.Error("the password is sent back")
	}
	for field, want := range map[string]string{"email": "not an e-mail address", "password": "guessed first"} {
		if got := doc.Find("#" + field + "-error").Text(); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
		if by, _ := doc.Find("#" + field).Attr("aria-describedby"); !strings.Contains(by, field+"-error") {
			t.Errorf("%s does not lead to its error", field)
		}
		if doc.Find(".alert a[href='#"+field+"']").Length() != 1 {
			t.Errorf("the summary does not lead to %s", field)
		}
	}
}

// Pages give a stranger the same for a known and an unknown address, to the byte.
func TestPagesDoNotTellWhoIsAMember(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	answer := func(target string, fields ...string) string {
		w := h.browser().post(target, fields...)
		body := strings.NewReplacer(mia, "ADDRESS", "nobody@example.org", "ADDRESS").Replace(w.Body.String())
		body = regexp.MustCompile(`name="step" value="[^"]+"`).ReplaceAllString(body, "STEP") // random
		return strconv.Itoa(w.Code) + w.Header().Get("Location") + body
	}
	for _, c := range []struct {
		page string
		form []string
	}{
		{"/sign-in", []string{"password", "not the password"}},
		{"/sign-up", []string{"name", "Someone", "password", better}},
		{"/sign-in", []string{"password", better}}, // as just signed up with
		{"/password-reset", nil},
	} {
		known, unknown := answer(c.page, append(c.form, "email", mia)...), answer(c.page, append(c.form, "email", "nobody@example.org")...)
		if c.form != nil && c.form[len(c.form)-1] == better && c.page == "/sign-in" && !strings.Contains(known, "STEP") {
			t.Errorf("the sign-up is not answered as one: %s", known)
		}
		if known != unknown {
			t.Errorf("%s tells them apart:\n%s\n%s", c.page, known, unknown)
		}
	}
}

func TestCookiesOfASession(t *testing.T) {
	for _, c := range []struct {
		base, prefix string
		secure       bool
	}{{"", "", false}, {"https://hall.example.org", "__Host-", true}} {
		h := openHall(t, config.Config{BaseURL: c.base})
		h.member(mia)
		b := h.browser()
		w := b.post("/sign-in", "email", mia, "password", good)
		for _, name := range []string{"access", "refresh", "device"} {
			cookie := b.cookies[c.prefix+name]
			if cookie == nil {
				t.Fatalf("%s: no cookie %s among %v", c.base, c.prefix+name, w.Header()["Set-Cookie"])
			}
			if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure != c.secure || cookie.Path != "/" || cookie.Domain != "" {
				t.Errorf("%s: %s", c.base, cookie)
			}
		}
		if !b.signedIn() {
			t.Errorf("%s: not signed in", c.base)
		}
		for _, cookie := range b.get("/").Result().Cookies() {
			if cookie.Secure != c.secure {
				t.Errorf("%s: %s", c.base, cookie)
			}
		}
	}
}

func TestASignInThatIsRefused(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b := h.browser()
	for range 5 {
		w := b.post("/sign-in", "email", mia, "password", "not this one", "next", "/bookings")
		doc := document(t, w)
		if email, _ := doc.Find("#email").Attr("value"); w.Code != http.StatusUnprocessableEntity || email != mia || !strings.Contains(doc.Find(".alert.bad").Text(), "is not right") {
			t.Fatalf("%d, the address is %q", w.Code, email)
		}
		if next, _ := doc.Find("input[name=next]").Attr("value"); next != "/bookings" {
			t.Errorf("the way on is lost: %q", next)
		}
	}
	w := b.post("/sign-in", "email", mia, "password", good)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "900" || !strings.Contains(document(t, w).Find(".alert.bad").Text(), "Wait 15 min") {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	h.now.Advance(15 * time.Minute)
	b.signIn(mia, good)
}

func TestOneGoesOnToWhereOneWantedToBe(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	leads(t, h.browser().get("/sessions"), "/sign-in?next=%2Fsessions")
	for next, want := range map[string]string{
		"/sessions": "/sessions", "/s/harbour/machines?day=2027-03-28": "/s/harbour/machines?day=2027-03-28", "": "/",
		"//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", "https://evil.example/": "/", "javascript:alert(1)": "/",
		"/sign-in?next=/sign-in": "/", "/sign-out": "/", "/confirm?token=x": "/", "/sign-inx": "/sign-inx", "evil": "/", "/a\r\nSet-Cookie: x=y": "/",
	} {
		leads(t, h.browser().post("/sign-in", "email", mia, "password", good, "next", next), want)
	}
	b := h.browser()
	b.signIn(mia, good)
	leads(t, b.get("/sign-in?next=//evil.example"), "/")
	leads(t, b.get("/sign-in?next=/sessions"), "/sessions")
}

func TestASessionGoesOnByItself(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	before := b.cookies["refresh"].Value
	h.now.Advance(time.Hour)
	if !b.signedIn() {
		t.Fatal("signed out after an hour")
	}
	if b.cookies["refresh"].Value == before {
		t.Error("the refresh token was not exchanged")
	}
	delete(b.cookies, "access") // as a browser that threw it away
	if !b.signedIn() {
		t.Error("not signed in without the access token")
	}
	h.now.Advance(15 * 24 * time.Hour)
	if b.signedIn() {
		t.Error("still signed in after fifteen days without a visit")
	}
	if len(b.cookies) > 0 && (b.cookies["access"] != nil || b.cookies["refresh"] != nil) {
		t.Error("dead cookies are left in the browser")
	}
}

// An owner who goes for lunch comes back to the sign-in, and at work does not notice.
func TestAnOwnersBrowserThatIsLeftAloneIsSignedOut(t *testing.T) {
	h := openHall(t, config.Config{})
	b := h.browser()
	b.signIn(ingrid, good)
	for range 6 {
		h.now.Advance(20 * time.Minute)
		if !b.signedIn() {
			t.Fatal("signed out at work")
		}
	}
	h.now.Advance(30 * time.Minute)
	if b.signedIn() {
		t.Error("still signed in after half an hour")
	}
}

// A browser that was closed overnight opens eight tabs at once.
func TestTabsThatOpenAtOnceStaySignedIn(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	for range 3 {
		h.now.Advance(8 * time.Hour)
		stale := b.copyOf()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				tab := stale.copyOf()
				if !tab.signedIn() {
					t.Error("a tab was signed out")
				}
				b.mu.Lock()
				defer b.mu.Unlock()
				b.cookies = tab.cookies // whichever answer comes last
			})
		}
		wg.Wait()
		if !b.signedIn() {
			t.Fatal("the browser is signed out")
		}
	}
}

func (b *browser) copyOf() *browser {
	c := b.browser()
	for name, cookie := range b.cookies {
		c.cookies[name] = cookie
	}
	return c
}

func TestStolenCookiesEndTheSessionForBoth(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	owner := h.browser()
	owner.signIn(mia, good)
	thief := owner.copyOf()
	h.now.Advance(time.Hour)
	if !owner.signedIn() {
		t.Fatal("the owner is out")
	}
	h.now.Advance(time.Minute)
	if thief.signedIn() {
		t.Error("the thief is in")
	}
	if owner.signedIn() {
		t.Error("the owner goes on with a session that was copied")
	}
	if _, subject, _ := h.letter(); subject != "One of your sessions was ended" {
		t.Errorf("the owner is told %q", subject)
	}
}

func TestARoleThatIsTakenAwayIsGoneOnTheNextRequest(t *testing.T) {
	h := openHall(t, config.Config{})
	member := h.member(mia)
	if err := h.Members.SetRole(t.Context(), actor.House, h.space.ID, member, actor.Manager); err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	b.signIn(mia, good)
	today := "/s/" + h.space.Slug + "/today"
	if code := b.get(today).Code; code != http.StatusOK {
		t.Fatalf("a manager gets %d", code)
	}
	if err := h.Members.SetRole(t.Context(), actor.House, h.space.ID, member, actor.Member); err != nil {
		t.Fatal(err)
	}
	if code := b.get(today).Code; code != http.StatusForbidden {
		t.Errorf("who was a manager a moment ago gets %d, want 403", code)
	}
}

func TestSigningOut(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	stolen := b.copyOf()
	w := b.post("/sign-out")
	leads(t, w, "/")
	if got := w.Header().Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data %q", got)
	}
	if b.signedIn() || b.cookies["access"] != nil || b.cookies["refresh"] != nil {
		t.Error("the browser still has a session")
	}
	if stolen.signedIn() {
		t.Error("the session outlived its end")
	}
	leads(t, b.post("/sign-out"), "/") // once more does no harm
}

func TestPersonalPagesAreNotKept(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	for _, target := range []string{"/me", "/me/password", "/me/calendar", "/sessions", "/"} {
		if got := b.get(target).Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", target, got)
		}
	}
}

func TestANewPasswordInTheBrowser(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	old := h.browser()
	old.signIn(mia, good)
	b := h.browser()
	leads(t, b.post("/password-reset", "email", mia), "/password-reset/sent")
	_, _, link := h.letter()
	form := b.page(link).Find("form[action='/password-reset/confirm']")
	token, _ := form.Find("input[name=token]").Attr("value")
	w := b.post("/password-reset/confirm", "token", token, "password", "short")
	if doc := document(t, w); w.Code != http.StatusUnprocessableEntity || !strings.Contains(doc.Find("#password-error").Text(), "at least 8 characters") || doc.Find("input[name=token]").AttrOr("value", "") != token {
		t.Errorf("a short password: %d", w.Code)
	}
	leads(t, b.post("/password-reset/confirm", "token", token, "password", better), "/sign-in")
	if old.signedIn() {
		t.Error("a session outlived the password")
	}
	if _, subject, _ := h.letter(); subject != "You have a new password" {
		t.Errorf("the letter says %q", subject)
	}
	w = b.post("/password-reset/confirm", "token", token, "password", good)
	if doc := document(t, w); w.Code != http.StatusUnprocessableEntity || doc.Find("a[href='/password-reset']").Length() == 0 {
		t.Errorf("a used link: %d", w.Code)
	}
	b.signIn(mia, better)
}

func TestMyAccount(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	doc := b.page("/me")
	if got := doc.Find(".known").Text(); !strings.Contains(got, mia) || !strings.Contains(got, "confirmed") {
		t.Errorf("the address: %q", got)
	}
	version := doc.Find("input[name=version]").AttrOr("value", "")

	w := b.post("/me", "version", version, "name", "", "phone", "call me", "locale", "en")
	wrong := document(t, w)
	if w.Code != http.StatusUnprocessableEntity || wrong.Find("#name-error").Length() != 1 || wrong.Find("#phone").AttrOr("value", "") != "call me" {
		t.Errorf("wrong input: %d", w.Code)
	}
	leads(t, b.post("/me", "version", version, "name", "Mia T.", "phone", "+49 30 1234567", "locale", "zh-CN"), "/me")
	doc = b.page("/me")
	if lang := doc.Find("html").AttrOr("lang", ""); lang != "zh-CN" || doc.Find("h1").Text() != "我的账户" || doc.Find("#name").AttrOr("value", "") != "Mia T." {
		t.Errorf("after the change: %s, %q", lang, doc.Find("h1").Text())
	}
	if said := doc.Find("#said").Text(); !strings.Contains(said, "资料已保存") {
		t.Errorf("said %q", said)
	}
	w = b.post("/me", "version", version, "name", "Other", "phone", "", "locale", "en")
	if w.Code != http.StatusConflict || document(t, w).Find("#name").AttrOr("value", "") != "Other" {
		t.Errorf("a stale change: %d, want 409 with what was typed", w.Code)
	}
}

func TestSomeoneUnconfirmedIsTold(t *testing.T) {
	h := openHall(t, config.Config{})
	h.unconfirmed(mia)
	b := h.browser()
	b.signIn(mia, good)
	if b.page("/me").Find("form[action='/me/confirm'] button").Length() != 1 {
		t.Fatal("no way to have the letter sent again")
	}
	leads(t, b.post("/me/confirm"), "/me")
	_, _, link := h.letter()
	token := b.page(link).Find("input[name=token]").AttrOr("value", "")
	leads(t, b.post("/confirm", "token", token), "/")
	if !b.signedIn() || b.page("/me").Find("form[action='/me/confirm']").Length() != 0 {
		t.Error("confirming is not seen")
	}
}

func TestSomeoneSuspendedIsToldWhy(t *testing.T) {
	h := openHall(t, config.Config{})
	m := h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	if err := h.Members.Suspend(t.Context(), actor.House, h.space.ID, m, "Left the laser running."); err != nil {
		t.Fatal(err)
	}
	if says := b.page("/").Find("main").Text(); !strings.Contains(says, "“Left the laser running.” Talk to the front desk.") {
		t.Errorf("the start says %q", says)
	}
	if to, subject, _ := h.letter(); to != mia || subject != "You can't use Harbour Makers for now" {
		t.Errorf("%s is told %q", to, subject)
	}
}

func TestSomeoneSuspendedForAWhileIsToldUntilWhen(t *testing.T) {
	h := openHall(t, config.Config{})
	m := h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	until := h.now.Now().Add(7 * 24 * time.Hour)
	if err := h.Members.SuspendUntil(t.Context(), actor.House, h.space.ID, m, "3 bookings were not used.", until); err != nil {
		t.Fatal(err)
	}
	want := "until " + i18n.For("en").Moment(until, h.space.Location()) + ". The reason: “3 bookings were not used.” It ends by itself"
	if says := b.page("/").Find("main").Text(); !strings.Contains(says, want) {
		t.Errorf("the start says %q, want %q", says, want)
	}
}

func TestChangingThePasswordInTheBrowser(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b, other := h.browser(), h.browser()
	b.signIn(mia, good)
	other.signIn(mia, good)
	if got := b.page("/me/password").Find("input[autocomplete=username]").AttrOr("value", ""); got != mia {
		t.Errorf("a password manager is told %q", got)
	}
	w := b.post("/me/password", "old_password", "not it", "password", better)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(document(t, w).Find("#old_password-error").Text(), "not your present password") {
		t.Errorf("a wrong present password: %d", w.Code)
	}
	leads(t, b.post("/me/password", "old_password", good, "password", better), "/me")
	if !b.signedIn() || other.signedIn() {
		t.Error("not signed out elsewhere, or signed out here")
	}
}

func TestTheCalendarLink(t *testing.T) {
	h := openHall(t, config.Config{BaseURL: "https://hall.example.org"})
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	w := b.post("/me/calendar")
	link := document(t, w).Find("#link").AttrOr("value", "")
	if !regexp.MustCompile(`^https://hall\.example\.org/calendar/[\w-]{43}\.ics$`).MatchString(link) {
		t.Fatalf("the link is %q", link)
	}
	if b.page("/me/calendar").Find("#link").Length() != 0 {
		t.Error("the link is shown a second time")
	}
	feed := strings.TrimPrefix(link, "https://hall.example.org")
	program := h.browser() // has no cookies
	if w := program.get(feed); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/calendar") || !strings.HasPrefix(w.Body.String(), "BEGIN:VCALENDAR\r\n") {
		t.Errorf("the feed: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	leads(t, b.post("/me/calendar/revoke"), "/me/calendar")
	if code := program.get(feed).Code; code != http.StatusNotFound {
		t.Errorf("the feed after it was switched off: %d, want 404", code)
	}
}

func TestWhereIAmSignedIn(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	desk, phone, stranger := h.browser(), h.browser(), h.browser()
	phone.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
	desk.signIn(mia, good)
	h.now.Advance(time.Minute)
	phone.signIn(mia, good)
	stranger.signIn(ingrid, good)

	doc := desk.page("/sessions")
	if got := doc.Find(".session h2").Map(func(_ int, s *goquery.Selection) string { return s.Text() }); strings.Join(got, ", ") != "Safari on iPhone, Firefox on Linux" {
		t.Errorf("sessions: %v", got)
	}
	if doc.Find(".here .badge").Length() != 1 || doc.Find(".here form").Length() != 0 {
		t.Error("this one is not marked")
	}
	end := doc.Find(".session form").AttrOr("action", "")
	if code := stranger.post(end).Code; code != http.StatusNotFound {
		t.Errorf("another's session: %d, want 404", code)
	}
	leads(t, desk.post(end), "/sessions")
	if phone.signedIn() || !desk.signedIn() {
		t.Error("the wrong one was ended")
	}
	phone.signIn(mia, good)
	leads(t, desk.post("/sessions/end-others"), "/sessions")
	if said := desk.page("/sessions").Find("#said").Text(); !strings.Contains(said, "1 other device is signed out.") {
		t.Errorf("said %q", said)
	}
	if phone.signedIn() || !desk.signedIn() || !stranger.signedIn() {
		t.Error("the wrong ones were ended")
	}
}

func TestAProgramIsKnownByItsHeaderAlone(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	ask := func(authorization string, cookies bool) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/api/v1/me", nil)
		r.Header.Set("Authorization", authorization)
		if cookies {
			for _, c := range b.cookies {
				r.AddCookie(c)
			}
		}
		w := httptest.NewRecorder()
		h.h.ServeHTTP(w, r)
		return w
	}
	access := b.cookies["access"].Value
	if w := ask("Bearer "+access, false); w.Code != http.StatusOK {
		t.Errorf("with a token: %d", w.Code)
	}
	if w := ask("", true); w.Code != http.StatusUnauthorized {
		t.Errorf("with a browser's cookies: %d, want 401", w.Code)
	}
	if w := ask("Bearer "+access+"x", true); w.Code != http.StatusUnauthorized || !strings.Contains(w.Header().Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("with a forged token: %d %q", w.Code, w.Header().Get("WWW-Authenticate"))
	}
	b.post("/sign-out")
	if w := ask("Bearer "+access, false); w.Code != http.StatusUnauthorized {
		t.Errorf("after signing out: %d, want 401", w.Code)
	}
}
