package main

import (
	"fmt"

	"guildhall/internal/app"
)

// migrateCmd migrates.
type migrateCmd struct{}

// Run brings the schema up to date and says what it did.
func (migrateCmd) Run(r run) error {
	from, to, err := app.Migrate(r.ctx, r.cfg)
	if err != nil {
		return err
	}
	if from == to {
		fmt.Fprintf(r.stdout, "The database is up to date, at version %d.\n", to)
	} else {
		fmt.Fprintf(r.stdout, "The database went from version %d to %d.\n", from, to)
	}
	return nil
}
