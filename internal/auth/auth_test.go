package auth

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/testkit"
)

// hall is a Service with everything it borders on, each as small as can be.
type hall struct {
	*Service
	t     *testing.T
	clock *clock.Movable
	house *house
	post  *post
	desk  From
}

// house is who there is: People and Door.
type house struct {
	mu      sync.Mutex
	people  map[id.ID]Person
	ownsAll id.ID  // who owns every space
	once    func() // what happens before the next address is given; see onReaddress
}

// onReaddress has something happen in the middle of the next transaction that gives an address.
func (h *house) onReaddress(fn func()) { h.once = fn }

var (
	errNobody  = fault.NotFound("members.no_such_member", "There is no such person here.")
	errKnown   = fault.Conflict("members.email_taken", "Someone with this e-mail address is already here.")
	errNoName  = fault.Invalid("name", "members.name_missing", "Write a name.")
	errNoEmail = fault.Invalid("email", "members.email_bad", "This is not an e-mail address. It should look like name@example.org.")
)

func (h *house) OwnsAll(_ context.Context, member id.ID) (bool, error) {
	return h.ownsAll == member, nil
}

func (h *house) ByEmail(_ context.Context, email string) (Person, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.people {
		if addressKey(p.Email) == addressKey(email) {
			return p, true, nil
		}
	}
	return Person{}, false, nil
}

func (h *house) ByID(_ context.Context, member id.ID) (Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.people[member]
	if !ok {
		return p, errNobody
	}
	return p, nil
}

func (h *house) Check(n Newcomer) error {
	var wrong fault.Many
	if n.Name == "" {
		wrong.Add(errNoName)
	}
	if !strings.Contains(n.Email, "@") {
		wrong.Add(errNoEmail)
	}
	return wrong.Err()
}

