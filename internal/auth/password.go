package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"guildhall/internal/fault"
)

// How long a password is, in characters.
const (
	MinPassword = 8
	MaxPassword = 128
)

var (
	// ErrPasswordShort refuses fewer than MinPassword characters.
	ErrPasswordShort = fault.Invalid("password", "auth.password_short", "A password has at least {{.Least}} characters. A few words in a row are easy to remember.").With("Least", MinPassword)
	// ErrPasswordLong refuses more than MaxPassword characters.
	ErrPasswordLong = fault.Invalid("password", "auth.password_long", "A password has at most {{.Most}} characters.").With("Most", MaxPassword)
	// ErrPasswordCommon refuses what guessing programs try first.
	ErrPasswordCommon = fault.Invalid("password", "auth.password_common", "This password is among those that are guessed first. Take a few words that do not belong together.")
	// ErrPasswordYours refuses a password made of the person's own address or name, or the name of this program.
	ErrPasswordYours = fault.Invalid("password", "auth.password_yours", "This password is made of your name or address, which anyone can guess. Take a few words that do not belong together.")
)

// Check refuses a password that is too short, too long, among the common ones, or
// made of words that anyone can guess of this person: their address, their name.
// What kinds of characters it has does not matter.
func Check(password string, about ...string) error {
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return ErrPasswordShort
	case n > MaxPassword:
		return ErrPasswordLong
	}
	lower := strings.ToLower(password)
	if common(lower) {
		return ErrPasswordCommon
	}
	if left := without(lower, words(append(about, "guildhall", "匠馆"))); left != lower && utf8.RuneCountInString(left) < MinPassword-2 {
		return ErrPasswordYours
	}
	return nil
}

//go:embed common.txt
var commonText string

// commonWords is common.txt as a set.
var commonWords = func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if !strings.HasPrefix(line, "#") {
			for _, w := range strings.Fields(line) {
				set[w] = true
			}
		}
	}
	return set
}()

// looks turns characters that stand in for letters into those letters.
var looks = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "€", "e")

// maxTrim is how much may stand around a common word before the whole is no longer common.
const maxTrim = 4

// common reports whether a password in lower case is a common one, with or without
// a few digits and signs around it, whole or over and over, or a row of keys.
func common(s string) bool {
	s = unit(s)
	if commonWords[s] || utf8.RuneCountInString(s) <= maxTrim || row(s) {
		return true
	}
	for _, form := range []string{s, looks.Replace(s)} {
		core := strings.TrimFunc(form, func(r rune) bool { return !unicode.IsLetter(r) })
		before, after, _ := strings.Cut(form, core)
		if commonWords[form] || (commonWords[core] || commonWords[looks.Replace(core)]) && trimmings(before) && trimmings(after) {
			return true
		}
	}
	return false
}

// trimmings reports whether s adds nothing to a common word beside it.
func trimmings(s string) bool {
	return utf8.RuneCountInString(s) <= maxTrim || row(s) || commonWords[s]
}

// unit is the shortest piece that s repeats, s itself if none.
func unit(s string) string {
	r := []rune(s)
	for n := 1; n <= len(r)/2; n++ {
		if len(r)%n == 0 && strings.Repeat(string(r[:n]), len(r)/n) == s {
			return string(r[:n])
		}
	}
	return s
}

// rows are keys in the order of the keyboard.
var rows = func() []string {
	rows := []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "abcdefghijklmnopqrstuvwxyz"}
	for _, r := range slices.Clone(rows) {
		keys := []rune(r)
		slices.Reverse(keys)
		rows = append(rows, string(keys))
	}
	return rows
}()

// row reports whether s runs along a row of keys.
func row(s string) bool {
	for _, r := range rows {
		if strings.Contains(r+r, s) {
			return true
		}
	}
	return false
}

// words are the pieces of three characters or more, in lower case, the longest first.
func words(about []string) []string {
	var all []string
	for _, a := range about {
		a = strings.ToLower(norm.NFC.String(a))
		all = append(all, a)
		all = append(all, strings.FieldsFunc(a, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })...)
	}
	all = slices.DeleteFunc(all, func(w string) bool { return len(w) < 3 })
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

func without(s string, words []string) string {
	for _, w := range words {
		s = strings.ReplaceAll(s, w, "")
	}
	return s
}

// params are the costs of a hash: kibibytes of memory, passes, threads.
type params struct {
	memory, time uint32
	threads      uint8
}

// present is what new passwords are hashed with.
var present = params{memory: 19 * 1024, time: 2, threads: 1}

const (
	saltBytes, hashBytes = 16, 32
	atOnce               = 4 // hashes, each taking the memory of params
)

// hasher hashes passwords with Argon2id, a few at a time.
type hasher struct {
	params params
	turns  chan struct{}
	done   atomic.Int64 // how many hashes were computed
	// most is the largest number that were computed at the same moment.
	most, now atomic.Int64
	nobody    string // the hash that a password for an unknown address is held against
}

func newHasher(p params) (*hasher, error) {
	h := &hasher{params: p, turns: make(chan struct{}, atOnce)}
	var err error
	h.nobody, err = h.hash(context.Background(), rand.Text())
	return h, err
}

// hash is the PHC string of a password: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	key, err := h.key(ctx, password, salt, h.params)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.params.memory, h.params.time, h.params.threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// verify reports whether the password is the one of the PHC string, and whether
// that was made with lesser costs than today's. With no PHC string it takes as
// long and says no.
func (h *hasher) verify(ctx context.Context, password, phc string) (right, outdated bool, err error) {
	known := phc != ""
	if !known {
		phc = h.nobody
	}
	p, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	got, err := h.key(ctx, password, salt, p)
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && known, p.memory < h.params.memory || p.time < h.params.time, nil
}

// key waits for its turn, or until nobody waits for the answer any more.
func (h *hasher) key(ctx context.Context, password string, salt []byte, p params) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.turns }()
	h.count(h.now.Add(1))
	defer h.now.Add(-1)
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, p.time, p.memory, p.threads, hashBytes), nil
}

func (h *hasher) count(running int64) {
	h.done.Add(1)
	for most := h.most.Load(); running > most && !h.most.CompareAndSwap(most, running); most = h.most.Load() {
	}
}

var errPHC = errors.New("auth: not a PHC string of Argon2id")

// parsePHC takes a PHC string apart. Costs beyond reason are refused, so that a row
// someone tampered with can't take the machine's memory.
func parsePHC(phc string) (p params, salt, hash []byte, err error) {
	parts := strings.Split(phc, "$")
	var version int
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, nil, nil, errPHC
	}
	if p.memory > 256*1024 || p.time < 1 || p.time > 16 || p.threads < 1 {
		return p, nil, nil, errPHC
	}
	salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return p, nil, nil, errPHC
	}
	hash, err = base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(hash) != hashBytes {
		return p, nil, nil, errPHC
	}
	return p, salt, hash, nil
}
