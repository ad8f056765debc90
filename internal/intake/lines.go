package intake

import (
	"context"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/sheet"
)

// entry is one line of a file, understood.
type entry struct {
	line     int
	person   Person
	known    *Known // who it is, if the space knows them
	external string
	plan     id.ID // empty: none
	term     Term
	kinds    []id.ID
	tags     []id.ID
	made     []string // names of tags that are new here
	facts    []told
	gives    []i18n.Text
	adds     []imports.Added
	notes    []*fault.Error
	problems []sheet.Problem
}

// told is a fact of a line.
type told struct {
	field     Field
	text, key string
}

// fate is what becomes of the line.
func (e *entry) fate() imports.Fate {
	switch {
	case len(e.problems) > 0:
		return imports.Refused
	case e.known == nil:
		return imports.Create
	case e.gains():
		return imports.Gain
	}
	return imports.Unchanged
}

// gains reports whether the line gives anything to somebody who is known.
func (e *entry) gains() bool {
	return e.plan != "" || len(e.kinds)+len(e.tags)+len(e.made)+len(e.facts) > 0
}

func (e *entry) wrong(err *fault.Error) {
	e.problems = append(e.problems, sheet.Problem{Line: e.line, Column: column(err.Field), Fault: err})
}

// column is the field that a refusal is about, or empty for the whole line.
func column(field string) string {
	if slices.Contains(Fields, Field(field)) {
		return field
	}
	return ""
}

// reader understands lines, one after the other: it remembers what it has seen.
type reader struct {
	s     *Service
	by    actor.Actor
	space id.ID
	set   Settings
	wording
	zone   *time.Location
	now    clock.Instant
	keys   map[string]*Known // who is here, by their address
	ids    map[string]*Known // by their id elsewhere
	badges map[string]*Known // and by the badges that they have
	seen   map[string]int    // lines, by address
	seenI  map[string]int    // by id
	seenB  map[string]int    // and by badge
	made   []string          // names of tags that lines before bring
}

