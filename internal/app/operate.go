package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/config"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/spaces"
	"guildhall/migrations"
)

// What whoever runs the server does on the command line. The house itself acts.

// Migrate brings the schema of the data up to date and says from which version to which.
func Migrate(ctx context.Context, cfg config.Config) (from, to int64, err error) {
	if err := cfg.Check(); err != nil {
		return 0, 0, err
	}
	d, err := openData(ctx, cfg)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if from, err = schema(ctx, d); err != nil {
		return 0, 0, err
	}
	if err := migrations.Run(ctx, d); err != nil {
		return from, 0, err
	}
	to, err = schema(ctx, d)
	return from, to, err
}

func schema(ctx context.Context, d *db.DB) (int64, error) {
	has, _, err := migrations.Version(ctx, d)
	return has, err
}

// User is a person as the command line lists them.
type User struct {
	Email     string
	Name      string
	Role      string
	Confirmed bool
	Suspended bool
}

// errSpace asks which space is meant.
var errSpace = errors.New("there are several spaces; say which with --space")

// spaceAt is the space at this address, or the only one there is.
func (a *App) spaceAt(ctx context.Context, slug string) (spaces.Space, error) {
	if slug != "" {
		s, err := a.Spaces.SpaceAt(ctx, actor.House, slug)
		if errors.Is(err, spaces.ErrNoSuchSpace) {
			err = fmt.Errorf("there is no space %q", slug)
		}
		return s, err
	}
	all, err := a.Spaces.Spaces(ctx, actor.House)
	switch {
	case err != nil:
		return spaces.Space{}, err
	case len(all) == 0:
		return spaces.Space{}, errors.New("there is no space yet; open the set-up link that serve prints")
	case len(all) > 1:
		return spaces.Space{}, errSpace
	}
	return all[0], nil
}

// Users lists the people of a space whose name, address or phone has these words,
// all of them without words.
func (a *App) Users(ctx context.Context, space, words string) ([]User, error) {
	s, err := a.spaceAt(ctx, space)
	if err != nil {
		return nil, err
	}
	var all []User
	for q := (members.Query{Text: words, Sort: members.ByName}); ; {
		page, err := a.Members.Find(ctx, actor.House, s.ID, q)
		if err != nil {
			return nil, err
		}
		for _, p := range page.People {
			all = append(all, User{p.Email, p.Name, string(p.Role), !p.ConfirmedAt.IsZero(), !p.SuspendedAt.IsZero()})
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return all, nil
		}
	}
}

// AddUser adds a person to a space in this role. Their address is taken to be
// theirs; the link that comes back lets them choose a password.
func (a *App) AddUser(ctx context.Context, space, email, name, locale, role string) (link string, err error) {
	r, err := roleOf(role)
	if err != nil {
		return "", err
	}
	s, err := a.spaceAt(ctx, space)
	if err != nil {
		return "", err
	}
	var member id.ID
	err = a.DB.Tx(ctx, func(ctx context.Context) error {
		m, err := a.Members.Enrol(ctx, actor.House, s.ID, members.Enrolment{Email: email, Name: name, Locale: locale})
		if err != nil {
			return err
		}
		member = m.ID
		if err := a.Members.Confirm(ctx, m.ID); err != nil || r == actor.Member {
			return err
		}
		return a.Members.SetRole(ctx, actor.House, s.ID, m.ID, r)
	})
	if err != nil {
		return "", plain(err)
	}
	return a.Auth.ResetLink(ctx, actor.House, member)
}

// SetUserRole changes what a person is in a space.
func (a *App) SetUserRole(ctx context.Context, space, email, role string) error {
	r, err := roleOf(role)
	if err != nil {
		return err
	}
	s, err := a.spaceAt(ctx, space)
	if err != nil {
		return err
	}
	m, err := a.userAt(ctx, email)
	if err != nil {
		return err
	}
	return plain(a.Members.SetRole(ctx, actor.House, s.ID, m.ID, r))
}

// PasswordLink is a link by which the person sets a new password, once.
func (a *App) PasswordLink(ctx context.Context, email string) (string, error) {
	m, err := a.userAt(ctx, email)
	if err != nil {
		return "", err
	}
	return a.Auth.ResetLink(ctx, actor.House, m.ID)
}

// ResetFactor takes the second factor away of whoever has lost it.
func (a *App) ResetFactor(ctx context.Context, email string) error {
	m, err := a.userAt(ctx, email)
	if err != nil {
		return err
	}
	return a.Auth.ResetFactor(ctx, actor.House, m.ID)
}

func (a *App) userAt(ctx context.Context, email string) (members.Member, error) {
	m, err := a.Members.ByEmail(ctx, email)
	if errors.Is(err, members.ErrNoSuchMember) {
		err = fmt.Errorf("nobody has the address %s", email)
	}
	return m, err
}

func roleOf(word string) (actor.Role, error) {
	role := actor.Role(word)
	if role == actor.Visitor || !slices.Contains(actor.Roles, role) {
		var known []string
		for _, r := range actor.Roles[1:] {
			known = append(known, string(r))
		}
		return "", fmt.Errorf("there is no role %q, but %s", word, strings.Join(known, ", "))
	}
	return role, nil
}

// plain is a refusal in its English sentence, for a terminal.
func plain(err error) error {
	if all := fault.All(err); len(all) > 0 {
		var lines []error
		for _, e := range all {
			lines = append(lines, errors.New(i18n.For("en").Fault(e)))
		}
		return errors.Join(lines...)
	}
	return err
}
