package main

import (
	"fmt"
	"net"
	"text/tabwriter"

	"guildhall/internal/app"
	"guildhall/internal/config"
)

// demoCmd serves the demo.
type demoCmd struct{}

// Run makes the demo's data if they are not there, and serves them.
func (demoCmd) Run(r run) error {
	if r.cfg.Data == "" {
		r.cfg.Data = config.DemoData
	}
	fresh, err := app.Demo(r.ctx, r.cfg)
	if err != nil {
		return err
	}
	return r.with(func(a *app.App) error {
		return a.Run(r.ctx, func(net.Addr) {
			if fresh {
				fmt.Fprintf(r.stdout, "Made a makerspace to look around in. Its data are in %s; delete that for a new one.\n", r.cfg.Folder())
			}
			fmt.Fprintf(r.stdout, "\nThe demo is at %s\n\nSign in as\n\n", r.cfg.Base())
			people, password := app.DemoSignIns()
			t := tabwriter.NewWriter(r.stdout, 0, 0, 2, ' ', 0)
			for _, p := range people {
				fmt.Fprintf(t, "  %s\t%s\t%s\n", p.Email, p.Name, p.About)
			}
			one, key := app.DemoFactor()
			fmt.Fprintf(t, "  %s\t%s\t%s\n", one.Email, one.Name, one.About)
			t.Flush()
			fmt.Fprintf(r.stdout, "\neach with the password %s\n\n%s is asked for a code besides: give an authenticator app the key\n%s, or ask oathtool --totp -b %s\n\n", password, one.Email, key, key)
		})
	})
}
