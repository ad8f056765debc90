// Command server is Guildhall (匠馆): a makerspace's members, machines and
// bookings in one program. Without a command it serves.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"guildhall/internal/app"
	"guildhall/internal/clock"
	"guildhall/internal/config"
)

const about = `Guildhall (匠馆) runs a makerspace: members, machines, bookings.

Every setting is a flag or a variable of the environment; none is needed. Two come
from the environment alone, so that nobody else on the machine can read them:
GUILDHALL_SECRET (the keys that sign sessions, 32 bytes or more in hexadecimal, made
in the data folder if it is not set) and GUILDHALL_SMTP_PASSWORD.`

// commands is the command line. The settings belong to every command.
type commands struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Answer in the browser and over the API. This is what happens without a command."`
	Demo    demoCmd    `cmd:"" help:"Serve a makerspace with people, machines and bookings in it, to look around."`
	Migrate migrateCmd `cmd:"" help:"Bring the database up to date, as serve does when it starts."`
	User    userCmd    `cmd:"" help:"List and add people, give roles, hand out links for a new password. With SQLite, stop serve first."`
	Verify  verifyCmd  `cmd:"" help:"Look through the data for what can't be so; ends with 1 if there is something."`
	Health  healthCmd  `cmd:"" help:"Ask the running server whether it is ready; ends with 1 if not. For a container's health check."`
	Version versionCmd `cmd:"" help:"Say which build this is."`

	config.Config
}

// run is what a command is given.
type run struct {
	ctx    context.Context
	cfg    config.Config
	stdout io.Writer
}

func main() {
	collectLess()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(start(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// What lives in memory is some 20 MB, so garbage may pile up to a few times that
// before it is collected, which saves a good part of the processor under load; where
// much lives, the limit has it collected as often as needed. Both can be set from
// outside, as for every Go program.
const (
	garbagePercent = 400
	memoryLimit    = 160 << 20
)

func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// start does what the words say and gives the exit code: 0 done, 1 failed, 2 not understood.
func start(ctx context.Context, words []string, stdout, stderr io.Writer) (code int) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(stderr, nil)))
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("guildhall"), kong.Description(about), kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}), kong.ValueFormatter(help),
	)
	if err != nil {
		panic(err) // the struct above is wrong
	}
	parsed, err := parser.Parse(words)
	if exited >= 0 { // --help has been answered
		return exited
	}
	if err != nil {
		return say(stderr, err, 2)
	}
	c.Environment()
	if err := c.Check(); err != nil {
		return say(stderr, err, 2)
	}
	if err := parsed.Run(run{ctx, c.Config, stdout}); err != nil {
		return say(stderr, err, 1)
	}
	return 0
}

// help is what --help says of a setting, with its variable of the environment.
func help(v *kong.Value) string {
	if len(v.Tag.Envs) == 0 {
		return v.Help
	}
	return v.Help + " [" + strings.Join(v.Tag.Envs, ", ") + "]"
}

// say tells each of the joined errors on a line of its own.
func say(stderr io.Writer, err error, code int) int {
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintln(stderr, "guildhall:", line)
		}
	}
	return code
}

// within is with for what makes no sense without data: it makes none.
func (r run) within(do func(a *app.App) error) error {
	if err := app.Found(r.cfg); err != nil {
		return err
	}
	return r.with(do)
}

// with opens the program on its data, does something and closes it.
func (r run) with(do func(a *app.App) error) (err error) {
	var clk clock.Clock = clock.System{}
	if r.cfg.Dev {
		clk = &clock.Movable{}
	}
	a, err := app.New(r.ctx, r.cfg, clk)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(a)
}
