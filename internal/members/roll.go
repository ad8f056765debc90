package members

import (
	"context"
	"encoding/base64"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/sheet"
)

// ErrCursor refuses a cursor that was not given out.
var ErrCursor = fault.Invalid("cursor", "members.cursor", "This place in the list is not known. Begin again without a cursor.")

// Sort is an order of the list.
type Sort string

// The orders. A cursor goes on in ByName only; the others are paged by number.
const (
	ByName   Sort = "name"
	ByJoined Sort = "joined" // the latest first
	ByRole   Sort = "role"   // owners first
	ByPlan   Sort = "plan"   // in the space's order; without a plan last
)

// PageSize is how many people a page has where nothing else is asked for, and
// MaxPage the most there may be.
const (
	PageSize = 50
	MaxPage  = 200
)

// maxText is how much of what is looked for is read, in characters: no name is longer.
const maxText = 200

// What stands in Query.Plan for no plan in particular.
const (
	NoPlan id.ID = "none"   // those without a plan
	Lapsed id.ID = "lapsed" // those of them who had one
	Paused id.ID = "paused" // those whose plan is paused now
	Ending id.ID = "ending" // those whose plan ends, and none follows
)

// PlanStates are those in the order in which they are offered.
var PlanStates = []id.ID{NoPlan, Lapsed, Paused, Ending}

// Query says who is looked for. The zero Query lists everybody by name.
type Query struct {
	Text          string // words of the name or address, or the end of the phone
	Role          actor.Role
	Plan          id.ID // or one of PlanStates
	Certification id.ID // holders of it now, or of a higher level
	Suspended     bool  // only those who are
	Left          bool  // those who were here, instead of those who are
	Pinned        bool  // only those about whom a note is pinned
	Unconfirmed   bool  // only those whose address is not proven
	Tag           id.ID
	Among         []id.ID // only these, where it is not nil
	Sort          Sort
	Limit         int    // 0: PageSize
	Page          int    // from 1; 0: the first
	Cursor        string // instead of Page: what Roll.Next was

	among []id.ID // only these; nil: everybody
}

func (q Query) normal() Query {
	if q.Limit <= 0 {
		q.Limit = PageSize
	}
	q.Limit = min(q.Limit, MaxPage)
	if text := []rune(q.Text); len(text) > maxText {
		q.Text = string(text[:maxText])
	}
	q.Page = min(max(q.Page, 1), 1_000_000)
	if _, known := orders[q.Sort]; !known || q.Cursor != "" {
		q.Sort = ByName
	}
	return q
}

func (q Query) offset() int {
	if q.Cursor != "" {
		return 0
	}
	return (q.Page - 1) * q.Limit
}

// Listed is one person in the list.
type Listed struct {
	ID             id.ID
	Name           string
	Email          string
	Phone          string
	Search         string
	ConfirmedAt    clock.Instant
	Role           actor.Role
	SuspendedAt    clock.Instant
	JoinedAt       clock.Instant
	LeftAt         clock.Instant
	PlanID         id.ID // empty: none
	PlanName       i18n.Text
	Certifications int64 // held now, those that a higher level is worth among them
	Place          int64 // 0: exactly who was looked for, 1: found
}

// Suspended reports whether the person may not use this space for now.
func (l Listed) Suspended() bool { return !l.SuspendedAt.IsZero() }

// Roll is one page of the people of a space.
type Roll struct {
	People []Listed
	Total  int64  // on all pages
	Page   int    // from 1
	Limit  int    // people on a full page
	Next   string // the cursor of the next page in ByName; empty: this is the last
}

// Pages is how many pages there are, at least one.
func (r Roll) Pages() int { return max(1, int((r.Total+int64(r.Limit)-1)/int64(r.Limit))) }

