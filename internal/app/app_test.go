package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/db"
	"guildhall/internal/equipment"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/mail"
	"guildhall/internal/members"
	"guildhall/internal/spaces"
	"guildhall/internal/testkit"
)

const monday = "2027-03-22 08:00"

// each opens the program on both engines.
func each(t *testing.T, fn func(t *testing.T, a *App, now *clock.Movable)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		now := testkit.Clock(t, monday)
		fn(t, open(t, config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0"}, now), now)
	})
	t.Run("postgres", func(t *testing.T) {
		now := testkit.Clock(t, monday)
		fn(t, open(t, config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Database: testkit.PostgresURL(t)}, now), now)
	})
}

func open(t *testing.T, cfg config.Config, clk clock.Clock) *App {
	t.Helper()
	a, err := New(context.Background(), cfg, clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return a
}

// week is open every day from 9 to 21.
func week() []spaces.Hours {
	var all []spaces.Hours
	for day := 1; day <= 7; day++ {
		all = append(all, spaces.Hours{Weekday: day, OpensMin: 9 * 60, ClosesMin: 21 * 60, Audience: spaces.Everyone})
	}
	return all
}

var ingrid = spaces.OwnerAccount{Name: "Ingrid", Email: "ingrid@harbour.example", Password: "steel rule and ink", Locale: "en"}

// setUp makes the first space through the set-up link.
func setUp(t *testing.T, a *App, blueprint string) spaces.Space {
	t.Helper()
	ctx := context.Background()
	if err := a.Auth.RequireFactor(ctx, actor.House, false); err != nil { // what needs one is tested in web
		t.Fatal(err)
	}
	link, err := a.SetupLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, token, ok := strings.Cut(link, "/setup?token=")
	if !ok {
		t.Fatalf("the set-up link is %q", link)
	}
	s, err := a.Spaces.Setup(ctx, token, spaces.NewSpace{
		Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Blueprint: blueprint, Country: "DE", Zone: "Europe/Berlin", Currency: "EUR", Hours: week(),
	}, ingrid)
	if err != nil {
		t.Fatalf("set up a space from %s: %v", blueprint, err)
	}
	return s
}

func signedIn(t *testing.T, a *App, email, password string) actor.Actor {
	t.Helper()
	ctx := context.Background()
	tokens, err := a.Auth.SignIn(ctx, auth.From{Address: "192.0.2.1"}, auth.Credentials{Email: email, Password: password})
	if err != nil {
		t.Fatalf("sign in %s: %v", email, err)
	}
	session, err := a.Auth.Authenticate(ctx, tokens.Access)
	if err != nil {
		t.Fatal(err)
	}
	who, err := a.Members.Actor(ctx, session.MemberID)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func TestEveryBlueprintGivesASpaceThatWorksTheSameDay(t *testing.T) {
	for _, b := range spaces.Blueprints {
		t.Run(b.Slug, func(t *testing.T) {
			ctx := context.Background()
			now := testkit.Clock(t, monday)
			a := open(t, config.Config{Data: t.TempDir()}, now)
			space := setUp(t, a, b.Slug)

			owner := signedIn(t, a, ingrid.Email, ingrid.Password)
			if got := owner.Role(space.ID); got != actor.Owner {
				t.Errorf("who set it up is %s", got)
			}
			things, err := a.Equipment.Resources(ctx, owner, space.ID, equipment.Filter{})
			if err != nil || len(things) != len(b.Resources) {
				t.Fatalf("%d resources of %d, %v", len(things), len(b.Resources), err)
			}
			plans, err := a.Plans.Plans(ctx, space.ID)
			if err != nil || len(plans) != len(b.Plans) {
				t.Errorf("%d plans of %d, %v", len(plans), len(b.Plans), err)
			}
			booked := false
			for _, r := range things {
				rules, err := a.Booking.Rules(ctx, owner, booking.Scope{Space: space.ID, Resource: r.ID})
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range r.Certifications {
					if len(c) == 0 || c[0] == "" {
						t.Errorf("%s asks for a certification that is not there", r.Slug)
					}
				}
				if r.Bookable && len(rules) == 0 {
					t.Errorf("%s has no rule", r.Slug)
				}
				if !r.Bookable || booked || len(r.Certifications) > 0 {
					continue
				}
				slots, err := a.Booking.Availability(ctx, owner, booking.Window{
					Space: space.ID, Resource: r.ID, Member: owner.Member, From: now.Now(), To: now.Now().Add(48 * time.Hour), Length: 60,
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range slots {
					if s.Bookable {
						_, err := a.Booking.Book(ctx, owner, booking.Request{Space: space.ID, Resource: r.ID, StartsAt: s.StartsAt, EndsAt: s.EndsAt})
						if err != nil {
							t.Errorf("%s was offered at %s: %v", r.Slug, s.StartsAt, err)
						}
						booked = true
						break
					}
				}
			}
			if !booked {
				t.Error("nothing can be booked")
			}
			if found, err := a.Verify(ctx); err != nil || len(found) > 0 {
				t.Errorf("verify: %v, %v", found, err)
			}
		})
	}
}

func TestTheCurrencyOfASpaceStaysOnceItHasPrices(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := context.Background()
		space := setUp(t, a, "community")
		owner := signedIn(t, a, ingrid.Email, ingrid.Password)
		yuan := spaces.Details{Version: space.Version, Name: space.Name, Slug: space.Slug, Country: "CN", Zone: "Asia/Shanghai", Currency: "CNY"}
		if _, err := a.Spaces.Edit(ctx, owner, space.ID, yuan); !errors.Is(err, spaces.ErrPriced) {
			t.Fatalf("with the prices of its blueprint: %v", err)
		}
		things, err := a.Equipment.Resources(ctx, owner, space.ID, equipment.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range things {
			if err := a.Booking.SetPrices(ctx, owner, r.ID, nil); err != nil {
				t.Fatal(err)
			}
		}
		priced, err := a.Booking.Priced(ctx, space.ID, "EUR")
		if err != nil || priced {
			t.Fatalf("no price is left, but it is priced: %v, %v", priced, err)
		}
		free := things[slices.IndexFunc(things, func(r equipment.Resource) bool { return r.Bookable && len(r.Certifications) == 0 })]
		from := now.Now().Add(26 * time.Hour)
		if err := a.Booking.Enter(ctx, actor.House, []booking.Booking{{
			ID: id.New(), SpaceID: space.ID, ResourceID: free.ID, Unit: 1, MemberID: owner.Member, BookedBy: owner.Member,
			Status: booking.Confirmed, StartsAt: from, EndsAt: from.Add(time.Hour), Currency: "EUR",
		}}); err != nil {
			t.Fatal(err)
		}
		if priced, err = a.Booking.Priced(ctx, space.ID, "EUR"); err != nil || !priced {
			t.Errorf("a booking is in euros, but it is priced: %v, %v", priced, err)
		}
	})
}

func TestTheSetupLinkWorksOnceAndTheNewestCounts(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := context.Background()
		old, err := a.SetupLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		setUp(t, a, spaces.Blueprints[0].Slug)
		if err := a.Spaces.CheckSetup(ctx, old[strings.Index(old, "=")+1:]); !errors.Is(err, spaces.ErrSetupDone) {
			t.Errorf("the old link afterwards: %v", err)
		}
		if link, err := a.SetupLink(ctx); link != "" || err != nil {
			t.Errorf("another link after the set-up: %q, %v", link, err)
		}
	})
}

func TestWhoSignsUpGetsALetterAndMayBook(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := context.Background()
		space := setUp(t, a, "community")
		if err := a.Auth.SignUp(ctx, auth.From{Address: "192.0.2.7"}, auth.SignUp{
			Newcomer: auth.Newcomer{Email: "chen@maker.example", Name: "陈力", Locale: "zh-CN"}, Password: "horse battery staple",
		}); err != nil {
			t.Fatal(err)
		}
		if err := a.Jobs.RunDue(ctx); err != nil {
			t.Fatal(err)
		}
		letter := newest(t, a)
		if letter.Recipient != "chen@maker.example" {
			t.Fatalf("the letter went to %s", letter.Recipient)
		}
		_, rest, _ := strings.Cut(letter.Body, "/confirm?token=")
		token, _, _ := strings.Cut(rest, "\n")
		if _, err := a.Auth.SignIn(ctx, auth.From{}, auth.Credentials{Email: "chen@maker.example", Password: "horse battery staple"}); !errors.Is(err, auth.ErrUnconfirmed) {
			t.Errorf("a sign-in with an address that is not proven: %v", err)
		}
		if err := a.Auth.Confirm(ctx, strings.TrimSpace(token)); err != nil {
			t.Fatalf("confirm with %q: %v", token, err)
		}
		chen := signedIn(t, a, "chen@maker.example", "horse battery staple")
		if chen.Role(space.ID) != actor.Member || chen.Locale != "zh-CN" {
			t.Errorf("signed in as %+v", chen)
		}
		wish := booking.Request{Space: space.ID, Resource: thing(t, a, space, "sewing-machine"), StartsAt: now.Now().Add(5 * time.Hour), EndsAt: now.Now().Add(6 * time.Hour)}
		b, err := a.Booking.Book(ctx, chen, wish)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Jobs.RunDue(ctx); err != nil {
			t.Fatal(err)
		}
		if got := newest(t, a); got.Recipient != "chen@maker.example" || got.Calendar == "" || !strings.Contains(got.Subject, "缝纫机") {
			t.Errorf("told of the booking %s: %+v", b.ID, got)
		}
		if found, err := a.Verify(ctx); err != nil || len(found) > 0 {
			t.Errorf("verify: %v, %v", found, err)
		}
	})
}

