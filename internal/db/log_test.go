package db_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"guildhall/internal/db"
	"guildhall/internal/testkit"
)

func TestTheLogTellsWhatIsSlowAndNothingOfWhatPeopleWrote(t *testing.T) {
	var text bytes.Buffer
	d := testkit.Open(t, db.Config{Path: testkit.SQLiteFile(t), Log: slog.New(slog.NewTextHandler(&text, nil))})
	if _, err := gorm.G[setting](d.In(t.Context())).Where("key = ?", "none").Take(t.Context()); err == nil {
		t.Fatal("there is a row")
	}
	if err := d.Tx(t.Context(), func(ctx context.Context) error { return put(ctx, d, "quick") }); err != nil {
		t.Fatal(err)
	}
	if text.Len() > 0 {
		t.Errorf("what is neither slow nor odd is logged: %s", &text)
	}
	err := d.Tx(t.Context(), func(ctx context.Context) error {
		time.Sleep(2010 * time.Millisecond)
		var n int
		return d.In(ctx).Raw(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 6000000)
			SELECT count(*) FROM c WHERE ? <> ''`, "a secret").Scan(&n).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kept the writer", "slow statement", "WITH RECURSIVE"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in the log: %s", want, &text)
		}
	}
	if strings.Contains(text.String(), "secret") {
		t.Errorf("a value is in the log: %s", &text)
	}
}
