// Command bench measures the program as it is built and shipped, over HTTP on a
// loopback address, and in the same run the floor that it is held against: one
// booking row per durable commit through database/sql with the program's own
// disk settings. Every load is bounded and stops by itself. The figures go to
// standard output, and with -into between the marks of docs/performance.md.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	var o options
	flag.DurationVar(&o.span, "span", 5*time.Second, "how long each load lasts")
	flag.IntVar(&o.most, "most", 1_000_000, "the most bookings that are stored for the board")
	flag.StringVar(&o.only, "only", "", "only the workloads whose name contains this: create, fight, board, start, page")
	flag.StringVar(&o.into, "into", "", "a document whose part between the marks is replaced by the figures")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	span time.Duration
	most int
	only string
	into string
}

// workloads in the order they are run and reported.
var workloads = []struct {
	name  string
	carry func(*session) error
}{
	{"create", (*session).create},
	{"fight", (*session).fight},
	{"board", (*session).boards},
	{"start", (*session).starts},
	{"page", (*session).page},
}

// session is one run of the bench.
type session struct {
	options
	ctx    context.Context
	dir    string // everything it makes; gone afterwards
	binary string
	report bytes.Buffer
}

func (o options) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "guildhall-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &session{options: o, ctx: ctx, dir: dir, binary: filepath.Join(dir, "guildhall")}
	build := exec.CommandContext(ctx, "go", "build", "-o", s.binary, "guildhall/cmd/server")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	s.say("Taken %s on %d cores (%s), %s, with `%s`; the load runs on the same cores.\n", time.Now().Format("2006-01-02"), runtime.NumCPU(), processor(), runtime.Version(), command())
	for _, w := range workloads {
		if !strings.Contains(w.name, o.only) {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", w.name)
		if err := w.carry(s); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	fmt.Print(s.report.String())
	if o.into == "" {
		return nil
	}
	return insert(o.into, s.report.Bytes())
}

// command is how this run was started.
func command() string { return strings.Join(append([]string{"go run ./bench"}, os.Args[1:]...), " ") }

// say adds a line to the report.
func (s *session) say(format string, args ...any) { fmt.Fprintf(&s.report, format+"\n", args...) }

// The figures stand between these in a document.
const begin, end = "<!-- figures: written by go run ./bench -into docs/performance.md -->", "<!-- end of figures -->"

func insert(file string, figures []byte) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, there := strings.Cut(string(old), begin)
	_, after, closed := strings.Cut(rest, end)
	if !there || !closed {
		return fmt.Errorf("%s has no marks %q … %q", file, begin, end)
	}
	return os.WriteFile(file, []byte(before+begin+"\n\n"+string(figures)+"\n"+end+after), 0o644)
}

func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, found := strings.CutPrefix(line, "model name\t: "); found {
			return strings.TrimSpace(name)
		}
	}
	return runtime.GOARCH
}

// ms is a time to read.
func ms(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
}

// grouped is a number to read: 1,000,000.
func grouped[N int | int64 | float64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
