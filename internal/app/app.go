// Package app is the whole program as a value: it opens the data, makes every
// service, introduces them to each other (glue.go), says which job runs when
// (jobs.go), and answers HTTP until it is told to stop. The command line, the
// tests and the demo all run this one program. It owns no rule: those are the
// domains', and what a page or an answer looks like is the web's.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"

	"guildhall/internal/audit"
	"guildhall/internal/auth"
	"guildhall/internal/billing"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/consent"
	"guildhall/internal/db"
	"guildhall/internal/desk"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/idempotency"
	"guildhall/internal/imports"
	"guildhall/internal/intake"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/privacy"
	"guildhall/internal/profiles"
	"guildhall/internal/proofs"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
	"guildhall/internal/teams"
	"guildhall/migrations"
	"guildhall/web"
)

// databaseFile is the SQLite database within the data folder, secretFile the
// keys that sign what people are signed in with.
const (
	databaseFile = "guildhall.db"
	secretFile   = "secret"
)

// App is the program, ready to Run. Its services are there for commands and tests.
type App struct {
	Config config.Config
	Clock  clock.Clock
	Log    *slog.Logger
	DB     *db.DB

	Audit          *audit.Log
	Auth           *auth.Service
	Billing        *billing.Service
	Booking        *booking.Service
	Desk           *desk.Service
	Equipment      *equipment.Service
	Events         *events.Service
	Idempotency    *idempotency.Keys
	Imports        *imports.Shelf
	Intake         *intake.Service
	Jobs           *jobs.Queue
	Mail           *mail.Sender
	Members        *members.Service
	Profiles       *profiles.Service
	Proofs         *proofs.Service
	Plans          *plans.Service
	Privacy        *privacy.Service
	Reports        *reports.Service
	Spaces         *spaces.Service
	Certifications *certifications.Service
	Consent        *consent.Service
	Teams          *teams.Service

	metrics *metrics
	web     http.Handler
	ready   readiness
}

// New opens the data, brings the schema up to date and makes the services. It
// neither listens nor works jobs; Run does. Close the App even if it never ran.
func New(ctx context.Context, cfg config.Config, clk clock.Clock) (*App, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	a := &App{Config: cfg, Clock: clk, Log: slog.Default()}
	if err := a.open(ctx); err != nil {
		return nil, err
	}
	if err := a.assemble(); err != nil {
		a.DB.Close()
		return nil, err
	}
	return a, nil
}

// open opens the database and migrates it.
func (a *App) open(ctx context.Context) error {
	d, err := openData(ctx, a.Config)
	if err != nil {
		return err
	}
	if err := migrations.Run(ctx, d); err != nil {
		d.Close()
		return err
	}
	a.DB = d
	return nil
}

