package testkit_test

import (
	"context"
	"testing"

	"guildhall/internal/db"
	"guildhall/internal/testkit"
)

func TestEveryTestHasADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		testkit.Each(t, func(t *testing.T, d *db.DB) {
			err := d.Tx(t.Context(), func(ctx context.Context) error {
				return d.In(ctx).Exec("INSERT INTO settings (key, value) VALUES ('a', 'b')").Error
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
