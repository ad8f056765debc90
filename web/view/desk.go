package view

import (
	"slices"

	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/desk"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/internal/reports"
)

// DeskProps is the board of the front desk.
type DeskProps struct {
	Query    string // what was looked for; empty: nothing
	Found    []AtDesk
	Matches  int64 // of whom Found are the first
	Arrivals reports.Arrivals
	State    reports.ArrivalState // that is shown alone; empty: all
	Page     int
	Size     int   // rows on a full page
	Waiting  int64 // people who want a plan
}

// AtDesk is somebody whom a search found.
type AtDesk struct {
	members.Listed
	Visit desk.Visit // that they are in the midst of; the zero Visit: none
}

// At is the address of the board with one state and page.
func (p DeskProps) at(f Frame, state reports.ArrivalState, page int) string {
	to := f.At("desk")
	if state != "" {
		to = With(to, "state", string(state))
	}
	if page > 1 {
		to = With(to, "page", itoa(page))
	}
	return to
}

func (p DeskProps) chips(f Frame) []Chip {
	chips := []Chip{{Label: f.T("desk.state.all", "N", p.Arrivals.Total("")), Href: p.at(f, "", 1), Current: p.State == ""}}
	for _, state := range reports.ArrivalStates {
		if n := p.Arrivals.Total(state); n > 0 || state == p.State {
			chips = append(chips, Chip{Label: f.T("desk.state."+string(state), "N", n), Href: p.at(f, state, 1), Current: p.State == state})
		}
	}
	return chips
}

func (p DeskProps) pager(f Frame) PagerProps {
	pager := PagerProps{Total: p.Arrivals.Total(p.State)}
	if p.Page > 1 {
		pager.Prev = p.at(f, p.State, p.Page-1)
	}
	if p.Page*p.Size < pager.Total {
		pager.Next = p.at(f, p.State, p.Page+1)
	}
	return pager
}

// newcomer is the address of the form for whoever was looked for and not found: with
// what was typed as their name, or as how to reach them.
func (p DeskProps) newcomer(f Frame) string {
	field := "name"
	for _, r := range p.Query {
		if r == '@' || r >= '0' && r <= '9' {
			field = "contact"
		}
	}
	return With(f.At("desk", "walk-in"), field, p.Query)
}

// arrivalKind is the badge of a state.
func arrivalKind(s reports.ArrivalState) string {
	switch s {
	case reports.Late:
		return "warn"
	case reports.Present:
		return "ok"
	case reports.Missed:
		return "bad"
	case reports.Gone:
		return "done"
	}
	return "info"
}

// arrivalAt is what somebody comes for.
func arrivalAt(f Frame, a reports.Arrival) string {
	switch a.Kind {
	case reports.ForBooking:
		return "/bookings/" + a.Subject.String()
	case reports.ForEvent:
		return f.At("events", a.Subject.String())
	}
	return f.At("desk", "visits", a.Subject.String())
}

// checksIn reports whether the booking can be begun from the board.
func checksIn(f Frame, a reports.Arrival) bool {
	waits := a.State == reports.Late || a.State == reports.Expected || a.State == reports.Present && a.Visit != ""
	return a.Kind == reports.ForBooking && waits && a.EndsAt.After(f.Now) && !f.Now.Before(a.StartsAt.Add(-earlyToCheckIn)) && !a.InUse
}

// WalkInProps is the form for somebody at the door, as it was filled in.
type WalkInProps struct {
	Key       string // of this showing of the form: sent twice, one is let in once
	Member    string // somebody known; empty: somebody new
	Other     bool   // it is none of Known
	Known     []desk.Person
	Name      string
	Contact   string
	Locale    string
	Birthday  string
	Guardian  string
	Verified  string
	Pass      string // "plan" or "plan:group"
	Passes    []desk.Pass
	Proof     bool // what a lower price asks for was seen
	Amount    string
	Papers    []DoorPaper
	Ticked    []string // values of the papers that are to be signed
	Sent      bool     // the form was sent: what is not among Ticked is not
	Signature string
	Drawing   string
	Wristband string
	Errors    Errors
}

// DoorPaper is a text that is signed at the door.
type DoorPaper struct {
	Document id.ID
	Text     consent.Version
	Audience consent.Audience
	Language string // in which it is shown
}

func (d DoorPaper) value() string {
	return d.Document.String() + ":" + d.Text.ID.String() + ":" + d.Language
}

// ticked reports whether a paper that not everybody signs is to be signed now.
func (p WalkInProps) ticked(d DoorPaper) bool { return !p.Sent || slices.Contains(p.Ticked, d.value()) }

func passValue(p desk.Pass) string {
	if p.Group == "" {
		return p.Plan.String()
	}
	return p.Plan.String() + ":" + p.Group
}

// chosen reports whether this pass is chosen; the first is, where nothing was said.
func (p WalkInProps) chosen(i int) bool {
	return passValue(p.Passes[i]) == p.Pass || p.Pass == "" && i == 0
}

// free reports whether one pays what one can for one of the passes.
func (p WalkInProps) free() bool {
	for _, pass := range p.Passes {
		if pass.Free {
			return true
		}
	}
	return false
}

// conceded reports whether one of the passes is for those who show a proof.
func (p WalkInProps) conceded() bool {
	return slices.ContainsFunc(p.Passes, func(pass desk.Pass) bool { return pass.Conceded })
}

// again is the form for somebody whom the house knows.
func (p WalkInProps) again(f Frame, member id.ID) string {
	return With(f.At("desk", "walk-in"), "member", member.String())
}

// VisitProps is the slip of a visit.
type VisitProps struct {
	Visit  desk.Visit
	Member members.Member
	Pass   plans.Run // the zero Run: none was sold
	Signed []consent.Signed
}

// PersonDesk is what the desk must know of somebody whose page is open.
type PersonDesk struct {
	Visit   desk.Visit // that they are in the midst of; the zero Visit: none
	Consent consent.Standing
	Due     []money.Amount
}

// flags are the badges of what keeps somebody from something, or asks for care.
func (p PersonProps) deskFlags(f Frame) []Chip {
	var flags []Chip
	st := p.Desk.Consent
	if st.Minor {
		flags = append(flags, Chip{Label: f.T("desk.flag.minor", "Age", consent.Age(st.Birthday, clock.DayOf(f.Now, f.Zone))), Class: "warn", Icon: "user"})
		if !st.Consented {
			flags = append(flags, Chip{Label: f.T("desk.flag.guardian"), Class: "bad", Icon: "triangle-alert"})
		}
	}
	if n := len(st.Unsigned); n > 0 {
		flags = append(flags, Chip{Label: f.T("desk.flag.unsigned", "Count", n), Class: "warn", Icon: "pencil"})
	}
	if !p.Terms.Active() {
		flags = append(flags, Chip{Label: f.T("desk.flag.no_plan"), Class: "warn", Icon: "ticket"})
	}
	for _, a := range p.Desk.Due {
		if a.Minor > 0 {
			flags = append(flags, Chip{Label: f.T("desk.flag.due", "Amount", f.Money(a)), Class: "info", Icon: "circle-alert"})
		}
	}
	return flags
}
