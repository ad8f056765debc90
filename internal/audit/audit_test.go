package audit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/audit"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

func manager(space id.ID) actor.Actor {
	return actor.Actor{Member: id.New(), Roles: map[id.ID]actor.Role{space: actor.Manager}}
}

func TestAnEntryIsThereExactlyWhenWhatItTellsOfIs(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		log := audit.New(d, testkit.Clock(t, "2027-03-01 09:00"))
		space, subject := id.New(), id.New()
		by := manager(space)
		no := errors.New("no")
		for _, end := range []error{nil, no} {
			err := d.Tx(t.Context(), func(ctx context.Context) error {
				if err := log.Record(ctx, by, space, "booking.override", subject, map[string]string{"reason": "open day"}); err != nil {
					return err
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
		}
		got, next, err := log.Entries(t.Context(), by, audit.Filter{Space: space, Subject: subject})
		if err != nil || next != "" || len(got) != 1 {
			t.Fatalf("%d entries, next %q, %v", len(got), next, err)
		}
		e := got[0]
		if e.MemberID != by.Member || e.Operation != "booking.override" || e.Detail != `{"reason":"open day"}` || !e.At.Equal(testkit.At(t, "2027-03-01 09:00")) {
			t.Errorf("recorded as %+v", e)
		}
		if err := log.Record(t.Context(), by, space, "booking.override", subject, nil); !errors.Is(err, db.ErrOutsideTx) {
			t.Errorf("outside a transaction: %v", err)
		}
	})
}

func TestTheAuditIsReadPageByPageByWhoMay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		log := audit.New(d, testkit.Clock(t, "2027-03-01 09:00"))
		space := id.New()
		by := manager(space)
		err := d.Tx(t.Context(), func(ctx context.Context) error {
			for i := range 5 {
				if err := log.Record(ctx, by, space, "rules.edit", id.ID(fmt.Sprint(i)), nil); err != nil {
					return err
				}
			}
			return log.Record(ctx, by, id.New(), "rules.edit", "elsewhere", nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		var subjects string
		for f := (audit.Filter{Space: space, Limit: 2}); ; {
			got, next, err := log.Entries(t.Context(), by, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got {
				subjects += e.Subject.String()
			}
			if next == "" {
				break
			}
			f.Cursor = next
		}
		if subjects != "43210" {
			t.Errorf("listed %q, want the newest first, each once", subjects)
		}
		desk := actor.Actor{Member: id.New(), Roles: map[id.ID]actor.Role{space: actor.Desk}}
		if _, _, err := log.Entries(t.Context(), desk, audit.Filter{Space: space}); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("the front desk got %v", err)
		}
		if _, _, err := log.Entries(t.Context(), by, audit.Filter{Space: space, Cursor: "'; --"}); !errors.Is(err, audit.ErrCursor) {
			t.Errorf("a cursor that is none: %v", err)
		}
	})
}
