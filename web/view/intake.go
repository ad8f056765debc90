package view

import (
	"cmp"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/imports"
	"guildhall/internal/intake"
	"guildhall/internal/sheet"
)

// linesAtOnce is how many lines of a file a page shows.
const linesAtOnce = 100

// IntakeProps is a file of people that is looked at.
type IntakeProps struct {
	Preview imports.Preview
	By      string       // who ran it last, or took it back; empty: nobody who is known
	Show    imports.Fate // only lines of this fate; empty: all
	Page    int          // from 1
	Errors  Errors
}

// WordsProps are the words of a file, and what they can mean.
type WordsProps struct {
	Mapping               intake.Mapping
	Plans, Certifications []Option
	Tags                  []Option
	Roles                 []actor.Role
}

// FieldName is what a column means, in words; empty for the whole line.
func FieldName(f Frame, field string) string {
	if field == "" {
		return ""
	}
	return f.T("intake.field." + field)
}

func (p IntakeProps) lines() []imports.Line {
	var shown []imports.Line
	for _, l := range p.Preview.Lines {
		if p.Show == "" || l.Fate == p.Show {
			shown = append(shown, l)
		}
	}
	return shown
}

func (p IntakeProps) href(f Frame) string {
	return f.At("imports", "members", p.Preview.Import.ID.String())
}

func (p IntakeProps) chips(f Frame) []Chip {
	chips := []Chip{{Label: f.T("intake.show.all", "N", f.Number(int64(len(p.Preview.Lines)))), Href: p.href(f), Current: p.Show == ""}}
	for _, fate := range []imports.Fate{imports.Create, imports.Gain, imports.Unchanged, imports.Refused} {
		if n := p.Preview.Count(fate); n > 0 {
			chips = append(chips, Chip{
				Label: f.T("intake.show."+string(fate), "N", f.Number(int64(n))), Href: With(p.href(f), "show", string(fate)), Current: p.Show == fate,
			})
		}
	}
	return chips
}

// page is the part of the lines that is shown, and the way to the others.
func (p IntakeProps) page(f Frame) ([]imports.Line, PagerProps) {
	lines := p.lines()
	pages := pagesOf(len(lines), linesAtOnce)
	page := min(p.Page, pages)
	pager := pagerOf(int64(len(lines)), page, pages, func(n int) string { return With(With(p.href(f), "show", string(p.Show)), "page", itoa(n)) })
	return lines[(page-1)*linesAtOnce : min(page*linesAtOnce, len(lines))], pager
}

func fieldOptions(f Frame, chosen intake.Field) []Option {
	options := []Option{{Value: "", Label: f.T("intake.leave_out"), Selected: chosen == intake.LeftOut}}
	for _, field := range intake.Fields {
		options = append(options, Option{Value: string(field), Label: FieldName(f, string(field)), Selected: chosen == field})
	}
	return options
}

func encodingOptions(f Frame, m intake.Mapping) []Option {
	options := []Option{{Value: "", Label: f.T("intake.guessed", "What", m.Layout.Encoding.Name()), Selected: m.Settings.Encoding == ""}}
	for _, e := range sheet.Encodings {
		options = append(options, Option{Value: string(e), Label: e.Name(), Selected: m.Settings.Encoding == e})
	}
	return options
}

func separatorOptions(f Frame, m intake.Mapping) []Option {
	options := []Option{{Value: "", Label: f.T("intake.guessed", "What", f.T("intake.separator."+string(m.Layout.Separator))), Selected: m.Settings.Separator == ""}}
	for _, s := range sheet.Separators {
		options = append(options, Option{Value: string(s), Label: f.T("intake.separator." + string(s)), Selected: m.Settings.Separator == s})
	}
	return options
}

func dateOptions(f Frame, m intake.Mapping) []Option {
	var options []Option
	for _, d := range intake.DateOrders {
		options = append(options, Option{Value: string(d), Label: f.T("intake.dates." + string(d)), Selected: m.Settings.Dates == d})
	}
	return options
}

func sourceOptions(f Frame, m intake.Mapping) []Option {
	options := []Option{{Value: "", Label: f.T("intake.source.other"), Selected: m.Settings.Source == ""}}
	seen := map[string]bool{}
	for _, p := range intake.Presets {
		if !seen[p.Key] {
			options = append(options, Option{Value: p.Key, Label: p.Name, Selected: m.Settings.Source == p.Key})
			seen[p.Key] = true
		}
	}
	return options
}

