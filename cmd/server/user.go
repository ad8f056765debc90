package main

import (
	"fmt"
	"text/tabwriter"

	"guildhall/internal/app"
)

// userCmd is what an operator can do about people.
type userCmd struct {
	List          userList     `cmd:"" help:"List people, all or those with these words in name, address or phone."`
	Add           userAdd      `cmd:"" help:"Add a person; prints the link by which they choose a password."`
	SetRole       userSetRole  `cmd:"" help:"Change what a person is in a space."`
	ResetPassword userPassword `cmd:"" help:"Print a link by which a person sets a new password. Works once, for 30 minutes."`
	ResetFactor   userFactor   `cmd:"" help:"Take the second factor of a person away who has lost it; they are told by mail."`
}

// inSpace says which space is meant.
type inSpace struct {
	Space string `placeholder:"NAME" help:"The space, as in its address /s/NAME. Needed only where there are several."`
}

type userList struct {
	Words string `arg:"" optional:"" help:"What to look for."`
	inSpace
}

// Run lists people as a table.
func (u userList) Run(r run) error {
	return r.within(func(a *app.App) error {
		all, err := a.Users(r.ctx, u.Space, u.Words)
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(r.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "E-MAIL\tNAME\tROLE\t")
		for _, p := range all {
			remark := ""
			if !p.Confirmed {
				remark = "not confirmed"
			}
			if p.Suspended {
				remark = "suspended"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.Email, p.Name, p.Role, remark)
		}
		return t.Flush()
	})
}

type userAdd struct {
	Email  string `arg:"" help:"Their e-mail address."`
	Name   string `required:"" help:"Their name."`
	Role   string `default:"member" help:"What they are: member, instructor, desk, manager, owner."`
	Locale string `default:"en" enum:"en,zh-CN" help:"Their language: en or zh-CN."`
	inSpace
}

// Run adds a person.
func (u userAdd) Run(r run) error {
	return r.within(func(a *app.App) error {
		link, err := a.AddUser(r.ctx, u.Space, u.Email, u.Name, u.Locale, u.Role)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.stdout, "%s is here as %s. Hand them this link to choose a password:\n\n  %s\n", u.Email, u.Role, link)
		return nil
	})
}

type userSetRole struct {
	Email string `arg:"" help:"Their e-mail address."`
	Role  string `arg:"" help:"What they are from now on: member, instructor, desk, manager, owner."`
	inSpace
}

// Run gives a role.
func (u userSetRole) Run(r run) error {
	return r.within(func(a *app.App) error {
		if err := a.SetUserRole(r.ctx, u.Space, u.Email, u.Role); err != nil {
			return err
		}
		fmt.Fprintf(r.stdout, "%s is %s now.\n", u.Email, u.Role)
		return nil
	})
}

type userPassword struct {
	Email string `arg:"" help:"Their e-mail address."`
}

// Run makes a link.
func (u userPassword) Run(r run) error {
	return r.within(func(a *app.App) error {
		link, err := a.PasswordLink(r.ctx, u.Email)
		if err != nil {
			return err
		}
		fmt.Fprintln(r.stdout, link)
		return nil
	})
}

type userFactor struct {
	Email string `arg:"" help:"Their e-mail address."`
}

// Run takes the factor away.
func (u userFactor) Run(r run) error {
	return r.within(func(a *app.App) error {
		if err := a.ResetFactor(r.ctx, u.Email); err != nil {
			return err
		}
		fmt.Fprintf(r.stdout, "%s signs in with the password alone now, and is signed out everywhere.\n", u.Email)
		return nil
	})
}
