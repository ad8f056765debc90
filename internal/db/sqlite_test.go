package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/testkit"
)

// together runs the functions in one group of a patient database, in this order: a
// first transaction keeps the writer until all of them wait.
func together(t *testing.T, d *db.DB, fns ...func(ctx context.Context) error) []error {
	t.Helper()
	inside, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := d.Tx(context.Background(), func(context.Context) error {
			close(inside)
			<-release
			return nil
		})
		_ = err // it shares the fate of the group
	})
	<-inside
	errs := make([]error, len(fns))
	for i, fn := range fns {
		wg.Go(func() { errs[i] = d.Tx(context.Background(), fn) })
		for waiting() <= i {
			time.Sleep(time.Millisecond)
		}
	}
	close(release)
	wg.Wait()
	return errs
}

// waiting is how many are waiting for the writer: goroutines that stand in Tx.
func waiting() (n int) {
	stacks := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		state, calls, _ := strings.Cut(stack, "\n")
		if strings.Contains(state, "[select") && strings.HasPrefix(calls, "guildhall/internal/db.(*group).run(") {
			n++
		}
	}
	return n
}

// patient is a database whose groups don't hurry.
func patient(t *testing.T) *db.DB {
	t.Helper()
	d := testkit.DB(t)
	db.Patient(d)
	return d
}

