package view

import (
	"slices"
	"strconv"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/reports"
	"guildhall/internal/teams"
)

// PeopleProps is what the list of people shows.
type PeopleProps struct {
	Roll  members.Roll
	Query members.Query
	Plans []plans.Plan
	Kinds []certifications.Kind
	Tags  []members.Tag
}

// set are the flags that are asked for.
func (p PeopleProps) set() []string {
	var set []string
	for name, on := range map[string]bool{"proofs": p.Query.Among != nil, "left": p.Query.Left, "pinned": p.Query.Pinned, "unconfirmed": p.Query.Unconfirmed} {
		if on {
			set = append(set, name)
		}
	}
	slices.Sort(set)
	return set
}

// href is the list with one value of its query replaced. It begins at the first page again.
func (p PeopleProps) href(f Frame, name, value string) string {
	address := f.At("people")
	for _, v := range [][2]string{
		{"q", p.Query.Text}, {"role", string(p.Query.Role)}, {"plan", string(p.Query.Plan)},
		{"certification", string(p.Query.Certification)}, {"tag", string(p.Query.Tag)}, {"sort", string(p.Query.Sort)},
	} {
		if v[1] != "" && (v[0] != "sort" || p.Query.Sort != members.ByName) {
			address = With(address, v[0], v[1])
		}
	}
	if p.Query.Suspended {
		address = With(address, "suspended", "yes")
	}
	for _, flag := range p.set() {
		address = With(address, flag, "yes")
	}
	if name == "" {
		return address
	}
	return With(address, name, value)
}

func (p PeopleProps) export(f Frame) string {
	return strings.Replace(p.href(f, "", ""), f.At("people"), f.At("people.csv"), 1)
}

func (p PeopleProps) filtered() bool {
	q := p.Query
	return q.Text != "" || q.Role != "" || q.Plan != "" || q.Certification != "" || q.Suspended || q.Tag != "" || len(p.set()) > 0
}

// roles are the filters by role, and by suspension.
func (p PeopleProps) roles(f Frame) []Chip {
	everybody := With(p.href(f, "role", ""), "suspended", "")
	chips := []Chip{{Label: f.T("people.all"), Href: everybody, Current: p.Query.Role == "" && !p.Query.Suspended}}
	for _, r := range actor.Roles[1:] {
		chips = append(chips, Chip{Label: f.T("people.filter." + string(r)), Href: With(everybody, "role", string(r)), Current: p.Query.Role == r})
	}
	return append(chips, Chip{Label: f.T("people.suspended"), Icon: "ban", Href: With(p.href(f, "role", ""), "suspended", "yes"), Current: p.Query.Suspended})
}

func (p PeopleProps) planOptions(f Frame) []Option {
	options := []Option{{Value: "", Label: f.T("people.plan.any")}}
	for _, state := range members.PlanStates {
		options = append(options, Option{Value: string(state), Label: f.T("people.plan." + string(state)), Selected: p.Query.Plan == state})
	}
	for _, plan := range p.Plans {
		label := f.Words(plan.Name)
		if plan.Archived() {
			label = f.T("plans.archived.name", "Name", label)
		}
		options = append(options, Option{Value: string(plan.ID), Label: label, Selected: p.Query.Plan == plan.ID})
	}
	return options
}

func (p PeopleProps) kindOptions(f Frame) []Option {
	options := []Option{{Value: "", Label: f.T("people.certification.any")}}
	for _, c := range p.Kinds {
		options = append(options, Option{Value: string(c.ID), Label: f.Words(c.Name), Selected: p.Query.Certification == c.ID})
	}
	return options
}

func (p PeopleProps) columns(f Frame) []Column {
	column := func(sort members.Sort, label, order string) Column {
		c := Column{Label: label, Sort: p.href(f, "sort", string(sort))}
		if sort == members.ByName {
			c.Sort = p.href(f, "sort", "")
		}
		if p.Query.Sort == sort || p.Query.Sort == "" && sort == members.ByName {
			c.Order = order
		}
		return c
	}
	certified := Column{Label: f.T("people.certifications"), Class: "amount"}
	return []Column{
		column(members.ByName, f.T("people.name"), "ascending"),
		column(members.ByRole, f.T("people.role"), "ascending"),
		column(members.ByPlan, f.T("people.plan"), "ascending"),
		certified,
		column(members.ByJoined, f.T("people.joined"), "descending"),
	}
}

func (p PeopleProps) pager(f Frame) PagerProps {
	return pagerOf(p.Roll.Total, p.Roll.Page, p.Roll.Pages(), func(page int) string { return With(p.href(f, "", ""), "page", itoa(page)) })
}

