// Package teams knows which people belong together in a space: a team, a company
// or a family, who administers it, which one of them pays, how many seats it has
// and what its members may book. It owns invitations, which are accepted in a
// second step by whoever they are for. Who the people are is members', what they
// book is booking's, what is owed is billing's; each asks here what a team says to it.
package teams

import (
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrNoSuchTeam is the answer where there is no such team, or not for this actor.
	ErrNoSuchTeam = fault.NotFound("teams.no_such_team", "There is no such team here.")
	// ErrNotIn is the answer for somebody who is not in the team.
	ErrNotIn = fault.NotFound("teams.not_in", "This person is not in the team.")
	// ErrStale refuses a change to a team that someone else changed meanwhile.
	ErrStale = fault.Conflict("teams.stale", "Someone else changed this team while you were at it. Look at it again, then change it.")
	// ErrArchived refuses to change a team that is no more.
	ErrArchived = fault.Conflict("teams.archived", "This team was archived. Make a new one.")
	// ErrKind refuses an unknown kind.
	ErrKind = fault.Invalid("kind", "teams.kind", "Choose team, company or family.")
	// ErrNameMissing asks for a name.
	ErrNameMissing = fault.Invalid("name", "teams.name_missing", "Write the name of the team.")
	// ErrNameTooLong refuses a name of more than MaxName characters.
	ErrNameTooLong = fault.Invalid("name", "teams.name_too_long", "This name has {{.Length}} characters. {{.Most}} fit.").With("Most", MaxName)
	// ErrNameBad refuses what is not one visible line.
	ErrNameBad = fault.Invalid("name", "teams.name_bad", "A name is one line of visible characters.")
	// ErrTooLong refuses a line of the bill of more than MaxBilling characters.
	ErrTooLong = fault.Invalid("billing_address", "teams.too_long", "Keep it to {{.Most}} characters.").With("Most", MaxBilling)
	// ErrBillBad refuses control characters in what stands on a bill.
	ErrBillBad = fault.Invalid("billing_address", "teams.bill_bad", "Use visible characters only.")
	// ErrSeats refuses an impossible number of seats.
	ErrSeats = fault.Invalid("seats", "teams.seats", "A team has 1 to {{.Most}} seats.").With("Most", MaxSeats)
	// ErrSeatsTaken refuses fewer seats than people.
	ErrSeatsTaken = fault.Conflict("teams.seats_taken", "{{.Count}} people are in the team. Remove somebody first, or keep that many seats.").On("seats")
	// ErrSeatsStaff refuses an administrator who gives the team seats.
	ErrSeatsStaff = fault.Forbidden("teams.seats_staff", "The front desk sets the seats. Ask there for more.").On("seats")
	// ErrSeatsPlan refuses other seats than the plan has.
	ErrSeatsPlan = fault.Conflict("teams.seats_plan", "The plan of the one who pays has {{.Seats}} seats. Change the plan to have more or fewer.").On("seats")
	// ErrFull refuses one more person.
	ErrFull = fault.Conflict("teams.full", "All {{.Seats}} seats are taken. Remove somebody, or ask the front desk for more.")
	// ErrIn refuses to invite or add whoever is in the team.
	ErrIn = fault.Conflict("teams.in", "This person is in the team already.").On("email")
	// ErrElsewhere refuses somebody who is in another team of the space.
	ErrElsewhere = fault.Conflict("teams.elsewhere", "This person is in another team here. They leave that one first.")
	// ErrElsewhereYou is ErrElsewhere said to the one who accepts.
	ErrElsewhereYou = fault.Conflict("teams.elsewhere_you", "You are in another team here. Leave it first, then join this one.")
	// ErrInYou is ErrIn said to the one who accepts.
	ErrInYou = fault.Conflict("teams.in_you", "You are in this team already.")
	// ErrSuspended refuses a suspended person who accepts.
	ErrSuspended = fault.Forbidden("teams.suspended", "You are suspended here for now. Talk to the front desk.")
	// ErrLastAdmin keeps a team from being left without an administrator.
	ErrLastAdmin = fault.Conflict("teams.last_admin", "This is the team's last administrator. Name another one first.")
	// ErrPays keeps a team from being left without the one who pays.
	ErrPays = fault.Conflict("teams.pays", "This person pays for the team. Let someone else pay first: another administrator can take it over, or the front desk changes it.")
	// ErrPayer refuses an administrator who has another pay.
	ErrPayer = fault.Forbidden("teams.payer", "An administrator can take the payments over, not give them to somebody else. The front desk does that.")
	// ErrNoFamily refuses a dependant in what is no family.
	ErrNoFamily = fault.Conflict("teams.no_family", "Only a family has people without an e-mail address. Invite them instead.")
	// ErrDependant refuses to have somebody administer or pay who can't sign in.
	ErrDependant = fault.Conflict("teams.dependant", "This person has no e-mail address and can't sign in, so they can neither administer the team nor pay.")
	// ErrLimit refuses a negative or absurd limit.
	ErrLimit = fault.Invalid("", "teams.limit", "Write a whole number of 0 or more. 0 means no limit.")
	// ErrSearchCursor refuses a cursor that was not given out.
	ErrSearchCursor = fault.Invalid("cursor", "teams.cursor", "This place in the list is not known. Begin again without a cursor.")
)

