// Package intake brings people from another program: a CSV file whose columns and
// words are said to mean something here, looked at line by line, run in batches
// that a killed program takes up again, and taken back as long as nobody has used
// what it made. It owns what a line of such a file means and what becomes of it.
// The files stand on the imports' shelf; a person is made by members, a membership
// by plans, a certification by certifications: it asks them and writes nothing of
// theirs.
package intake

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/jobs"
	"guildhall/internal/sheet"
)

// Field is what a column may mean.
type Field string

// The fields. Several columns may be Certifications, Tags or the Address; every other is one at most.
const (
	LeftOut        Field = ""
	Name           Field = "name"
	FirstName      Field = "first_name"
	LastName       Field = "last_name"
	Email          Field = "email"
	Phone          Field = "phone"
	Address        Field = "address"
	Locale         Field = "locale"
	Role           Field = "role"
	Plan           Field = "plan"
	PlanStart      Field = "plan_start"
	PlanEnd        Field = "plan_end"
	Certifications Field = "certifications"
	JoinedOn       Field = "joined_on"
	ExternalID     Field = "external_id"
	PlanRenews     Field = "plan_renews"
	Birthday       Field = "birthday"
	Tags           Field = "tags"
	Badge          Field = "badge"
	Note           Field = "note"
)

// Fields are all of them, in the order in which they are offered.
var Fields = []Field{
	Name, FirstName, LastName, Email, Phone, Address, Birthday, Locale, Role, Plan, PlanStart, PlanRenews, PlanEnd, Certifications, Tags, Badge, Note, JoinedOn, ExternalID,
}

// Days are the fields that are dates.
var Days = []Field{Birthday, PlanStart, PlanRenews, PlanEnd, JoinedOn}

// facts are the fields of which a known person is noted what is not known of them yet.
var facts = []Field{Phone, Address, Birthday, Badge, Note}

// lists are the fields of which a cell may hold several.
var lists = []Field{Certifications, Tags}

// repeated are the fields that several columns may be: of an address each is a line.
var repeated = []Field{Certifications, Tags, Address}

// Dates is the order in which a file writes a date's parts.
type Dates string

// The orders. A date that is written with the year first, 2027-03-28 or 2027年3月28日,
// is understood in each.
const (
	YearFirst  Dates = "ymd"
	DayFirst   Dates = "dmy"
	MonthFirst Dates = "mdy"
)

// NewTag is what a line is shown to add that brings a tag which is not here yet.
const NewTag = "new_tag"

// DateOrders are all of them.
var DateOrders = []Dates{YearFirst, DayFirst, MonthFirst}

// None is what a plan or a certification of the file means that is nothing here, and
// Made what a tag means that is not here yet: it is made when the file is run.
const (
	None = "-"
	Made = "+"
)

// Settings are what the columns of a file and the words in them mean.
type Settings struct {
	Encoding       sheet.Encoding    `json:"encoding,omitempty"`
	Separator      sheet.Separator   `json:"separator,omitempty"`
	Source         string            `json:"source,omitempty"` // the key of a Preset: the program it comes from
	Columns        []Field           `json:"columns,omitempty"`
	Dates          Dates             `json:"dates,omitempty"`
	Plans          map[string]string `json:"plans,omitempty"`          // their word → the id of ours, or None
	Certifications map[string]string `json:"certifications,omitempty"` // the same
	Tags           map[string]string `json:"tags,omitempty"`           // the same
	Roles          map[string]string `json:"roles,omitempty"`          // their word → a role
	SkipProblems   bool              `json:"skip_problems,omitempty"`  // lines with mistakes are left out
}

func (s Settings) text() string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings alone
	}
	return string(b)
}

func settings(text string) (s Settings) {
	if json.Unmarshal([]byte(text), &s) != nil {
		return Settings{}
	}
	return s
}

// has reports whether a column means this.
func (s Settings) has(f Field) bool { return slices.Contains(s.Columns, f) }

