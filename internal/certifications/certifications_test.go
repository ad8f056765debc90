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

	mu     sync.Mutex
	people map[id.ID]Person

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

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, ctx: t.Context(), db: d, clock: testkit.Clock(t, "2027-03-01 09:00"), diary: &diary{}, space: id.New(), people: map[id.ID]Person{}}
		h.Service = New(Needs{DB: d, Clock: h.clock, Audit: h.diary, People: h})
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
	h.people[member] = Person{Name: name, Email: "someone@example.org", Locale: "en"}
	return actor.Actor{Member: member, Name: name, Confirmed: true, Roles: map[id.ID]actor.Role{h.space: role}}
}

func (h *house) kind(code string, days int64) Kind {
	h.t.Helper()
	k, err := h.Add(h.ctx, actor.House, Kind{SpaceID: h.space, Code: code, Name: i18n.Text{EN: code, ZH: "认证"}, ValidDays: days})
	h.must(err)
	return k
}

func TestACertificationIsGivenByOthersExpiresAndCanBeTakenBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		laser, wood := h.kind("laser-l1", 365), h.kind("wood-l1", 0)
		member, now := h.maker.Member, h.clock.Now()

		_, err := h.Certify(h.ctx, h.instructor, h.space, h.instructor.Member, laser.ID, "")
		h.refused(err, ErrCertifyOneself)
		_, err = h.Certify(h.ctx, h.owner, h.space, h.owner.Member, laser.ID, "")
		h.refused(err, ErrCertifyOneself)
		for _, who := range []actor.Actor{h.desk, h.maker} {
			_, err = h.Certify(h.ctx, who, h.space, h.instructor.Member, laser.ID, "")
			h.refused(err, actor.ErrForbidden)
		}
		_, err = h.Certify(h.ctx, h.instructor, h.space, member, id.New(), "")
		h.refused(err, ErrNoSuchKind)

		g, err := h.Certify(h.ctx, h.instructor, h.space, member, laser.ID, "Passed on the first try.")
		h.must(err)
		if want := now.Add(365 * 24 * time.Hour); !g.ExpiresAt.Equal(want) || g.GrantedBy != h.instructor.Member {
			t.Errorf("granted %+v, want until %s", g, want)
		}
		_, err = h.Certify(h.ctx, h.instructor, h.space, member, laser.ID, "")
		h.refused(err, ErrAlreadyHeld)
		_, err = h.Certify(h.ctx, h.manager, h.space, member, wood.ID, "")
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
			_, err = h.CertifyUntil(h.ctx, h.instructor, h.space, h.desk.Member, laser.ID, until, "")
			h.refused(err, ErrUntil)
		}
		short, err := h.CertifyUntil(h.ctx, h.instructor, h.space, h.desk.Member, laser.ID, now.Add(time.Hour), "For today.")
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
		_, err = h.Certify(h.ctx, h.instructor, h.space, member, laser.ID, "Renewed.")
		h.must(err)
		holds(both, now, g.ExpiresAt) // the old one now, the new one then

		h.refused(h.Revoke(h.ctx, h.instructor, h.space, member, g.ID, ""), ErrReasonMissing)
		h.refused(h.Revoke(h.ctx, h.desk, h.space, member, g.ID, "No."), actor.ErrForbidden)
		h.refused(h.Revoke(h.ctx, h.instructor, h.space, h.desk.Member, g.ID, "Not theirs."), ErrNoSuchGrant)
		h.must(h.Revoke(h.ctx, h.instructor, h.space, member, g.ID, "The test was someone else's."))
		h.refused(h.Revoke(h.ctx, h.instructor, h.space, member, g.ID, "Again."), ErrRevoked)
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
		_, err := h.Add(h.ctx, h.manager, Kind{SpaceID: h.space, Code: "laser-l1", Name: i18n.Text{EN: "Twice"}})
		h.refused(err, ErrCodeTaken)
		_, err = h.Add(h.ctx, h.manager, Kind{SpaceID: h.space, Code: "Läser!", ValidDays: -1})
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
