package certifications

import (
	"context"
	"io"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/sheet"
)

// HoldersQuery says which holders of a kind are looked for, and which page of them.
type HoldersQuery struct {
	Show string // "": who holds it now; "expiring": whose ends soon; "past": whose is over
	Page int    // from 1
}

// The choices of HoldersQuery.Show.
const (
	ShowExpiring = "expiring"
	ShowPast     = "past"
)

// holdersPage is how many holders stand on a page.
const holdersPage = 50

// Holder is somebody with a grant of a kind.
type Holder struct {
	Grant
	Name          string
	GrantedByName string // empty: the house
}

// HolderPage is a page of the holders of a kind.
type HolderPage struct {
	Holders []Holder
	Total   int64
	Page    int
}

// Pages is how many pages there are, at least one.
func (p HolderPage) Pages() int { return max(1, int((p.Total+holdersPage-1)/holdersPage)) }

// HoldersOf lists who was granted a kind, by name, a page at a time.
func (s *Service) HoldersOf(ctx context.Context, by actor.Actor, space, kind id.ID, q HoldersQuery) (HolderPage, error) {
	if err := by.May("certification.holders", space, "", nil); err != nil {
		return HolderPage{}, err
	}
	k, err := s.store.kind(ctx, space, kind)
	if err != nil {
		return HolderPage{}, err
	}
	p := HolderPage{Page: min(max(q.Page, 1), 1_000_000)}
	p.Holders, p.Total, err = s.store.holdersOf(ctx, k, q.Show, s.Clock.Now(), holdersPage, (p.Page-1)*holdersPage)
	return p, fault.Wrap(err, "holders of %s", kind)
}

// Counts are how many hold each kind of a space now.
func (s *Service) Counts(ctx context.Context, by actor.Actor, space id.ID) (map[id.ID]int64, error) {
	if err := by.May("certification.holders", space, "", nil); err != nil {
		return nil, err
	}
	counts, err := s.store.counts(ctx, space, s.Clock.Now())
	return counts, fault.Wrap(err, "holders in %s", space)
}

// ExportHolders writes all of them that q means as CSV.
func (s *Service) ExportHolders(ctx context.Context, by actor.Actor, space, kind id.ID, q HoldersQuery, p i18n.Printer, w io.Writer) error {
	if err := by.May("member.export", space, "", nil); err != nil {
		return err
	}
	k, err := s.Kind(ctx, by, space, kind)
	if err != nil {
		return err
	}
	if err := s.DB.Tx(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, by, space, "member.export", kind, map[string]any{"certification": k.Code, "show": q.Show})
	}); err != nil {
		return fault.Wrap(err, "export")
	}
	out := sheet.NewWriter(w)
	out.Row(p.T("people.name"), p.T("certifications.granted_on"), p.T("certifications.granted_by"), p.T("certifications.until"),
		p.T("certifications.score"), p.T("certifications.note"))
	for q.Page = 1; ; q.Page++ {
		page, err := s.HoldersOf(ctx, by, space, kind, q)
		if err != nil {
			return err
		}
		for _, h := range page.Holders {
			score := ""
			if h.Score != nil {
				score = p.Number(*h.Score)
			}
			out.Row(h.Name, day(h.GrantedAt), h.GrantedByName, day(h.ExpiresAt), score, h.Note)
		}
		if q.Page >= page.Pages() {
			return out.Close()
		}
	}
}

func day(at clock.Instant) string {
	if at.IsZero() {
		return ""
	}
	return at.Format("2006-01-02")
}