var (
	// ErrFieldTwice refuses two columns that are said to mean the same.
	ErrFieldTwice = fault.Invalid("columns", "intake.field_twice", "“{{.First}}” and “{{.Second}}” can't both be that. Leave one of them out.")
	// ErrNameColumn asks for a column with names.
	ErrNameColumn = fault.Invalid("columns", "intake.name_column", "Say which column has the name, or which two have first name and last name.")
	// ErrEmailColumn asks for a column with addresses.
	ErrEmailColumn = fault.Invalid("columns", "intake.email_column", "Say which column has the e-mail address. An account is known by it.")
	// ErrMapping refuses a mapping that names what there is not.
	ErrMapping = fault.Invalid("mapping", "intake.mapping", "The mapping names “{{.Name}}”. It maps headings of the file to: {{.Known}}.")
	// ErrTwiceInFile refuses an address that stands on an earlier line of the file.
	ErrTwiceInFile = fault.Invalid("email", "members.twice_in_file", "This address is on line {{.Line}} already.")
	// ErrIDTwice refuses an id that stands on an earlier line of the file.
	ErrIDTwice = fault.Invalid("external_id", "intake.id_twice", "This id is on line {{.Line}} already.")
	// ErrIDLong refuses an id of more than 200 bytes.
	ErrIDLong = fault.Invalid("external_id", "intake.id_long", "This is too long for an id. Look whether the column is the right one.")
	// ErrIDOther refuses a line whose id and address belong to two people.
	ErrIDOther = fault.Invalid("external_id", "intake.id_other", "This id belongs to {{.Name}}, who has another e-mail address here, and this address is somebody else's. Mend one of the two.")
	// ErrPlanUnknown refuses a plan that the space does not have.
	ErrPlanUnknown = fault.Invalid("plan", "members.plan_unknown", "There is no plan with the code “{{.Code}}”. Known are: {{.Known}}.")
	// ErrCertificationUnknown refuses a certification that the space does not have.
	ErrCertificationUnknown = fault.Invalid("certifications", "members.certification_unknown", "There is no certification with the code “{{.Code}}”. Known are: {{.Known}}.")
	// ErrTooManyCells refuses a line that is longer than the header.
	ErrTooManyCells = fault.Invalid("file", "members.too_many_cells", "This line has more cells than there are columns. Put a cell with a comma in quotation marks.")
	// ErrDate refuses what is no date in the order that was chosen.
	ErrDate = fault.Invalid("date", "intake.date", "“{{.Text}}” is no date. Write it as 2027-03-28, or choose another order of day, month and year.")
	// ErrTagArchived refuses a tag that is given to nobody any more.
	ErrTagArchived = fault.Invalid("tags", "intake.tag_archived", "The tag “{{.Name}}” is archived. Bring it back first, or say what it is here.")
	// ErrBadgeOther refuses a badge that somebody else has.
	ErrBadgeOther = fault.Invalid("badge", "intake.badge_other", "{{.Name}} has this badge. Take it back from them first.")
	// ErrBadgeTwice refuses a badge that stands on an earlier line of the file.
	ErrBadgeTwice = fault.Invalid("badge", "intake.badge_twice", "This badge is on line {{.Line}} already.")
	// ErrPlanEnds refuses a plan that would end before it starts.
	ErrPlanEnds = fault.Invalid("plan_end", "intake.plan_ends", "The plan would end before it starts.")

	notePlanOver  = fault.Invalid("plan_end", "intake.plan_over", "The plan ended on {{.Day}}, so it is not given.")
	notePlanHeld  = fault.Invalid("plan", "intake.plan_held", "There is a plan already, and it is left.")
	noteOther     = fault.Invalid("", "intake.other", "It is “{{.Text}}” here, and that stays.")
	noteAbove     = fault.Forbidden("intake.above", "Their role is above yours, so their number stays as it is.").On("phone")
	noteOwn       = fault.Forbidden("intake.own_note", "Nobody keeps notes about themselves, so this is left out.").On("note")
	noteLeft      = fault.Conflict("intake.left", "They have left this space, and stay away until they come back themselves or the desk brings them back.")
	noteOneself   = fault.Forbidden("intake.oneself", "These are your own certifications: nobody certifies themselves.").On("certifications")
	noteIDMissing = fault.Invalid("external_id", "intake.id_email", "Known by the id, with another e-mail address, which stays.")
)

