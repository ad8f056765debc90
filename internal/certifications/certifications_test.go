package certifications

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/testkit"
)

// house is a space with everybody who works there, for one test.
type house struct {
	*Service
	t     *testing.T
	ctx   context.Context
	db    *db.DB
	clock *clock.Movable
	diary *diary
	space id.ID

	mu        sync.Mutex
	people    map[id.ID]Person
	minutes   Minutes
	used      map[id.ID]clock.Instant
	ahead     []Booked
	cancelled []id.ID
	courses   []Course
	seats     []Course
	jobs      []jobs.Job
	letters   []mail.Message

	owner, manager, desk, instructor, maker actor.Actor
}

// diary is an audit log that a test can look into.
type diary struct {
	mu      sync.Mutex
	entries []string
}

func (d *diary) Record(_ context.Context, _ actor.Actor, _ id.ID, operation actor.Operation, subject id.ID, _ any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, string(operation)+" "+string(subject))
	return nil
}

func (h *house) Person(_ context.Context, _, member id.ID) (Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, known := h.people[member]
	if !known {
		return p, ErrNoSuchHolder
	}
	return p, nil
}

func (h *house) Space(context.Context, id.ID) (Space, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	return Space{Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Zone: zone}, err
}

func (h *house) Add(_ context.Context, j jobs.Job) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.jobs = append(h.jobs, j)
	return nil
}

func (h *house) AddAt(ctx context.Context, j jobs.Job, _ clock.Instant) error { return h.Add(ctx, j) }

func (h *house) Send(_ context.Context, m mail.Message) error {
	h.letters = append(h.letters, m)
	return nil
}

// What others know, as the test says it.
type (
	usage    struct{ *house }
	bookings struct{ *house }
	courses  struct{ *house }
)

func (u usage) Minutes(context.Context, id.ID, id.ID) (Minutes, error) { return u.minutes, nil }

func (u usage) LastUse(context.Context, id.ID, id.ID) (map[id.ID]clock.Instant, error) {
	return u.used, nil
}

func (b bookings) Ahead(context.Context, id.ID, id.ID) ([]Booked, error) { return b.ahead, nil }

func (b bookings) Cancel(_ context.Context, booking id.ID, _ string) error {
	b.cancelled = append(b.cancelled, booking)
	return nil
}

func (c courses) Next(context.Context, []id.ID, clock.Instant) ([]Course, error) {
	return c.courses, nil
}

func (c courses) Seats(context.Context, id.ID, id.ID) ([]Course, error) { return c.seats, nil }

// deliver does every job that is waiting and gives the letters that came of it.
func (h *house) deliver() []mail.Message {
	h.t.Helper()
	h.letters = nil
	for _, job := range h.jobs {
		switch j := job.(type) {
		case granted:
			h.must(h.writeGranted(h.ctx, j))
		case ending:
			h.must(h.writeEnding(h.ctx, j))
		case lapsed:
			h.must(h.writeLapsed(h.ctx, j))
		case revoked:
			h.must(h.writeRevoked(h.ctx, j))
		}
	}
	h.jobs = nil
	return h.letters
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, ctx: t.Context(), db: d, clock: testkit.Clock(t, "2027-03-01 09:00"), diary: &diary{}, space: id.New(), people: map[id.ID]Person{}, used: map[id.ID]clock.Instant{}}
		h.Service = New(Needs{
			DB: d, Clock: h.clock, Audit: h.diary, People: h, Spaces: h, Usage: usage{h}, Bookings: bookings{h}, Courses: courses{h}, Jobs: h, Mail: h, BaseURL: "https://harbour.example",
		})
		h.exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
			VALUES (?, 'harbour', '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, h.space)
		h.owner = h.join("Olga Owner", actor.Owner)
		h.manager = h.join("Max Manager", actor.Manager)
		h.desk = h.join("Dana Desk", actor.Desk)
		h.instructor = h.join("Ines Instructor", actor.Instructor)
		h.maker = h.join("Mika Maker", actor.Member)
		fn(t, h)
	})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// refused demands this refusal.
