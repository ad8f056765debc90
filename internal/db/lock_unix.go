//go:build unix

package db

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// lockFile keeps a second process from the SQLite file: two programs with a group
// commit each would be two writers that know nothing of each other. The lock is
// on a file beside it, since closing the database file would drop SQLite's own locks.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(f)
		f.Close()
		who := "another process"
		if pid := strings.TrimSpace(string(holder)); pid != "" {
			who = "process " + pid
		}
		return nil, fmt.Errorf("%s is in use by %s; stop it first, or give this one another data folder", path, who)
	}
	if err := f.Truncate(0); err == nil {
		fmt.Fprintln(f, os.Getpid())
	}
	return func() { f.Close() }, nil
}