// What intake needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// Jobs does later what the transaction makes true.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
	}
	// Spaces knows where a space is, and so when its days begin.
	Spaces interface {
		Zone(ctx context.Context, space id.ID) (*time.Location, error)
	}
	// People makes people, and unmakes them.
	People interface {
		// Check is the person tidied up, with everything that is wrong with them if they are new.
		Check(by actor.Actor, space id.ID, p Person) (Person, error)
		// Admit gives the person of this address a standing in the space, and says what that made.
		Admit(ctx context.Context, by actor.Actor, space id.ID, p Person) (Admitted, error)
		// Dismiss takes the standing away again, and the account with it if that is asked.
		Dismiss(ctx context.Context, by actor.Actor, space, member id.ID, account bool) error
	}
	// Facts are what is noted about a person beside who they are.
	Facts interface {
		// Check is a fact as it is compared with others of its field, or what is wrong with it.
		Check(field Field, text string, today clock.Day) (key string, err error)
		// Note writes it down, and names it.
		Note(ctx context.Context, by actor.Actor, space, member id.ID, field Field, text string) (made id.ID, err error)
		// Forget takes away what Note made, as if it had never been; text is what was noted.
		Forget(ctx context.Context, by actor.Actor, space, member id.ID, field Field, made id.ID, text string) error
	}
	// Gifts are what a person is given in a space: plans, certifications, or tags.
	Gifts interface {
		// All are those that there are, in the order of the space.
		All(ctx context.Context, space id.ID) ([]Gift, error)
		// Give gives one, from and until these moments, and names what that made and until when it is.
		Give(ctx context.Context, by actor.Actor, space, member, gift id.ID, term Term, note string) (made id.ID, ends clock.Instant, err error)
		// TakeBack takes away what Give made, as if it had never been.
		TakeBack(ctx context.Context, by actor.Actor, space, member, made id.ID) error
	}
	// Labels are gifts of which a file may bring new ones: the tags.
	Labels interface {
		Gifts
		// Check is the name of a new tag tidied up, beside so many others, or what is wrong with it.
		Check(name string, others int) (string, error)
		// Make names the tag of this name, and makes it where the space has none.
		Make(ctx context.Context, by actor.Actor, space id.ID, name string) (tag id.ID, made bool, err error)
		// Unmake takes away what Make made, unless somebody has it or it was changed since.
		Unmake(ctx context.Context, by actor.Actor, space, tag id.ID) error
	}
	// Roll knows who is in a space and what they have.
	Roll interface {
		// Known are the people of the space: all of them where none is named.
		Known(ctx context.Context, space id.ID, people ...id.ID) ([]Known, error)
		// Traces are, of those of the people who have used the house, one thing that shows it.
		Traces(ctx context.Context, space id.ID, people []id.ID) (map[id.ID]string, error)
		// Actor is somebody as the one who acts, as they are at this moment.
		Actor(ctx context.Context, member id.ID) (actor.Actor, error)
	}
)

// Person is somebody as a line of a file tells of them.
type Person struct {
	Name     string
	Email    string
	Key      string // of the address, as addresses are compared; Check sets it
	Phone    string
	Locale   string
	Role     actor.Role
	JoinedAt clock.Instant // zero: now
}

// Term is from when until when something is given; where it renews itself, when the
// period that was paid for is over. Zero: it is not said.
type Term struct{ From, Renews, Until clock.Instant }