func (h *house) refused(err error, want *fault.Error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("got %v, want %s", err, want.Code)
	}
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error { return h.db.In(ctx).Exec(sql, args...).Error }))
}

// join is a person with a role in the space.
func (h *house) join(name string, role actor.Role) actor.Actor {
	h.t.Helper()
	member := id.New()
	h.exec(`INSERT INTO members (id, email, email_key, name, phone, locale, search, created_at, version)
		VALUES (?, ?, ?, ?, '', 'en', '', 0, 1)`, member, name, name, name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.people[member] = Person{Name: name, Email: "someone@example.org", Locale: "en", Role: role}
	return actor.Actor{Member: member, Name: name, Confirmed: true, Roles: map[id.ID]actor.Role{h.space: role}}
}

func (h *house) kind(code string, validDays int64) Kind {
	h.t.Helper()
	return h.make(Kind{Code: code, ValidDays: validDays})
}

// make adds a kind that the instructor teaches.
func (h *house) make(k Kind) Kind {
	h.t.Helper()
	k.SpaceID, k.Name, k.Teachers = h.space, i18n.Text{EN: k.Code, ZH: "认证"}, []id.ID{h.instructor.Member}
	k, err := h.Service.Add(h.ctx, actor.House, k)
	h.must(err)
	return k
}

func (h *house) takeBack(by actor.Actor, member, grant id.ID, reason string) error {
	_, err := h.Revoke(h.ctx, by, h.space, Revocation{Member: member, Grant: grant, Reason: reason})
	return err
}

// grant certifies the maker, as a manager.
func (h *house) grant(k Kind) Grant {
	h.t.Helper()
	g, err := h.Certify(h.ctx, h.manager, h.space, Award{Member: h.maker.Member, Kind: k.ID})
	h.must(err)
	return g
}

func TestACertificationIsGivenByOthersExpiresAndCanBeTakenBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		laser, wood := h.kind("laser-l1", 365), h.kind("wood-l1", 0)
		member, now := h.maker.Member, h.clock.Now()

		_, err := h.Certify(h.ctx, h.instructor, h.space, Award{Member: h.instructor.Member, Kind: laser.ID, Note: ""})
		h.refused(err, ErrCertifyOneself)
		_, err = h.Certify(h.ctx, h.owner, h.space, Award{Member: h.owner.Member, Kind: laser.ID, Note: ""})
		h.refused(err, ErrCertifyOneself)
		for _, who := range []actor.Actor{h.desk, h.maker} {
			_, err = h.Certify(h.ctx, who, h.space, Award{Member: h.instructor.Member, Kind: laser.ID})
			h.refused(err, actor.ErrForbidden)
		}
		_, err = h.Certify(h.ctx, h.instructor, h.space, Award{Member: member, Kind: id.New(), Note: ""})
		h.refused(err, ErrNoSuchKind)

		g, err := h.Certify(h.ctx, h.instructor, h.space, Award{Member: member, Kind: laser.ID, Note: "Passed on the first try."})
		h.must(err)
		if want := now.Add(365 * 24 * time.Hour); !g.ExpiresAt.Equal(want) || g.GrantedBy != h.instructor.Member {
			t.Errorf("granted %+v, want until %s", g, want)
		}
		_, err = h.Certify(h.ctx, h.instructor, h.space, Award{Member: member, Kind: laser.ID, Note: ""})
		h.refused(err, ErrAlreadyHeld)
		_, err = h.Certify(h.ctx, h.manager, h.space, Award{Member: member, Kind: wood.ID, Note: ""})
		h.must(err)

		holds := func(want []id.ID, at ...clock.Instant) {
			t.Helper()
			got, err := h.Held(h.ctx, member, h.space, at...)
			h.must(err)
			if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
				t.Errorf("held at %v: %s", at, diff)
			}
		}
		for _, until := range []clock.Instant{now, g.ExpiresAt.Add(time.Second)} {
			_, err = h.Certify(h.ctx, h.instructor, h.space, Award{Member: h.desk.Member, Kind: laser.ID, Until: until, Note: ""})
			h.refused(err, ErrUntil)
		}
		short, err := h.Certify(h.ctx, h.instructor, h.space, Award{Member: h.desk.Member, Kind: laser.ID, Until: now.Add(time.Hour), Note: "For today."})
		h.must(err)
		if !short.ExpiresAt.Equal(now.Add(time.Hour)) {
			t.Errorf("for an hour, but until %s", short.ExpiresAt)
		}
		both := []id.ID{laser.ID, wood.ID}
		holds(both)
		holds(nil, now.Add(-time.Second))
		holds(both, now, g.ExpiresAt.Add(-time.Second))
		holds([]id.ID{wood.ID}, now, g.ExpiresAt)

		h.clock.Advance(300 * 24 * time.Hour)
		_, err = h.Certify(h.ctx, h.instructor, h.space, Award{Member: member, Kind: laser.ID, Note: "Renewed."})
		h.must(err)
		holds(both, now, g.ExpiresAt) // the old one now, the new one then

		h.refused(h.takeBack(h.instructor, member, g.ID, ""), ErrReasonMissing)
		h.refused(h.takeBack(h.desk, member, g.ID, "No."), actor.ErrForbidden)
		h.refused(h.takeBack(h.instructor, h.desk.Member, g.ID, "Not theirs."), ErrNoSuchGrant)
		h.must(h.takeBack(h.instructor, member, g.ID, "The test was someone else's."))
		h.refused(h.takeBack(h.instructor, member, g.ID, "Again."), ErrRevoked)
		holds([]id.ID{wood.ID}, now)

		grants, err := h.Grants(h.ctx, h.maker, h.space, member)
		h.must(err)
		if len(grants) != 3 || grants[2].GrantedByName == "" || grants[0].Kind.Code != "laser-l1" {
			t.Errorf("the record: %+v", grants)
		}
		_, err = h.Grants(h.ctx, h.maker, h.space, h.desk.Member)
		h.refused(err, ErrNoSuchHolder)
	})
}