// entries understands the whole file.
func (s *Service) entries(ctx context.Context, by actor.Actor, space id.ID, set Settings, t sheet.Table) ([]entry, error) {
	if err := check(set, t.Headings); err != nil {
		return nil, err
	}
	r, err := s.reader(ctx, by, space, set)
	if err != nil {
		return nil, err
	}
	all := make([]entry, len(t.Rows))
	for i, row := range t.Rows {
		if all[i], err = r.read(row); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Service) reader(ctx context.Context, by actor.Actor, space id.ID, set Settings) (*reader, error) {
	r := &reader{
		s: s, by: by, space: space, set: set, now: s.clock.Now(),
		keys: map[string]*Known{}, ids: map[string]*Known{}, badges: map[string]*Known{}, seen: map[string]int{}, seenI: map[string]int{}, seenB: map[string]int{},
	}
	var err error
	if r.wording, err = s.words(ctx, space, set); err != nil {
		return nil, err
	}
	if r.zone, err = s.spaces.Zone(ctx, space); err != nil {
		return nil, err
	}
	here, err := s.roll.Known(ctx, space)
	if err != nil {
		return nil, err
	}
	who := make(map[id.ID]*Known, len(here))
	for i, k := range here {
		who[k.Member] = &here[i]
		if k.Key != "" { // somebody may have no address
			r.keys[k.Key] = &here[i]
		}
		for _, f := range k.Facts {
			if f.Field == Badge && !f.Withdrawn {
				r.badges[f.Key] = &here[i]
			}
		}
	}
	if !set.has(ExternalID) {
		return r, nil
	}
	same, err := s.shelf.Identities(ctx, space, set.Source)
	for _, i := range same {
		if k := who[i.MemberID]; k != nil {
			r.ids[i.ExternalID] = k
		}
	}
	return r, err
}

// read understands one line.
func (r *reader) read(row sheet.Cells) (entry, error) {
	e := entry{line: row.Line}
	cells := r.cells(row)
	if row.Under(make([]string, len(r.set.Columns))).Overflows() {
		e.wrong(ErrTooManyCells)
	}
	if err := r.who(&e, cells); err != nil {
		return e, err
	}
	if e.known != nil && e.known.Left {
		e.notes = append(e.notes, noteLeft)
		return e, nil
	}
	r.tell(&e, cells)
	r.plan(&e, cells)
	r.certifications(&e, cells[Certifications])
	r.labels(&e, cells[Tags])
	return e, r.noted(&e, cells)
}

// cells are those of a line by what they mean; several of one meaning, a line each.
func (r *reader) cells(row sheet.Cells) map[Field]string {
	cells := map[Field]string{}
	for i, cell := range row.Cells {
		if i >= len(r.set.Columns) || r.set.Columns[i] == LeftOut || cell == "" {
			continue
		}
		switch f := r.set.Columns[i]; {
		case cells[f] == "":
			cells[f] = cell
		case f == Address:
			cells[f] += "\n" + cell
		default:
			cells[f] = strings.Join(append(several(cells[f]), several(cell)...), "\n")
		}
	}
	if cells[Name] == "" {
		cells[Name] = fullName(cells[FirstName], cells[LastName])
	}
	return cells
}

// tell shows of a new person what is not seen of them otherwise.
func (r *reader) tell(e *entry, cells map[Field]string) {
	if e.known != nil {
		return
	}
	add := func(f Field, text string) {
		if text != "" {
			e.adds = append(e.adds, imports.Added{Field: string(f), Text: text})
		}
	}
	add(Phone, e.person.Phone)
	if cells[Locale] != "" {
		add(Locale, e.person.Locale)
	}
	if e.person.Role != actor.Member {
		add(Role, string(e.person.Role))
	}
	if !e.person.JoinedAt.IsZero() {
		add(JoinedOn, string(clock.DayOf(e.person.JoinedAt, r.zone)))
	}
}

// fullName joins a name's parts as they are written: a Chinese family name stands
// first, with nothing between.
func fullName(first, last string) string {
	if han(first) && han(last) {
		return last + first
	}
	return strings.TrimSpace(first + " " + last)
}

func han(s string) bool {
	for _, c := range s {
		if c < 0x3400 || c > 0x9fff && c < 0x20000 {
			return false
		}
	}
	return s != ""
}

// who is the person of a line: somebody new, or who is here already, by their id in
// the program they come from or else by their address.
func (r *reader) who(e *entry, cells map[Field]string) error {
	e.person = Person{Name: cells[Name], Email: cells[Email], Phone: cells[Phone], Locale: language(cells[Locale]), Role: actor.Member}
	if word := cells[Role]; word != "" {
		e.person.Role = actor.Role(strings.ToLower(word))
		if means := r.role(word); means != "" {
			e.person.Role = actor.Role(means)
		}
	}
	if text := cells[JoinedOn]; text != "" {
		if d, ok := day(text, r.set.Dates); !ok {
			e.wrong(ErrDate.On(string(JoinedOn)).With("Text", text))
		} else if at := d.Start(r.zone); at.Before(r.now) {
			e.person.JoinedAt = at
		}
	}
	person, err := r.s.people.Check(r.by, r.space, e.person)
	refused := fault.All(err)
	if err != nil && len(refused) == 0 {
		return err
	}
	e.person = person
	e.external = cells[ExternalID]
	byID, byKey := r.ids[e.external], r.keys[person.Key]
	switch {
	case e.external != "" && byID != nil && byKey != nil && byID != byKey:
		e.wrong(ErrIDOther.With("Name", byID.Name))
	case e.external != "" && byID != nil:
		e.known = byID
		if person.Key != byID.Key {
			e.notes = append(e.notes, noteIDMissing)
		}
	default:
		e.known = byKey
	}
	if e.known != nil { // their name, phone and role are left: only what names them must be right
		refused = slices.DeleteFunc(refused, func(f *fault.Error) bool { return f.Field != string(Email) && f.Field != string(Name) })
	}
	for _, f := range refused {
		e.wrong(f)
	}
	if len(e.external) > 200 {
		e.wrong(ErrIDLong)
	}
	r.once(e)
	return nil
}

// once refuses a line whose person stood on one before.
func (r *reader) once(e *entry) {
	if first, twice := r.seen[e.person.Key]; twice && e.person.Key != "" {
		e.wrong(ErrTwiceInFile.With("Line", first))
	} else {
		r.seen[e.person.Key] = e.line
	}
	if e.external == "" {
		return
	}
	if first, twice := r.seenI[e.external]; twice {
		e.wrong(ErrIDTwice.With("Line", first))
	} else {
		r.seenI[e.external] = e.line
	}
}

// language turns how languages are written elsewhere into ours.
func language(s string) string {
	switch low := strings.ToLower(s); {
	case low == "english", strings.HasPrefix(low, "en-"), strings.HasPrefix(low, "en_"):
		return "en"
	case low == "chinese", low == "中文", strings.HasPrefix(low, "zh"):
		return "zh-CN"
	}
	return s
}

// plan is what of a plan the line gives.
func (r *reader) plan(e *entry, cells map[Field]string) {
	word := cells[Plan]
	if word == "" {
		return
	}
	means := r.wording.plan(word)
	switch means {
	case "":
		if e.known == nil || len(e.known.Runs) == 0 { // else it would be left in any case
			e.wrong(ErrPlanUnknown.With("Code", word, "Known", codes(r.plans)))
		}
		return
	case None:
		return
	}
	term, ok := r.term(e, cells)
	if !ok {
		return
	}
	plan := id.ID(means)
	if e.known != nil {
		for _, run := range e.known.Runs {
			if run.Gift == plan || run.Until.IsZero() || run.Until.After(r.now) {
				if run.Gift != plan {
					e.notes = append(e.notes, notePlanHeld)
				}
				return
			}
		}
	}
	e.plan, e.term = plan, term
	e.gives = append(e.gives, name(r.plans, plan))
	for f, at := range map[Field]clock.Instant{PlanStart: term.From, PlanRenews: term.Renews, PlanEnd: term.Until} {
		if cells[f] == "" {
			continue
		}
		d := clock.DayOf(at, r.zone)
		if f == PlanEnd { // it runs to the end of that day
			d = d.Add(-1)
		}
		e.adds = append(e.adds, imports.Added{Field: string(f), Text: string(d)})
	}
	slices.SortFunc(e.adds, func(a, b imports.Added) int {
		return slices.Index(Fields, Field(a.Field)) - slices.Index(Fields, Field(b.Field))
	})
}

// term is from when until when the plan of a line runs; false if it does not.
func (r *reader) term(e *entry, cells map[Field]string) (t Term, ok bool) {
	t.From = r.now
	for _, f := range []Field{PlanStart, PlanRenews, PlanEnd} {
		text := cells[f]
		if text == "" {
			continue
		}
		d, is := day(text, r.set.Dates)
		switch {
		case !is:
			e.wrong(ErrDate.On(string(f)).With("Text", text))
			return t, false
		case f == PlanStart:
			t.From = d.Start(r.zone)
		case f == PlanRenews:
			t.Renews = d.Start(r.zone)
		default: // to its end, the day itself included
			t.Until = d.Add(1).Start(r.zone)
		}
	}
	switch {
	case !t.Until.IsZero() && cells[PlanStart] != "" && !t.Until.After(t.From):
		e.wrong(ErrPlanEnds)
		return t, false
	case !t.Renews.IsZero() && cells[PlanStart] != "" && t.Renews.Before(t.From):
		e.wrong(ErrPlanEnds.On(string(PlanRenews)))
		return t, false
	case !t.Until.IsZero() && !t.Until.After(r.now):
		e.notes = append(e.notes, notePlanOver.With("Day", clock.DayOf(t.Until, r.zone).Add(-1)))
		return t, false
	}
	return t, true
}

// labels are the tags of a line that the person does not have.
func (r *reader) labels(e *entry, cell string) {
	for _, word := range several(cell) {
		means := r.tag(word)
		tag := id.ID(means)
		switch {
		case means == None || slices.Contains(e.tags, tag):
		case means == "":
			e.wrong(ErrTagArchived.With("Name", word))
		case means == Made:
			r.label(e, word)
		case e.known != nil && slices.Contains(e.known.Tags, tag):
		default:
			e.tags = append(e.tags, tag)
			e.gives = append(e.gives, name(r.wording.labels, tag))
		}
	}
}

// label is a tag of a line that is new here. It counts as made from this line on.
func (r *reader) label(e *entry, word string) {
	same := func(name string) bool { return strings.EqualFold(name, word) }
	known := slices.IndexFunc(r.made, same)
	if known < 0 {
		inUse := len(r.made)
		for _, g := range r.wording.labels {
			if !g.Archived {
				inUse++
			}
		}
		name, err := r.s.tags.Check(word, inUse)
		if refused, is := fault.As(err); is {
			e.wrong(refused.On(string(Tags)))
			return
		}
		known, r.made = len(r.made), append(r.made, name)
	}
	if name := r.made[known]; !slices.Contains(e.made, name) {
		e.made = append(e.made, name)
		e.adds = append(e.adds, imports.Added{Field: NewTag, Text: name})
	}
}

// noted are the facts of a line that are not known of the person.
func (r *reader) noted(e *entry, cells map[Field]string) error {
	for _, f := range facts {
		text := cells[f]
		if text == "" || f == Phone && e.known == nil { // which goes with the account
			continue
		}
		if f == Birthday {
			d, ok := birthday(text, r.set.Dates, clock.DayOf(r.now, r.zone))
			if !ok {
				e.wrong(ErrDate.On(string(f)).With("Text", text))
				continue
			}
			text = string(d)
		}
		key, err := r.s.facts.Check(f, text, clock.DayOf(r.now, r.zone))
		if refused := fault.All(err); len(refused) > 0 {
			for _, wrong := range refused {
				e.wrong(wrong.On(string(f)))
			}
			continue
		}
		if err != nil {
			return err
		}
		if r.isNew(e, f, key) {
			e.facts = append(e.facts, told{f, text, key})
			e.adds = append(e.adds, imports.Added{Field: string(f), Text: text})
		}
	}
	return nil
}

// isNew reports whether a fact is to be noted, and says why not where that is not plain.
func (r *reader) isNew(e *entry, f Field, key string) bool {
	if f == Badge {
		switch other := r.badges[key]; {
		case other != nil && other != e.known:
			e.wrong(ErrBadgeOther.With("Name", other.Name))
			return false
		case r.seenB[key] > 0:
			e.wrong(ErrBadgeTwice.With("Line", r.seenB[key]))
			return false
		}
		r.seenB[key] = e.line
	}
	if e.known == nil {
		return true
	}
	if f == Note && e.known.Member == r.by.Member {
		e.notes = append(e.notes, noteOwn)
		return false
	}
	if here, known := e.known.fact(f, key); known {
		if (f == Birthday || f == Address) && here != key {
			e.notes = append(e.notes, noteOther.On(string(f)).With("Text", here))
		}
		return false
	}
	if f == Phone && e.known.Role.Above(r.by.Role(r.space)) && e.known.Member != r.by.Member {
		e.notes = append(e.notes, noteAbove)
		return false
	}
	return true
}

// fact is what is known of a field: of one that a person has once, whatever it is; of
// the others, the fact itself.
func (k *Known) fact(f Field, key string) (here string, known bool) {
	for _, fact := range k.Facts {
		if fact.Field == f && (f == Phone || f == Address || f == Birthday || fact.Key == key) {
			return fact.Key, true
		}
	}
	return "", false
}

// certifications are those of a line that the person was never given here.
func (r *reader) certifications(e *entry, cell string) {
	for _, word := range several(cell) {
		means := r.certification(word)
		kind := id.ID(means)
		switch {
		case means == None || slices.Contains(e.kinds, kind):
		case means == "":
			e.wrong(ErrCertificationUnknown.With("Code", word, "Known", codes(r.kinds)))
		case e.known != nil && slices.ContainsFunc(e.known.Grants, func(h Held) bool { return h.Gift == kind }):
		case e.known != nil && e.known.Member == r.by.Member:
			e.notes = append(e.notes, noteOneself)
			return
		default:
			e.kinds = append(e.kinds, kind)
			e.gives = append(e.gives, name(r.kinds, kind))
		}
	}
}

func name(gifts []Gift, gift id.ID) i18n.Text {
	for _, g := range gifts {
		if g.ID == gift {
			return g.Name
		}
	}
	return i18n.Text{}
}

func codes(gifts []Gift) string {
	all := make([]string, len(gifts))
	for i, g := range gifts {
		all[i] = g.Code
	}
	return strings.Join(all, ", ")
}

// lines turns entries into what a person sees of them.
func lines(entries []entry) []imports.Line {
	lines := make([]imports.Line, len(entries))
	for i := range entries {
		e := &entries[i]
		lines[i] = imports.Line{
			Number: e.line, Title: e.person.Name, Detail: e.person.Email,
			Fate: e.fate(), Gives: e.gives, Adds: e.adds, Notes: e.notes, Problems: e.problems,
		}
	}
	return lines
}
