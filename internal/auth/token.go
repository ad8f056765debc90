package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"guildhall/internal/clock"
	"guildhall/internal/id"
)

// Key signs tokens. Its ID, which tokens name as kid, follows from the secret.
type Key struct {
	ID     string
	secret []byte
}

// Keys are the keys of an installation: the first signs, any of them is believed. To
// change keys, put a new one in front and take the old one away a day later.
type Keys []Key

// keyBytes is how long a secret is at least.
const keyBytes = 32

// ParseKeys reads keys, one a line, each at least 32 bytes in hexadecimal. Lines that
// are empty or begin with # are left out.
func ParseKeys(text string) (Keys, error) {
	var keys Keys
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		secret, err := hex.DecodeString(line)
		if err != nil || len(secret) < keyBytes {
			return nil, fmt.Errorf("auth: a key is at least %d bytes in hexadecimal (openssl rand -hex 32)", keyBytes)
		}
		sum := sha256.Sum256(secret)
		keys = append(keys, Key{ID: hex.EncodeToString(sum[:4]), secret: secret})
	}
	if len(keys) == 0 {
		return nil, errors.New("auth: there is no key")
	}
	return keys, nil
}

// NewKeys is one key that nobody knows yet.
func NewKeys() Keys {
	keys, err := ParseKeys(newSecret())
	if err != nil {
		panic(err) // it is as ParseKeys wants it
	}
	return keys
}

func newSecret() string {
	secret := make([]byte, keyBytes)
	rand.Read(secret)
	return hex.EncodeToString(secret)
}

// KeyFile reads the keys of a file that only its owner may read. If there is no such
// file it makes one with a new key; of several processes that do so at once all get
// the same.
func KeyFile(path string) (Keys, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("auth: the file of keys: %w", err)
	}
	keys, err := ParseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

func makeKeyFile(path string) ([]byte, error) {
	draft, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(draft.Name())
	if _, err = draft.WriteString("# Signs the sessions of this Guildhall. Keep it secret; without it everyone signs in anew.\n" + newSecret() + "\n"); err != nil {
		draft.Close()
		return nil, err
	}
	if err := errors.Join(draft.Sync(), draft.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// use is what a signed token is for: what its header and its aud must say, so that one
// made for one use never passes for another.
type use struct{ typ, audience string }

var (
	accessToken = use{"at+jwt", "guildhall"} // RFC 9068
	deviceToken = use{"device+jwt", "guildhall-device"}
	stepToken   = use{"step+jwt", "guildhall-step"}
	letterToken = use{"letter+jwt", "guildhall-letter"}
)

const (
	issuer = "guildhall"
	// skew is by how much the clocks of two servers may differ.
	skew = 10 * time.Second
)

// claims are what a signed token says.
type claims struct {
	jwt.RegisteredClaims
	Session id.ID `json:"sid,omitempty"`
}

// sign makes a token of this use about subject.
func (k Keys) sign(u use, subject string, session id.ID, now clock.Instant, lives time.Duration) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: subject, Audience: jwt.ClaimStrings{u.audience}, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now.Time), NotBefore: jwt.NewNumericDate(now.Add(-skew).Time), ExpiresAt: jwt.NewNumericDate(now.Add(lives).Time),
		},
		Session: session,
	})
	t.Header["typ"], t.Header["kid"] = u.typ, k[0].ID
	return t.SignedString(k[0].secret)
}

// read is what a token of this use says, if one of the keys signed it and it is its time.
func (k Keys) read(u use, token string, now clock.Instant) (claims, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != u.typ {
			return nil, fmt.Errorf("auth: a token of type %v", t.Header["typ"])
		}
		for _, key := range k {
			if t.Header["kid"] == key.ID {
				return key.secret, nil
			}
		}
		return nil, errors.New("auth: a token of an unknown key")
	},
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(u.audience), jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(), jwt.WithIssuedAt(),
		jwt.WithTimeFunc(func() time.Time { return now.Time }),
	)
	return c, err
}

// newToken is 256 random bits as text for a URL, a cookie or a header.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// successor is the refresh token that this one buys: always the same, so that a
// browser whose tabs ask at one moment is given one token, not a fork of its
// session, and so that an answer lost on the way can be had again.
func (k Keys) successor(token string) string {
	mac := hmac.New(sha256.New, k[0].secret)
	mac.Write([]byte("refresh " + token))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// digest is how a token is stored: its SHA-256 in hexadecimal.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
