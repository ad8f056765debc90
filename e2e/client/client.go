// Package client speaks the JSON API as a member's own program would: over HTTP,
// knowing nothing of the house but its documented names. The measurements and
// the tests under faults use it. It speaks to loopback addresses only.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Client is one program with one sign-in.
type Client struct {
	base  string // http://127.0.0.1:port
	http  *http.Client
	token string
}

// New is a client of the program at base. It refuses an address that is not of this machine.
func New(base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("client: %s is not a loopback address", base)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 4, DisableCompression: true}
	return &Client{base: base, http: &http.Client{Transport: transport, Timeout: time.Minute}}, nil
}

// At is the same sign-in at another address: the program has moved to another port.
func (c *Client) At(base string) (*Client, error) {
	moved, err := New(base)
	if err == nil {
		moved.token = c.token
	}
	return moved, err
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// String is for messages of tests.
func (a Answer) String() string { return fmt.Sprintf("%d %s", a.Status, bytes.TrimSpace(a.Body)) }

// Into reads the body's JSON.
func (a Answer) Into(v any) error { return json.Unmarshal(a.Body, v) }

// Code is the "code" of a problem.
func (a Answer) Code() string {
	var problem struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.Body, &problem) // an answer that is no problem has no code
	return problem.Code
}

// Do sends body as JSON (none if nil) to a path under /api/v1. The error says
// that no answer came; whatever status came is an answer.
func (c *Client) Do(ctx context.Context, method, path string, body any, headers ...string) (Answer, error) {
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return Answer{}, err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, sent)
	if err != nil {
		return Answer{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: got}, err
}

// SignIn signs in and remembers the access token.
func (c *Client) SignIn(ctx context.Context, email, password string) error {
	a, err := c.Do(ctx, http.MethodPost, "/auth/sign-in", map[string]string{"email": email, "password": password})
	if err != nil {
		return err
	}
	var tokens struct {
		Access string `json:"access_token"`
	}
	if err := a.Into(&tokens); err != nil || a.Status != http.StatusOK || tokens.Access == "" {
		return fmt.Errorf("client: sign in %s: %s", email, a)
	}
	c.token = tokens.Access
	return nil
}

// Booking is what the API says of one.
type Booking struct {
	ID       string    `json:"id"`
	Resource string    `json:"resource_id"`
	Unit     int       `json:"unit"`
	Status   string    `json:"status"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Version  int64     `json:"version"`
}

// Wish is what is asked of POST /bookings.
type Wish struct {
	Resource string    `json:"resource_id,omitempty"`
	Kind     string    `json:"kind,omitempty"`
	Space    string    `json:"space_id,omitempty"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
}

// Book asks for a booking. The Booking is empty unless the status is 201.
func (c *Client) Book(ctx context.Context, w Wish, headers ...string) (Booking, Answer, error) {
	a, err := c.Do(ctx, http.MethodPost, "/bookings", w, headers...)
	if err != nil || a.Status != http.StatusCreated {
		return Booking{}, a, err
	}
	var b Booking
	return b, a, a.Into(&b)
}
