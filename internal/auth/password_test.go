package auth

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
)

func TestWhichPasswordsAreTaken(t *testing.T) {
	for _, c := range []struct {
		password string
		want     *fault.Error
	}{
		{"three tall ladders", nil},
		{"correct horse battery staple", nil},
		{"kx9#vQ2m", nil},
		{"kiln-mosaic", nil},
		{"nine slow lathes", nil},
		{"机床和木工台都很好用", nil},
		{strings.Repeat("ab cd-ef ", 14), nil}, // 126
		{"🪚🔨🪛🧰⚙️🔩📐", nil},
		{"ladder and Tanaka", nil}, // one's name among other words
		{"our guildhall laser room", nil},

		{"", ErrPasswordShort},
		{"short12", ErrPasswordShort},
		{"ａｂｃ", ErrPasswordShort},
		{"e\u0301e\u0300e\u0301e\u0300e\u0301e\u0300e\u0301", ErrPasswordShort}, // seven characters in fourteen code points
		{strings.Repeat("x7 ", 43), ErrPasswordLong},

		{"password", ErrPasswordCommon},
		{"Password1!", ErrPasswordCommon},
		{"P@ssw0rd", ErrPasswordCommon},
		{"passw0rd123", ErrPasswordCommon},
		{"12345678", ErrPasswordCommon},
		{"123456789012", ErrPasswordCommon},
		{"aaaaaaaaaa", ErrPasswordCommon},
		{"abcabcabcabc", ErrPasswordCommon},
		{"qwertyuiop", ErrPasswordCommon},
		{"poiuytrewq", ErrPasswordCommon},
		{"1qaz2wsx3edc", ErrPasswordCommon},
		{"iloveyou2027", ErrPasswordCommon},
		{"dragondragon", ErrPasswordCommon},
		{"Sunshine!!", ErrPasswordCommon},
		{"woaini1314520", ErrPasswordCommon},
		{"!football!", ErrPasswordCommon},
		{"letmein12345678", ErrPasswordCommon},

		{"guildhall", ErrPasswordYours},
		{"Guildhall2027", ErrPasswordYours},
		{"mia@example.org", ErrPasswordYours},
		{"MiaTanaka", ErrPasswordYours},
		{"tanaka1987", ErrPasswordYours},
		{"example.org1", ErrPasswordYours},
	} {
		err := Check(c.password, "mia@example.org", "Mia Tanaka")
		if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.password, err, c.want)
		}
	}
}

func TestTheListOfCommonPasswordsIsLong(t *testing.T) {
	if len(commonWords) < 3000 {
		t.Errorf("%d common passwords, want 3000", len(commonWords))
	}
	for w := range commonWords {
		if w != strings.ToLower(w) {
			t.Errorf("%q can never be met: it is compared in lower case", w)
		}
	}
}

func TestAPasswordIsTheSameInEveryFormOfUnicode(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		p := h.house.person(mia, nil)
		if err := h.Give(t.Context(), actor.House, "sa\u0308ge mehl im\u0301", p.ID); err != nil {
			t.Fatal(err)
		}
		h.signIn(mia, "s\u00e4ge mehl i\u1e3f")
	})
}

func TestAHashIsArgon2idAsItShouldBe(t *testing.T) {
	h, err := newHasher(present)
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q", a)
	}
	p, salt, key, err := parsePHC(a)
	if err != nil || p != present || len(salt) != 16 {
		t.Fatalf("%+v, %d bytes of salt, %v", p, len(salt), err)
	}
	if want := argon2.IDKey([]byte(good), salt, 2, 19*1024, 1, 32); string(want) != string(key) {
		t.Error("not what argon2 gives")
	}
	if b, _ := h.hash(t.Context(), good); a == b {
		t.Error("two hashes of one password are the same")
	}
	for _, bad := range []string{"", "x", "$argon2i$v=19$m=19456,t=2,p=1$YQ$YQ", "$argon2id$v=19$m=99999999,t=2,p=1$YQ$YQ", strings.Replace(a, "t=2", "t=0", 1)} {
		if _, _, _, err := parsePHC(bad); err == nil {
			t.Errorf("%q passes for a hash", bad)
		}
	}
}

func TestAWeakHashIsReplacedAtSignIn(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		p := h.house.person(mia, nil)
		if err := h.Give(t.Context(), actor.House, good, p.ID); err != nil {
			t.Fatal(err)
		}
		h.hasher.params = present
		_, err := h.SignIn(t.Context(), h.desk, Credentials{Email: mia, Password: notGood})
		h.refused("a guess", err, ErrWrong)
		if hash, _ := h.store.password(t.Context(), p.ID); !strings.Contains(hash, "m=64,t=1") {
			t.Errorf("a wrong password changed the hash to %q", hash)
		}
		for range 2 {
			h.signIn(mia, good)
			if hash, _ := h.store.password(t.Context(), p.ID); !strings.Contains(hash, "m=19456,t=2,p=1") {
				t.Errorf("the hash is still %q", hash)
			}
		}
	})
}

// Fifty sign-ins at once take the memory of four.
func TestHashingIsBounded(t *testing.T) {
	h, err := newHasher(present)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	peak := watchMemory(t)
	race(50, func(int) {
		if _, err := h.hash(context.Background(), good); err != nil {
			t.Error(err)
		}
	})
	if most := h.most.Load(); most > atOnce {
		t.Errorf("%d hashes at once, want at most %d", most, atOnce)
	}
	// Each takes 19 MiB; what is done with waits for the collector.
	if grown := peak(); grown > 2*atOnce*19<<20+64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// watchMemory gives a function that stops watching and says by how many bytes the heap grew at most.
func watchMemory(t *testing.T) func() uint64 {
	t.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				if m.HeapAlloc > before {
					most = max(most, m.HeapAlloc-before)
				}
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return most
	}
}

func TestNobodyHashesForACallerWhoLeft(t *testing.T) {
	h, err := newHasher(present)
	if err != nil {
		t.Fatal(err)
	}
	for range atOnce {
		h.turns <- struct{}{}
	}
	before := h.done.Load()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if h.done.Load() != before {
		t.Error("a hash was computed for nobody")
	}
}