// A NUL and broken UTF-8 are refused before a database meets them, on either engine alike.
func TestWhatIsNoTextIsRefused(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		setUp(t, a, "community")
		h := a.Handler()
		session, err := a.Auth.SignIn(t.Context(), auth.From{Address: "192.0.2.1"}, auth.Credentials{Email: ingrid.Email, Password: ingrid.Password})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			method, target, kind, body string
			want                       int
		}{
			{"GET", "/s/%00", "", "", 404},
			{"GET", "/s/harbour%ff", "", "", 404},
			{"GET", "/pictures/%00", "", "", 404},
			{"GET", "/calendar/%00", "", "", 404},
			{"GET", "/api/v1/resources/%00", "", "", 404},
			{"GET", "/static/%00", "", "", 404},
			{"GET", "/confirm?token=%00", "", "", 422},
			{"GET", "/confirm?%00=token", "", "", 422},
			{"GET", "/api/v1/members?q=%c3", "", "", 422},
			{"POST", "/sign-in", "application/x-www-form-urlencoded", "email=a%00b&password=x", 422},
			{"POST", "/sign-in", "application/x-www-form-urlencoded", "email=\xff&password=x", 422},
			{"POST", "/sign-in", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na\x00b\r\n--x--\r\n", 422},
			{"POST", "/api/v1/auth/sign-in", "application/json", `{"email": "a\u0000b", "password": "x"}`, 400},
			{"POST", "/api/v1/auth/sign-in", "application/json", `{"email": "a\\u0000b", "password": "x"}`, 401}, // a backslash and five letters
			{"POST", "/api/v1/auth/sign-in", "application/json", "{\"email\": \"a\xffb\", \"password\": \"x\"}", 400},
			{"POST", "/api/v1/auth/sign-in", "application/json", `{"email": "` + ingrid.Email + `", "password": "` + ingrid.Password + `"}`, 200},
			{"POST", "/api/v1/areas", "application/json", `{"name": {"en": "\\\u0000"}, "family": "wood"}`, 400},
		} {
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("Authorization", "Bearer "+session.Access)
			r.Header.Set("User-Agent", "broken \xff")
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != c.want {
				t.Errorf("%s %s %q: %d, want %d", c.method, c.target, c.body, w.Code, c.want)
			}
		}
		if _, err := a.Auth.SignIn(t.Context(), auth.From{}, auth.Credentials{Email: "a\x00b"}); a.DB.Dialect() == db.Postgres && !errors.Is(err, db.ErrText) {
			t.Errorf("the second wall: %v", err)
		}
	})
}

