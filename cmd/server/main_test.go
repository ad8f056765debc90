package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test's own program is the server when this is set, so that it can be
// started and signalled for real.
const asServer = "GUILDHALL_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		os.Unsetenv(asServer)
		main()
	}
	os.Exit(m.Run())
}

// said is how a command ended.
type said struct {
	code        int
	out, errors string
}

// command runs the words in this process.
func command(t *testing.T, words ...string) said {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	code := start(ctx, words, &out, &errs)
	return said{code, out.String(), errs.String()}
}

func TestABadValueIsOneClearLine(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		words []string
		env   string
		want  string
	}{
		{[]string{"--listen", "nonsense"}, "", `--listen must be host:port, like 127.0.0.1:8080, not "nonsense"`},
		{[]string{"--listen", "127.0.0.1:99999"}, "", "--listen must be host:port"},
		{nil, "GUILDHALL_LISTEN=:http:", "--listen must be host:port"},
		{[]string{"--nonsense"}, "", "unknown flag --nonsense"},
		{[]string{"demo", "extra"}, "", "unexpected argument extra"},
		{[]string{"srve"}, "", "unexpected argument srve"},
		{nil, "GUILDHALL_DEV=maybe", "GUILDHALL_DEV"},
		{[]string{"--dev", "--listen", "0.0.0.0:8080"}, "", "--dev opens the clock"},
		{[]string{"--base-url", "hall.example.org"}, "", "--base-url must be like"},
		{[]string{"--base-url", "https://hall.example.org/x"}, "", "--base-url must be like"},
		{[]string{"--database", "mysql://root:canary@host/x"}, "", "--database must be a PostgreSQL URL"},
		{[]string{"--trusted-proxies", "10.0.0.0/8,proxy"}, "", `not "proxy"`},
		{[]string{"--tls-cert", "cert.pem"}, "", "only of use together"},
		{[]string{"--tls-cert", "/no/cert", "--tls-key", "/no/key"}, "", "there is no file /no/cert"},
		{[]string{"--metrics-listen", "9090"}, "", "--metrics-listen must be host:port"},
		{[]string{"--metrics-listen", "127.0.0.1:8080"}, "", "must not be where the public comes"},
		{[]string{"--smtp-server", "mail.example.org"}, "", "the mail server must be host:port"},
		{[]string{"--smtp-server", "mail.example.org:587"}, "", "mail needs a sender's address"},
		{[]string{"user", "add", "a@b.example"}, "", "--name"},
		{[]string{"user", "add", "a@b.example", "--name", "A", "--locale", "de"}, "", "--locale must be one of"},
	} {
		if c.env != "" {
			name, value, _ := strings.Cut(c.env, "=")
			t.Setenv(name, value)
		}
		got := command(t, append(c.words, "--data", dir)...)
		if got.code != 2 || !strings.HasPrefix(got.errors, "guildhall: ") || !strings.Contains(strings.SplitN(got.errors, "\n", 2)[0], c.want) || got.out != "" {
			t.Errorf("%v %s: %d %q, want 2 and %q", c.words, c.env, got.code, got.errors, c.want)
		}
		if strings.Contains(got.errors, "canary") {
			t.Errorf("%v: a password is repeated: %q", c.words, got.errors)
		}
		if c.env != "" {
			name, _, _ := strings.Cut(c.env, "=")
			os.Unsetenv(name)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("a bad value left %v behind, %v", left, err)
	}
}

func TestHelpNeedsNoManual(t *testing.T) {
	got := command(t, "--help")
	for _, want := range []string{
		"serve", "demo", "migrate", "user list", "user add", "user set-role", "user reset-password", "verify", "health", "version",
		"--listen", "127.0.0.1:8080", "GUILDHALL_LISTEN", "--data", "./guildhall-data", "./guildhall-demo", "GUILDHALL_DATA",
		"--database", "GUILDHALL_DATABASE", "--dev", "GUILDHALL_SECRET", "GUILDHALL_SMTP_PASSWORD",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("--help does not speak of %s", want)
		}
	}
	if got.code != 0 || got.errors != "" {
		t.Errorf("--help ended with %d, %q", got.code, got.errors)
	}
	for _, c := range []string{"serve", "demo", "migrate", "user", "verify", "health", "version"} {
		if got := command(t, c, "--help"); got.code != 0 || got.out == "" {
			t.Errorf("%s --help: %d %q", c, got.code, got.errors)
		}
	}
}

