package booking

import (
	"slices"
	"strings"
	"time"

	"guildhall/internal/fault"
)

// The codes of broken rules: stable, and the ends of the catalogue's keys
// "rule.<code>".
const (
	TooShort           = "too_short"
	TooLong            = "too_long"
	OffGrid            = "off_grid"
	OutsideHours       = "outside_hours"
	Holiday            = "holiday"
	TooFarAhead        = "too_far_ahead"
	TooSoon            = "too_soon"
	ChangeTooLate      = "change_too_late"
	CancelTooLate      = "cancel_too_late"
	InThePast          = "in_the_past"
	NoSuchTime         = "no_such_time"
	AmbiguousTime      = "ambiguous_time"
	GapNeeded          = "gap_needed"
	TooManyAtOnce      = "too_many_at_once"
	TooManyOutstanding = "too_many_outstanding"
	Taken              = "taken"
	BufferTaken        = "buffer_taken"
	PlacesFull         = "places_full"
	TooFewPeople       = "too_few_people"
	AreaNotBooked      = "area_not_booked"
	CertificationAsked = "certification_required"
	EmailUnconfirmed   = "email_unconfirmed"
	Suspended          = "suspended"
	OutOfService       = "out_of_service"
	ClosedThen         = "closed_for_maintenance"
	NotBookable        = "not_bookable"
	MembershipEnds     = "membership_ends"
	MembershipPaused   = "membership_paused"
	PlanKind           = "plan_kind"
	PlanHours          = "plan_hours"
	PlanAhead          = "plan_ahead"
	PlanGuests         = "plan_guests"
	WaiverUnsigned     = "waiver_unsigned"
	BirthdayAsked      = "birthday_asked"
	GuardianMissing    = "guardian_consent_missing"
	Unsupervised       = "unsupervised"
	NeverSupervised    = "never_supervised"
	TeamAtOnce         = "team_at_once" // with "_alone" behind it, here and below: what is set for the one who books
	TeamWeek           = "team_week"
	TeamMonth          = "team_month"
	TeamSpend          = "team_spend"
)

// overridable are the codes that staff may set aside with a reason. What guards
// life and limb, or the promise that nothing is held twice, is not among them.
var overridable = []string{
	TooShort, TooLong, OffGrid, OutsideHours, Holiday, TooFarAhead, TooSoon, ChangeTooLate, CancelTooLate,
	GapNeeded, TooManyAtOnce, TooManyOutstanding, AreaNotBooked, EmailUnconfirmed,
	MembershipEnds, MembershipPaused, PlanKind, PlanHours, PlanAhead, PlanGuests,
}

// Violation is a broken rule. Args are values of their own type (clock.Instant,
// time.Duration, i18n.Text, int, id.ID); Say puts them into words.
type Violation struct {
	Code        string
	Args        map[string]any
	Overridable bool // staff who may, may set it aside with a reason
	Remedy      *Remedy
}

// Remedy is the one thing to do next. Its Args carry ids and instants, so that a
// page can make a link of it.
type Remedy struct {
	Code string
	Args map[string]any
}

// The codes of remedies: the ends of the catalogue's keys "remedy.<code>".
const (
	ChooseTime    = "choose_time"    // StartsAt, EndsAt; Times when there are several
	ChooseDay     = "choose_day"     //
	ChooseLength  = "choose_length"  // Length
	BringPeople   = "bring_people"   // Count
	BookFirst     = "book_first"     // Resource, Name
	TakeCourse    = "take_course"    // Session, Title, StartsAt, Count (seats)
	AskInstructor = "ask_instructor" // Certification, Name
	ConfirmEmail  = "confirm_email"  //
	TalkToDesk    = "talk_to_desk"   //
	WaitUntil     = "wait_until"     // At
	CancelAnother = "cancel_another" // Booking
	RenewPlan     = "renew_plan"     // Name
	ResumePlan    = "resume_plan"    // At
	ChangePlan    = "change_plan"    //
	ChooseOffset  = "choose_offset"  // First, Second
	SignDocument  = "sign_document"  // Document, Name
	GuardianSigns = "guardian_signs" // Document, Name
	GiveBirthday  = "give_birthday"  //
	AskGuardian   = "ask_guardian"   //
	AwaitGuardian = "await_guardian" //
	AskTeam       = "ask_team"       // Names, Team
)

// ErrTaken is what a Refusal is, to errors.Is, when someone else has the time.
var ErrTaken = fault.Conflict("booking.taken", "Someone else has this then.")

// Refusal is every rule that a wish broke. It is an error; to fault.As it is a
// *fault.Error of its Kind with the code "booking.refused", and to errors.Is it
// is every "booking.<code>" of its violations.
type Refusal struct {
	Violations []Violation
	Zone       *time.Location // of the space: its instants are told in it
}

// Error lists the codes.
func (r Refusal) Error() string { return "booking refused: " + strings.Join(r.Codes(), ", ") }

// Codes are the codes of its violations, in order.
func (r Refusal) Codes() []string {
	codes := make([]string, len(r.Violations))
	for i, v := range r.Violations {
		codes[i] = v.Code
	}
	return codes
}

// Has reports whether this rule was broken.
func (r Refusal) Has(code string) bool { return slices.Contains(r.Codes(), code) }

// Kind is Forbidden where the person lacks something (certification, confirmed
// e-mail, good standing), Conflict where only the time is occupied, else Invalid.
func (r Refusal) Kind() fault.Kind {
	occupied := true
	for _, v := range r.Violations {
		switch v.Code {
		case CertificationAsked, EmailUnconfirmed, Suspended, WaiverUnsigned, BirthdayAsked, GuardianMissing, NeverSupervised:
			return fault.KindForbidden
		case Taken, BufferTaken, PlacesFull, ClosedThen, OutOfService:
		default:
			occupied = false
		}
	}
	if occupied {
		return fault.KindConflict
	}
	return fault.KindInvalid
}

// Code is the one code that stands for all: that of the violation which decides
// its Kind, so that a program sees "certification_required" or "taken" at once.
func (r Refusal) Code() string {
	kind := r.Kind()
	for _, v := range r.Violations {
		if (Refusal{Violations: []Violation{v}}).Kind() == kind {
			return v.Code
		}
	}
	return "refused"
}

// Is reports whether target is the *fault.Error "booking.<code>" of a violation.
func (r Refusal) Is(target error) bool {
	e, ok := target.(*fault.Error)
	return ok && (e.Code == "booking.refused" || r.Has(strings.TrimPrefix(e.Code, "booking.")))
}

// As gives the refusal as a *fault.Error, for whoever knows no rules.
func (r Refusal) As(target any) bool {
	e, ok := target.(**fault.Error)
	if ok {
		*e = &fault.Error{Kind: r.Kind(), Code: "booking.refused", Sentence: "The rules of this space do not allow it."}
	}
	return ok
}

func violation(code string, args map[string]any, remedy *Remedy) Violation {
	return Violation{Code: code, Args: args, Overridable: slices.Contains(overridable, code), Remedy: remedy}
}
