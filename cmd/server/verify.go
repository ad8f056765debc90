package main

import (
	"errors"
	"fmt"

	"guildhall/internal/app"
)

// verifyCmd looks through the data.
type verifyCmd struct{}

// errFindings ends the command with 1; the findings are printed before.
var errFindings = errors.New("the data are not as they should be")

// Run prints what it finds, a line each.
func (verifyCmd) Run(r run) error {
	return r.within(func(a *app.App) error {
		found, err := a.Verify(r.ctx)
		if err != nil {
			return err
		}
		for _, f := range found {
			fmt.Fprintf(r.stdout, "%s: %s\n", f.What, f.Subject)
		}
		if len(found) > 0 {
			return errFindings
		}
		fmt.Fprintln(r.stdout, "Nothing is wrong.")
		return nil
	})
}