func TestVersion(t *testing.T) {
	if got := command(t, "version"); got.code != 0 || !strings.HasPrefix(got.out, "guildhall ") || strings.Count(got.out, "\n") != 1 {
		t.Errorf("version: %+v", got)
	}
}

// process is the program as people run it.
type process struct {
	cmd   *exec.Cmd
	base  string
	ended chan error

	mu          sync.Mutex
	out, errors bytes.Buffer
}

type writer struct {
	p *process
	b *bytes.Buffer
}

func (w writer) Write(b []byte) (int, error) {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	return w.b.Write(b)
}

func (p *process) said() (out, errors string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String(), p.errors.String()
}

// launch starts the program and waits until it is ready.
func launch(t *testing.T, words ...string) *process {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	p := &process{base: "http://" + address, ended: make(chan error, 1)}
	p.cmd = exec.Command(os.Args[0], append(words, "--listen", address)...)
	p.cmd.Env = append(os.Environ(), asServer+"=1")
	p.cmd.Stdout, p.cmd.Stderr = writer{p, &p.out}, writer{p, &p.errors}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() { p.cmd.Process.Kill() })
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if command(t, "health", "--listen", address).code == 0 {
			return p
		}
		select {
		case err := <-p.ended:
			t.Fatalf("it ended: %v\n%s", err, &p.errors)
		default:
		}
		if time.Now().After(deadline) {
			out, errs := p.said()
			t.Fatalf("it is not ready\n%s%s", out, errs)
		}
	}
}

// stop signals the program and demands that it ends well.
func (p *process) stop(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			_, errs := p.said()
			t.Errorf("told to stop, it ended with %v\n%s", err, errs)
		}
	case <-time.After(40 * time.Second):
		t.Fatal("told to stop, it does not")
	}
}

func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := http.Get(address)
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

func TestAnEmptyInstallationPrintsItsSetupLink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := launch(t, "--data", dir)
	out, _ := p.said()
	_, rest, ok := strings.Cut(out, p.base+"/setup?token=")
	if !ok {
		t.Fatalf("no set-up link of %s in\n%s", p.base, out)
	}
	token, _, _ := strings.Cut(rest, "\n")
	if len(token) < 26 {
		t.Errorf("the token %q can be guessed", token)
	}
	if status, body := fetch(t, p.base+"/"); status != http.StatusOK || !strings.Contains(body, "<html") || strings.Contains(body, "owner_password") {
		t.Errorf("without its link the house is %d, not a page that says where the link is", status)
	}
	p.stop(t, os.Interrupt)

	_, logged := p.said()
	if strings.Contains(logged, token) {
		t.Error("the token is in the log")
	}
	for line := range strings.Lines(logged) {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Msg == "" {
			t.Errorf("the log has a line that is not JSON: %s", line)
		}
	}
	again := launch(t, "--data", dir)
	if out, _ := again.said(); !strings.Contains(out, "/setup?token=") || strings.Contains(out, token) {
		t.Errorf("the second start prints\n%s", out)
	}
	again.stop(t, syscall.SIGTERM)
}

