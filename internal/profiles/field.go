package profiles

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Kind is what sort of answer a field takes.
type Kind string

// The kinds.
const (
	Text   Kind = "text"
	Choice Kind = "choice"
	Date   Kind = "date"
	Number Kind = "number"
	YesNo  Kind = "yes_no"
)

// Kinds are all of them, in the order of a form.
var Kinds = []Kind{Text, Choice, Date, Number, YesNo}

// Whose a field is: the member's too, or the staff's only.
const (
	ByMember = "member"
	ByStaff  = "staff"
)

// How much a space may ask.
const (
	MostFields  = 40
	MostChoices = 30
	MaxLabel    = 100
)

var (
	// ErrNoSuchField is the answer where a space has no such field.
	ErrNoSuchField = fault.NotFound("profiles.no_such_field", "There is no such field here.")
	// ErrLabel refuses a field without a label, or with one too long.
	ErrLabel = fault.Invalid("label_en", "profiles.label", "Write a label of 1 to {{.Most}} characters in at least one language.").With("Most", MaxLabel)
	// ErrKind refuses a kind that is none.
	ErrKind = fault.Invalid("kind", "profiles.kind", "Choose what sort of answer it takes.")
	// ErrKindKept refuses to turn a field into another kind: its answers would be lost.
	ErrKindKept = fault.Conflict("profiles.kind_kept", "A field keeps its kind, for the sake of its answers. Archive it and make another.").On("kind")
	// ErrChoices refuses a choice without things to choose from.
	ErrChoices = fault.Invalid("choices_en", "profiles.choices", "Write 2 to {{.Most}} choices, one a line, as many in each language.").With("Most", MostChoices)
	// ErrChoicesKept refuses to take a choice away: somebody may have chosen it.
	ErrChoicesKept = fault.Conflict("profiles.choices_kept", "Choices can be renamed and added, not taken away.").On("choices_en")
	// ErrWhose refuses a field that the member fills in and may not see.
	ErrWhose = fault.Invalid("edited_by", "profiles.whose", "Who fills a field in sees it, too.")
	// ErrTooManyFields refuses one more.
	ErrTooManyFields = fault.Conflict("profiles.too_many_fields", "A space asks at most {{.Most}} questions. Archive one first.").With("Most", MostFields).On("label_en")
	// ErrRequired asks for an answer.
	ErrRequired = fault.Invalid("", "profiles.required", "This needs an answer.")
	// ErrAnswer refuses an answer that is not of the field's kind.
	ErrAnswer = fault.Invalid("", "profiles.answer", "This is not an answer of the kind that is asked for.")
)

// Choices are what a choice offers.
type Choices []i18n.Text

// GormDataType says how it is stored.
func (Choices) GormDataType() string { return "text" }

// Value is the choices as JSON.
func (c Choices) Value() (driver.Value, error) {
	if c == nil {
		c = Choices{}
	}
	b, err := json.Marshal([]i18n.Text(c))
	return string(b), err
}

// Scan reads the choices again.
func (c *Choices) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), (*[]i18n.Text)(c))
	case []byte:
		return json.Unmarshal(v, (*[]i18n.Text)(c))
	}
	return fmt.Errorf("profiles: choices from %T", v)
}

// Field is a question that a space asks of everybody.
type Field struct {
	ID         id.ID
	SpaceID    id.ID
	Label      i18n.Text
	Hint       i18n.Text
	Kind       Kind
	Choices    Choices
	Required   bool
	SeenBy     string
	EditedBy   string
	Position   int64
	ArchivedAt clock.Instant
	Version    int64
}

// TableName is where GORM finds it.
func (Field) TableName() string { return "profile_fields" }

// Archived reports whether it is not asked any more.
func (f Field) Archived() bool { return !f.ArchivedAt.IsZero() }

// check tidies the field up, or says everything that is wrong with it.
func (f *Field) check() error {
	var wrong fault.Many
	line := func(t i18n.Text) i18n.Text {
		return i18n.Text{EN: strings.Join(strings.Fields(t.EN), " "), ZH: strings.Join(strings.Fields(t.ZH), " ")}
	}
	f.Label, f.Hint = line(f.Label), line(f.Hint)
	if f.Label.Empty() || long(f.Label, MaxLabel) {
		wrong.Add(ErrLabel)
	}
	if long(f.Hint, MaxLine) {
		wrong.Add(ErrTooLong.With("Most", MaxLine).On("hint_en"))
	}
	known := false
	for _, k := range Kinds {
		known = known || k == f.Kind
	}
	if !known {
		wrong.Add(ErrKind)
	}
	if f.Kind != Choice {
		f.Choices = nil
	} else {
		bad := len(f.Choices) < 2 || len(f.Choices) > MostChoices
		for i := range f.Choices {
			f.Choices[i] = line(f.Choices[i])
			bad = bad || f.Choices[i].Empty() || long(f.Choices[i], MaxLabel)
		}
		if bad {
			wrong.Add(ErrChoices)
		}
	}
	if f.SeenBy != ByStaff {
		f.SeenBy = ByMember
	}
	if f.EditedBy != ByStaff {
		f.EditedBy = ByMember
	}
	if f.EditedBy == ByMember && f.SeenBy == ByStaff {
		wrong.Add(ErrWhose)
	}
	return wrong.Err()
}

