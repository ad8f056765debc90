// Package faults does to the real program, as it is built and shipped, what the
// world does: kills it, fills its disk, locks its database, dawdles, floods it,
// and wants the same hour twenty times at once. It holds what was acknowledged
// against what is there afterwards.
package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"guildhall/bench/place"
	"guildhall/e2e/client"
)

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "guildhall-faults-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "guildhall")
	build := exec.Command("go", "build", "-o", binary, "guildhall/cmd/server")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// newPlace makes a folder of data with a space in it that asks nothing.
func newPlace(t *testing.T, machines, members int) (*place.Place, string) {
	t.Helper()
	dir := t.TempDir()
	pool, err := place.Open(t.Context(), filepath.Join(dir, "guildhall.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	p, err := place.Build(t.Context(), pool, machines, members)
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

// output keeps what a program says; two streams write to it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is the end of it.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	said := o.b.Bytes()
	return string(said[max(0, len(said)-2000):])
}

// program is the real program, running.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	base string
	said *output
	gone chan struct{} // closed when it has ended
	how  error         // and how, then
}

// start runs the program on a folder of data and waits until it is ready. before
// is a command that the program is given to, if any.
func start(t *testing.T, dir string, before ...string) *program {
	t.Helper()
	p := &program{t: t, said: &output{}, gone: make(chan struct{})}
	address := freeAddress(t)
	p.base = "http://" + address
	words := append(before, binary, "serve", "--data", dir, "--listen", address)
	p.cmd = exec.Command(words[0], words[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.how = p.cmd.Wait(); close(p.gone) }()
	t.Cleanup(p.kill)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if res, err := http.Get(p.base + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p
			}
		}
		select {
		case <-p.gone:
			t.Fatalf("the program ended before it was ready: %v\n%s", p.how, p.said)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the program was not ready in 30 s\n%s", p.said)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// kill ends it as a power cut would: kill -9.
func (p *program) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended already
	<-p.gone
}

// stop asks it to end and demands that it does so in good order.
func (p *program) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.gone:
		if p.how != nil {
			p.t.Errorf("asked to stop, the program ended with %v\n%s", p.how, p.said)
		}
	case <-time.After(30 * time.Second):
		p.t.Fatalf("asked to stop, the program did not in 30 s\n%s", p.said)
	}
}

// verify runs the program's own check of its data, which must find nothing.
func verify(t *testing.T, dir string) {
	t.Helper()
	if e := run(t, time.Minute, "verify", "--data", dir); e.code != 0 {
		t.Errorf("verify ended with %d\n%s", e.code, e.said)
	}
}

// member is a client of the program, signed in as a member of the place.
func (p *program) member(n int) *client.Client {
	p.t.Helper()
	c, err := client.New(p.base)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := c.SignIn(p.t.Context(), place.Email(n), place.Password); err != nil {
		p.t.Fatalf("%v\n%s", err, p.said)
	}
	return c
}

// members are so many of them.
func (p *program) members(n int) []*client.Client {
	p.t.Helper()
	var all []*client.Client
	for i := range n {
		all = append(all, p.member(i))
	}
	return all
}

// healthy demands that the program still serves: it is ready, and takes a booking.
func (p *program) healthy(c *client.Client, w client.Wish) {
	p.t.Helper()
	res, err := http.Get(p.base + "/readyz")
	if err != nil {
		p.t.Fatalf("no answer afterwards: %v\n%s", err, p.said)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		p.t.Errorf("readyz is %d afterwards", res.StatusCode)
	}
	if _, a, err := c.Book(p.t.Context(), w); err != nil || a.Status != http.StatusCreated {
		p.t.Errorf("a booking afterwards: %v %v", a, err)
	}
}

// hour is the wish for a machine for one hour, so many hours from the last midnight.
func hour(p *place.Place, machine, n int) client.Wish {
	return client.Wish{Resource: string(p.Machines[machine]), StartsAt: p.Hour(n), EndsAt: p.Hour(n + 1)}
}

// within bounds a call that must be answered soon.
func within(t *testing.T, span time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), span, errors.New(fmt.Sprint("no answer in ", span)))
	t.Cleanup(cancel)
	return ctx
}

// ended is how a command of the program went.
type ended struct {
	code int
	said string
}

// run runs a command of the program to its end.
func run(t *testing.T, span time.Duration, words ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, words...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), string(out)}
}
