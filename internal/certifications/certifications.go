// Package certifications is who may use what, by proof: the kinds of
// certification that a space asks for, with their levels and what is asked before
// them, who teaches them, and who was granted one, when, by whom and on what
// evidence. Its rules: nobody certifies themselves, an instructor only what they
// teach, a proof is never deleted but expires, lapses unused or is revoked, and
// what was revoked counts nowhere.
//
// Which machine asks for which certification is equipment's to say, whether a
// booking may be made is booking's, who somebody is, members', and how one learns
// it, events'.
package certifications

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchKind is the answer where a space has no such kind of certification.
	ErrNoSuchKind = fault.NotFound("certifications.no_such_kind", "There is no such certification here.").On("certification")
	// ErrNoSuchHolder is the answer where a person is not known in the space, or not to be seen.
	ErrNoSuchHolder = fault.NotFound("certifications.no_such_holder", "There is no such person here.")
	// ErrStale refuses a change to something that someone else changed meanwhile.
	ErrStale = fault.Conflict("certifications.stale", "Someone else changed this while you were at it. Look at it again, then change it.")
	// ErrCodeBad refuses a code that is not a short word.
	ErrCodeBad = fault.Invalid("code", "certifications.code_bad", "A code is 1 to 40 small letters, digits and dashes: laser-l1.")
	// ErrCodeTaken refuses a code that another certification of the space has.
	ErrCodeTaken = fault.Conflict("certifications.code_taken", "Another certification has this code.").On("code")
	// ErrName asks for a name in at least one language.
	ErrName = fault.Invalid("name", "certifications.name_bad", "Name it, in one language at least, with at most {{.Most}} characters.").With("Most", MaxName)
	// ErrAbout refuses a description of more than MaxAbout characters.
	ErrAbout = fault.Invalid("about", "certifications.about_long", "Keep the description to {{.Most}} characters.").With("Most", MaxAbout)
	// ErrLadder refuses a ladder that is not a short word.
	ErrLadder = fault.Invalid("ladder", "certifications.ladder_bad", "A ladder is a short word of small letters, digits and dashes that its levels share: laser. Leave it empty if there are no levels.")
	// ErrLevel refuses a level outside 1 to 9.
	ErrLevel = fault.Invalid("level", "certifications.level_bad", "A level is 1 to 9.")
	// ErrValidDays refuses a validity below none and above a hundred years.
	ErrValidDays = fault.Invalid("valid_days", "certifications.valid_days", "It is valid for 1 to 36500 days, or 0 for ever.")
	// ErrValidMonths refuses a validity below none and above a hundred years.
	ErrValidMonths = fault.Invalid("valid_months", "certifications.valid_months", "It is valid for 1 to 1200 months, or 0 for ever.")
	// ErrValidTwice refuses two ways to say how long it is valid.
	ErrValidTwice = fault.Invalid("valid_months", "certifications.valid_twice", "Say how long it is valid in days or in months, not both.")
	// ErrDisuse refuses a time without use below a day and above ten years.
	ErrDisuse = fault.Invalid("disuse_days", "certifications.disuse_days", "It lapses after 1 to 3650 days without use, or 0 for never.")
	// ErrRemind refuses a reminder more than a year ahead.
	ErrRemind = fault.Invalid("remind_days", "certifications.remind_days", "The letter comes 1 to 365 days before the end, or 0 for none.")
	// ErrMark refuses a pass mark that is no score.
	ErrMark = fault.Invalid("pass_mark", "certifications.pass_mark_bad", "A pass mark is 1 to 100, or 0 if no score is asked.")
	// ErrHoursBad refuses hours below none and above ten thousand.
	ErrHoursBad = fault.Invalid("hours", "certifications.hours_bad", "Ask for up to 10,000 hours on machines, in quarters, or 0 for none.")
	// ErrRequires refuses prerequisites that the space does not know, or one twice.
	ErrRequires = fault.Invalid("requires", "certifications.requires_bad", "Choose certifications of this space, each once, and not this one itself.")
	// ErrCycle refuses prerequisites that lead back to where they started.
	ErrCycle = fault.Invalid("requires", "certifications.cycle", "{{.Name}} asks for this one itself, straight or by others. Nobody could ever begin. Take one of them out.")
	// ErrTeachers refuses a teacher who is not an instructor, manager or owner here.
	ErrTeachers = fault.Invalid("teachers", "certifications.teachers_bad", "Choose instructors, managers or owners of this space.")
)

