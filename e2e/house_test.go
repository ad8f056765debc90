package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"guildhall/internal/app"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/demo"
)

// house is the whole program, running in the test's own process on a database of its own.
type house struct {
	*app.App
	url   string
	clock *clock.Movable
	stop  func()
}

// afternoon is when the demo is visited: a Wednesday in winter, 15:35 in Berlin,
// so that something is over, something is running and something is still free.
// The clock runs on from there.
var afternoon = clock.At(time.Date(2027, 2, 10, 14, 35, 0, 0, time.UTC))

var (
	seeded   = sync.OnceValues(seed)
	openDemo = sync.OnceValues(func() (*house, error) {
		dir, err := os.MkdirTemp("", "guildhall-e2e-")
		if err != nil {
			return nil, err
		}
		if err := copySeed(dir); err != nil {
			return nil, err
		}
		h, err := open(dir)
		if err != nil {
			return nil, err
		}
		stopDemo = func() { h.stop(); os.RemoveAll(dir) }
		return h, nil
	})
	stopDemo = func() {}
	dropSeed = func() {}
)

// theDemo is the demo space that all tests share; whoever changes it uses a person and a machine that no other test does.
func theDemo(t *testing.T) *house {
	t.Helper()
	h, err := openDemo()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ownDemo is a demo space that nobody else is in.
func ownDemo(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	if err := copySeed(dir); err != nil {
		t.Fatal(err)
	}
	return started(t, dir)
}

// empty is an installation in which nothing has been set up.
func empty(t *testing.T) *house { return started(t, t.TempDir()) }

func started(t *testing.T, dir string) *house {
	t.Helper()
	h, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.stop)
	return h
}

// seed furnishes the demo once, on a clock that stands still, and returns its folder.
func seed() (string, error) {
	dir, err := os.MkdirTemp("", "guildhall-seed-")
	if err != nil {
		return "", err
	}
	dropSeed = func() { os.RemoveAll(dir) }
	still := clock.Frozen(afternoon)
	a, err := app.New(context.Background(), config.Config{Data: dir}, still)
	if err != nil {
		return "", err
	}
	err = demo.Seed(context.Background(), demo.House{DB: a.DB, Clock: still, Auth: a.Auth, Spaces: a.Spaces,
		Members: a.Members, Plans: a.Plans, Certifications: a.Certifications, Equipment: a.Equipment, Booking: a.Booking, Consent: a.Consent, Events: a.Events, Teams: a.Teams, Profiles: a.Profiles, Proofs: a.Proofs, Desk: a.Desk})
	if closed := a.Close(); err == nil {
		err = closed
	}
	return dir, err
}

func copySeed(dir string) error {
	from, err := seeded()
	if err != nil {
		return err
	}
	return os.CopyFS(dir, os.DirFS(from))
}

// open runs the program on a folder of data, at a free loopback port, from the afternoon on.
func open(dir string) (*house, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	running := &clock.Movable{}
	running.Set(afternoon)
	a, err := app.New(context.Background(), config.Config{Data: dir, Listen: address, Dev: true}, running)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(net.Addr) { close(up) }) }()
	h := &house{App: a, url: "http://" + address, clock: running}
	h.stop = sync.OnceFunc(func() { cancel(); <-ended; a.Close() })
	select {
	case <-up:
		return h, nil
	case err := <-ended:
		a.Close()
		return nil, fmt.Errorf("the program ended: %w", err)
	}
}

// logFile is where the program's log goes: GUILDHALL_E2E_LOG, or nowhere.
func logFile() io.Writer {
	if name := os.Getenv("GUILDHALL_E2E_LOG"); name != "" {
		if f, err := os.OpenFile(filepath.Clean(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
			return f
		}
	}
	return io.Discard
}

// visitor is a person in front of a fresh browser at this house.
func (h *house) visitor(t *testing.T, s screen) *visitor {
	t.Helper()
	return newVisitor(t, h.url, s)
}

// signIn signs the visitor in at the page, as a person does.
func (v *visitor) signIn(name string) {
	v.t.Helper()
	v.visit("/sign-in")
	v.fill("input[name=email]", name+"@"+demo.Domain)
	v.fill("input[name=password]", demo.Password)
	v.tap("form[action='/sign-in'] button")
	v.until("the sign-in is done", func() bool { return v.address() != "/sign-in" })
	v.taps, v.typed = 0, 0
}

// speak changes the language of the pages to come, as the switch on every page does.
func (v *visitor) speak(locale string) {
	v.t.Helper()
	v.prefer(url.Values{"locale": {locale}})
}

// prefer posts to /preferences from within the page, so that the cookies are the browser's own.
func (v *visitor) prefer(form url.Values) {
	v.t.Helper()
	form.Set("back", "/")
	status := eval[int](v, `fetch("/preferences", {method: "POST", redirect: "manual", credentials: "same-origin",
		headers: {"Content-Type": "application/x-www-form-urlencoded"}, body: `+quoted(form.Encode())+`}).then(r => r.type === "opaqueredirect" ? 303 : r.status)`)
	if status != http.StatusSeeOther {
		v.t.Fatalf("preferences: %d", status)
	}
}