// Found refuses a place where nobody has put a database yet, and makes none there.
func Found(cfg config.Config) error {
	if cfg.Database != "" {
		return nil
	}
	if _, err := os.Stat(cfg.File(databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s; say with --data where it is", cfg.Folder())
	} else if err != nil {
		return err
	}
	return nil
}

// openData makes the data folder if it is not there and opens the database.
func openData(ctx context.Context, cfg config.Config) (*db.DB, error) {
	if err := os.MkdirAll(cfg.Folder(), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	if cfg.Database != "" {
		return db.Open(ctx, db.Config{URL: cfg.Database})
	}
	return db.Open(ctx, db.Config{Path: cfg.File(databaseFile)})
}

// assemble makes the services, the lower ones first.
func (a *App) assemble() error {
	keys, err := a.keys()
	if err != nil {
		return err
	}
	if a.Mail, err = mail.New(a.DB, a.Clock, a.Config.SMTP()); err != nil {
		return err
	}
	if a.Jobs, err = jobs.New(a.DB, a.Clock, a.Log); err != nil {
		return err
	}
	a.Audit = audit.New(a.DB, a.Clock)
	a.Idempotency = idempotency.New(a.DB, a.Clock, a.Log)
	a.Imports = imports.NewShelf(a.DB, a.Clock)

	a.Members = members.New(members.Needs{
		DB: a.DB, Clock: a.Clock, Audit: a.Audit, Spaces: memberSpaces{a}, Plans: memberPlans{a},
		Jobs: a.Jobs, Mail: a.Mail,
		Bookings: memberBookings{a}, Pupils: pupils{a}, Others: leavers{a},
	})
	a.Billing = billing.New(a.DB, a.Clock)
	a.Plans = plans.New(plans.Needs{
		DB: a.DB, Clock: a.Clock, Audit: a.Audit, People: planPeople{a}, Spaces: planSpaces{a}, Bookings: planBookings{a}, Billing: planBilling{a}, Payers: planPayers{a},
		Proofs: planProofs{a}, Jobs: a.Jobs, Mail: a.Mail, BaseURL: a.Config.Base(),
	})
	a.Certifications = certifications.New(certifications.Needs{
		DB: a.DB, Clock: a.Clock, Audit: a.Audit, People: certifiable{a}, Spaces: certifiable{a}, Usage: usage{a}, Bookings: dependents{a},
		Courses: learning{a}, Jobs: a.Jobs, Mail: a.Mail, BaseURL: a.Config.Base(),
	})
	a.Spaces = spaces.New(a.DB, a.Clock, founder{a}, accounts{a}, priced{a}, a.Audit)
	a.Booking = booking.New(booking.Needs{
		DB: a.DB, Clock: a.Clock, Spaces: newBookingSpaces(a), Members: bookingMembers{a}, Teams: bookingTeams{a}, Equipment: bookingEquipment{a},
		Courses: bookingCourses{a}, Audit: a.Audit, Jobs: a.Jobs, Mail: a.Mail, BaseURL: a.Config.Base(),
	})
	a.Consent = consent.New(consent.Needs{
		DB: a.DB, Clock: a.Clock, Spaces: consentSpaces{a}, Members: consentMembers{a}, Audit: a.Audit, Jobs: a.Jobs, Mail: a.Mail,
		BaseURL: a.Config.Base(),
	})
	a.Equipment = equipment.New(a.DB, a.Clock, a.Booking, certificationCodes{a}, a.Audit, a.Imports)
	a.Events = events.New(a.DB, a.Clock, a.Certifications, a.Audit)
	a.Teams = teams.New(teams.Needs{
		DB: a.DB, Clock: a.Clock, People: teamPeople{a}, Door: teamDoor{a}, Spaces: teamSpaces{a}, Plans: teamPlans{a}, Bookings: teamBookings{a},
		Audit: a.Audit, Jobs: a.Jobs, Mail: a.Mail, BaseURL: a.Config.Base(),
	})
	a.Proofs = proofs.New(proofs.Needs{
		DB: a.DB, Clock: a.Clock, Audit: a.Audit, People: proofPeople{a}, Spaces: proofSpaces{a}, Jobs: a.Jobs, Mail: a.Mail,
	})
	a.Profiles = profiles.New(profiles.Needs{DB: a.DB, Clock: a.Clock, Audit: a.Audit, People: profilePeople{a}, Consents: listed{a}})
	a.Desk = desk.New(desk.Needs{
		DB: a.DB, Clock: a.Clock, People: deskPeople{a}, Badges: deskBadges{a}, Passes: deskPasses{a}, Papers: deskPapers{a},
		Guardians: deskGuardians{a}, Till: till{a}, Spaces: deskSpaces{a}, Audit: a.Audit,
	})
	a.Reports = reports.New(a.DB, a.Clock)
	a.Intake = intake.New(intake.Needs{
		DB: a.DB, Clock: a.Clock, Audit: a.Audit, Jobs: a.Jobs, Shelf: a.Imports, Spaces: intakeSpaces{a}, Roll: intakeRoll{a},
		People: intakePeople{a}, Plans: intakePlans{a}, Certifications: intakeProofs{a}, Tags: intakeTags{a}, Facts: intakeFacts{a},
	})
	a.Auth, err = auth.New(auth.Config{
		DB: a.DB, Clock: a.Clock, Keys: keys, People: people{a}, Door: door{a}, Jobs: a.Jobs,
		Mail: a.Mail, Audit: accountDiary{a.Audit}, BaseURL: a.Config.Base(), Provider: a.provider(),
	})
	if err != nil {
		return err
	}
	a.Privacy = privacy.New(privacy.Needs{
		DB: a.DB, Clock: a.Clock, Dossier: dossier{a}, Keepers: a.keepers(), People: erasable{a}, Guardians: wards{a}, Jobs: a.Jobs, Audit: a.Audit,
		Ledger: &erasures{path: a.Config.File(erasuresFile)},
	})
	a.schedule()
	a.metrics = newMetrics(a.DB)
	a.web, err = a.server()
	return err
}

// keys are those of the environment, or of the file that the first start makes.
func (a *App) keys() (auth.Keys, error) {
	if a.Config.Secret != "" {
		keys, err := auth.ParseKeys(a.Config.Secret)
		if err != nil {
			return nil, fmt.Errorf("GUILDHALL_SECRET: %w", err)
		}
		return keys, nil
	}
	return auth.KeyFile(a.Config.File(secretFile))
}

// provider is the other service that signs people in.
func (a *App) provider() auth.Provider {
	issuer, client, secret, name := a.Config.Provider()
	return auth.Provider{Issuer: issuer, Client: client, Secret: secret, Name: name}
}

// server is what people are answered with.
func (a *App) server() (http.Handler, error) {
	proxies, err := a.Config.TrustedProxies()
	if err != nil {
		return nil, err
	}
	s := &web.Server{
		Config:   web.Config{BaseURL: a.Config.BaseURL, Proxies: proxies, Dev: a.Config.Dev, Version: Version()},
		Clock:    a.Clock,
		Log:      a.Log,
		Measured: a.metrics.request,

		Spaces:         a.Spaces,
		Members:        a.Members,
		Profiles:       a.Profiles,
		Proofs:         a.Proofs,
		Plans:          a.Plans,
		Billing:        a.Billing,
		Desk:           a.Desk,
		Equipment:      a.Equipment,
		Booking:        a.Booking,
		Events:         a.Events,
		Reports:        a.Reports,
		Auth:           a.Auth,
		Keys:           a.Idempotency,
		Jobs:           a.Jobs,
		Mail:           a.Mail,
		Certifications: a.Certifications,
		Consent:        a.Consent,
		Teams:          a.Teams,
		Privacy:        a.Privacy,
		Intake:         a.Intake,
	}
	return s.Handler(), nil
}

// Version names this build: the module's version, or the commit it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version, commit := info.Main.Version, ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))] + commit
		case s.Key == "vcs.modified" && s.Value == "true":
			commit += "+"
		}
	}
	if version == "(devel)" && commit != "" {
		return commit
	}
	return strings.Trim(version, "()")
}

// Close ends the database; transactions that run or wait finish first.
func (a *App) Close() error { return a.DB.Close() }

// SetupLink is a new one-time link that sets up this installation; empty where
// that was done. The link before it ends.
func (a *App) SetupLink(ctx context.Context) (string, error) {
	token, err := a.Spaces.SetupToken(ctx)
	if err != nil || token == "" {
		return "", err
	}
	return a.Config.Base() + "/setup?token=" + token, nil
}
