package consent

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// ChoiceKind is something that a person may allow, each by itself.
type ChoiceKind string

// The kinds of choices. Minors are in no directory and get no advertising.
const (
	Marketing    ChoiceKind = "marketing"
	Photos       ChoiceKind = "photos"
	Directory    ChoiceKind = "directory"
	ThirdParties ChoiceKind = "third_parties"
	CrossBorder  ChoiceKind = "cross_border"
)

// ChoiceKinds lists them in the order they are asked.
var ChoiceKinds = []ChoiceKind{Directory, Photos, Marketing, ThirdParties, CrossBorder}

// Wording is the version of the words that choices and guardians are asked with. It
// goes up whenever a sentence under consent.choice or consent.statement changes its
// meaning; choices made before keep the words they were made with by their hash.
const Wording = 1

var (
	// ErrChoiceKind refuses a choice that there is none of.
	ErrChoiceKind = fault.Invalid("kind", "consent.choice_kind", "Nothing of this kind is asked.")
	// ErrNotForMinors refuses what nobody may allow for a minor.
	ErrNotForMinors = fault.Forbidden("consent.not_for_minors", "Until the 18th birthday there is no directory entry and no advertising.")
	// ErrGuardianChooses refuses a choice of a minor who is too young to make it.
	ErrGuardianChooses = fault.Forbidden("consent.guardian_chooses", "You are too young to allow this yourself. Your guardian can allow it for you.")
)

// Choice is something that was allowed, or no longer is. It is never changed; the
// latest of its kind is what holds.
type Choice struct {
	ID       id.ID
	SpaceID  id.ID
	MemberID id.ID
	Kind     ChoiceKind
	Given    bool
	Guardian bool // a guardian chose
	ChosenBy id.ID
	Wording  int64
	Hash     string
	Language string
	Address  string
	ChosenAt clock.Instant
}

// TableName is the table of choices.
func (Choice) TableName() string { return "consent_choices" }

// forMinors reports whether it can be allowed for somebody who is not of age.
func (k ChoiceKind) forMinors() bool { return k != Marketing && k != Directory }

// Choices is what somebody allows now, kind by kind, and all they ever chose.
type Choices struct {
	Minor   bool
	Mature  bool // old enough to choose
	Given   map[ChoiceKind]bool
	History []Choice // the latest first
}

// May reports whether a kind can be allowed at all, and by them.
func (c Choices) May(k ChoiceKind) bool { return !c.Minor || k.forMinors() }

// Consented reports whether somebody allows something in a space now. What a guardian
// allowed ends when the minor comes of age; what minors are kept from is not allowed
// whatever they chose.
func (s *Service) Consented(ctx context.Context, member, space id.ID, kind ChoiceKind) (bool, error) {
	all, err := s.choices(ctx, space, member)
	return all.Given[kind], err
}

// Agreed are the people who allow something in a space now, by the same rules: what a
// guardian allowed ends with the minor's age, and minors are in no directory.
func (s *Service) Agreed(ctx context.Context, space id.ID, kind ChoiceKind) ([]id.ID, error) {
	people, err := s.store.agreed(ctx, space, kind)
	if err != nil {
		return nil, fault.Wrap(err, "who agreed in %s", space)
	}
	young, err := s.Minors(ctx, space, people)
	return slices.DeleteFunc(people, func(p id.ID) bool { return slices.Contains(young, p) }), err
}

// Choices is what somebody allows: the actor, or their child.
func (s *Service) Choices(ctx context.Context, by actor.Actor, space, member id.ID) (Choices, error) {
	if _, err := s.chooser(ctx, by, space, member); err != nil {
		return Choices{}, err
	}
	return s.choices(ctx, space, member)
}

func (s *Service) choices(ctx context.Context, space, member id.ID) (Choices, error) {
	history, err := s.store.choices(ctx, space, member)
	if err != nil {
		return Choices{}, fault.Wrap(err, "choices of %s", member)
	}
	st, err := s.Standing(ctx, space, member)
	if err != nil {
		return Choices{}, err
	}
	c := Choices{Minor: st.Minor, Mature: st.Mature, Given: map[ChoiceKind]bool{}, History: history}
	for _, k := range ChoiceKinds {
		i := slices.IndexFunc(history, func(h Choice) bool { return h.Kind == k })
		if i < 0 || !history[i].Given {
			continue
		}
		last := history[i]
		c.Given[k] = c.May(k) && (!last.Guardian || st.Minor) && (last.Guardian || st.Mature)
	}
	return c, nil
}

// chooser says whether by chooses as the guardian of member.
func (s *Service) chooser(ctx context.Context, by actor.Actor, space, member id.ID) (guardian bool, err error) {
	if !by.SignedIn() {
		return false, actor.ErrSignIn
	}
	if member == by.Member {
		return false, by.May("consent.choose", space, member, ErrNoSuchMember)
	}
	guards, err := s.Guards(ctx, by, space, member)
	if err == nil && !guards {
		err = ErrNoSuchMember
	}
	return true, err
}

// Choose writes down that somebody allows something, or no longer does. Taking it back
// is always possible, and what changes nothing writes nothing.
func (s *Service) Choose(ctx context.Context, by actor.Actor, space, member id.ID, kind ChoiceKind, given bool, language, address string) error {
	if !slices.Contains(ChoiceKinds, kind) {
		return ErrChoiceKind
	}
	guardian, err := s.chooser(ctx, by, space, member)
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.members.Person(ctx, space, member); err != nil {
			return err
		}
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		c, err := s.choices(ctx, space, member)
		if err != nil || c.Given[kind] == given {
			return err
		}
		switch {
		case given && !c.May(kind):
			return ErrNotForMinors
		case given && !guardian && !c.Mature:
			return ErrGuardianChooses
		}
		language = i18n.Match(language)
		return s.store.insertChoice(ctx, Choice{
			ID: id.New(), SpaceID: space, MemberID: member, Kind: kind, Given: given, Guardian: guardian, ChosenBy: by.Member,
			Wording: Wording, Hash: digest(kind.Words(language)), Language: language, Address: address, ChosenAt: s.clock.Now(),
		})
	}), "choice of %s", member)
}

// Words are what is allowed, as it is asked in a language.
func (k ChoiceKind) Words(language string) string {
	p := i18n.For(language)
	return p.T("consent.choice."+string(k)) + "\n" + p.T("consent.choice."+string(k)+".says")
}
