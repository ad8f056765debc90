package booking

import (
	"slices"
	"strings"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Kind is what a rule is about.
type Kind string

// The kinds of rules, with the params each has. Of several rules that speak of a
// wish, the strictest wins.
const (
	HoursRule    Kind = "hours"    // Need
	GridRule     Kind = "grid"     // StepMin, StartsMin, WholeDays
	LengthRule   Kind = "length"   // MinMin, MaxMin
	NoticeRule   Kind = "notice"   // CreateMin, ChangeMin, CancelMin
	AheadRule    Kind = "ahead"    // Days
	PersonalRule Kind = "personal" // GapMin, AtOnce, Outstanding
	BufferRule   Kind = "buffer"   // BeforeMin, AfterMin
	PeopleRule   Kind = "people"   // AtLeast
	FirstRule    Kind = "first"    // Resource
	CheckInRule  Kind = "check_in" // ReleaseMin
)

// Scope is what a rule speaks of: a resource, a kind of them, an area, or, where
// all three are empty, the whole space.
type Scope struct {
	Space    id.ID
	Area     id.ID
	Kind     string
	Resource id.ID
}

// Rule is one row of the rules of a space.
type Rule struct {
	ID    id.ID
	Scope Scope
	Kind  Kind
	// Audience is whom it binds: "" everyone, "role:member", "group:guest" (a
	// price group) or "plan:pro" (a plan's code), by what the person is when the
	// booking starts.
	Audience string
	// Weekdays has bit 0 for Monday to bit 6 for Sunday; 0 is every day.
	Weekdays uint8
	// FromMin and ToMin are the hours of the wall it speaks of, in minutes since
	// midnight: 0 and 1440 the whole day. It speaks of a booking that touches
	// them; a grid, notice, ahead or buffer rule of one that starts in them.
	FromMin, ToMin int
	Params         Params
	// First is the name of what a FirstRule asks for, where rules are listed.
	First i18n.Text
}

// Params are the numbers of a rule; each kind reads its own and the rest are zero.
type Params struct {
	// Need is how far a booking must lie in the opening hours: "whole" (also
	// where no rule says anything), "start" for a machine that works on alone, or "none".
	Need string `json:"need,omitempty"`
	// StepMin: starts and lengths are multiples of it, on the wall since midnight.
	StepMin int `json:"step_min,omitempty"`
	// StartsMin are the only minutes since midnight at which a booking starts; empty: every step.
	StartsMin []int `json:"starts_min,omitempty"`
	// WholeDays: from midnight to midnight, on days when the space is open.
	WholeDays bool `json:"whole_days,omitempty"`
	// MinMin and MaxMin are the shortest and longest length; 0 is no limit.
	MinMin int `json:"min_min,omitempty"`
	MaxMin int `json:"max_min,omitempty"`
	// CreateMin, ChangeMin and CancelMin are the notice before the start.
	CreateMin int `json:"create_min,omitempty"`
	ChangeMin int `json:"change_min,omitempty"`
	CancelMin int `json:"cancel_min,omitempty"`
	// Days ahead, besides today, in calendar days of the space.
	Days int `json:"days,omitempty"`
	// GapMin lies between two bookings of one person; AtOnce they may hold at the
	// same time; Outstanding they may have before them. Counted within the rule's
	// scope; 0 is no limit.
	GapMin      int `json:"gap_min,omitempty"`
	AtOnce      int `json:"at_once,omitempty"`
	Outstanding int `json:"outstanding,omitempty"`
	// BeforeMin and AfterMin are kept free around a booking.
	BeforeMin int `json:"before_min,omitempty"`
	AfterMin  int `json:"after_min,omitempty"`
	// AtLeast so many people must be present.
	AtLeast int `json:"at_least,omitempty"`
	// Resource must be booked by the same person over the whole time.
	Resource id.ID `json:"resource,omitempty"`
	// ReleaseMin after the start, a booking nobody checked in to is a no-show.
	ReleaseMin int `json:"release_min,omitempty"`
}

// allWeek has every weekday set.
const allWeek = 0b111_1111

// dayMin is the number of minutes on a wall from midnight to midnight.
const dayMin = 24 * 60

// speaksOf reports whether the resource is in the scope of the rule.
func (r Rule) speaksOf(of Resource) bool {
	return r.Scope.Covers(of.ID, of.AreaID, of.Kind)
}

// counts reports whether the rule counts this booking of the holder.
func (r Rule) counts(m engagement) bool { return r.Scope.Covers(m.resource, m.area, m.kind) }

// Covers reports whether a resource is in the scope, by its id, area and kind.
func (s Scope) Covers(resource, area id.ID, kind string) bool {
	switch {
	case s.Resource != "":
		return s.Resource == resource
	case s.Kind != "":
		return s.Kind == kind
	case s.Area != "":
		return s.Area == area
	default:
		return true
	}
}

// binds reports whether the rule is for this person, by what they are at this moment.
func (r Rule) binds(h Holder, at clock.Instant) bool {
	of, name, _ := strings.Cut(r.Audience, ":")
	switch of {
	case "role":
		return string(h.Role) == name
	case "group":
		return slices.Contains(h.groupsAt(at), name)
	case "plan":
		return slices.ContainsFunc(h.plansAt(at), func(p PlanRun) bool { return p.Plan == name })
	default:
		return true
	}
}

// during reports whether the wall shows a time that the rule speaks of.
func (r Rule) during(w wall) bool { return inWeek(r.Weekdays, r.FromMin, r.ToMin, w) }

func inWeek(weekdays uint8, fromMin, toMin int, w wall) bool {
	return (weekdays == 0 || weekdays>>w.weekday&1 == 1) && fromMin <= w.minute && w.minute < toMin
}

// touches reports whether any part of the span lies in the hours of the rule.
func (r Rule) touches(s Span, zone *time.Location) bool {
	if (r.Weekdays == 0 || r.Weekdays == allWeek) && r.FromMin == 0 && r.ToMin == dayMin {
		return true
	}
	for day := range clock.Days(s.StartsAt, s.EndsAt, zone) {
		if r.Weekdays != 0 && r.Weekdays>>(day.Weekday()-1)&1 == 0 {
			continue
		}
		from, _, _ := day.At(r.FromMin, zone)
		_, to, _ := day.At(r.ToMin, zone)
		if s.overlaps(Span{from, to}) {
			return true
		}
	}
	return false
}

// The refusals of a rule that can't be.
var (
	ErrRuleKind     = fault.Invalid("kind", "booking.rule_kind", "Choose one of the kinds of rules.")
	ErrRuleScope    = fault.Invalid("scope", "booking.rule_scope", "A rule speaks of one resource, one kind, one area or the whole space.")
	ErrRuleAudience = fault.Invalid("audience", "booking.rule_audience", "Say whom it binds: everyone, a role, a price group or a plan.")
	ErrRuleHours    = fault.Invalid("hours", "booking.rule_hours", "The hours must end after they begin, within one day. For hours past midnight, make two rules.")
	ErrRuleParams   = fault.Invalid("params", "booking.rule_params", "These numbers are out of range for a rule of this kind.")
	ErrRuleItself   = fault.Invalid("first", "booking.rule_itself", "What must be booked first is itself among what the rule is for. Choose something else.")
)

// most minutes that a rule may speak of: a year.
const yearMin = 366 * dayMin

// check says everything about the rule that can't be.
func (r Rule) check() error {
	var wrong fault.Many
	of, name, named := strings.Cut(r.Audience, ":")
	if r.Audience != "" && (!named || name == "" || !slices.Contains([]string{"role", "group", "plan"}, of)) {
		wrong.Add(ErrRuleAudience)
	}
	if r.Weekdays > allWeek || r.FromMin < 0 || r.ToMin > dayMin || r.FromMin >= r.ToMin {
		wrong.Add(ErrRuleHours)
	}
	valid, known := paramsOf[r.Kind]
	switch {
	case !known:
		wrong.Add(ErrRuleKind)
	case !valid(r.Params):
		wrong.Add(ErrRuleParams)
	}
	return wrong.Err()
}

// paramsOf says for each kind whether the params are such a rule's.
var paramsOf = map[Kind]func(Params) bool{
	HoursRule: func(p Params) bool { return slices.Contains([]string{needWhole, needStart, needNone}, p.Need) },
	GridRule: func(p Params) bool {
		if p.WholeDays {
			return p.StepMin == 0 && len(p.StartsMin) == 0
		}
		return p.StepMin >= 1 && p.StepMin <= dayMin &&
			!slices.ContainsFunc(p.StartsMin, func(m int) bool { return m < 0 || m >= dayMin })
	},
	LengthRule: func(p Params) bool {
		return within(yearMin, p.MinMin, p.MaxMin) && p.MinMin+p.MaxMin > 0 && (p.MaxMin == 0 || p.MinMin <= p.MaxMin)
	},
	NoticeRule: func(p Params) bool { return within(yearMin, p.CreateMin, p.ChangeMin, p.CancelMin) },
	AheadRule:  func(p Params) bool { return within(3660, p.Days) },
	PersonalRule: func(p Params) bool {
		return within(yearMin, p.GapMin) && within(1000, p.AtOnce, p.Outstanding) && p.GapMin+p.AtOnce+p.Outstanding > 0
	},
	BufferRule:  func(p Params) bool { return within(7*dayMin, p.BeforeMin, p.AfterMin) },
	PeopleRule:  func(p Params) bool { return within(500, p.AtLeast) && p.AtLeast > 0 },
	FirstRule:   func(p Params) bool { return p.Resource != "" },
	CheckInRule: func(p Params) bool { return within(dayMin, p.ReleaseMin) && p.ReleaseMin > 0 },
}

func within(most int, numbers ...int) bool {
	return !slices.ContainsFunc(numbers, func(n int) bool { return n < 0 || n > most })
}

// Sentence is the rule as a member reads it: "At most 2 h." Whom and when it
// binds is said after it, where it is not everyone and always.
func (r Rule) Sentence(p i18n.Printer) string {
	var says []string
	add := func(on bool, key string, pairs ...any) {
		if on {
			says = append(says, p.T("rule.says."+key, pairs...))
		}
	}
	n := r.Params
	switch r.Kind {
	case HoursRule:
		add(true, "hours_"+n.Need)
	case GridRule:
		add(n.WholeDays, "whole_days")
		add(!n.WholeDays && len(n.StartsMin) == 0, "step", "Step", minutes(n.StepMin))
		add(len(n.StartsMin) > 0, "starts", "Starts", walls(p, n.StartsMin), "Step", minutes(n.StepMin))
	case LengthRule:
		add(n.MinMin > 0, "shortest", "Least", minutes(n.MinMin))
		add(n.MaxMin > 0, "longest", "Most", minutes(n.MaxMin))
	case NoticeRule:
		add(n.CreateMin > 0, "notice_create", "Notice", minutes(n.CreateMin))
		add(n.ChangeMin > 0, "notice_change", "Notice", minutes(n.ChangeMin))
		add(n.CancelMin > 0, "notice_cancel", "Notice", minutes(n.CancelMin))
	case AheadRule:
		add(true, "ahead", "Count", n.Days)
	case PersonalRule:
		add(n.GapMin > 0, "gap", "Gap", minutes(n.GapMin))
		add(n.AtOnce > 0, "at_once", "Count", n.AtOnce)
		add(n.Outstanding > 0, "outstanding", "Count", n.Outstanding)
	case BufferRule:
		add(n.BeforeMin > 0, "before", "Buffer", minutes(n.BeforeMin))
		add(n.AfterMin > 0, "after", "Buffer", minutes(n.AfterMin))
	case PeopleRule:
		add(true, "people", "Count", n.AtLeast)
	case FirstRule:
		add(true, "first", "Name", r.First)
	case CheckInRule:
		add(true, "check_in", "Release", minutes(n.ReleaseMin))
	}
	if r.Weekdays != 0 && r.Weekdays != allWeek {
		var days []string
		for i := range 7 {
			if r.Weekdays>>i&1 == 1 {
				days = append(days, p.Weekday(time.Weekday((i+1)%7)))
			}
		}
		add(true, "on_days", "Days", days)
	}
	add(r.FromMin != 0 || r.ToMin != dayMin, "in_hours", "From", p.Wall(r.FromMin), "To", p.Wall(r.ToMin))
	if of, who, named := strings.Cut(r.Audience, ":"); named {
		add(true, "for_"+of, "Who", p.Word(wordsOf[of], who))
	}
	return strings.Join(says, " · ")
}

// wordsOf are the kinds of words in the catalogue for an audience; a plan is called by its code.
var wordsOf = map[string]string{"role": "role", "group": "price_group"}

func walls(p i18n.Printer, minutes []int) []string {
	list := make([]string, len(minutes))
	for i, m := range minutes {
		list[i] = p.Wall(m)
	}
	return list
}