// Find lists the people of a space whom the query means, a page at a time; to whoever
// administers a team and is no more, those in it. A word is found anywhere in a name
// or an address; digits also at the end of a phone number; and a badge that is in use
// by its whole number. In ByName those come first whose name, way of spelling it,
// initials, address, badge or last four digits are just what was typed.
func (s *Service) Find(ctx context.Context, by actor.Actor, space id.ID, q Query) (Roll, error) {
	if err := by.May("member.search", space, "", nil); err != nil {
		return Roll{}, err
	}
	q = q.normal()
	led, _ := by.Led(space)
	mates := by.Scope("member.search", space) == actor.Team
	if mates {
		q.among = append([]id.ID{by.Member}, slices.Collect(maps.Keys(led.Members))...)
	}
	people, total, err := s.store.list(ctx, space, q, s.clock.Now())
	if err != nil {
		return Roll{}, fault.Wrap(err, "people of %s", space)
	}
	if mates { // whose names and standing are all that whoever administers their team may know
		for i := range people {
			people[i].Email, people[i].Phone = "", ""
		}
	}
	r := Roll{People: people, Total: total, Page: q.Page, Limit: q.Limit}
	if q.Sort == ByName && len(people) == q.Limit {
		last := people[len(people)-1]
		r.Next = cursor{last.Place, last.Search, last.ID}.encode()
	}
	return r, nil
}

// Export writes everyone whom the query means as CSV, in the query's order. The words
// of the first line and the days are those of p, of its zone; an import reads them again.
func (s *Service) Export(ctx context.Context, by actor.Actor, space id.ID, q Query, p i18n.Printer, w io.Writer) error {
	if err := by.May("member.export", space, "", nil); err != nil {
		return err
	}
	if err := s.db.Tx(ctx, func(ctx context.Context) error {
		return s.audit.Record(ctx, by, space, "member.export", space, map[string]any{"text": q.Text, "role": q.Role, "plan": q.Plan})
	}); err != nil {
		return fault.Wrap(err, "export")
	}
	out := sheet.NewWriter(w)
	out.Row(p.T("people.name"), p.T("people.email"), p.T("people.phone"), p.T("people.role"), p.T("people.plan"),
		p.T("people.certifications"), p.T("people.joined"), p.T("people.suspended"), p.T("people.tags"))
	now := s.clock.Now()
	everyone, err := s.store.everyone(ctx, space, q.normal(), now)
	if err != nil {
		return fault.Wrap(err, "people of %s", space)
	}
	for part := range slices.Chunk(everyone, MaxPage) {
		if err := s.exportPart(ctx, space, q.Left, part, now, p, out); err != nil {
			return fault.Wrap(err, "people of %s", space)
		}
	}
	return out.Close()
}

// exportPart writes these people, in their order.
func (s *Service) exportPart(ctx context.Context, space id.ID, left bool, part []id.ID, now clock.Instant, p i18n.Printer, out *sheet.Writer) error {
	people, err := s.store.those(ctx, space, left, part, now)
	if err != nil {
		return err
	}
	codes, err := s.store.heldCodes(ctx, space, people, now)
	if err != nil {
		return err
	}
	tags, err := s.store.tagsOfAll(ctx, space, people)
	if err != nil {
		return err
	}
	for _, m := range people {
		var tagged []string
		for _, t := range tags[m.ID] {
			tagged = append(tagged, t.In(p.Locale))
		}
		out.Row(m.Name, m.Email, m.Phone, p.T("role."+string(m.Role)), m.PlanName.In(p.Locale),
			strings.Join(codes[m.ID], ", "), p.FileDay(m.JoinedAt), p.FileDay(m.SuspendedAt), strings.Join(tagged, ", "))
	}
	return nil
}

// searchPatterns are the LIKE patterns (escaped by a backslash) of one word. One of digits is also
// looked for at the end of the phone, which stands last in the column; the
// middle of a number tells nothing.
func searchPatterns(word string) []any {
	number := digits(word)
	if number == "" || strings.Trim(word, "0123456789()-./+") != "" {
		return []any{"%" + escaped(word) + "%"}
	}
	return []any{"%" + escaped(word) + "%\n%", "%" + number}
}

// escaped is a text that stands for itself in a pattern.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// cursor is the last person of a page.
type cursor struct {
	Place  int64
	Search string
	ID     id.ID
}

func (c cursor) encode() string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(c.ID) + strconv.FormatInt(c.Place, 10) + c.Search))
}

func decodeCursor(s string) (cursor, bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 27 || b[26] != '0' && b[26] != '1' {
		return cursor{}, false
	}
	i, ok := id.Parse(string(b[:26]))
	return cursor{int64(b[26] - '0'), string(b[27:]), i}, ok
}
