package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"guildhall/bench/place"
	"guildhall/e2e/client"
)

// server is the program, running on a folder of data.
type server struct {
	cmd   *exec.Cmd
	base  string
	ready time.Duration // from its start to its first yes
}

// furnish makes a folder of data with a place in it.
func (s *session) furnish(name string, machines, members, bookings int) (*place.Place, string, error) {
	dir := filepath.Join(s.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, "", err
	}
	pool, err := place.Open(s.ctx, filepath.Join(dir, "guildhall.db"))
	if err != nil {
		return nil, "", err
	}
	defer pool.Close()
	p, err := place.Build(s.ctx, pool, machines, members)
	if err != nil {
		return nil, "", err
	}
	return p, dir, p.Store(s.ctx, pool, bookings)
}

// serve starts the program and waits until it is ready.
func (s *session) serve(dir string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	v := &server{base: "http://" + address, cmd: exec.Command(s.binary, "serve", "--data", dir, "--listen", address)}
	v.cmd.Stderr = os.Stderr
	start := time.Now()
	if err := v.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(start) < time.Minute {
		if res, err := http.Get(v.base + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				v.ready = time.Since(start)
				return v, nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	v.stop()
	return nil, fmt.Errorf("the program was not ready in a minute")
}

func (v *server) stop() {
	_ = v.cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
	_ = v.cmd.Wait()
}

// resident is the memory it has, in bytes.
func (v *server) resident() (kb int64) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid)) // without it the figure is 0
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	return 0
}

// clients signs so many members in, a few at a time.
func (s *session) clients(v *server, n int) ([]*client.Client, error) {
	all, errs := make([]*client.Client, n), make([]error, n)
	var wait sync.WaitGroup
	turn := make(chan struct{}, 4)
	for i := range n {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if all[i], errs[i] = client.New(v.base); errs[i] == nil {
				errs[i] = all[i].SignIn(s.ctx, place.Email(i), place.Password)
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// browse signs the manager in at the pages.
func (s *session) browse(v *server) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	web := &http.Client{Jar: jar, Timeout: time.Minute}
	res, err := web.PostForm(v.base+"/sign-in", url.Values{"email": {place.Email(0)}, "password": {place.Password}})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || strings.HasSuffix(res.Request.URL.Path, "/sign-in") {
		return nil, fmt.Errorf("sign-in ended at %s with %s", res.Request.URL, res.Status)
	}
	return web, nil
}

// fetch gets a page and returns how many bytes it had on the wire.
func fetch(web *http.Client, address string) (int64, string, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := web.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", err
	}
	if res.StatusCode != http.StatusOK {
		return 0, "", fmt.Errorf("%s is %s", address, res.Status)
	}
	return int64(len(body)), string(body), nil
}