const (
	// MaxName is the most characters a name may have.
	MaxName = 200
	// MaxBilling is the most characters that each of what stands on a bill may have.
	MaxBilling = 500
	// MaxSeats is the most seats a team may have.
	MaxSeats = 1000
	// mostLimit is the most hours or bookings a limit may name.
	mostLimit = 10_000
)

// Kind is what holds people together.
type Kind string

// The kinds.
const (
	Plain   Kind = "team"
	Company Kind = "company"
	Family  Kind = "family" // may have people without an e-mail address
)

// Kinds lists them in the order they are offered.
var Kinds = []Kind{Plain, Company, Family}

// Limits are the most that may be booked; 0 is no limit. A booking counts in the
// week (from Monday) and the month of the space in which it starts.
type Limits struct {
	AtOnce     int64 // bookings held at one moment
	WeekMin    int64 // minutes
	MonthMin   int64 // minutes
	SpendMinor int64 // prices of bookings of a month, in the team's currency
}

// Any reports whether there is a limit at all.
func (l Limits) Any() bool { return l != Limits{} }

func (l Limits) check() error {
	var wrong fault.Many
	bad := func(field string, n, most int64) {
		if n < 0 || n > most {
			wrong.Add(ErrLimit.On(field))
		}
	}
	bad("at_once", l.AtOnce, mostLimit)
	bad("hours_week", l.WeekMin, 60*mostLimit)
	bad("hours_month", l.MonthMin, 60*mostLimit)
	bad("spend", l.SpendMinor, money.Max)
	return wrong.Err()
}

// Team is people who belong together in a space.
type Team struct {
	ID             id.ID
	SpaceID        id.ID
	Kind           Kind
	Name           string
	Search         string
	BillingName    string
	BillingAddress string
	TaxID          string
	Seats          int64
	PlanSeats      int64             `gorm:"-"` // that the plan of the one who pays has, instead; 0: none
	Limits         `gorm:"embedded"` // of all together
	Currency       string
	ArchivedAt     clock.Instant
	CreatedAt      clock.Instant
	Version        int64
}

// Room is how many people fit into the team: as many as the plan of the one who pays
// has seats for, or else as many as the staff has given it.
func (t Team) Room() int64 {
	if t.PlanSeats > 0 {
		return t.PlanSeats
	}
	return t.Seats
}

// Archived reports whether the team is no more.
func (t Team) Archived() bool { return !t.ArchivedAt.IsZero() }

// Spend is the most that all together may spend in a month; zero: no limit.
func (t Team) Spend() money.Amount { return money.Of(t.SpendMinor, t.Currency) }

// Details are what is said of a team. Seats 0 leaves them as they are.
type Details struct {
	Kind           Kind
	Name           string
	BillingName    string
	BillingAddress string
	TaxID          string
	Seats          int64
}

func (d Details) normal() (Details, error) {
	var wrong fault.Many
	switch d.Kind {
	case Plain, Company, Family:
	default:
		wrong.Add(ErrKind)
	}
	d.Name = line(d.Name)
	switch length := utf8.RuneCountInString(d.Name); {
	case d.Name == "":
		wrong.Add(ErrNameMissing)
	case length > MaxName:
		wrong.Add(ErrNameTooLong.With("Length", length))
	case !i18n.Line(d.Name):
		wrong.Add(ErrNameBad)
	}
	d.BillingName, d.TaxID = line(d.BillingName), line(d.TaxID)
	d.BillingAddress = strings.TrimSpace(strings.ReplaceAll(norm.NFC.String(d.BillingAddress), "\r\n", "\n"))
	for field, text := range map[string]string{"billing_name": d.BillingName, "tax_id": d.TaxID, "billing_address": d.BillingAddress} {
		switch {
		case utf8.RuneCountInString(text) > MaxBilling:
			wrong.Add(ErrTooLong.On(field))
		case text != "" && !visible(text):
			wrong.Add(ErrBillBad.On(field))
		}
	}
	if d.Seats < 0 || d.Seats > MaxSeats {
		wrong.Add(ErrSeats)
	}
	return d, wrong.Err()
}

