package app

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"guildhall/internal/id"
)

// erasuresFile lists, a line each, the ids of who was erased. It lies beside the
// database and in no backup, so that data from before an erasure does not bring
// anybody back.
const erasuresFile = "erasures"

// erasures is that file. It is appended to and never rewritten.
type erasures struct {
	path string
	mu   sync.Mutex
}

// Add writes one down, and is done when the disk has it.
func (e *erasures) Add(member id.ID) (err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f, err := os.OpenFile(e.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the list of erasures: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := fmt.Fprintln(f, member); err != nil {
		return fmt.Errorf("write the list of erasures: %w", err)
	}
	return f.Sync()
}

// All reads them; a last line that was cut off by a crash is none.
func (e *erasures) All() ([]id.ID, error) {
	f, err := os.Open(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the list of erasures: %w", err)
	}
	defer f.Close()
	var all []id.ID
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if member, ok := id.Parse(lines.Text()); ok {
			all = append(all, member)
		}
	}
	return all, lines.Err()
}