func (h *house) Enrol(ctx context.Context, n Newcomer) (Person, error) {
	if _, known, _ := h.ByEmail(ctx, n.Email); known {
		return Person{}, errKnown
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p := Person{ID: id.New(), Email: n.Email, Name: n.Name, Locale: n.Locale}
	h.people[p.ID] = p
	return p, nil
}

func (h *house) Confirm(_ context.Context, member id.ID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[member]
	p.Confirmed = true
	h.people[member] = p
	return nil
}

func (h *house) Unaddress(_ context.Context, member id.ID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[member]
	p.Email, p.Confirmed = "", false
	h.people[member] = p
	return nil
}

func (h *house) Readdress(ctx context.Context, member id.ID, email string) error {
	h.mu.Lock()
	meanwhile := h.once
	h.once = nil
	h.mu.Unlock()
	if meanwhile != nil {
		meanwhile()
	}
	if holder, known, _ := h.ByEmail(ctx, email); known && holder.ID != member {
		return errKnown
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[member]
	p.Email, p.Confirmed = email, true
	h.people[member] = p
	return nil
}

// person puts someone in the house who did not sign up: brought by an import, say.
func (h *house) person(email string, change func(*Person)) Person {
	p := Person{ID: id.New(), Email: email, Name: "Mia Tanaka", Locale: "en", Confirmed: true}
	if change != nil {
		change(&p)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.people[p.ID] = p
	return p
}

// post takes jobs and letters, and keeps them.
type post struct {
	mu      sync.Mutex
	jobs    []jobs.Job
	letters []letter
	fail    error
}

type letter struct{ to, subject, text string }

func (p *post) Add(_ context.Context, job jobs.Job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = append(p.jobs, job)
	return nil
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.letters = append(p.letters, letter{m.To, m.Subject, m.Text})
	return nil
}

func (p *post) Record(context.Context, actor.Actor, id.ID, actor.Operation, id.ID, any) error {
	return nil
}

func (p *post) Account(context.Context, actor.Actor, int) ([]Event, error) { return nil, nil }

func newHall(t *testing.T, d *db.DB) *hall {
	t.Helper()
	h := &hall{
		t: t, clock: testkit.Clock(t, "2027-03-01 09:00"), house: &house{people: map[id.ID]Person{}}, post: &post{},
		desk: From{Address: "192.0.2.7", Agent: "Firefox"},
	}
	var err error
	h.Service, err = New(Config{
		DB: d, Clock: h.clock, Keys: NewKeys(), People: h.house, Door: h.house, Jobs: h.post, Mail: h.post, Audit: h.post,
		BaseURL: "https://hall.example/",
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.hasher.params != present {
		t.Fatal("a Service hashes with other costs than it should")
	}
	if h.hasher, err = newHasher(params{memory: 64, time: 1, threads: 1}); err != nil { // tests have many passwords to hash
		t.Fatal(err)
	}
	return h
}

const (
	mia      = "mia@example.org"
	good     = "three tall ladders"
	better   = "nine slow lathes at dusk"
	notGood  = "five wrong saws"
	somebody = "192.0.2.99"
)

func (h *hall) signUp(email, password string) {
	h.t.Helper()
	if err := h.SignUp(h.t.Context(), h.desk, SignUp{Newcomer{Email: email, Name: "Mia Tanaka", Locale: "en"}, password}); err != nil {
		h.t.Fatalf("sign up: %v", err)
	}
}

func (h *hall) signIn(email, password string) Tokens {
	h.t.Helper()
	tokens, err := h.SignIn(h.t.Context(), h.desk, Credentials{Email: email, Password: password})
	if err != nil {
		h.t.Fatalf("sign in: %v", err)
	}
	return tokens
}

// deliver writes every letter that is waiting and gives the last one.
func (h *hall) deliver() letter {
	h.t.Helper()
	for _, job := range h.post.jobs {
		if err := h.Write(h.t.Context(), job.(Letter)); err != nil {
			h.t.Fatalf("write a letter: %v", err)
		}
	}
	h.post.jobs = nil
	if len(h.post.letters) == 0 {
		h.t.Fatal("no letter came")
	}
	return h.post.letters[len(h.post.letters)-1]
}

// token is the token in the link of a letter.
func (l letter) token(t *testing.T, page string) string {
	t.Helper()
	link := regexp.MustCompile(`https://hall\.example(\S*)`).FindStringSubmatch(l.text)
	if link == nil {
		t.Fatalf("no link in %q", l.text)
	}
	u, err := url.Parse(link[1])
	if err != nil || u.Path != page {
		t.Fatalf("the link leads to %q, want %s", link[1], page)
	}
	return u.Query().Get("token")
}

// member signs someone up, confirms them and signs them in.
func (h *hall) member(email, password string) Tokens {
	h.t.Helper()
	h.signUp(email, password)
	if err := h.Confirm(h.t.Context(), h.deliver().token(h.t, "/confirm")); err != nil {
		h.t.Fatalf("confirm: %v", err)
	}
	return h.signIn(email, password)
}

func (t Tokens) by() actor.Actor {
	return actor.Actor{Member: t.Session.MemberID, Session: t.Session.ID}
}

// alive reports whether an access token still opens the door.
func (h *hall) alive(t Tokens) bool {
	h.t.Helper()
	_, err := h.Authenticate(h.t.Context(), t.Access)
	if err != nil && !is(err, ErrSession) {
		h.t.Fatalf("authenticate: %v", err)
	}
	return err == nil
}

func is(err error, want *fault.Error) bool {
	e, ok := fault.As(err)
	return ok && e.Is(want)
}

func (h *hall) refused(what string, err error, want *fault.Error) {
	h.t.Helper()
	if !slices.ContainsFunc(fault.All(err), func(e *fault.Error) bool { return e.Is(want) }) {
		h.t.Errorf("%s: got %v, want %s", what, err, want.Code)
	}
}

func each(t *testing.T, fn func(t *testing.T, h *hall)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) { fn(t, newHall(t, d)) })
}

// race runs fn n times at once.
func race(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func count(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := d.In(t.Context()).Raw(query, args...).Scan(&n).Error; err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return n
}