// PersonProps is what the page of one person shows. Form names the form that
// was refused, whose errors and typed values are shown again.
type PersonProps struct {
	Person members.Person
	Reach  members.Reach      // how much of the profile the reader may change
	Runs   []plans.Run        // of plans, the latest first
	Asked  *plans.Application // that waits for the reader's answer; nil: none
	Wish   plans.Plan         // that it asks for
	Terms  plans.Terms        // of now
	Plans  []plans.Plan
	Kinds  []certifications.Kind
	Grants []certifications.Held // the latest first
	Ahead  []reports.Ahead
	Team   *teams.Sheet    // nil: they are in none
	Behind []reports.Ahead // a page of those that are over
	Page   int
	More   bool                 // pages after it
	Things []equipment.Resource // what can be booked for them
	Kept   PersonKept
	Desk   PersonDesk
	Form   string
	Errors Errors
	Typed  func(field string) string
}

// behindPager turns the pages of what is behind the person.
func (p PersonProps) behindPager(f Frame) PagerProps {
	at := func(page int) string {
		return With(personAt(f, p.Person.Member.ID), "past", itoa(page)) + "#past"
	}
	pager := PagerProps{Total: -1}
	if p.Page > 1 {
		pager.Prev = at(p.Page - 1)
	}
	if p.More {
		pager.Next = at(p.Page + 1)
	}
	return pager
}

func (p PersonProps) errors(form string) Errors {
	if p.Form == form {
		return p.Errors
	}
	return nil
}

func (p PersonProps) value(form, field, otherwise string) string {
	if p.Form == form && p.Typed != nil {
		return p.Typed(field)
	}
	return otherwise
}

// held are the grants that count now, and past those that don't any more.
func (p PersonProps) held(now clock.Instant) (held, past []certifications.Held) {
	for _, g := range p.Grants {
		if g.Valid(now) {
			held = append(held, g)
		} else {
			past = append(past, g)
		}
	}
	return held, past
}

// stampState is how a grant's stamp looks: in ink, ending soon, expired or taken back.
func stampState(g certifications.Held, now clock.Instant) string {
	switch {
	case !g.RevokedAt.IsZero():
		return "bad"
	case !g.Valid(now):
		return "expired"
	case !g.ExpiresAt.IsZero() && g.ExpiresAt.Sub(now).Hours() < 30*24:
		return "pending"
	}
	return ""
}

// running is the run of a plan that is on now.
func (p PersonProps) running(now clock.Instant) (plans.Run, bool) {
	i := slices.IndexFunc(p.Runs, func(r plans.Run) bool { return r.Runs(now) })
	if i < 0 {
		return plans.Run{}, false
	}
	return p.Runs[i], true
}

// roleOptions are the roles that the reader may give.
func roleOptions(f Frame, from actor.Role, chosen string) []Option {
	var options []Option
	for _, r := range members.Givable(f.Role, from) {
		options = append(options, Option{Value: string(r), Label: f.T("role." + string(r)), Selected: string(r) == chosen})
	}
	return options
}

func localeOptions(chosen string) []Option {
	return []Option{{Value: "en", Label: "English", Selected: chosen != "zh-CN"}, {Value: "zh-CN", Label: "中文", Selected: chosen == "zh-CN"}}
}

func planChoices(f Frame, all []plans.Plan, chosen, none string) []Option {
	var options []Option
	if none != "" {
		options = append(options, Option{Value: "", Label: none, Selected: chosen == ""})
	}
	for _, p := range all {
		options = append(options, Option{
			Value: string(p.ID), Selected: string(p.ID) == chosen,
			Label: f.T("people.plan.choice", "Name", f.Words(p.Name), "Price", planPrice(f, p.Price(), p.Period, p.PeriodCount)),
		})
	}
	return options
}

func kindChoices(f Frame, kinds []certifications.Kind, chosen string) []Option {
	var options []Option
	for _, c := range kinds {
		options = append(options, Option{Value: string(c.ID), Label: f.Words(c.Name), Selected: string(c.ID) == chosen})
	}
	return options
}

// certify is who may grant to this person: not oneself.
func (p PersonProps) certify(f Frame) bool {
	return f.May("certification.grant") && f.Who.Member != p.Person.Member.ID
}

// suspends is who may suspend this person: not oneself.
func (p PersonProps) suspends(f Frame) bool {
	return f.May("member.suspend") && f.Who.Member != p.Person.Member.ID
}

// NewPersonProps is what the form for someone new shows.
type NewPersonProps struct {
	Plans                            []plans.Plan
	Name, Email, Phone, Locale, Plan string
	Proof                            bool   // the staff has seen the proof of a concession
	Until                            string // the last day on which it counts
	Errors                           Errors
}

// conceded reports whether one of the plans is for those who show a proof.
func (p NewPersonProps) conceded() bool {
	return slices.ContainsFunc(p.Plans, func(plan plans.Plan) bool { return plan.Conceded("") && !plan.Archived() })
}

// dated is a moment's date.
func dated(f Frame, at clock.Instant) string { return f.Date(at, f.Zone) }

func personAt(f Frame, member id.ID, parts ...string) string {
	return f.At(append([]string{"people", member.String()}, parts...)...)
}

func versionOf(n int64) string { return strconv.FormatInt(n, 10) }
