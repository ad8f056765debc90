package auth

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// Every way to make a token that looks right and is not.
func TestForgedAccessTokensAreRefused(t *testing.T) {
	h := newHall(t, testkit.DB(t))
	tokens := h.member(mia, good)
	now, key := h.clock.Now(), h.keys[0]
	forge := func(change func(t *jwt.Token, c jwt.MapClaims)) *jwt.Token {
		c := jwt.MapClaims{
			"iss": "guildhall", "aud": "guildhall", "sub": tokens.Session.MemberID, "sid": tokens.Session.ID,
			"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Unix() + 600, "jti": "1",
		}
		t := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
		t.Header["typ"], t.Header["kid"] = "at+jwt", key.ID
		change(t, c)
		return t
	}
	signed := func(t *testing.T, token *jwt.Token, secret any) string {
		t.Helper()
		s, err := token.SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	claim := func(name string, value any) func(*jwt.Token, jwt.MapClaims) {
		return func(_ *jwt.Token, c jwt.MapClaims) {
			if value == nil {
				delete(c, name)
				return
			}
			c[name] = value
		}
	}
	header := func(name string, value any) func(*jwt.Token, jwt.MapClaims) {
		return func(t *jwt.Token, _ jwt.MapClaims) { t.Header[name] = value }
	}
	nothing := func(*jwt.Token, jwt.MapClaims) {}

	if _, err := h.Authenticate(t.Context(), signed(t, forge(nothing), key.secret)); err != nil {
		t.Fatalf("the token that the others are made from is refused itself: %v", err)
	}
	device, err := h.keys.sign(deviceToken, tokens.Session.MemberID.String(), tokens.Session.ID, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	none := forge(func(t *jwt.Token, _ jwt.MapClaims) { t.Method, t.Header["alg"] = jwt.SigningMethodNone, "none" })
	parts := strings.Split(tokens.Access, ".")
	for name, token := range map[string]string{
		"nothing":               "",
		"no token":              "abc",
		"alg none":              signed(t, none, jwt.UnsafeAllowNoneSignatureType),
		"alg HS512":             signed(t, forge(func(t *jwt.Token, _ jwt.MapClaims) { t.Method, t.Header["alg"] = jwt.SigningMethodHS512, "HS512" }), key.secret),
		"without signature":     parts[0] + "." + parts[1] + ".",
		"another's signature":   signed(t, forge(nothing), NewKeys()[0].secret),
		"wrong typ":             signed(t, forge(header("typ", "JWT")), key.secret),
		"unknown kid":           signed(t, forge(header("kid", "00000000")), key.secret),
		"no kid":                signed(t, forge(func(t *jwt.Token, _ jwt.MapClaims) { delete(t.Header, "kid") }), key.secret),
		"wrong aud":             signed(t, forge(claim("aud", "guildhall-device")), key.secret),
		"no aud":                signed(t, forge(claim("aud", nil)), key.secret),
		"wrong iss":             signed(t, forge(claim("iss", "someone")), key.secret),
		"no iss":                signed(t, forge(claim("iss", nil)), key.secret),
		"expired":               signed(t, forge(claim("exp", now.Unix())), key.secret),
		"no exp":                signed(t, forge(claim("exp", nil)), key.secret),
		"not yet":               signed(t, forge(claim("nbf", now.Unix()+60)), key.secret),
		"no nbf":                signed(t, forge(claim("nbf", nil)), key.secret),
		"issued tomorrow":       signed(t, forge(claim("iat", now.Unix()+86400)), key.secret),
		"another person's sub":  signed(t, forge(claim("sub", id.New())), key.secret),
		"no such session":       signed(t, forge(claim("sid", id.New())), key.secret),
		"no session":            signed(t, forge(claim("sid", nil)), key.secret),
		"a device's token":      device,
		"the refresh token":     tokens.Refresh,
		"something at the end":  tokens.Access + "A",
		"another one's payload": parts[0] + "." + strings.Split(h.signIn(mia, good).Access, ".")[1] + "." + parts[2],
	} {
		if _, err := h.Authenticate(t.Context(), token); !is(err, ErrSession) {
			t.Errorf("%s: %v, want auth.session", name, err)
		}
	}
}

func TestKeysAreChangedWithoutSigningAnyoneOut(t *testing.T) {
	h := newHall(t, testkit.DB(t))
	tokens := h.member(mia, good)
	h.keys = append(NewKeys(), h.keys...)
	if !h.alive(tokens) {
		t.Fatal("a token of the key before is refused")
	}
	next, err := h.Refresh(t.Context(), h.desk, tokens.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	h.keys = h.keys[:1]
	if !h.alive(next) {
		t.Error("the new key does not sign")
	}
	if h.alive(tokens) {
		t.Error("the key that was taken away is still believed")
	}
}

func TestTheFileOfKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	var mu sync.Mutex
	seen := map[string]bool{}
	race(8, func(int) {
		keys, err := KeyFile(path)
		if err != nil || len(keys) != 1 {
			t.Errorf("%d keys, %v", len(keys), err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		seen[keys[0].ID] = true
	})
	if len(seen) != 1 {
		t.Errorf("processes that start at once have %d different keys", len(seen))
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys-*")); len(left) != 0 {
		t.Errorf("drafts are left over: %v", left)
	}
}

func TestKeysThatAreNoKeys(t *testing.T) {
	for _, text := range []string{"", "# nothing", "abcd", strings.Repeat("z", 64)} {
		if keys, err := ParseKeys(text); err == nil {
			t.Errorf("%q gives %d keys", text, len(keys))
		}
	}
	keys, err := ParseKeys("# two\n" + strings.Repeat("ab", 32) + "\n\n" + strings.Repeat("cd", 40) + "\n")
	if err != nil || len(keys) != 2 || keys[0].ID == keys[1].ID {
		t.Errorf("%+v, %v", keys, err)
	}
}