// Admitted is what Admit made.
type Admitted struct {
	Member   id.ID
	Account  bool // the person is new to the house
	Standing bool // and to the space
	Mark     string
}

// Gift is a plan, a certification or a tag that a space has.
type Gift struct {
	ID       id.ID
	Code     string
	Name     i18n.Text
	Archived bool // it is given to nobody any more
}

// Known is somebody whom a space knows.
type Known struct {
	Member id.ID
	Key    string // of the address
	Name   string
	Role   actor.Role
	Left   bool   // they have left the space
	Mark   string // changes when they are changed
	Runs   []Held // of plans, ever
	Grants []Held // of certifications, ever
	Tags   []id.ID
	Facts  []Fact
}

// Fact is something that is noted about a person.
type Fact struct {
	Field     Field
	ID        id.ID
	Key       string // as it is compared
	Withdrawn bool   // it was ended, struck out or pinned
}

// Held is a run of a plan or a grant of a certification.
type Held struct {
	ID        id.ID
	Gift      id.ID
	From      clock.Instant
	Until     clock.Instant // zero: open
	Withdrawn bool          // it was revoked, or changed, paused or cancelled
	Used      string        // what came of it since: "charges", "bookings"; empty: nothing
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB             *db.DB
	Clock          clock.Clock
	Audit          Audit
	Jobs           Jobs
	Shelf          *imports.Shelf
	Spaces         Spaces
	Roll           Roll
	People         People
	Plans          Gifts
	Certifications Gifts
	Tags           Labels
	Facts          Facts
}

// Service is what one can do with files of people. Make it with New.
type Service struct {
	db             *db.DB
	clock          clock.Clock
	audit          Audit
	jobs           Jobs
	shelf          *imports.Shelf
	spaces         Spaces
	roll           Roll
	people         People
	plans          Gifts
	certifications Gifts
	tags           Labels
	facts          Facts
}

// New makes the service on a migrated database.
func New(n Needs) *Service {
	return &Service{
		db: n.DB, clock: n.Clock, audit: n.Audit, jobs: n.Jobs, shelf: n.Shelf,
		spaces: n.Spaces, roll: n.Roll, people: n.People, plans: n.Plans, certifications: n.Certifications, tags: n.Tags, facts: n.Facts,
	}
}

const opImport, opRun, opUndo actor.Operation = "member.import", "member.import_run", "member.import_undo"

// Mapping is a file with what its columns are taken to mean.
type Mapping struct {
	Import   imports.Import
	Settings Settings
	Columns  []Column
	Rows     int
	Layout   sheet.Layout // as it was read
	// Remembered says that the columns are as somebody chose them for such a file before.
	Remembered bool
	// Words are what the file says for plans, certifications, tags and roles, once each.
	Plans, Certifications, Tags, Roles []Word
}

// Column is one column of a file.
type Column struct {
	Heading string
	Field   Field
	Samples []string // the first values in it, three at most
}

// Word is what a file says for something, and what it is taken to mean: an id, a
// role, None, Made, or empty where nobody knows.
type Word struct {
	Text  string
	Means string
	Lines int  // on how many lines it stands
	New   bool // nothing is called so here, and it could be Made
}

// mostWords is how many different words a person can be asked to tell the meaning of.
const mostWords = 200

// Open reports whether there is a word that nobody knows.
func (m Mapping) Open() bool {
	return slices.ContainsFunc(slices.Concat(m.Plans, m.Certifications, m.Tags, m.Roles), func(w Word) bool { return w.Means == "" })
}

// Bring keeps a file of people to be looked at, with its columns guessed: as they
// were chosen for such a file before, as a Preset says, or by their names. A file that can't be
// read at all is refused.
func (s *Service) Bring(ctx context.Context, by actor.Actor, space id.ID, fileName string, body []byte) (Mapping, error) {
	return s.bring(ctx, by, space, fileName, body, Settings{}, true)
}

