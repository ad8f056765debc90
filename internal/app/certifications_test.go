package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/members"
)

// Whoever books and whoever revokes at the same time: either the booking is seen by
// the revocation and cancelled, or the booking sees it and is refused.
func TestNoBookingOutlivesTheCertificationItRestsOn(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := context.Background()
		space := setUp(t, a, "community")
		m, err := a.Members.Register(ctx, members.Registration{Email: "mika@maker.example", Name: "Mika", Spaces: []id.ID{space.ID}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Members.Confirm(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
		things, err := a.Equipment.Resources(ctx, actor.House, space.ID, equipment.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		machine := things[slices.IndexFunc(things, func(r equipment.Resource) bool {
			return r.Bookable && r.Type == equipment.Machine && len(r.Certifications) > 0
		})]
		book := func(hour int) error {
			from := now.Now().Add(time.Duration(24+2*hour) * time.Hour)
			_, err := a.Booking.Book(ctx, actor.House, booking.Request{Resource: machine.ID, Member: m.ID, StartsAt: from, EndsAt: from.Add(time.Hour)})
			return err
		}
		for round := range 3 {
			g, err := a.Certifications.Certify(ctx, actor.House, space.ID, certifications.Award{Member: m.ID, Kind: machine.Certifications[0][0]})
			if err != nil {
				t.Fatal(err)
			}
			if round == 0 {
				if err := book(1); err != nil {
					t.Fatalf("certified, and yet: %v", err)
				}
			}
			var wg sync.WaitGroup
			for hour := 2; hour < 5; hour++ {
				wg.Go(func() { _ = book(hour) })
			}
			wg.Go(func() {
				if _, err := a.Certifications.Revoke(ctx, actor.House, space.ID, certifications.Revocation{Member: m.ID, Grant: g.ID, Reason: "A race.", Cancel: true}); err != nil {
					t.Errorf("revoke: %v", err)
				}
			})
			wg.Wait()
			left, err := a.Booking.Bookings(ctx, actor.House, booking.Filter{Space: space.ID, Member: m.ID, From: now.Now(), Statuses: unbegun})
			if err != nil {
				t.Fatal(err)
			}
			if len(left.Items) != 0 {
				t.Errorf("round %d: %d bookings outlive the certification", round, len(left.Items))
			}
			now.Advance(time.Second)
		}
	})
}

// TestNobodyBeginsOnARevokedCertification: of somebody who begins and an instructor who
// revokes at the same moment, either the booking runs and the certification was there
// when it began, or it was refused.
func TestNobodyBeginsOnARevokedCertification(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := context.Background()
		space := setUp(t, a, "community")
		m, err := a.Members.Enrol(ctx, actor.House, space.ID, members.Enrolment{Name: "Mika", Email: "mika@maker.example"})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Members.Confirm(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
		things, err := a.Equipment.Resources(ctx, actor.House, space.ID, equipment.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		machine := things[slices.IndexFunc(things, func(r equipment.Resource) bool {
			return r.Bookable && r.Type == equipment.Machine && len(r.Certifications) > 0
		})]
		for round := range 5 {
			now.Set(clock.At(now.Now().Truncate(24 * time.Hour).Add(24*time.Hour + 10*time.Hour)))
			g, err := a.Certifications.Certify(ctx, actor.House, space.ID, certifications.Award{Member: m.ID, Kind: machine.Certifications[0][0]})
			if err != nil {
				t.Fatal(err)
			}
			b, err := a.Booking.Book(ctx, actor.House, booking.Request{Resource: machine.ID, Member: m.ID, StartsAt: now.Now(), EndsAt: now.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			var begun error
			wg.Go(func() {
				_, begun = a.Booking.CheckIn(ctx, actor.Actor{Member: m.ID, Confirmed: true, Roles: map[id.ID]actor.Role{space.ID: actor.Member}}, b.ID)
			})
			wg.Go(func() {
				if _, err := a.Certifications.Revoke(ctx, actor.House, space.ID, certifications.Revocation{Member: m.ID, Grant: g.ID, Reason: "A race.", Cancel: true}); err != nil {
					t.Errorf("revoke: %v", err)
				}
			})
			wg.Wait()
			left, err := a.Booking.Bookings(ctx, actor.House, booking.Filter{Space: space.ID, Member: m.ID, From: now.Now(), To: now.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range left.Items {
				if l.ID == b.ID && (begun == nil) != (l.Status == booking.InUse) {
					t.Errorf("round %d: it is %s, and beginning it said %v", round, l.Status, begun)
				}
			}
		}
	})
}

// The photograph of what a grant rests on is got by a program as it is on the page: by its
// member and by staff.
func TestTheEvidenceIsSeenByItsMemberAndStaff(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	owner, maker, novice := signIn(t, h, "owner@demo.example"), signIn(t, h, "maker@demo.example"), signIn(t, h, "novice@demo.example")
	var list struct {
		Items []struct{ ID, Slug, Code string }
	}
	decode(t, ask(h, http.MethodGet, "/api/v1/spaces", "", nil), &list)
	of := "?space_id=" + list.Items[0].ID
	decode(t, ask(h, http.MethodGet, "/api/v1/certifications"+of, "", nil), &list)
	kinds := list.Items
	m, err := a.Members.ByEmail(t.Context(), "novice@demo.example")
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	at := "/api/v1/members/" + m.ID.String() + "/certifications"
	var granted, bare struct {
		ID    string
		Photo bool
	}
	award := func(into any, photo string) { // of the first kind that asks for nothing before it
		t.Helper()
		var last answer
		for i, k := range kinds {
			body := map[string]any{"certification_id": k.ID}
			if photo != "" {
				body["photo"] = photo
			}
			if last = ask(h, http.MethodPost, at+of, owner, body); last.status == http.StatusCreated {
				kinds = slices.Delete(kinds, i, i+1)
				decode(t, last, into)
				return
			}
		}
		t.Fatalf("nothing can be granted: %d %s", last.status, last.body)
	}
	award(&granted, base64.StdEncoding.EncodeToString(picture.Bytes()))
	award(&bare, "")
	if !granted.Photo || bare.Photo {
		t.Errorf("%+v, %+v", granted, bare)
	}
	for who, c := range map[string]struct {
		token string
		want  int
	}{
		"its member": {novice, 200}, "an instructor": {signIn(t, h, "instructor@demo.example"), 200}, "the desk": {signIn(t, h, "desk@demo.example"), 200},
		"another member": {maker, 404}, "nobody": {"", 401},
	} {
		got := ask(h, http.MethodGet, at+"/"+granted.ID+"/photo"+of, c.token, nil)
		if got.status != c.want {
			t.Errorf("%s: %d, want %d: %.200s", who, got.status, c.want, got.body)
		}
		if isPicture := bytes.HasPrefix(got.body, []byte("\xff\xd8\xff")) && got.header.Get("Content-Type") == "image/jpeg"; isPicture != (c.want == 200) {
			t.Errorf("%s gets %s", who, got.header.Get("Content-Type"))
		}
	}
	if got := ask(h, http.MethodGet, at+"/"+bare.ID+"/photo"+of, novice, nil); got.status != http.StatusNotFound {
		t.Errorf("of a grant without one: %d", got.status)
	}
}

// An instructor notes something about those they teach, and to them nobody else is there.
func TestAnInstructorNotesAboutThoseTheyTeach(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	instructor, manager := signIn(t, h, "instructor@demo.example"), signIn(t, h, "manager@demo.example")
	var list struct {
		Items []struct{ ID string }
	}
	decode(t, ask(h, http.MethodGet, "/api/v1/spaces", "", nil), &list)
	space := id.ID(list.Items[0].ID)
	teacher, err := a.Members.ByEmail(t.Context(), "instructor@demo.example")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := a.Members.Enrol(t.Context(), actor.House, space, members.Enrolment{Name: "Ada Newcomer", Email: "ada@new.example", Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := a.Certifications.Kinds(t.Context(), space)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(kinds, func(k certifications.Kind) bool {
		return slices.Contains(k.Teachers, teacher.ID) && len(k.Requires) == 0 && k.HoursMin == 0 && k.PassMark == 0
	})
	if i < 0 {
		t.Fatal("the instructor teaches nothing")
	}
	at, body := "/api/v1/members/"+stranger.ID.String()+"/notes", map[string]any{"space_id": space, "text": "Careful at the lathe."}
	page := "/s/harbour/people/" + stranger.ID.String() + "/notes"
	status := func(want int) {
		t.Helper()
		for what, got := range map[string]answer{
			"read": ask(h, http.MethodGet, at+"?space_id="+space.String(), instructor, nil), "the page": ask(h, http.MethodGet, page, instructor, nil),
		} {
			if got.status != want {
				t.Errorf("%s: %d, want %d: %.200s", what, got.status, want, got.body)
			}
		}
	}
	status(http.StatusNotFound)
	if got := ask(h, http.MethodPost, at, instructor, body); got.status != http.StatusNotFound {
		t.Errorf("about somebody they do not teach: %d %s", got.status, got.body)
	}
	if got := ask(h, http.MethodPost, at, manager, body); got.status != http.StatusCreated {
		t.Errorf("a manager: %d %s", got.status, got.body)
	}
	if _, err := a.Certifications.Certify(t.Context(), actor.House, space, certifications.Award{Member: stranger.ID, Kind: kinds[i].ID}); err != nil {
		t.Fatal(err)
	}
	status(http.StatusOK)
	if got := ask(h, http.MethodPost, at, instructor, body); got.status != http.StatusCreated {
		t.Errorf("about whom they teach: %d %s", got.status, got.body)
	}
	decode(t, ask(h, http.MethodGet, at+"?space_id="+space.String(), instructor, nil), &list)
	if len(list.Items) != 1 {
		t.Errorf("they read %d notes, not their own alone", len(list.Items))
	}
	if got := ask(h, http.MethodGet, "/s/harbour/people/"+stranger.ID.String()+"/stamps", instructor, nil); !bytes.Contains(got.body, []byte(page)) {
		t.Error("nothing leads to the notes")
	}
}