// The most characters that the name and the description of a kind may have, and
// a reason or a note.
const (
	MaxName   = 100
	MaxAbout  = 1000
	MaxReason = 500
)

// Kind is a kind of proof that a space asks for: "Laser L1".
type Kind struct {
	ID      id.ID
	SpaceID id.ID
	Code    string // "laser-l1", unique in the space
	Name    i18n.Text
	About   i18n.Text
	// Ladder is what it is a level of, "laser"; empty: it stands alone. Who holds a
	// higher level of a ladder holds the lower ones.
	Ladder string
	Level  int64 // 1 to 9
	// It is valid for days, or for months of the calendar, or both 0: for ever.
	ValidDays   int64
	ValidMonths int64
	DisuseDays  int64 // it lapses after so many days without use of what asks for its ladder; 0: never
	RemindDays  int64 // the letter comes so many days before the end; 0: none
	PassMark    int64 // of 100; 0: no score is asked
	HoursMin    int64 // minutes on machines that are asked before it
	HoursOn     Words // kinds of resource on which they count; none: on all that ask for a certification
	Position    int64 // the order in which a space shows them
	Version     int64

	// Requires are what must be held to be granted it: one of each group.
	Requires [][]id.ID `gorm:"-"`
	// Teachers are the instructors who grant it.
	Teachers []id.ID `gorm:"-"`
}

// TableName is the table of kinds.
func (Kind) TableName() string { return "certifications" }

// Words is a list of words in a column, as JSON.
type Words []string

// GormDataType says that the column is TEXT.
func (Words) GormDataType() string { return "text" }

// Value stores JSON.
func (w Words) Value() (driver.Value, error) {
	if w == nil {
		return "[]", nil
	}
	b, err := json.Marshal([]string(w))
	return string(b), err
}

// Scan reads JSON.
func (w *Words) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), (*[]string)(w))
	case []byte:
		return json.Unmarshal(v, (*[]string)(w))
	}
	return fmt.Errorf("certifications: %T is no list of words", v)
}

const codeLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"

// normal is the kind tidied, with everything that is wrong with it but for what
// only the other kinds of the space can tell.
func (k Kind) normal() (Kind, error) {
	var wrong fault.Many
	refuse := func(bad bool, err *fault.Error) {
		if bad {
			wrong.Add(err)
		}
	}
	k.Code, k.Ladder = strings.ToLower(strings.TrimSpace(k.Code)), strings.ToLower(strings.TrimSpace(k.Ladder))
	k.Name = i18n.Text{EN: strings.TrimSpace(k.Name.EN), ZH: strings.TrimSpace(k.Name.ZH)}
	k.About = i18n.Text{EN: strings.TrimSpace(k.About.EN), ZH: strings.TrimSpace(k.About.ZH)}
	k.Level = max(k.Level, 1)
	if k.Ladder == "" {
		k.Level = 1
	}
	refuse(k.Code == "" || len(k.Code) > 40 || strings.Trim(k.Code, codeLetters) != "", ErrCodeBad)
	refuse(k.Name.Empty() || long(k.Name, MaxName), ErrName)
	refuse(!k.Name.Line(), i18n.ErrLine)
	refuse(long(k.About, MaxAbout), ErrAbout)
	refuse(len(k.Ladder) > 40 || strings.Trim(k.Ladder, codeLetters) != "", ErrLadder)
	refuse(k.Level > 9, ErrLevel)
	refuse(k.ValidDays < 0 || k.ValidDays > 36500, ErrValidDays)
	refuse(k.ValidMonths < 0 || k.ValidMonths > 1200, ErrValidMonths)
	refuse(k.ValidDays > 0 && k.ValidMonths > 0, ErrValidTwice)
	refuse(k.DisuseDays < 0 || k.DisuseDays > 3650, ErrDisuse)
	refuse(k.RemindDays < 0 || k.RemindDays > 365, ErrRemind)
	refuse(k.PassMark < 0 || k.PassMark > 100, ErrMark)
	refuse(k.HoursMin < 0 || k.HoursMin > 10_000*60, ErrHoursBad)
	k.HoursOn, k.Requires, k.Teachers = tidyWords(k.HoursOn), tidyGroups(k.Requires), slices.Clone(k.Teachers)
	slices.Sort(k.Teachers)
	k.Teachers = slices.Compact(k.Teachers)
	return k, wrong.Err()
}