// BringAs is Bring by the word of a program: what said does not say is guessed.
func (s *Service) BringAs(ctx context.Context, by actor.Actor, space id.ID, fileName string, body []byte, said Settings, columns map[string]Field) (Mapping, error) {
	if err := by.May(opImport, space, "", nil); err != nil {
		return Mapping{}, err
	}
	table, err := takeApart(body, sheet.Layout{Encoding: said.Encoding, Separator: said.Separator})
	if err != nil {
		return Mapping{}, err
	}
	if len(columns) > 0 {
		if said.Columns, err = named(table.Headings, columns); err != nil {
			return Mapping{}, err
		}
	}
	return s.bring(ctx, by, space, fileName, body, said, false)
}

// named turns a mapping by headings into one by place.
func named(headings []string, columns map[string]Field) ([]Field, error) {
	fields := make([]Field, len(headings))
	for heading, field := range columns {
		at := slices.IndexFunc(headings, func(h string) bool { return strings.EqualFold(h, strings.TrimSpace(heading)) })
		switch {
		case at < 0:
			return nil, ErrMapping.With("Name", heading, "Known", listed(Fields))
		case field != LeftOut && !slices.Contains(Fields, field):
			return nil, ErrMapping.With("Name", string(field), "Known", listed(Fields))
		}
		fields[at] = field
	}
	return fields, nil
}

func listed(fields []Field) string {
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = string(f)
	}
	return strings.Join(words, ", ")
}

func (s *Service) bring(ctx context.Context, by actor.Actor, space id.ID, fileName string, body []byte, said Settings, remember bool) (Mapping, error) {
	if err := by.May(opImport, space, "", nil); err != nil {
		return Mapping{}, err
	}
	table, err := takeApart(body, sheet.Layout{Encoding: said.Encoding, Separator: said.Separator})
	if err != nil {
		return Mapping{}, err
	}
	if len(table.Rows) == 0 {
		return Mapping{}, sheet.ErrEmpty
	}
	var m Mapping
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		set := said
		if remember {
			text, err := s.shelf.Remembered(ctx, space, imports.Members, table.Headings)
			if err != nil {
				return err
			}
			if text != "" {
				set, m.Remembered = settings(text), true
				set.SkipProblems, set.Encoding, set.Separator = false, "", ""
			}
		}
		set = complete(set, table)
		i, err := s.shelf.Keep(ctx, space, imports.Members, by.Member, fileName, body)
		if err != nil {
			return err
		}
		if err := s.shelf.Choose(ctx, i.ID, set.text()); err != nil {
			return err
		}
		i.Settings = set.text()
		remembered := m.Remembered
		m, err = s.mapping(ctx, i, table)
		m.Remembered = remembered
		return err
	})
	return m, fault.Wrap(err, "bring a file")
}

// Mapping is a file that was brought, with what its columns are taken to mean.
func (s *Service) Mapping(ctx context.Context, by actor.Actor, space, file id.ID) (Mapping, error) {
	if err := by.May(opImport, space, "", nil); err != nil {
		return Mapping{}, err
	}
	i, table, err := s.open(ctx, space, file)
	if err != nil {
		return Mapping{}, err
	}
	return s.mapping(ctx, i, table)
}

// takeApart opens a file. The column in which we said what is wrong with a line, in a
// file that we gave away and that comes back mended, is none of its own.
func takeApart(body []byte, as sheet.Layout) (sheet.Table, error) {
	t, err := sheet.Open(body, as)
	last := len(t.Headings) - 1
	if err != nil || last < 1 || !slices.ContainsFunc(i18n.Locales, func(l string) bool { return i18n.For(l).T(MistakeHeading) == t.Headings[last] }) {
		return t, err
	}
	t.Headings = t.Headings[:last]
	for i, r := range t.Rows {
		if len(r.Cells) == last+1 {
			t.Rows[i].Cells = r.Cells[:last]
		}
	}
	return t, nil
}

// MistakeHeading is the key of the heading over what is wrong with a line.
const MistakeHeading = "intake.problem"

