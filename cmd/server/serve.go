package main

import (
	"fmt"
	"log/slog"
	"net"

	"guildhall/internal/app"
)

// serveCmd serves.
type serveCmd struct{}

// Run serves until the program is told to stop.
func (serveCmd) Run(r run) error {
	return r.with(func(a *app.App) error {
		demo, err := a.IsDemo(r.ctx)
		if err != nil {
			return err
		}
		if demo {
			slog.Warn("these are the demo's data, with passwords that everybody knows; never let strangers reach them", "data", r.cfg.Folder())
		}
		link, err := a.SetupLink(r.ctx)
		if err != nil {
			return err
		}
		return a.Run(r.ctx, func(at net.Addr) {
			fmt.Fprintf(r.stdout, "Guildhall is at %s\n", r.cfg.Base())
			if link != "" {
				fmt.Fprintf(r.stdout, "\nNothing is set up yet. Open this link to make your space; it works once:\n\n  %s\n\n", link)
			}
		})
	})
}