func long(t i18n.Text, most int) bool {
	return utf8.RuneCountInString(t.EN) > most || utf8.RuneCountInString(t.ZH) > most || !t.Line()
}

var decimal = regexp.MustCompile(`^-?\d{1,12}(\.\d{1,6})?$`)

// answer is what was typed as it is kept: a choice by its number, a day as 2027-03-28,
// yes or no.
func (f Field) answer(typed string) (string, *fault.Error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	ok := false
	switch f.Kind {
	case Text:
		if utf8.RuneCountInString(typed) > MaxText {
			return "", ErrTooLong.With("Most", MaxText)
		}
		ok = true
	case Choice:
		n, err := strconv.Atoi(typed)
		ok = err == nil && n >= 0 && n < len(f.Choices)
	case Date:
		_, err := clock.ParseDay(typed)
		ok = err == nil
	case Number:
		ok = decimal.MatchString(typed)
	case YesNo:
		ok = typed == "yes" || typed == "no"
	}
	if !ok {
		return "", ErrAnswer
	}
	return typed, nil
}

// Said is an answer in words: a choice by its name.
func (a Answer) Said(p i18n.Printer) string {
	if a.Value == Covered || a.Value == "" {
		return a.Value
	}
	switch a.Field.Kind {
	case Choice:
		if n, err := strconv.Atoi(a.Value); err == nil && n >= 0 && n < len(a.Field.Choices) {
			return a.Field.Choices[n].In(p.Locale)
		}
	case Date:
		if d, err := clock.ParseDay(a.Value); err == nil {
			return p.DateOf(d)
		}
	case YesNo:
		return p.T("profiles." + a.Value)
	}
	return a.Value
}

// Fields are the questions of a space in their order, archived ones too.
func (s *Service) Fields(ctx context.Context, by actor.Actor, space id.ID) ([]Field, error) {
	if err := by.May("profile_field.edit", space, "", nil); err != nil {
		return nil, err
	}
	fields, err := s.store.fields(ctx, space)
	return fields, fault.Wrap(err, "profile fields of %s", space)
}

// AddField asks one more question, last in the order.
func (s *Service) AddField(ctx context.Context, by actor.Actor, f Field) (Field, error) {
	if err := by.May("profile_field.edit", f.SpaceID, "", nil); err != nil {
		return Field{}, err
	}
	f.ID, f.Version, f.ArchivedAt = id.New(), 1, clock.Instant{}
	if err := f.check(); err != nil {
		return Field{}, err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", f.SpaceID); err != nil {
			return err
		}
		all, err := s.store.fields(ctx, f.SpaceID)
		if err != nil {
			return err
		}
		open := 0
		for _, o := range all {
			if f.Position = max(f.Position, o.Position+1); !o.Archived() {
				open++
			}
		}
		if open >= MostFields {
			return ErrTooManyFields
		}
		if err := s.store.insertField(ctx, f); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, f.SpaceID, "profile_field.edit", f.ID, map[string]any{"label": f.Label})
	})
	return f, fault.Wrap(err, "add a profile field")
}

// EditField changes a question, archives it or asks it again. ErrStale if someone did
// so since f.Version was looked at.
func (s *Service) EditField(ctx context.Context, by actor.Actor, f Field, archived bool) (Field, error) {
	if err := by.May("profile_field.edit", f.SpaceID, "", nil); err != nil {
		return Field{}, err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", f.SpaceID); err != nil {
			return err
		}
		was, err := s.store.field(ctx, f.SpaceID, f.ID)
		switch {
		case err != nil:
			return err
		case was.Version != f.Version:
			return ErrStale
		case was.Kind != f.Kind:
			return ErrKindKept
		}
		if err := f.check(); err != nil {
			return err
		}
		if len(f.Choices) < len(was.Choices) {
			return ErrChoicesKept
		}
		if f.ArchivedAt = was.ArchivedAt; !archived {
			f.ArchivedAt = clock.Instant{}
		} else if !was.Archived() {
			f.ArchivedAt = s.clock.Now()
		}
		if err := s.store.updateField(ctx, f); err != nil {
			return err
		}
		f.Version++
		return s.audit.Record(ctx, by, f.SpaceID, "profile_field.edit", f.ID, map[string]any{"label": f.Label, "archived": archived})
	})
	return f, fault.Wrap(err, "edit profile field %s", f.ID)
}