func long(t i18n.Text, most int) bool {
	return utf8.RuneCountInString(t.EN) > most || utf8.RuneCountInString(t.ZH) > most
}

func tidyWords(list Words) Words {
	var words Words
	for _, w := range list {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

func tidyGroups(groups [][]id.ID) [][]id.ID {
	var kept [][]id.ID
	for _, g := range groups {
		if len(g) > 0 {
			kept = append(kept, slices.Clone(g))
		}
	}
	return kept
}

// fits checks what a kind asks for against the other kinds of its space: each
// known and named once, and none leads back to it.
func (k Kind) fits(kinds []Kind) error {
	seen := map[id.ID]bool{k.ID: true}
	for _, group := range k.Requires {
		for _, r := range group {
			if seen[r] || !slices.ContainsFunc(kinds, func(o Kind) bool { return o.ID == r }) {
				return ErrRequires
			}
			seen[r] = true
		}
	}
	for _, group := range k.Requires {
		for _, r := range group {
			if leadsTo(kinds, r, k.ID, map[id.ID]bool{}) {
				return ErrCycle.With("Name", nameOf(kinds, r))
			}
		}
	}
	return nil
}

// leadsTo reports whether one kind asks for another, straight or by others.
func leadsTo(kinds []Kind, from, to id.ID, seen map[id.ID]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	k, _ := kindOf(kinds, from)
	for _, group := range k.Requires {
		for _, r := range group {
			if leadsTo(kinds, r, to, seen) {
				return true
			}
		}
	}
	return false
}

func kindOf(kinds []Kind, kind id.ID) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.ID == kind })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

func nameOf(kinds []Kind, kind id.ID) i18n.Text {
	k, _ := kindOf(kinds, kind)
	return k.Name
}

// counts reports whether holding k is holding o: it is the same, or a level of
// the same ladder that is not lower.
func (k Kind) counts(o Kind) bool {
	return k.ID == o.ID || k.Ladder != "" && k.SpaceID == o.SpaceID && k.Ladder == o.Ladder && k.Level >= o.Level
}

// counting are the kinds whose holders hold this one.
func counting(kinds []Kind, kind id.ID) []id.ID {
	o, _ := kindOf(kinds, kind)
	ids := []id.ID{kind}
	for _, k := range kinds {
		if k.ID != kind && k.counts(o) {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// Expiry is when a grant of this kind ends that is given now, in the zone of its
// space; zero: never. A month from 31 January is over with 28 February.
func (k Kind) Expiry(now clock.Instant, zone *time.Location) clock.Instant {
	switch {
	case k.ValidMonths > 0:
		t := now.In(zone)
		first := time.Date(t.Year(), t.Month()+time.Month(k.ValidMonths), 1, 12, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		return clock.DayOn(first.Year(), int(first.Month()), min(t.Day(), last)).Add(1).Start(zone)
	case k.ValidDays > 0:
		return now.Add(days(k.ValidDays))
	}
	return clock.Instant{}
}

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }
