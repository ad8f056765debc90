package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/demo"
)

// seedWithin is how long making the demo may take, also on a slow disk.
const seedWithin = 5 * time.Minute

// Demo fills an empty installation with the demo, once: a second time the data
// are as they were left. It never touches data that are not its own.
func Demo(ctx context.Context, cfg config.Config) (fresh bool, err error) {
	now := clock.Frozen(clock.System{}.Now())
	a, err := New(ctx, cfg, now)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.furnishDemo(ctx, func(ctx context.Context) error {
		return demo.Seed(ctx, demo.House{
			DB: a.DB, Clock: now, Auth: a.Auth, Spaces: a.Spaces, Members: a.Members, Plans: a.Plans,
			Certifications: a.Certifications, Equipment: a.Equipment, Booking: a.Booking, Consent: a.Consent, Events: a.Events, Teams: a.Teams, Profiles: a.Profiles, Proofs: a.Proofs, Desk: a.Desk,
		})
	})
}

// furnishDemo seeds and marks the data as the demo's, both or neither.
func (a *App) furnishDemo(ctx context.Context, seed func(context.Context) error) (fresh bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, seedWithin)
	defer cancel()
	s := store{a.DB}
	err = a.DB.Tx(ctx, func(ctx context.Context) error {
		fresh = false
		if done, err := s.demo(ctx); err != nil || done {
			return err
		}
		empty, err := s.empty(ctx)
		if err != nil {
			return err
		}
		if !empty {
			return fmt.Errorf("%s holds data that are not the demo's; give the demo another place with --data", a.where())
		}
		if err := seed(ctx); err != nil {
			return fmt.Errorf("make the demo: %w", err)
		}
		if err := a.Jobs.Forget(ctx); err != nil { // nobody gets letters about a past that never was
			return err
		}
		fresh = true
		return s.markDemo(ctx)
	})
	return fresh, err
}

// IsDemo reports whether the data are the demo's.
func (a *App) IsDemo(ctx context.Context) (bool, error) { return store{a.DB}.demo(ctx) }

// SignIn is somebody of the demo to look around as.
type SignIn struct{ Email, Name, About string }

// DemoSignIns are those to look around as, and the password they all have.
func DemoSignIns() (people []SignIn, password string) {
	for _, p := range demo.Staff {
		people = append(people, SignIn{p.Email, p.Name, p.About})
	}
	return people, demo.Password
}

// DemoFactor is the one of the demo who is asked for a second factor, and the key of it.
func DemoFactor() (one SignIn, key string) {
	return SignIn{demo.KeyHolder, "Yara Haddad", "key holder: plan with a deposit, a second factor"}, demo.KeyHolderSecret
}

// where says where the data are, without a password.
func (a *App) where() string {
	if a.Config.Database != "" {
		return "this database"
	}
	return a.Config.Folder()
}
