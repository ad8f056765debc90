package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

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

// once has a POST with an Idempotency-Key done only once for its caller. What
// answers with a secret is left out: answers are stored.
func (a *API) once(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		name := r.Header.Get("Idempotency-Key")
		if r.Method != http.MethodPost || name == "" || strings.HasPrefix(c.Path(), Prefix+"/auth/") {
			return next(c)
		}
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		who := a.door.Who(c).Member.String()
		if who == "" {
			who = "visitor " + c.RealIP()
		}
		key := idempotency.Key{Actor: who, Route: r.Method + " " + r.URL.Path, Key: name}
		real := c.Response()
		answer, replayed, err := a.Keys.Do(r.Context(), key, idempotency.Hash([]byte(r.URL.RawQuery), sent), func(ctx context.Context) (idempotency.Answer, error) {
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