func newest(t *testing.T, a *App) mail.Kept {
	t.Helper()
	kept, err := a.Mail.Kept(context.Background(), 1)
	if err != nil || len(kept) == 0 {
		t.Fatalf("no letter was written: %v", err)
	}
	return kept[0]
}

func thing(t *testing.T, a *App, space spaces.Space, slug string) id.ID {
	t.Helper()
	r, err := a.Equipment.ResourceAt(context.Background(), actor.House, space.ID, slug)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func TestAnotherSpaceIsOwnedByWhoMakesIt(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := context.Background()
		setUp(t, a, "community")
		owner := signedIn(t, a, ingrid.Email, ingrid.Password)
		second, err := a.Spaces.Create(ctx, owner, spaces.NewSpace{
			Name: i18n.Text{EN: "Harbour Makers Shanghai"}, Blueprint: "fab-lab", Country: "CN", Zone: "Asia/Shanghai", Currency: "CNY", Hours: week(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := signedIn(t, a, ingrid.Email, ingrid.Password).Role(second.ID); got != actor.Owner {
			t.Errorf("who made it is %s", got)
		}
	})
}

// running starts the program; stop tells it to stop and gives what Run returned.
func running(t *testing.T, a *App) (base string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	at, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- a.Run(ctx, func(addr net.Addr) { at <- addr }) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(40 * time.Second):
			return errors.New("it does not stop")
		}
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	select {
	case addr := <-at:
		return "http://" + addr.String(), stop
	case err := <-done:
		stopped = true
		cancel()
		t.Fatalf("it ended before it answered: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("it does not answer")
	}
	return "", nil
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestItAnswersAndSaysThatItIsReady(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		base, _ := running(t, a)
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/sign-in": 200, "/": 200, "/no/such/page": 404, "/metrics": 404, "/debug/pprof/": 404} {
			if got, body := get(t, base+path); got != want {
				t.Errorf("GET %s is %d, want %d: %.200s", path, got, want, body)
			}
		}
	})
}

