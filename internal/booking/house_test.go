package booking

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/money"
	"guildhall/internal/testkit"
)

// house is a space in Berlin with the real database and the real queue. What other
// packages know of it (who, where, what) is written down here.
type house struct {
	*Service
	t         testing.TB
	clock     *clock.Movable
	queue     *jobs.Queue
	space     Space
	area      id.ID
	week      map[string][7][2]int // by "everyone" and "key_holders": opening and closing minutes, Monday first
	feasts    []Feast
	mu        sync.Mutex
	resources map[id.ID]Resource
	order     []id.ID
	holders   map[id.ID]Holder
	becomes   map[id.ID]Holder // what somebody is after they were looked at once more
	courses   []Course
	teams     map[id.ID]Team // by member
	letters   []mail.Message
	audited   []string
}

var berlin = func() *time.Location {
	z, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return z
}()

// newHouse is open daily from 9 to 21, for key holders from 6 to 24. It is Monday
// 23 November 2026, 9:00.
func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := &house{
		t: t, clock: testkit.Clock(t, "2026-11-23 08:00"), resources: map[id.ID]Resource{}, holders: map[id.ID]Holder{},
		space: Space{
			ID: id.New(), Slug: "harbour", Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Address: "Am Kai 1, Hamburg",
			Email: "desk@harbour.example", Zone: berlin, Currency: "EUR",
		},
		week: map[string][7][2]int{}, area: id.New(),
	}
	h.opens("everyone", 9*60, 21*60)
	h.opens("key_holders", 6*60, 24*60)
	var err error
	if h.queue, err = jobs.New(d, h.clock, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	h.Service = New(Needs{DB: d, Clock: h.clock, Spaces: h, Members: h, Teams: h, Equipment: h, Courses: h, Audit: h, Jobs: h.queue, Mail: h, BaseURL: "https://hall.example"})
	h.Work(h.queue)
	h.exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
		VALUES (?, ?, '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, h.space.ID, h.space.ID)
	h.exec(`INSERT INTO areas (id, space_id, slug, name, family, position, version) VALUES (?, ?, 'laser', '{}', 'laser', 1, 1)`, h.area, h.space.ID)
	return h
}

func (h *house) opens(to string, from, until int) {
	var week [7][2]int
	for i := range week {
		week[i] = [2]int{from, until}
	}
	h.week[to] = week
}

func (h *house) exec(statement string, args ...any) {
	h.t.Helper()
	err := h.DB.Tx(context.Background(), func(ctx context.Context) error { return h.DB.In(ctx).Exec(statement, args...).Error })
	if err != nil {
		h.t.Fatal(err)
	}
}

// machine puts up a resource; change says how it differs from a single bookable machine.
func (h *house) machine(name string, change func(*Resource)) Resource {
	h.t.Helper()
	r := Resource{ID: id.New(), SpaceID: h.space.ID, AreaID: h.area, Slug: name, Kind: name, Name: i18n.Text{EN: name}, Units: 1, Bookable: true}
	if change != nil {
		change(&r)
	}
	sharing := "units"
	if r.Places {
		sharing = "places"
	}
	h.exec(`INSERT INTO resources (id, space_id, area_id, slug, type, kind, name, model, about, materials, hazards, units, sharing, bookable,
			status, out_reason, position, created_at, version)
		VALUES (?, ?, ?, ?, 'machine', ?, '{}', '', '{}', '{}', '{}', ?, ?, ?, 'in_service', '', 1, 0, 1)`,
		r.ID, h.space.ID, h.area, r.ID, r.Kind, r.Units, sharing, r.Bookable)
	h.resources[r.ID] = r
	h.order = append(h.order, r.ID)
	return r
}

// person makes a member in good standing.
func (h *house) person(name string, change func(*Holder)) actor.Actor {
	h.t.Helper()
	p := Holder{ID: id.New(), Name: name, Email: name + "@example.org", Locale: "en", Role: actor.Member, Confirmed: true}
	if change != nil {
		change(&p)
	}
	h.exec(`INSERT INTO members (id, email, email_key, name, search, locale, phone, created_at, version) VALUES (?, ?, ?, ?, '', 'en', '', 0, 1)`,
		p.ID, p.ID, p.ID, name)
	h.holders[p.ID] = p
	return actor.Actor{Member: p.ID, Name: name, Locale: p.Locale, Roles: map[id.ID]actor.Role{h.space.ID: p.Role}, Confirmed: p.Confirmed}
}

func (h *house) staff(role actor.Role) actor.Actor {
	return h.person(string(role), func(p *Holder) { p.Role = role })
}

// people are so many members in good standing.
func (h *house) people(n int) []actor.Actor {
	list := make([]actor.Actor, n)
	for i := range list {
		list[i] = h.person("maker", nil)
	}
	return list
}

// rules sets rules of one resource; without any hours they hold all day.
func (h *house) rules(r Resource, rules ...Rule) {
	h.t.Helper()
	if err := h.SetRules(context.Background(), actor.House, Scope{Space: h.space.ID, Resource: r.ID}, rules); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) priced(r Resource, prices ...Price) {
	h.t.Helper()
	if err := h.SetPrices(context.Background(), actor.House, r.ID, prices); err != nil {
		h.t.Fatal(err)
	}
}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// at is a moment on Berlin's wall: "2026-11-24 10:00".
func at(t testing.TB, s string) clock.Instant {
	t.Helper()
	i, err := Moment(berlin, s[:10], s[11:])
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// span is a time of Tuesday 24 November 2026, "10:00" to "11:00".
func (h *house) span(from, to string) Span {
	h.t.Helper()
	return Span{at(h.t, "2026-11-24 "+from), at(h.t, "2026-11-24 "+to)}
}

func (h *house) request(r Resource, from, to string) Request {
	h.t.Helper()
	s := h.span(from, to)
	return Request{Resource: r.ID, StartsAt: s.StartsAt, EndsAt: s.EndsAt}
}

// book books on Tuesday and must be given it.
func (h *house) book(by actor.Actor, r Resource, from, to string) Booking {
	h.t.Helper()
	b, err := h.Book(context.Background(), by, h.request(r, from, to))
	if err != nil {
		h.t.Fatalf("book %s to %s: %v", from, to, err)
	}
	return b
}

// refused demands a Refusal of exactly these codes.
func refused(t testing.TB, err error, codes ...string) Refusal {
	t.Helper()
	var r Refusal
	if !errors.As(err, &r) || !slices.Equal(r.Codes(), codes) {
		t.Fatalf("got %v, want a refusal for %v", err, codes)
	}
	return r
}

func is(t testing.TB, err error, want *fault.Error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %s", err, want.Code)
	}
}

// sound demands that bookings and the time they hold fit together.
func (h *house) sound() {
	h.t.Helper()
	found, err := h.Verify(context.Background())
	if err != nil || len(found) > 0 {
		h.t.Fatalf("verify: %v, %v", found, err)
	}
}

// What the other packages know.

func (h *house) Space(_ context.Context, space id.ID) (Space, error) {
	if space != h.space.ID {
		return Space{}, fault.NotFound("spaces.none", "There is no such space.")
	}
	return h.space, nil
}

func (h *house) Hours(_ context.Context, _ id.ID, from, to clock.Instant) (Hours, error) {
	spans := func(week [7][2]int) []Span {
		var list []Span
		for day := clock.DayOf(from, berlin); day.Start(berlin).Before(to); day = day.Add(1) {
			hours := week[day.Weekday()-1]
			opens, _, _ := day.At(hours[0], berlin)
			_, closes, _ := day.At(hours[1], berlin)
			s := Span{opens, closes}
			shut := slices.ContainsFunc(h.feasts, func(f Feast) bool { return f.overlaps(s) })
			switch n := len(list); {
			case shut || hours[0] == hours[1]:
			case n > 0 && list[n-1].EndsAt.Equal(s.StartsAt):
				list[n-1].EndsAt = s.EndsAt
			default:
				list = append(list, s)
			}
		}
		return list
	}
	return Hours{spans(h.week["everyone"]), spans(h.week["key_holders"]), h.feasts}, nil
}

func (h *house) Holder(_ context.Context, _, member id.ID) (Holder, error) {
	p, ok := h.holders[member]
	if !ok {
		return Holder{}, ErrNoSuchMember
	}
	if next, ok := h.becomes[member]; ok {
		h.holders[member] = next
		delete(h.becomes, member)
	}
	return p, nil
}

func (h *house) Team(_ context.Context, _, member id.ID) (Team, error) { return h.teams[member], nil }

func (h *house) Resource(_ context.Context, resource id.ID) (Resource, error) {
	r, ok := h.resources[resource]
	if !ok {
		return Resource{}, ErrNoSuchResource
	}
	return r, nil
}

func (h *house) OfKind(_ context.Context, _ id.ID, kind string) ([]Resource, error) {
	var list []Resource
	for _, r := range h.order {
		if h.resources[r].Kind == kind {
			list = append(list, h.resources[r])
		}
	}
	return list, nil
}

func (h *house) Next(_ context.Context, certifications []id.ID, after clock.Instant) ([]Course, error) {
	var list []Course
	for _, c := range h.courses {
		known := slices.ContainsFunc(list, func(o Course) bool { return o.Certification == c.Certification })
		if !known && slices.Contains(certifications, c.Certification) && c.StartsAt.After(after) {
			list = append(list, c)
		}
	}
	return list, nil
}

func (h *house) Record(_ context.Context, _ actor.Actor, _ id.ID, op actor.Operation, _ id.ID, _ any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.audited = append(h.audited, string(op))
	return nil
}

func (h *house) Send(_ context.Context, m mail.Message) error {
	h.letters = append(h.letters, m)
	return nil
}
