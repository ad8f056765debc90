package consent

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/pdf"
)

// Copy is a signature as a paper: the text as it was shown, in the language it was
// read in, and who signed it when, from where and how. It is the same file each time.
func (s *Service) Copy(ctx context.Context, by actor.Actor, acceptance id.ID) (Signed, []byte, error) {
	a, err := s.Acceptance(ctx, by, acceptance)
	if err != nil {
		return a, nil, err
	}
	sp, err := s.spaces.Space(ctx, a.SpaceID)
	if err != nil {
		return a, nil, err
	}
	member, err := s.members.Person(ctx, "", a.MemberID)
	if err != nil {
		return a, nil, err
	}
	p := i18n.For(a.Language).In(sp.Zone)
	title := a.Text.Title.In(a.Language)
	paper := pdf.New(title, sp.Name.In(a.Language)+" · "+title, a.AcceptedAt.Time)
	paper.Heading(1, title)
	paper.Text(pdf.Run{Text: p.T("consent.copy.version", "Number", a.Text.Number, "Day", p.Date(a.Text.PublishedAt, sp.Zone))})
	setBlocks(paper, Blocks(a.Text.Body.In(a.Language)))
	paper.Line()
	paper.Heading(2, p.T("consent.copy.signed"))
	facts := [][2]string{
		{p.T("consent.copy.for"), member.Name},
		{p.T("consent.copy.name"), a.Name},
		{p.T("consent.copy.at"), p.Moment(a.AcceptedAt, sp.Zone) + " (" + sp.Zone.String() + ")"},
		{p.T("consent.copy.how"), p.T("consent.how." + string(a.How))},
		{p.T("consent.copy.address"), a.Address},
		{p.T("consent.copy.note"), a.Note},
		{p.T("consent.copy.hash"), a.Hash},
		{p.T("consent.copy.id"), a.ID.String()},
	}
	if a.Guardian {
		facts[0][1] = p.T("consent.copy.guardian", "Minor", member.Name)
	}
	if a.RecordedBy != "" {
		staff, err := s.members.Person(ctx, "", a.RecordedBy)
		if err != nil {
			return a, nil, err
		}
		facts = append(facts, [2]string{p.T("consent.copy.recorded"), staff.Name})
	}
	for _, f := range facts {
		if f[1] != "" {
			paper.Fact(f[0], f[1])
		}
	}
	if strokes, ok := Strokes(a.Drawing); ok {
		paper.Fact(p.T("consent.copy.drawing"), " ")
		paper.Drawing(DrawingWide, DrawingHigh, points(strokes))
	}
	file, err := paper.Bytes()
	return a, file, fault.Wrap(err, "copy of %s", acceptance)
}

// FileName is what the copy of a signature is called where it is stored.
func (a Signed) FileName(zone *time.Location) string {
	title := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || unicode.IsControl(r) {
			return '-'
		}
		return r
	}, a.Text.Title.In(a.Language))
	return title + " " + string(clock.DayOf(a.AcceptedAt, zone)) + ".pdf"
}

func setBlocks(paper *pdf.Paper, blocks []Block) {
	for _, b := range blocks {
		runs := make([]pdf.Run, len(b.Spans))
		heading := ""
		for i, s := range b.Spans {
			runs[i] = pdf.Run{Text: s.Text, Bold: s.Bold}
			heading += s.Text
		}
		switch b.Kind {
		case Heading:
			paper.Heading(2, heading)
		case Bullet:
			paper.Item("•", runs...)
		case Numbered:
			paper.Item(strconv.Itoa(b.Number)+".", runs...)
		default:
			paper.Text(runs...)
		}
	}
}

func points(strokes [][]Point) [][]pdf.Point {
	list := make([][]pdf.Point, len(strokes))
	for i, stroke := range strokes {
		for _, p := range stroke {
			list[i] = append(list[i], pdf.Point{X: float64(p.X), Y: float64(p.Y)})
		}
	}
	return list
}

// ChildSigned is what was signed for a child, to a guardian whose consent runs.
func (s *Service) ChildSigned(ctx context.Context, by actor.Actor, g Guardianship) ([]Signed, error) {
	guards, err := s.Guards(ctx, by, g.SpaceID, g.MemberID)
	if err != nil {
		return nil, err
	}
	if !guards {
		return nil, ErrNoSuchGuardian
	}
	all, err := s.store.acceptances(ctx, g.SpaceID, g.MemberID)
	if err != nil {
		return nil, fault.Wrap(err, "acceptances of %s", g.MemberID)
	}
	return s.signed(ctx, all)
}