// wordOptions are what a word can mean: nothing chosen yet, one of these, a new one, or none.
func wordOptions(f Frame, w intake.Word, of []Option, none string) []Option {
	options := []Option{{Value: "", Label: f.T("intake.choose"), Selected: w.Means == ""}}
	for _, o := range of {
		o.Selected = o.Value == w.Means
		options = append(options, o)
	}
	if w.New {
		options = append(options, Option{Value: intake.Made, Label: f.T("intake.words.new_tag"), Selected: w.Means == intake.Made})
	}
	if none != "" {
		options = append(options, Option{Value: intake.None, Label: none, Selected: w.Means == intake.None})
	}
	return options
}

func roleChoices(f Frame, roles []actor.Role) []Option {
	options := make([]Option, len(roles))
	for i, r := range roles {
		options[i] = Option{Value: string(r), Label: f.Word("role", string(r))}
	}
	return options
}

// Mistakes are what is wrong with a line, in a sentence for each.
func Mistakes(f Frame, problems []sheet.Problem) string {
	said := make([]string, len(problems))
	for i, p := range problems {
		said[i] = f.Fault(p.Fault)
		if p.Column != "" {
			said[i] = f.T("intake.mistake", "Column", FieldName(f, p.Column), "Says", said[i])
		}
	}
	return strings.Join(said, " ")
}

// added is something that a line tells of somebody, in words.
func added(f Frame, a imports.Added) string {
	text := a.Text
	switch field := intake.Field(a.Field); {
	case field == intake.Role:
		text = f.Word("role", a.Text)
	case field == intake.Locale && a.Text == "en":
		text = "English"
	case field == intake.Locale:
		text = "中文"
	case slices.Contains(intake.Days, field):
		text = cmp.Or(f.DateOf(clock.Day(a.Text)), a.Text) // a year long ago stays as it is written
	}
	return f.T("intake.adds", "Field", FieldName(f, a.Field), "Text", text)
}

// given is what a line gives, in words.
func given(f Frame, l imports.Line) []string {
	names := make([]string, len(l.Gives))
	for i, g := range l.Gives {
		names[i] = f.Words(g)
	}
	return names
}

// progressed says how far an import is, and for how long it will go on or why it does not.
func progressed(f Frame, i imports.Import) []string {
	said := []string{f.T("intake.progress", "Done", f.Number(i.Position), "Total", f.Number(i.Total))}
	if left := i.Left(f.Now); i.Busy() && left > 0 {
		said = append(said, f.T("intake.progress.left", "Time", f.Duration(left)))
	}
	if i.State == imports.Stopped && i.Reason != "" && !i.Forgotten() {
		said = append(said, f.T("intake.stopped.role"))
	}
	return said
}

// imported says what an import did.
func imported(f Frame, i imports.Import) []string {
	said := []string{f.T("imports."+string(i.Kind)+".created", "Count", int(i.Created))}
	if i.Gained > 0 {
		said = append(said, f.T("intake.done.gained", "Count", int(i.Gained)))
	}
	if i.Unchanged > 0 {
		said = append(said, f.T("imports.done.unchanged", "Count", int(i.Unchanged)))
	}
	if i.Refused > 0 {
		said = append(said, f.T("intake.done.refused", "Count", int(i.Refused)))
	}
	return said
}

// undoneBy says when an import was taken back, by whom, and how much of it.
func undoneBy(f Frame, i imports.Import, by string) []string {
	when := f.DayMoment(i.UndoneAt, f.Now, f.Zone)
	if by == "" {
		return append([]string{f.T("intake.undone.at", "When", when)}, undone(f, i)...)
	}
	return append([]string{f.T("intake.undone.by", "When", when, "Name", by)}, undone(f, i)...)
}

// undone says how much of an import was taken back.
func undone(f Frame, i imports.Import) []string {
	said := []string{f.T("intake.undone.taken", "Count", int(i.Taken))}
	if i.Stayed > 0 {
		said = append(said, f.T("intake.undone.stayed", "Count", int(i.Stayed)))
	}
	return said
}