// line is one line without spaces at its ends and several in a row.
func line(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// visible reports whether each line of a text is one that can be shown.
func visible(text string) bool {
	for l := range strings.SplitSeq(text, "\n") {
		if l != "" && !i18n.Line(l) {
			return false
		}
	}
	return true
}

func (t *Team) say(d Details) {
	t.Kind, t.Name, t.BillingName, t.BillingAddress, t.TaxID = d.Kind, d.Name, d.BillingName, d.BillingAddress, d.TaxID
	if d.Seats > 0 {
		t.Seats = d.Seats
	}
	t.Search = strings.ToLower(d.Name + "\n" + d.BillingName)
}

// Place is somebody's being in a team.
type Place struct {
	ID       id.ID
	TeamID   id.ID
	SpaceID  id.ID
	MemberID id.ID
	Admin    bool
	Payer    bool
	Limits   `gorm:"embedded"` // of this one alone
	JoinedAt clock.Instant
	LeftAt   clock.Instant // zero: is in it
}

// TableName is where GORM finds it.
func (Place) TableName() string { return "team_members" }

// Mate is somebody in a team, with their name.
type Mate struct {
	Place
	Name   string
	Email  string // empty for whoever has none
	Search string
}

// InviteFor is how long an invitation can be accepted after it was sent.
const InviteFor = 14 * 24 * time.Hour

// Invitation asks somebody to join. The link in its letter is good once.
type Invitation struct {
	ID          id.ID
	TeamID      id.ID
	SpaceID     id.ID
	Email       string
	EmailKey    string
	Hash        *string
	Admin       bool // they will administer the team
	Locale      string
	Letters     int64
	InvitedBy   id.ID
	MemberID    id.ID // who accepted
	CreatedAt   clock.Instant
	ExpiresAt   clock.Instant
	AcceptedAt  clock.Instant
	WithdrawnAt clock.Instant
}

// TableName is where GORM finds it.
func (Invitation) TableName() string { return "team_invitations" }

// Open reports whether it was neither accepted nor withdrawn; it may have expired.
func (i Invitation) Open() bool { return i.AcceptedAt.IsZero() && i.WithdrawnAt.IsZero() }

// Good reports whether it can be accepted now.
func (i Invitation) Good(now clock.Instant) bool { return i.Open() && now.Before(i.ExpiresAt) }

// Sheet is a team with everything that belongs to it. For whoever does not
// administer it the people have no addresses, and there are no invitations.
type Sheet struct {
	Team
	Mates       []Mate // administrators first, then by name
	Invitations []Invitation
	Leads       bool // whoever asked administers it, or is staff
}

// Free is how many seats are.
func (s Sheet) Free() int { return max(0, int(s.Room())-len(s.Mates)) }

// Mate is somebody in the team.
func (s Sheet) Mate(member id.ID) (Mate, bool) {
	for _, m := range s.Mates {
		if m.MemberID == member {
			return m, true
		}
	}
	return Mate{}, false
}

// Admins are the names of those who administer it.
func (s Sheet) Admins() []string {
	var names []string
	for _, m := range s.Mates {
		if m.Admin {
			names = append(names, m.Name)
		}
	}
	return names
}

// Seat is somebody's place in a team that another one pays for. The zero Seat is none.
type Seat struct {
	Name      string // of the team
	Payer     id.ID
	PayerName string
	Number    int // in the order in which people joined; the one who pays is the first
	JoinedAt  clock.Instant
}

// Share is what a team means for what one of its members books.
type Share struct {
	Team     id.ID // empty: they are in none
	Name     string
	Payer    id.ID    // empty: nobody yet
	PaidBy   string   // their name
	Admins   []string // their names
	Together Limits
	Alone    Limits
	Currency string
	Joined   map[id.ID]clock.Instant // everybody in it, and since when
}
