package teams

import (
	"context"
	"encoding/base64"
	"io"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/sheet"
)

// PageSize is how many teams a page has where nothing else is asked for, and
// MaxPage the most there may be.
const (
	PageSize = 50
	MaxPage  = 200
)

// maxText is how much of what is looked for is read, in characters: no name is longer.
const maxText = 200

// Query says which teams are looked for. The zero Query lists all that are not
// archived, by name.
type Query struct {
	Text     string // words of the name or of the billing name
	Kind     Kind
	Archived bool
	Limit    int    // 0: PageSize
	Page     int    // from 1; 0: the first
	Cursor   string // instead of Page: what Roll.Next was
}

// Listed is one team in the list.
type Listed struct {
	Team
	Taken     int64 // seats
	PayerID   id.ID
	PayerName string
}

// Roll is one page of the teams of a space.
type Roll struct {
	Teams []Listed
	Total int64 // on all pages
	Page  int   // from 1
	Limit int
	Next  string // the cursor of the next page; empty: this is the last
}

// Pages is how many pages there are, at least one.
func (r Roll) Pages() int { return max(1, int((r.Total+int64(r.Limit)-1)/int64(r.Limit))) }

// Find lists the teams of a space, a page at a time: all to staff; to anybody else
// the one they are in.
func (s *Service) Find(ctx context.Context, by actor.Actor, space id.ID, q Query) (Roll, error) {
	if err := by.May("team.read", space, "", nil); err != nil {
		return Roll{}, err
	}
	if q.Limit <= 0 {
		q.Limit = PageSize
	}
	q.Limit, q.Page = min(q.Limit, MaxPage), min(max(q.Page, 1), 1_000_000)
	if text := []rune(q.Text); len(text) > maxText {
		q.Text = string(text[:maxText])
	}
	if by.Scope("team.read", space) != actor.Any {
		return s.own(ctx, by, space, q)
	}
	list, total, err := s.store.list(ctx, space, q)
	for i := range list {
		if err == nil && list[i].PayerID != "" {
			list[i].PlanSeats, err = s.Plans.Seats(ctx, space, list[i].PayerID)
		}
	}
	r := Roll{Teams: list, Total: total, Page: q.Page, Limit: q.Limit}
	if len(list) == q.Limit {
		last := list[len(list)-1]
		r.Next = encodeCursor(last.Search, last.ID)
	}
	return r, fault.Wrap(err, "teams of %s", space)
}

// own is the list of whoever sees only the team they are in.
func (s *Service) own(ctx context.Context, by actor.Actor, space id.ID, q Query) (Roll, error) {
	r := Roll{Page: 1, Limit: q.Limit}
	mine, err := s.Of(ctx, by, space)
	if f, ok := fault.As(err); ok && f.Is(ErrNoSuchTeam) {
		return r, nil
	}
	if err != nil || q.Page > 1 || q.Cursor != "" {
		return r, err
	}
	l := Listed{Team: mine.Team, Taken: int64(len(mine.Mates))}
	for _, m := range mine.Mates {
		if m.Payer {
			l.PayerID, l.PayerName = m.MemberID, m.Name
		}
	}
	r.Teams, r.Total = []Listed{l}, 1
	return r, nil
}

// Export writes every team that the query means as CSV. The words of the first line
// and the days are those of p, of its zone.
func (s *Service) Export(ctx context.Context, by actor.Actor, space id.ID, q Query, p i18n.Printer, w io.Writer) error {
	if err := by.May("team.export", space, "", nil); err != nil {
		return err
	}
	if err := s.DB.Tx(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, by, space, "team.export", space, map[string]any{"text": q.Text, "kind": q.Kind})
	}); err != nil {
		return fault.Wrap(err, "export")
	}
	out := sheet.NewWriter(w)
	out.Row(p.T("teams.name"), p.T("teams.kind"), p.T("teams.seats"), p.T("teams.taken"), p.T("teams.payer"),
		p.T("teams.billing_name"), p.T("teams.billing_address"), p.T("teams.tax_id"), p.T("teams.since"))
	q.Limit, q.Cursor = MaxPage, ""
	for q.Page = 1; ; q.Page++ {
		r, err := s.Find(ctx, by, space, q)
		if err != nil {
			return err
		}
		for _, t := range r.Teams {
			out.Row(t.Name, p.T("teams.kind."+string(t.Kind)), p.Number(t.Room()), p.Number(t.Taken), t.PayerName,
				t.BillingName, t.BillingAddress, t.TaxID, p.FileDay(t.CreatedAt))
		}
		if q.Page >= r.Pages() {
			return out.Close()
		}
	}
}

func encodeCursor(search string, team id.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(team) + search))
}

func decodeCursor(s string) (search string, team id.ID, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 26 {
		return "", "", false
	}
	team, ok = id.Parse(string(b[:26]))
	return string(b[26:]), team, ok
}