func TestSQLiteIsOpenedToLastThroughAPowerCut(t *testing.T) {
	d := testkit.DB(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
	} {
		var got string
		if err := d.SQL().QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
}

func TestAGroupIsOneTransactionOfSavepoints(t *testing.T) {
	d := patient(t)
	commits := func() (n int) {
		if err := d.SQL().QueryRow("SELECT count(*) FROM settings WHERE key LIKE 'group%'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := make(chan int, 1)
	errs := together(t, d,
		func(ctx context.Context) error { return put(ctx, d, "group-1") },
		func(ctx context.Context) error {
			if err := put(ctx, d, "group-2"); err != nil {
				return err
			}
			return errNo
		},
		func(ctx context.Context) error {
			// In the same transaction as the first, which nobody else can see yet.
			var mine, others int
			if err := d.In(ctx).Raw("SELECT count(*) FROM settings WHERE key LIKE 'group%'").Scan(&mine).Error; err != nil {
				return err
			}
			if err := d.In(context.Background()).Raw("SELECT count(*) FROM settings WHERE key LIKE 'group%'").Scan(&others).Error; err != nil {
				return err
			}
			if others != 0 {
				t.Error("the first is stored before the group's commit: there was no group")
			}
			before <- mine
			return put(ctx, d, "group-3")
		})
	if errs[0] != nil || errs[1] != errNo || errs[2] != nil {
		t.Fatal(errs)
	}
	if n := <-before; n != 1 {
		t.Errorf("the third saw %d rows, want the first's only", n)
	}
	if n := commits(); n != 2 {
		t.Errorf("%d rows stored, want 2", n)
	}
}

func TestWhenTheCommitFailsEveryoneInTheGroupIsTold(t *testing.T) {
	d := patient(t)
	errs := together(t, d,
		func(ctx context.Context) error { return put(ctx, d, "innocent") },
		func(ctx context.Context) error {
			// A reference that is looked at only at the commit, which the savepoint can't see.
			if err := d.In(ctx).Exec("PRAGMA defer_foreign_keys = ON").Error; err != nil {
				return err
			}
			return d.In(ctx).Exec("INSERT INTO standings (member_id, space_id, role, suspended_reason, joined_at) VALUES ('a', 'b', 'member', '', 0)").Error
		},
		func(context.Context) error { return errNo })
	for i, err := range errs {
		if !errors.Is(err, db.ErrReference) {
			t.Errorf("%d was told %v", i, err)
		}
	}
	if stored(t, d, "innocent") {
		t.Error("stored")
	}
	keep(t, d, "after")
}

func TestADiskThatIsFullIsSaidAndServiceGoesOnAfterwards(t *testing.T) {
	d := patient(t)
	var pages int
	if err := d.SQL().QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		t.Helper()
		var now int
		if err := d.SQL().QueryRow(fmt.Sprint("PRAGMA max_page_count = ", pages)).Scan(&now); err != nil || now != pages {
			t.Fatalf("the limit is %d (%v)", now, err)
		}
	}
	limit(pages + 100)
	big := func(key string) func(context.Context) error {
		return func(ctx context.Context) error {
			return d.In(ctx).Exec("INSERT INTO settings (key, value) VALUES (?, ?)", key, strings.Repeat("x", 150_000)).Error
		}
	}
	full := 0
	for round := range 4 {
		var fns []func(context.Context) error
		for i := range 5 {
			fns = append(fns, big(fmt.Sprint(round, "-", i)))
		}
		for i, err := range together(t, d, fns...) {
			if err != nil {
				full++
				refusal, ok := fault.As(err)
				if !ok || refusal.Kind != fault.KindUnavailable || refusal.Code != "db.disk_full" || refusal.RetryAfter == 0 {
					t.Errorf("told %v", err)
				}
			}
			if key := fmt.Sprint(round, "-", i); (err == nil) != stored(t, d, key) {
				t.Errorf("%s: told %v, stored %v", key, err, stored(t, d, key))
			}
		}
	}
	if full < 12 {
		t.Errorf("only %d of 20 were told that the disk is full", full)
	}
	limit(pages + 10_000)
	if err := d.Tx(t.Context(), big("after")); err != nil || !stored(t, d, "after") {
		t.Errorf("when there is room again: %v", err)
	}
}

func TestADatabaseThatAnotherProgramHoldsIsBusyAndServiceGoesOnAfterwards(t *testing.T) {
	path := testkit.SQLiteFile(t)
	d := testkit.Open(t, db.Config{Path: path, Wait: 2 * time.Second})
	other, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			err := d.Tx(context.Background(), func(ctx context.Context) error { return put(ctx, d, fmt.Sprint(i)) })
			refusal, ok := fault.As(err)
			if !ok || refusal.Kind != fault.KindUnavailable || refusal.Code != "db.busy" || refusal.RetryAfter == 0 {
				t.Errorf("told %v", err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took > 20*time.Second { // one after another it is 40
		t.Errorf("they waited for %v", took)
	}
	if _, err := d.In(t.Context()).Raw("SELECT 1").Rows(); err != nil {
		t.Errorf("reading meanwhile: %v", err)
	}
	// Whoever comes shortly before the other lets go is served.
	late := make(chan error, 1)
	go func() {
		late <- d.Tx(context.Background(), func(ctx context.Context) error { return put(ctx, d, "late") })
	}()
	time.Sleep(100 * time.Millisecond)
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := <-late; err != nil || !stored(t, d, "late") {
		t.Errorf("when it is let go: %v", err)
	}
}

func TestOneWhoKeepsTheWriterDoesNotKeepTheOthersForEver(t *testing.T) {
	d := testkit.Open(t, db.Config{Path: testkit.SQLiteFile(t), Wait: time.Second})
	inside, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- d.Tx(context.Background(), func(ctx context.Context) error {
			close(inside)
			<-release
			return put(ctx, d, "slow")
		})
	}()
	<-inside
	err := d.Tx(t.Context(), func(context.Context) error { t.Error("two at once"); return nil })
	if !errors.Is(err, db.ErrBusy) {
		t.Errorf("told %v", err)
	}
	close(release)
	if err := <-ended; err != nil || !stored(t, d, "slow") {
		t.Errorf("the slow one: %v", err)
	}
}

func TestASecondProcessIsKeptFromTheFile(t *testing.T) {
	path := testkit.SQLiteFile(t)
	d := testkit.Open(t, db.Config{Path: path})
	_, err := db.Open(t.Context(), db.Config{Path: path})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("in use by process ", os.Getpid())) {
		t.Fatalf("told %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	testkit.Open(t, db.Config{Path: path})
}

func TestTheFilesAreForTheirOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "guildhall.db")
	d, err := db.Open(t.Context(), db.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.SQL().Exec("CREATE TABLE t (id TEXT)"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", filepath.Base(name), info.Mode().Perm())
		}
	}
}

func TestAFileNameMayHoldAnything(t *testing.T) {
	path := t.TempDir() + "/匠馆 100% ?#&.db"
	d := testkit.Open(t, db.Config{Path: path})
	if err := d.Tx(t.Context(), func(ctx context.Context) error { return d.In(ctx).Exec("CREATE TABLE t (a INTEGER)").Error }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
}