// While someone keeps the one writer, an import say, reading is served as ever.
func TestItIsReadyWhileTheWriterIsBusy(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		base, _ := running(t, a)
		err := a.DB.Tx(t.Context(), func(context.Context) error {
			if got, body := get(t, base+"/readyz"); got != http.StatusOK {
				t.Errorf("it is %d: %s", got, body)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestRequestsInFlightAreFinished(t *testing.T) {
	a := open(t, config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0"}, clock.System{})
	begun, goOn := make(chan struct{}), make(chan struct{})
	a.web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-goOn
		err := a.DB.Tx(r.Context(), func(context.Context) error { return nil })
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		io.WriteString(w, "finished")
	})
	base, stop := running(t, a)
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get(base + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		answer <- string(b)
	}()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	// While it stops nobody new is let in.
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			break
		}
		c.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still takes connections")
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended with a request in flight: %v", err)
	default:
	}
	close(goOn)
	if got := <-answer; got != "finished" {
		t.Errorf("the request in flight was answered %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestJobsAreWorkedWhileItRuns(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		setUp(t, a, "community")
		running(t, a)
		ctx := context.Background()
		if err := a.Auth.RequestReset(ctx, auth.From{Address: "192.0.2.1"}, ingrid.Email); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			kept, err := a.Mail.Kept(ctx, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(kept) == 1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("no letter was written")
			}
		}
	})
}

func TestMetricsHaveAListenerOfTheirOwn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	internal := l.Addr().String()
	l.Close()
	a := open(t, config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Metrics: internal}, clock.System{})
	base, _ := running(t, a)
	get(t, base+"/sign-in")
	status, body := get(t, "http://"+internal+"/metrics")
	for _, want := range []string{`guildhall_http_request_seconds_count{method="GET",route="/sign-in",status="200"} 1`, "go_goroutines", `go_sql_open_connections{db_name="writers"}`} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("metrics (%d) without %s", status, want)
		}
	}
	if status, _ := get(t, "http://"+internal+"/"); status != 404 {
		t.Errorf("the metrics' listener answers / with %d", status)
	}
}