func sorted(ids []id.ID) map[id.ID]bool {
	set := map[id.ID]bool{}
	for _, i := range ids {
		set[i] = true
	}
	return set
}

func TestAKindOfCertificationIsEditedWithCare(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		laser := h.kind("laser-l1", 365)
		h.kind("wood-l1", 0)
		_, err := h.Service.Add(h.ctx, h.manager, Kind{SpaceID: h.space, Code: "laser-l1", Name: i18n.Text{EN: "Twice"}})
		h.refused(err, ErrCodeTaken)
		_, err = h.Service.Add(h.ctx, h.manager, Kind{SpaceID: h.space, Code: "Läser!", ValidDays: -1})
		if got := len(fault.All(err)); got != 3 {
			t.Errorf("%d things are wrong, want 3: %v", got, err)
		}
		laser.Name.EN, laser.ValidDays = "Laser, level 1", 0
		is, err := h.Edit(h.ctx, h.manager, laser)
		h.must(err)
		_, err = h.Edit(h.ctx, h.manager, laser)
		h.refused(err, ErrStale)
		is.Code = "wood-l1"
		_, err = h.Edit(h.ctx, h.manager, is)
		h.refused(err, ErrCodeTaken)
		_, err = h.Edit(h.ctx, h.instructor, is)
		h.refused(err, actor.ErrForbidden)
		all, err := h.Kinds(h.ctx, h.space)
		h.must(err)
		if len(all) != 2 || all[0].Name.EN != "Laser, level 1" || all[0].ValidDays != 0 {
			t.Errorf("the space knows %+v", all)
		}
	})
}