// open takes a file from the shelf and apart.
func (s *Service) open(ctx context.Context, space, file id.ID) (imports.Import, sheet.Table, error) {
	i, err := s.shelf.Take(ctx, space, imports.Members, file)
	if err != nil {
		return i, sheet.Table{}, err
	}
	body, err := i.Bytes()
	if err != nil {
		return i, sheet.Table{}, err
	}
	set := settings(i.Settings)
	table, err := takeApart(body, sheet.Layout{Encoding: set.Encoding, Separator: set.Separator})
	if err != nil {
		return i, table, err
	}
	if len(set.Columns) != len(table.Headings) { // of before columns were chosen, or read in another way since
		i.Settings = complete(set, table).text()
	}
	i.Content, i.Body = nil, ""
	return i, table, nil
}

func (s *Service) mapping(ctx context.Context, i imports.Import, table sheet.Table) (Mapping, error) {
	m := Mapping{Import: i, Settings: settings(i.Settings), Rows: len(table.Rows), Layout: table.Layout}
	for at, heading := range table.Headings {
		c := Column{Heading: heading, Field: m.Settings.Columns[at]}
		for _, r := range table.Rows {
			if at < len(r.Cells) && r.Cells[at] != "" && !slices.Contains(c.Samples, r.Cells[at]) {
				if c.Samples = append(c.Samples, r.Cells[at]); len(c.Samples) == 3 {
					break
				}
			}
		}
		m.Columns = append(m.Columns, c)
	}
	w, err := s.words(ctx, i.SpaceID, m.Settings)
	if err != nil {
		return m, err
	}
	m.Plans = w.of(table, Plan, w.plan)
	m.Certifications = w.of(table, Certifications, w.certification)
	m.Tags = w.of(table, Tags, w.tag)
	for i, word := range m.Tags {
		m.Tags[i].New = w.isNew(word.Text)
	}
	m.Roles = w.of(table, Role, w.role)
	return m, nil
}

// Settle says what the columns of a file and the words in it mean. It is kept for
// the next file with the same headings.
func (s *Service) Settle(ctx context.Context, by actor.Actor, space, file id.ID, set Settings) error {
	if err := by.May(opImport, space, "", nil); err != nil {
		return err
	}
	i, err := s.shelf.Take(ctx, space, imports.Members, file)
	if err != nil {
		return err
	}
	body, err := i.Bytes()
	if err != nil {
		return err
	}
	was := settings(i.Settings)
	table, err := takeApart(body, sheet.Layout{Encoding: set.Encoding, Separator: set.Separator})
	if err != nil {
		return err
	}
	if set.Encoding != was.Encoding || set.Separator != was.Separator || len(set.Columns) != len(table.Headings) {
		set.Columns = nil // other columns than were looked at
	}
	set = complete(set, table)
	if err := check(set, table.Headings); err != nil {
		return err
	}
	return s.shelf.Settle(ctx, space, imports.Members, file, table.Headings, set.text())
}

// check is what is wrong with a mapping.
func check(set Settings, headings []string) error {
	at := map[Field]int{}
	for i, f := range set.Columns {
		first, twice := at[f]
		if twice && f != LeftOut && !slices.Contains(repeated, f) {
			return ErrFieldTwice.With("First", headings[first], "Second", headings[i])
		}
		at[f] = i
	}
	var wrong fault.Many
	if !set.has(Name) && !set.has(FirstName) && !set.has(LastName) {
		wrong.Add(ErrNameColumn)
	}
	if !set.has(Email) {
		wrong.Add(ErrEmailColumn)
	}
	return wrong.Err()
}

// Imports lists the latest files that were run here, the newest first.
func (s *Service) Imports(ctx context.Context, by actor.Actor, space id.ID) ([]imports.Import, error) {
	if err := by.May(opImport, space, "", nil); err != nil {
		return nil, err
	}
	return s.shelf.Recent(ctx, space, imports.Members)
}