func TestTwoProgramsDontShareASQLiteFile(t *testing.T) {
	cfg := config.Config{Data: t.TempDir()}
	open(t, cfg, clock.System{})
	if a, err := New(context.Background(), cfg, clock.System{}); err == nil {
		a.Close()
		t.Error("a second program opened the same data")
	}
}

func TestTheAddressIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := open(t, config.Config{Data: t.TempDir(), Listen: l.Addr().String()}, clock.System{})
	if err := a.Run(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("Run: %v", err)
	}
}

func TestTheSecretIsMadeOnceAndKeptFromOthers(t *testing.T) {
	cfg := config.Config{Data: filepath.Join(t.TempDir(), "new")}
	var before []byte
	for range 2 {
		a, err := New(context.Background(), cfg, clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		info, err := os.Stat(cfg.File(secretFile))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("the secret is %v, %v", info.Mode(), err)
		}
		secret, err := os.ReadFile(cfg.File(secretFile))
		if err != nil || before != nil && string(before) != string(secret) {
			t.Errorf("the secret changed, %v", err)
		}
		before = secret
	}
	info, err := os.Stat(cfg.Folder())
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}
	cfg.Secret = "too short"
	if _, err := New(context.Background(), cfg, clock.System{}); err == nil || !strings.Contains(err.Error(), "GUILDHALL_SECRET") || strings.Contains(err.Error(), "too short") {
		t.Errorf("with a secret that is none: %v", err)
	}
}

// What the demo makes up of its past was told to everybody then: nobody gets a letter
// about it when the program starts.
func TestTheDemoSendsNoLettersOfItsPast(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := context.Background()
		mia := auth.SignUp{Newcomer: auth.Newcomer{Email: "mia@demo.example", Name: "Mia", Locale: "en"}, Password: "three tall ladders"}
		if _, err := a.furnishDemo(ctx, func(ctx context.Context) error { return a.Auth.SignUp(ctx, auth.From{}, mia) }); err != nil {
			t.Fatal(err)
		}
		if err := a.Jobs.RunDue(ctx); err != nil {
			t.Fatal(err)
		}
		if kept, err := a.Mail.Kept(ctx, 10); err != nil || len(kept) != 0 {
			t.Errorf("%d letters, %v", len(kept), err)
		}
	})
}

func TestTheDemoKeepsToItsOwnData(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := context.Background()
		seeded, cut := 0, errors.New("cut short")
		if _, err := a.furnishDemo(ctx, func(context.Context) error { return cut }); !errors.Is(err, cut) {
			t.Fatalf("a seeding that fails: %v", err)
		}
		for i, fresh := range []bool{true, false} {
			got, err := a.furnishDemo(ctx, func(context.Context) error { seeded++; return nil })
			if err != nil || got != fresh || seeded != 1 {
				t.Errorf("start %d: fresh %v, %v, seeded %d times", i, got, err, seeded)
			}
		}
		if demo, err := a.IsDemo(ctx); !demo || err != nil {
			t.Errorf("the demo's data are not known as such: %v", err)
		}
	})
	t.Run("other data", func(t *testing.T) {
		a := open(t, config.Config{Data: t.TempDir()}, clock.System{})
		setUp(t, a, "community")
		_, err := a.furnishDemo(context.Background(), func(context.Context) error { t.Error("it was seeded"); return nil })
		if err == nil || !strings.Contains(err.Error(), "not the demo's") {
			t.Errorf("Demo on someone's data: %v", err)
		}
	})
}

