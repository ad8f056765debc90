// Package id makes the identifiers of every row: text made by us, never by the
// database, so that a thing has its name before it is stored and the same name
// in both databases. Ids sort by the moment they were made.
package id

import (
	"encoding/base32"

	"github.com/google/uuid"
)

// ID names one row of one table. The empty ID names nothing.
type ID string

var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New makes an ID of 26 characters: a UUIDv7 (RFC 9562) in Crockford's base 32.
func New() ID {
	u := uuid.Must(uuid.NewV7())
	return ID(encoding.EncodeToString(u[:]))
}

// Parse takes what a person or a program sent and says whether it can be an ID at all.
func Parse(s string) (ID, bool) {
	if len(s) != 26 {
		return "", false
	}
	_, err := encoding.DecodeString(s)
	return ID(s), err == nil
}

// String is the ID as it is stored and shown.
func (i ID) String() string { return string(i) }
