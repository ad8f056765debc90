package view

import (
	"strings"

	"guildhall/internal/id"
	"guildhall/internal/profiles"
	"guildhall/internal/reports"
)

// ProfileProps is what a page about a profile shows. Form names the form that was
// refused, whose errors and typed values are shown again.
type ProfileProps struct {
	Sheet  profiles.Sheet
	Member id.ID
	Form   string
	Errors Errors
	Typed  func(field string) string
}

func (p ProfileProps) errors(form string) Errors {
	if p.Form == form {
		return p.Errors
	}
	return nil
}

func (p ProfileProps) value(field, otherwise string) string {
	if p.Form == "profile" && p.Typed != nil {
		return p.Typed(field)
	}
	return otherwise
}

// PortraitURL is where somebody's photograph is.
func PortraitURL(portrait id.ID) string { return "/portraits/" + portrait.String() }

// initial is the letter that stands where there is no photograph.
func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return ""
}

// answerOptions are the choices of a field, or yes and no.
func answerOptions(f Frame, field profiles.Field, chosen string) []Option {
	options := []Option{{Value: "", Label: f.T("profiles.unanswered"), Selected: chosen == ""}}
	if field.Kind == profiles.YesNo {
		for _, v := range []string{"yes", "no"} {
			options = append(options, Option{Value: v, Label: f.T("profiles." + v), Selected: chosen == v})
		}
	}
	for i, c := range field.Choices {
		options = append(options, Option{Value: itoa(i), Label: f.Words(c), Selected: chosen == itoa(i)})
	}
	return options
}

// fieldInput is the type of the input of a field.
func fieldInput(k profiles.Kind) string {
	if k == profiles.Date {
		return "date"
	}
	return "text"
}

// FieldsProps is what the pages of a space's questions show. Field is as typed.
type FieldsProps struct {
	Fields []profiles.Field
	Field  profiles.Field
	Errors Errors
}

func fieldKinds(f Frame, chosen profiles.Kind) []Option {
	var options []Option
	for _, k := range profiles.Kinds {
		options = append(options, Option{Value: string(k), Label: f.T("fields.kind." + string(k)), Selected: k == chosen})
	}
	return options
}

func whoseOptions(f Frame, key, chosen string) []Option {
	var options []Option
	for _, w := range []string{profiles.ByMember, profiles.ByStaff} {
		options = append(options, Option{Value: w, Label: f.T("fields." + key + "." + w), Selected: w == chosen})
	}
	return options
}

// choiceLines are the choices of a field in a language, one a line.
func choiceLines(c profiles.Choices, zh bool) string {
	var lines []string
	for _, t := range c {
		if zh {
			lines = append(lines, t.ZH)
		} else {
			lines = append(lines, t.EN)
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// DirectoryProps is what a page of the directory shows.
type DirectoryProps struct {
	Entries []profiles.Entry
	Total   int
	Words   string
	Page    int
}

func (p DirectoryProps) pager(f Frame) PagerProps {
	at := func(page int) string {
		address := f.At("directory")
		if p.Words != "" {
			address = With(address, "q", p.Words)
		}
		return With(address, "page", itoa(page))
	}
	pager := PagerProps{Total: -1}
	if p.Page > 1 {
		pager.Prev = at(p.Page - 1)
	}
	if p.Page*profiles.DirectoryPage < p.Total {
		pager.Next = at(p.Page + 1)
	}
	return pager
}

// AboutMeProps is what the page about being counted shows; Answer gives what is chosen.
type AboutMeProps struct {
	Told   profiles.Demographics
	Answer func(question string) string
	Errors Errors
}

func aboutMeOptions(f Frame, question, chosen string) []Option {
	options := []Option{{Value: "", Label: f.T("about_me.unsaid"), Selected: chosen == ""}}
	for _, o := range profiles.Options[question] {
		options = append(options, Option{Value: o, Label: MakerAnswer(f, question, o), Selected: o == chosen})
	}
	return options
}

// MakerAnswer is an answer about oneself in words.
func MakerAnswer(f Frame, question, answer string) string {
	if answer == "" {
		return f.T("about_me.unsaid")
	}
	return f.T("about_me." + question + "." + answer)
}

// share is how wide the bar of a group is, in hundredths of a percent of the largest.
func share(b reports.Breakdown, g reports.Group) int {
	most := 1
	for _, o := range b.Groups {
		most = max(most, o.People)
	}
	return g.People * 10000 / most
}