func TestARequestInFlightIsFinishedOnSIGTERM(t *testing.T) {
	p := launch(t, "serve", "--data", t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	body := "locale=zh-CN&back=%2F"
	fmt.Fprintf(conn, "POST /preferences HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	goOn := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n")) // said once the body is being read
	if _, err := io.ReadFull(conn, goOn); err != nil {
		t.Fatalf("%q, %v", goOn, err)
	}
	fmt.Fprint(conn, body[:5])
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it takes no more connections
		another, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		if err != nil {
			break
		}
		another.Close()
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprint(conn, body[5:])
	answer, err := io.ReadAll(conn)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 303") {
		t.Errorf("the request in flight was answered %.80q, %v", answer, err)
	}
	if err := <-p.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestTheDemoIsMadeOnceAndKnownAsSuch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	for start := range 2 {
		p := launch(t, "demo", "--data", dir)
		out, _ := p.said()
		for _, want := range []string{p.base, "owner@demo.example", "manager@demo.example", "desk@demo.example", "instructor@demo.example", "maker@demo.example", "novice@demo.example", "not certified", "keyholder@demo.example", "demo-guildhall", "--totp -b "} {
			if !strings.Contains(out, want) {
				t.Errorf("start %d does not print %s:\n%s", start, want, out)
			}
		}
		if fresh := strings.Contains(out, "Made a makerspace"); fresh != (start == 0) {
			t.Errorf("start %d: made anew: %v", start, fresh)
		}
		p.stop(t, syscall.SIGTERM)
	}
	if got := command(t, "verify", "--data", dir); got.code != 0 {
		t.Errorf("verify: %+v", got)
	}
	users := command(t, "user", "list", "--data", dir, "--space", "harbour", "novice")
	if users.code != 0 || !strings.Contains(users.out, "novice@demo.example") || strings.Contains(users.out, "maker@") {
		t.Errorf("user list: %+v", users)
	}
	if got := command(t, "user", "list", "--data", dir); got.code != 1 || !strings.Contains(got.errors, "--space") {
		t.Errorf("user list of two spaces: %+v", got)
	}
	if got := command(t, "user", "set-role", "novice@demo.example", "instructor", "--space", "harbour", "--data", dir); got.code != 0 {
		t.Errorf("user set-role: %+v", got)
	}
	if got := command(t, "user", "add", "new@demo.example", "--name", "New", "--space", "harbour", "--data", dir); got.code != 0 || !strings.Contains(got.out, "/password-reset/confirm?token=") {
		t.Errorf("user add: %+v", got)
	}
	if got := command(t, "user", "reset-password", "nobody@demo.example", "--data", dir); got.code != 1 || got.errors != "guildhall: nobody has the address nobody@demo.example\n" {
		t.Errorf("user reset-password: %+v", got)
	}
	// serve takes the demo's data, but says whose they are.
	p := launch(t, "serve", "--data", dir)
	if _, logged := p.said(); !strings.Contains(logged, "demo's data") {
		t.Errorf("serve does not warn:\n%s", logged)
	}
	// and another program is not let in meanwhile.
	if got := command(t, "verify", "--data", dir); got.code != 1 || strings.Count(got.errors, "\n") != 1 {
		t.Errorf("verify beside serve: %+v", got)
	}
	p.stop(t, syscall.SIGTERM)
}

func TestWhatLooksAtDataMakesNone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mistyped")
	for _, words := range [][]string{
		{"verify"}, {"user", "list"}, {"user", "add", "a@b.example", "--name", "A"}, {"user", "set-role", "a@b.example", "desk"}, {"user", "reset-password", "a@b.example"},
	} {
		got := command(t, append(words, "--data", dir)...)
		if got.code != 1 || got.out != "" || got.errors != "guildhall: there is no database in "+dir+"; say with --data where it is\n" {
			t.Errorf("%v: %+v", words, got)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Fatalf("%v made the folder, %v", words, err)
		}
	}
}

func TestMigrateAndHealth(t *testing.T) {
	dir := t.TempDir()
	if got := command(t, "migrate", "--data", dir); got.code != 0 || !strings.Contains(got.out, "from version 0") {
		t.Fatalf("migrate: %+v", got)
	}
	if got := command(t, "migrate", "--data", dir); got.code != 0 || !strings.Contains(got.out, "up to date") {
		t.Errorf("migrate again: %+v", got)
	}
	if got := command(t, "health", "--listen", "127.0.0.1:1"); got.code != 1 {
		t.Errorf("health of nothing: %+v", got)
	}
}
