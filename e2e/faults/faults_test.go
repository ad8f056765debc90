package faults

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/e2e/client"
)

// TestTwentyWantTheSameHour lets 20 members ask for one machine and hour at the
// same moment: one gets it, nineteen are told that it is taken.
func TestTwentyWantTheSameHour(t *testing.T) {
	const askers, hours = 20, 5
	site, dir := newPlace(t, 1, askers)
	p := start(t, dir)
	members := p.members(askers)
	for n := range hours {
		answers := together(t, askers, func(i int) client.Answer {
			_, a, err := members[i].Book(t.Context(), hour(site, 0, 48+n))
			if err != nil {
				t.Error(err)
			}
			return a
		})
		got := map[int]int{}
		for _, a := range answers {
			got[a.Status]++
		}
		if got[http.StatusCreated] != 1 || got[http.StatusConflict] != askers-1 {
			t.Errorf("hour %d: answers %v, want one 201 and %d 409; one of them: %s\n%s", n, got, askers-1, answers[0], p.said)
		}
	}
	p.stop()
	verify(t, dir)
}

// TestOneKeyIsOneBooking sends one request five times at once with one Idempotency-Key.
func TestOneKeyIsOneBooking(t *testing.T) {
	site, dir := newPlace(t, 2, 1)
	p := start(t, dir)
	me := p.member(0)
	answers := together(t, 5, func(int) client.Answer {
		// In flight the answer is 409 and says so; asking again gives the one answer.
		for {
			_, a, err := me.Book(t.Context(), hour(site, 0, 48), "Idempotency-Key", "five-at-once")
			if err != nil {
				t.Error(err)
			}
			if a.Code() != "idempotency.in_flight" {
				return a
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	for _, a := range answers {
		if a.Status != http.StatusCreated || !bytes.Equal(a.Body, answers[0].Body) {
			t.Errorf("one answered %s, another %s", a, answers[0])
		}
	}
	if _, a, err := me.Book(t.Context(), hour(site, 1, 48), "Idempotency-Key", "five-at-once"); err != nil || a.Status != http.StatusUnprocessableEntity {
		t.Errorf("the same key for another request: %v %v, want 422", a, err)
	}
	var list struct {
		Items []client.Booking `json:"items"`
	}
	a, err := me.Do(t.Context(), http.MethodGet, "/bookings?resource_id="+string(site.Machines[0]), nil)
	if err != nil || a.Into(&list) != nil || len(list.Items) != 1 {
		t.Errorf("bookings: %v %v, want exactly one", a, err)
	}
	p.stop()
	verify(t, dir)
}

// TestDawdlersDoNotHoldOthersUp opens many connections that send one byte every
// ten seconds, in the header and in the body: others are served meanwhile, and
// the dawdlers are sent away.
func TestDawdlersDoNotHoldOthersUp(t *testing.T) {
	t.Parallel()
	const dawdlers = 30
	site, dir := newPlace(t, 1, 1)
	p := start(t, dir)
	me := p.member(0)
	host := strings.TrimPrefix(p.base, "http://")
	var all sync.WaitGroup
	for i := range dawdlers {
		head := "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: " + host + "\r\n"
		if i%2 == 0 {
			head += "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
		}
		all.Go(func() {
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprint(conn, head)
			sentAway := make(chan struct{})
			go func() { _, _ = io.Copy(io.Discard, conn); close(sentAway) }()
			for range 9 {
				select {
				case <-sentAway:
					return
				case <-time.After(10 * time.Second):
					fmt.Fprint(conn, "x")
				}
			}
			t.Errorf("a dawdler was borne with for 90 s (in the body: %v)", i%2 == 0)
		})
	}
	for n := range 20 {
		if _, a, err := me.Book(within(t, 5*time.Second), hour(site, 0, 48+n)); err != nil || a.Status != http.StatusCreated {
			t.Fatalf("a booking meanwhile: %v %v", a, err)
		}
	}
	all.Wait()
	p.healthy(me, hour(site, 0, 100))
	p.stop()
}

// TestAFloodIsTurnedAway sends bodies of 100 MB, with and without saying so: 413, and no memory for it.
func TestAFloodIsTurnedAway(t *testing.T) {
	site, dir := newPlace(t, 1, 1)
	p := start(t, dir)
	me := p.member(0)
	before := p.memory(t)
	for _, path := range []string{"/api/v1/auth/sign-in", "/sign-in"} {
		for _, told := range []bool{true, false} {
			if status := p.flood(t, path, told); status != http.StatusRequestEntityTooLarge {
				t.Errorf("POST %s with 100 MB (length told: %v) is %d, want 413", path, told, status)
			}
		}
	}
	if grown := p.memory(t) - before; grown > 40<<20 {
		t.Errorf("four floods of 100 MB took %d MB of memory", grown>>20)
	}
	p.healthy(me, hour(site, 0, 48))
	p.stop()
}

// flood posts 100 MB and returns the status of the answer.
func (p *program) flood(t *testing.T, path string, told bool) int {
	t.Helper()
	const size = 100 << 20
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	kind := "application/json"
	if !strings.HasPrefix(path, "/api") {
		kind = "application/x-www-form-urlencoded"
	}
	length := "Transfer-Encoding: chunked"
	if told {
		length = fmt.Sprint("Content-Length: ", size)
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: %s\r\n%s\r\n\r\n", path, strings.TrimPrefix(p.base, "http://"), p.base, kind, length)
	go func() {
		piece := bytes.Repeat([]byte("a"), 1<<20)
		for range size >> 20 {
			if !told {
				fmt.Fprintf(conn, "%x\r\n", len(piece))
			}
			if _, err := conn.Write(piece); err != nil {
				return // it has been turned away
			}
			if !told {
				fmt.Fprint(conn, "\r\n")
			}
		}
		if !told {
			fmt.Fprint(conn, "0\r\n\r\n")
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Errorf("POST %s with 100 MB: no answer: %v", path, err)
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// memory is how much the program has resident.
func (p *program) memory(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var kb int64
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	t.Fatalf("no VmRSS in %s", status)
	return 0
}

// TestALockedDatabaseIsWaitedFor lets another program lock the database for ten
// seconds: reading goes on, a booking is made late or clearly refused, and
// afterwards all is well.
func TestALockedDatabaseIsWaitedFor(t *testing.T) {
	t.Parallel()
	site, dir := newPlace(t, 1, 4)
	p := start(t, dir)
	members := p.members(4)
	b, _, err := members[0].Book(t.Context(), hour(site, 0, 48))
	if err != nil {
		t.Fatal(err)
	}

	other, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "guildhall.db")+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	freed := time.AfterFunc(10*time.Second, func() { _, _ = conn.ExecContext(context.Background(), "ROLLBACK") })
	defer freed.Stop()

	answers := together(t, len(members), func(i int) client.Answer {
		if i == 0 {
			a, err := members[0].Do(within(t, 3*time.Second), http.MethodGet, "/bookings/"+b.ID, nil)
			if err != nil || a.Status != http.StatusOK {
				t.Errorf("reading while it is locked: %v %v", a, err)
			}
			return a
		}
		_, a, err := members[i].Book(within(t, 40*time.Second), hour(site, 0, 48+i))
		if err != nil {
			t.Errorf("booking while it is locked: %v", err)
		}
		return a
	})
	for _, a := range answers[1:] {
		if a.Status != http.StatusCreated && (a.Status != http.StatusServiceUnavailable || a.Code() == "") {
			t.Errorf("booking while it is locked: %s, want 201 or a 503 that says why", a)
		}
	}
	time.Sleep(10 * time.Second) // by then the other is gone, whatever the answers took
	p.healthy(members[0], hour(site, 0, 100))
	p.stop()
	verify(t, dir)
}

// TestAFullDiskIsSaidSo fills the disk beneath the database: writing is clearly
// refused, reading goes on, and when there is room again so does writing.
func TestAFullDiskIsSaidSo(t *testing.T) {
	site, dir := newPlace(t, 1, 1)
	small := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	// A disk of its own, of 24 MB, in a namespace of its own, so that no rights are needed and nothing is left behind.
	p := start(t, small, "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
		`mount -t tmpfs -o size=24m tmpfs "$0" && cp "$1"/* "$0"/ && shift && exec "$@"`, small, dir)
	me := p.member(0)
	first, a, err := me.Book(t.Context(), hour(site, 0, 48))
	if err != nil || a.Status != http.StatusCreated {
		t.Fatalf("before: %v %v", a, err)
	}

	inside := filepath.Join(fmt.Sprintf("/proc/%d/root", p.cmd.Process.Pid), small)
	filler, err := os.Create(filepath.Join(inside, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for piece := 1 << 20; piece >= 512; piece /= 2 {
		for {
			if _, err := filler.Write(make([]byte, piece)); err != nil {
				break
			}
		}
	}
	var refused client.Answer
	for n := 1; n <= 2000 && refused.Status == 0; n++ { // the log has a little room left in its last page
		_, a, err := me.Book(within(t, 20*time.Second), hour(site, 0, 48+n))
		if err != nil {
			t.Fatalf("on a full disk: %v\n%s", err, p.said)
		}
		if a.Status != http.StatusCreated {
			refused = a
		}
	}
	if refused.Status != http.StatusServiceUnavailable || refused.Code() != "db.disk_full" {
		t.Errorf("on a full disk a booking is %s, want a 503 with the code db.disk_full", refused)
	}
	if a, err := me.Do(t.Context(), http.MethodGet, "/bookings/"+first.ID, nil); err != nil || a.Status != http.StatusOK {
		t.Errorf("reading on a full disk: %v %v", a, err)
	}

	if err := os.Remove(filepath.Join(inside, "filler")); err != nil {
		t.Fatal(err)
	}
	filler.Close()
	p.healthy(me, hour(site, 0, 5000))
	if a, err := me.Do(t.Context(), http.MethodGet, "/bookings/"+first.ID, nil); err != nil || a.Status != http.StatusOK {
		t.Errorf("what was booked before: %v %v", a, err)
	}
	p.stop()
}

// TestTwoProgramsDoNotShareOneFile starts a second program on the data of the first: it says why it won't.
func TestTwoProgramsDoNotShareOneFile(t *testing.T) {
	_, dir := newPlace(t, 1, 1)
	p := start(t, dir)
	second := run(t, 10*time.Second, "serve", "--data", dir, "--listen", freeAddress(t))
	if second.code == 0 || !strings.Contains(second.said, "another") {
		t.Errorf("a second program on the same data ended with %d and said %q; want a refusal that names the other", second.code, second.said)
	}
	p.stop()
}

// together runs n calls from one starting shot and returns what each got.
func together[T any](t *testing.T, n int, call func(i int) T) []T {
	t.Helper()
	got := make([]T, n)
	shot := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { <-shot; got[i] = call(i) })
	}
	close(shot)
	all.Wait()
	return got
}
