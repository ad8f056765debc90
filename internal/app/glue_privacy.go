package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/privacy"
	"guildhall/internal/reports"
	"guildhall/internal/sheet"
)

// privacy asks everybody who knows something of a person --------------------------

// dossier is everything there is about a person: what each table says, and after
// those their calendar.
type dossier struct{ a *App }

func (d dossier) Parts() int { return d.a.Reports.Sections() + 2 }

func (d dossier) Part(ctx context.Context, member id.ID, n int) (privacy.Part, error) {
	switch n - d.a.Reports.Sections() {
	case 0:
		return d.calendar(ctx, member)
	case 1:
		return d.uploads(ctx, member)
	}
	section, err := d.a.Reports.Section(ctx, actor.House, member, n)
	if err != nil {
		return privacy.Part{}, err
	}
	part := privacy.Part{Name: section.Name, Rows: []map[string]any{}}
	for _, row := range section.Rows {
		named := map[string]any{}
		for i, column := range section.Columns {
			if text, is := row[i].(string); is && section.Name == "mails" {
				row[i] = key.ReplaceAllString(text, "token=…")
			}
			named[column] = told(column, row[i])
		}
		part.Rows = append(part.Rows, named)
	}
	table, err := asTable(section)
	part.Files = []privacy.File{{Name: "csv/" + section.Name + ".csv", Body: table}}
	return part, err
}

func (d dossier) calendar(ctx context.Context, member id.ID) (privacy.Part, error) {
	m, err := d.a.Members.Member(ctx, member)
	if err != nil {
		return privacy.Part{}, err
	}
	text, err := d.a.Booking.Diary(ctx, m.Locale, member)
	return privacy.Part{Name: "calendar", Files: []privacy.File{{Name: "bookings.ics", Body: []byte(text)}}}, err
}

// uploads are files by names of ours, with the ending that theirs had.
func (d dossier) uploads(ctx context.Context, member id.ID) (privacy.Part, error) {
	list, err := d.a.Reports.Uploads(ctx, actor.House, member)
	part := privacy.Part{Name: "uploads"}
	for _, u := range list {
		part.Files = append(part.Files, privacy.File{Name: "files/" + u.ID.String() + strings.ToLower(path.Ext(u.Name)), Body: u.Body})
	}
	return part, err
}

// key is what opens something in the link of a letter. No file holds one: somebody else
// may read it, the guardian of a minor.
var key = regexp.MustCompile(`token=[^\s&"<>]+`)

// told is a value as a program reads it: moments in RFC 3339, JSON as what it is.
func told(column string, value any) any {
	switch v := value.(type) {
	case int64:
		if strings.HasSuffix(column, "_at") {
			return clock.Unix(v).Format(time.RFC3339)
		}
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case string:
		if text := []byte(v); len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text) {
			return json.RawMessage(text)
		}
	}
	return value
}

// asTable is a section for a spreadsheet.
func asTable(s reports.Section) ([]byte, error) {
	var body bytes.Buffer
	out := sheet.NewWriter(&body)
	out.Row(s.Columns...)
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for i, value := range row {
			if raw, is := told(s.Columns[i], value).(json.RawMessage); is {
				cells[i] = string(raw)
			} else if value != nil {
				cells[i] = fmt.Sprint(told(s.Columns[i], value))
			}
		}
		out.Row(cells...)
	}
	err := out.Close()
	return body.Bytes(), err
}

// erasable tells privacy who is to be erased.
type erasable struct{ a *App }

var errElsewhere = fault.Conflict("privacy.elsewhere", "This person is also known in a space that is not yours. End their membership here; their account is theirs to erase.")

func (e erasable) Known(ctx context.Context, by actor.Actor, space, member id.ID) (privacy.Person, error) {
	if member != by.Member {
		if err := e.mine(ctx, by, space, member); err != nil {
			return privacy.Person{}, err
		}
	}
	return e.known(ctx, member)
}

func (e erasable) known(ctx context.Context, member id.ID) (privacy.Person, error) {
	m, err := e.a.Members.Member(ctx, member)
	if err != nil {
		return privacy.Person{}, err
	}
	using, err := e.a.Booking.Using(ctx, member)
	return privacy.Person{Told: cmp.Or(m.Email, m.Name), InUse: using}, err
}

// mine refuses a person who is more than by is, or is known where by manages nothing.
func (e erasable) mine(ctx context.Context, by actor.Actor, space, member id.ID) error {
	switch reach, err := e.a.Members.Reach(ctx, by, space, member); {
	case err != nil:
		return err
	case reach == members.Nothing:
		return members.ErrAbove
	}
	if _, err := e.a.Members.Person(ctx, by, space, member); err != nil {
		return err
	}
	who, err := e.a.Members.Actor(ctx, member)
	if err != nil {
		return err
	}
	for other := range who.Roles {
		if !by.IsHouse() && by.Role(other) != actor.Manager && by.Role(other) != actor.Owner {
			return errElsewhere
		}
	}
	return nil
}

// wards tells privacy who answers for whom.
type wards struct{ a *App }

func (w wards) Ward(ctx context.Context, by actor.Actor, guardianship id.ID) (privacy.Ward, error) {
	child, err := w.a.Consent.Ward(ctx, by, guardianship)
	if err != nil {
		return privacy.Ward{}, err
	}
	ward := privacy.Ward{Member: child.MemberID, Name: child.Minor.Name}
	if ward.Person, err = erasable(w).known(ctx, child.MemberID); err != nil {
		return ward, err
	}
	who, err := w.a.Members.Actor(ctx, child.MemberID)
	for space := range who.Roles {
		if err == nil && !ward.Elsewhere {
			var guards bool
			guards, err = w.a.Consent.Guards(ctx, by, space, child.MemberID)
			ward.Elsewhere = !guards
		}
	}
	return ward, err
}

func (w wards) Tell(ctx context.Context, guardianship id.ID) error {
	return w.a.Consent.TellExport(ctx, guardianship)
}

// letters forgets what was written to a person, while their address is still known.
type letters struct{ a *App }

func (l letters) Erase(ctx context.Context, member id.ID) error {
	known, err := l.a.Members.Addresses(ctx, member)
	if err != nil {
		return err
	}
	former, err := l.a.Auth.Former(ctx, member)
	if err != nil {
		return err
	}
	for _, address := range append(former, known...) {
		if err := l.a.Mail.Erase(ctx, address); err != nil {
			return err
		}
	}
	return nil
}

// lines forgets what files said of a person, while their address is still known.
type lines struct{ a *App }

func (l lines) Erase(ctx context.Context, member id.ID) error {
	known, err := l.a.Members.Addresses(ctx, member)
	if err != nil {
		return err
	}
	for _, address := range known {
		if err := l.a.Imports.Erase(ctx, member, address); err != nil {
			return err
		}
	}
	return nil
}

// keepers are everyone who keeps something of a person, the one who knows their
// address last.
func (a *App) keepers() []privacy.Keeper {
	return []privacy.Keeper{letters{a}, a.Idempotency, a.Booking, a.Desk, a.Plans, a.Events, a.Certifications, a.Consent, a.Profiles, a.Proofs, a.Teams, lines{a}, a.Auth, a.Members}
}
