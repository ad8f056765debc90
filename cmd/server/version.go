package main

import (
	"fmt"
	"runtime"

	"guildhall/internal/app"
)

// versionCmd says which build this is.
type versionCmd struct{}

// Run prints the version and the Go it was built with.
func (versionCmd) Run(r run) error {
	fmt.Fprintf(r.stdout, "guildhall %s, %s %s/%s\n", app.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
