package testkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/internal/db"
	"guildhall/migrations"
)

// template is the migrated database that every test's own is a copy of.
const template = "guildhall_template"

// cluster is the PostgreSQL server of this test process. It listens on a socket in
// its own folder only, so the servers of test processes that run at once can't meet.
type cluster struct {
	bin, dir string
	user     serverAs
	server   *exec.Cmd
	alive    *os.File // the server is stopped when this is closed, by whatever ends us
	sequence atomic.Int64
}

var theCluster = sync.OnceValues(startCluster)

// PostgresURL is an empty, migrated PostgreSQL database of this test's own, dropped
// when the test ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	c, err := theCluster()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", c.sequence.Add(1))
	if err := c.exec("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return c.url(name)
}

func (c *cluster) url(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {c.dir}, "user": {"postgres"}}.Encode()
}

func (c *cluster) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// supervise starts the server and waits for the end of standard input, which comes
// when the test process ends, even by SIGKILL. Then it does what $3 says.
const supervise = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
	-c max_connections=300 -c shared_buffers=32MB -c autovacuum=off -c deadlock_timeout=100ms >"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
eval "$3"
`

const (
	thenRemove = `kill -QUIT $server; wait $server; rm -rf "$2"`
	thenKeep   = `kill -INT $server; wait $server`
)

// startCluster starts the server of this test process on a copy of the migrated
// data folder, which the first test process on this machine makes for all.
func startCluster() (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	u, err := serverUser()
	if err != nil {
		return nil, err
	}
	cached, err := cachedData(bin, u)
	if err != nil {
		return nil, err
	}
	c, err := newCluster(bin, u)
	if err != nil {
		return nil, err
	}
	if err := u.command("cp", "-R", cached, filepath.Join(c.dir, "data")); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	if err := c.start(thenRemove); err != nil {
		return nil, err
	}
	// Almost always there is nothing to do: the copy is as new as the migrations' text.
	return c, migrate(db.Config{URL: c.url(template)})
}

// cachedData is the data folder of a stopped server whose template is migrated. It
// lies in the temporary folder under a name that changes with the migrations.
func cachedData(bin string, u serverAs) (string, error) {
	fingerprint := sha256.New()
	fmt.Fprint(fingerprint, bin, supervise)
	names, err := fs.Glob(migrations.Sources, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrations.Sources, name)
		if err != nil {
			return "", err
		}
		fingerprint.Write(text)
	}
	cache := filepath.Join(os.TempDir(), fmt.Sprintf("guildhall-pg-cache-%d", u.uid))
	if err := u.ownDir(cache); err != nil {
		return "", err
	}
	data := filepath.Join(cache, hex.EncodeToString(fingerprint.Sum(nil))[:16])
	if _, err := os.Stat(data); err == nil {
		return data, nil
	}
	c, err := newCluster(bin, u)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(c.dir)
	if err := u.command(filepath.Join(bin, "initdb"), "-D", filepath.Join(c.dir, "data"), "--no-sync", "--no-instructions",
		"--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--wal-segsize=1"); err != nil {
		return "", err
	}
	if err := c.start(thenKeep); err != nil {
		return "", err
	}
	if err := c.exec("CREATE DATABASE " + template); err != nil {
		return "", err
	}
	if err := migrate(db.Config{URL: c.url(template)}); err != nil {
		return "", err
	}
	if err := c.stop(); err != nil {
		return "", err
	}
	err = os.Rename(filepath.Join(c.dir, "data"), data)
	if _, there := os.Stat(data); there == nil {
		return data, nil // made by us, or by another test process meanwhile
	}
	return "", err
}

func newCluster(bin string, u serverAs) (*cluster, error) {
	dir, err := os.MkdirTemp("", "guildhall-pg-")
	if err != nil {
		return nil, err
	}
	return &cluster{bin: bin, dir: dir, user: u}, u.own(dir)
}

// start starts the server and waits until it answers.
func (c *cluster) start(then string) error {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirs.Close()
	c.server = exec.Command("/bin/sh", "-c", supervise, "guildhall-testkit", c.bin, c.dir, then)
	c.server.SysProcAttr, c.server.Dir, c.server.Stdin = c.user.attr(), c.dir, theirs
	if err := c.server.Start(); err != nil {
		return err
	}
	c.alive = ours
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err = c.exec("SELECT 1"); err == nil {
			return nil
		}
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return fmt.Errorf("the throwaway PostgreSQL did not start: %w\n%s", err, log)
}

// stop ends the server and waits for its end.
func (c *cluster) stop() error {
	c.alive.Close()
	return c.server.Wait()
}

// serverAs is the user that the server runs as: it refuses root, so root runs it
// as postgres, whom the Debian package made.
type serverAs struct {
	uid, gid uint32
	other    bool // not who we are
}

func serverUser() (serverAs, error) {
	if os.Getuid() != 0 {
		return serverAs{uid: uint32(os.Getuid()), gid: uint32(os.Getgid())}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return serverAs{}, fmt.Errorf("these tests run as root and PostgreSQL does not; make a user for it (adduser --system postgres): %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return serverAs{}, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return serverAs{uid: uint32(uid), gid: uint32(gid), other: true}, err
}

// attr makes a process theirs, in a group of its own: Ctrl-C is for us.
func (u serverAs) attr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if u.other {
		attr.Credential = &syscall.Credential{Uid: u.uid, Gid: u.gid}
	}
	return attr
}

func (u serverAs) command(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr, cmd.Dir = u.attr(), os.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out)
	}
	return nil
}

func (u serverAs) own(path string) error {
	if !u.other {
		return nil
	}
	return os.Chown(path, int(u.uid), int(u.gid))
}

// ownDir makes a folder for this user alone, and refuses one that somebody else put there.
func (u serverAs) ownDir(path string) error {
	switch err := os.Mkdir(path, 0o700); {
	case err == nil:
		return u.own(path)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || (owner.Uid != u.uid && owner.Uid != uint32(os.Getuid())) {
		return fmt.Errorf("%s belongs to someone else; remove it", path)
	}
	return nil
}

// binaries is the folder of initdb and postgres.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return filepath.Dir(found[len(found)-1]), nil
		}
	}
	return "", errors.New("these tests need PostgreSQL's server programs and found no initdb: install postgresql (Debian: apt-get install postgresql), or put its bin folder in PATH")
}
