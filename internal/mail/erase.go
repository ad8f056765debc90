package mail

import (
	"context"
	"strings"
)

// nowhere is a domain that has no mail (RFC 2606): who was erased has an address there.
const nowhere = ".invalid"

// Erase forgets every message to an address. It is asked in the transaction that
// erases the person whose it was.
func (s *Sender) Erase(ctx context.Context, address string) error {
	return s.store.deleteTo(ctx, address)
}

// undeliverable reports whether nobody can read what is sent there.
func undeliverable(address string) bool { return strings.HasSuffix(strings.ToLower(address), nowhere) }