func TestVerifyFindsWhatCantBeSo(t *testing.T) {
	a := open(t, config.Config{Data: t.TempDir()}, testkit.Clock(t, monday))
	ctx := context.Background()
	space := setUp(t, a, "community")
	laser := thing(t, a, space, "co2-laser-100w")
	owner := signedIn(t, a, ingrid.Email, ingrid.Password)
	for _, c := range []struct{ what, sql string }{
		{"a password of nobody", "INSERT INTO passwords (member_id, hash, changed_at) VALUES ('nobody', 'x', 0)"},
		{"time held on a unit that its resource does not have", "INSERT INTO occupancies (id, resource_id, unit, starts_at, ends_at, cause, cause_id) VALUES ('far', '" + laser.String() + "', 77, 0, 60, 'booking', 'none')"},
		{"a space without an owner", "UPDATE standings SET role = 'manager' WHERE member_id = '" + owner.Member.String() + "'"},
	} {
		if err := a.DB.Tx(ctx, func(ctx context.Context) error { return a.DB.In(ctx).Exec(c.sql).Error }); err != nil {
			t.Fatal(err)
		}
		found, err := a.Verify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, f := range found {
			seen = seen || f.What == c.what
		}
		if !seen {
			t.Errorf("verify does not see %s: %v", c.what, found)
		}
	}
}

func TestEveryQuestionOfVerifyIsUnderstood(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		if found, err := a.Verify(context.Background()); err != nil || len(found) > 0 {
			t.Errorf("an empty installation: %v, %v", found, err)
		}
	})
}

func TestAnOperatorSeesToPeople(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := context.Background()
		if _, err := a.Users(ctx, "", ""); err == nil || !strings.Contains(err.Error(), "no space yet") {
			t.Errorf("users of an empty installation: %v", err)
		}
		space := setUp(t, a, "community")
		link, err := a.AddUser(ctx, "", "dilara@harbour.example", "Dilara", "en", "desk")
		if err != nil {
			t.Fatal(err)
		}
		_, token, _ := strings.Cut(link, "/password-reset/confirm?token=")
		if err := a.Auth.Reset(ctx, token, "a very long password"); err != nil {
			t.Fatalf("the link %s: %v", link, err)
		}
		if got := signedIn(t, a, "dilara@harbour.example", "a very long password"); got.Role(space.ID) != actor.Desk || !got.Confirmed {
			t.Errorf("she is %+v", got)
		}
		if err := a.SetUserRole(ctx, space.Slug, "Dilara@Harbour.example", "manager"); err != nil {
			t.Fatal(err)
		}
		all, err := a.Users(ctx, space.Slug, "")
		if err != nil || len(all) != 2 {
			t.Fatalf("%v, %v", all, err)
		}
		some, err := a.Users(ctx, "", "dil")
		if want := (User{"dilara@harbour.example", "Dilara", "manager", true, false}); err != nil || len(some) != 1 || some[0] != want {
			t.Errorf("found %v, %v, want %v", some, err, want)
		}
		for name, err := range map[string]error{
			"no such person": a.SetUserRole(ctx, "", "nobody@harbour.example", "desk"),
			"no such role":   a.SetUserRole(ctx, "", "dilara@harbour.example", "king"),
			"no such space":  a.SetUserRole(ctx, "elsewhere", "dilara@harbour.example", "desk"),
			"the last owner": a.SetUserRole(ctx, "", ingrid.Email, "desk"),
		} {
			if err == nil || strings.ContainsAny(err.Error(), "\n%") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := a.AddUser(ctx, "", "dilara@harbour.example", "Dilara", "en", "desk"); err == nil || err.Error() != members.ErrEmailTaken.Sentence {
			t.Errorf("added twice: %v", err)
		}
	})
}

func TestMigrateIsDoneOnce(t *testing.T) {
	cfg := config.Config{Data: t.TempDir()}
	from, to, err := Migrate(context.Background(), cfg)
	if err != nil || from != 0 || to == 0 {
		t.Errorf("the first time: %d to %d, %v", from, to, err)
	}
	if again, same, err := Migrate(context.Background(), cfg); err != nil || again != to || same != to {
		t.Errorf("the second time: %d to %d, %v", again, same, err)
	}
}

func TestABadSettingIsRefusedBeforeAnythingIsOpened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := New(context.Background(), config.Config{Data: dir, Listen: "nowhere"}, clock.System{}); err == nil {
		t.Error("a bad address is taken")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
}
