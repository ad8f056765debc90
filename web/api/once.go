package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"guildhall/internal/idempotency"
)

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// again are the headers that a stored answer is given with once more.
var again = []string{"Content-Type", "Location", "Retry-After"}

// idempotencyKey is the header that once reads.
var idempotencyKey = &huma.Param{
	Name: "Idempotency-Key", In: "header", Description: "The same key with the same body is done once, and answered the same for a day.",
	Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(200)},
}

// keyed reports whether an address takes an Idempotency-Key. What answers with a
// secret, or ends what the caller is known by, does not: answers are stored.
func keyed(method, path string) bool {
	path, ok := strings.CutPrefix(path, Prefix)
	return ok && method == http.MethodPost && !slices.Contains(unkept, strings.NewReplacer("{", ":", "}", "").Replace(path))
}

// unkept are the addresses whose answers are never stored: they hold a secret, or are
// given once.
var unkept = []string{
	"/auth/sign-in", "/auth/refresh", "/auth/sign-out",
	"/auth/tokens", "/auth/authenticator", "/auth/authenticator/confirm", "/auth/recovery-codes", "/auth/passkeys", "/auth/passkeys/options",
	"/me/export/:id/fetch", "/me/children/:id/exports/:export_id/fetch",
}

// fingerprint is by what another body is told under the same key. A password is
// no part of it: a fast hash of one is not to be found in the database.
func fingerprint(r *http.Request, sent []byte) string {
	if strings.HasPrefix(r.URL.Path, Prefix+"/auth/") {
		var said map[string]any
		if json.Unmarshal(sent, &said) == nil {
			delete(said, "password")
			sent = fmt.Append(nil, said)
		}
	}
	return idempotency.Hash([]byte(r.URL.RawQuery), sent)
}

// once has a POST with an Idempotency-Key done only once for its caller.
func (a *API) once(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		name := r.Header.Get("Idempotency-Key")
		if name == "" || !keyed(r.Method, c.Path()) {
			return next(c)
		}
		sent, err := io.ReadAll(r.Body)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return echo.NewHTTPError(http.StatusRequestTimeout).SetInternal(err)
		case errors.Is(err, io.ErrUnexpectedEOF):
			return echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
		case err != nil:
			return err
		}
		who := a.door.Who(c).Member.String()
		if who == "" {
			who = "visitor " + c.RealIP()
		}
		key := idempotency.Key{Actor: who, Route: r.Method + " " + r.URL.Path, Key: name}
		real := c.Response()
		answer, replayed, err := a.Keys.Do(r.Context(), key, fingerprint(r, sent), func(ctx context.Context) (idempotency.Answer, error) {
			kept := &recorder{header: http.Header{}, status: http.StatusOK}
			again := r.WithContext(ctx)
			again.Body = io.NopCloser(bytes.NewReader(sent))
			c.SetRequest(again)
			c.SetResponse(echo.NewResponse(kept, c.Echo()))
			defer func() { c.SetRequest(r); c.SetResponse(real) }()
			if err := next(c); err != nil {
				c.Error(err)
			}
			return idempotency.Answer{Status: kept.status, Header: stored(kept.header), Body: kept.body.Bytes()}, nil
		})
		if err != nil {
			return err
		}
		for name, values := range answer.Header {
			real.Header()[name] = values
		}
		if replayed {
			real.Header().Set(idempotency.ReplayedHeader, "true")
		}
		real.WriteHeader(answer.Status)
		_, err = real.Write(answer.Body)
		return err
	}
}

func stored(h http.Header) http.Header {
	kept := http.Header{}
	for _, name := range again {
		if v := h.Values(name); len(v) > 0 {
			kept[name] = v
		}
	}
	return kept
}
