package consent

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// OfAge is the age at which nobody answers for a person any more.
const OfAge = 18

var (
	// ErrBirthday refuses a day on which nobody alive was born.
	ErrBirthday = fault.Invalid("birthday", "consent.birthday", "Give the day of birth: a day of the last 120 years.")
	// ErrBirthdayKnown refuses to change one's own day of birth.
	ErrBirthdayKnown = fault.Forbidden("consent.birthday_known", "Your day of birth is known already. If it is wrong, the front desk corrects it.")
)

// Birthday is a person's day of birth.
type Birthday struct {
	MemberID id.ID
	Day      clock.Day
	SaidBy   id.ID
	SaidAt   clock.Instant
	Verified string        // how it was seen to be so; empty: not
	ToldAt   clock.Instant // when they were told that they are of age
}

// On is the day on which somebody born on day is so many years old. Who was born on
// 29 February has their birthday on 1 March of a year that has none.
func On(day clock.Day, years int) clock.Day {
	month, _ := strconv.Atoi(string(day[5:7]))
	date, _ := strconv.Atoi(string(day[8:10]))
	return clock.DayOn(day.Year()+years, month, date)
}

// Adult is the moment somebody born on day comes of age by the clocks of a zone; zero
// where the day is not known.
func Adult(day clock.Day, zone *time.Location) clock.Instant {
	if day == "" {
		return clock.Instant{}
	}
	return On(day, OfAge).Start(zone)
}

// Age is how many years old somebody born on day is on another.
func Age(day, on clock.Day) int {
	years := on.Year() - day.Year()
	if On(day, years) > on {
		years--
	}
	return max(years, 0)
}

// consentAges are the ages from which the law of a country lets somebody consent to
// the use of their data themselves; elsewhere it is 16.
var consentAges = map[string]int{
	"AT": 14, "BE": 13, "BG": 14, "CN": 14, "CY": 14, "CZ": 15, "DK": 15, "EE": 13, "ES": 14, "FI": 13, "FR": 15, "GB": 13,
	"GR": 15, "IT": 14, "LT": 14, "LV": 13, "MT": 13, "NO": 13, "PT": 13, "SE": 13, "SI": 15, "US": 13,
}

// ConsentAge is the age from which somebody consents for themselves in a country.
func ConsentAge(country string) int {
	if age, ok := consentAges[country]; ok {
		return age
	}
	return 16
}

// ParseBirthday takes "1987-03-28"; ErrBirthday where that is on no calendar.
func ParseBirthday(text string) (clock.Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", ErrBirthday
	}
	return clock.DayOn(t.Year(), int(t.Month()), t.Day()), nil
}

// born reports whether somebody who lives today can be born on this day.
func born(day, today clock.Day) bool {
	_, err := ParseBirthday(string(day))
	return err == nil && day <= today && day.Year() > today.Year()-121
}

// CheckBirthday refuses a day on which nobody who lives today was born.
func CheckBirthday(day, today clock.Day) error {
	if !born(day, today) {
		return ErrBirthday
	}
	return nil
}

// UnsayBirthday takes away the day of birth that an import wrote down, with the import
// that is taken back.
func (s *Service) UnsayBirthday(ctx context.Context, by actor.Actor, space, member id.ID) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.deleteBirthday(ctx, member); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "birthday.say", member, map[string]any{"taken_back": true})
	}), "birthday of %s", member)
}

// SayBirthday writes down when a person was born: they themselves once, staff also
// later, with how they know.
func (s *Service) SayBirthday(ctx context.Context, by actor.Actor, space, member id.ID, day clock.Day, verified string) error {
	own := member == by.Member
	if err := by.May("birthday.say", space, member, ErrNoSuchMember); err != nil {
		return err
	}
	staff := by.Scope("birthday.say", space) == actor.Any && !own
	if verified = line(verified); utf8.RuneCountInString(verified) > maxNote {
		return ErrNote.On("verified")
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.members.Person(ctx, space, member); err != nil {
			return err
		}
		sp, err := s.spaces.Space(ctx, space)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if !born(day, clock.DayOf(now, sp.Zone)) {
			return ErrBirthday
		}
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		was, known, err := s.store.birthday(ctx, member)
		if err != nil {
			return err
		}
		if known && !staff {
			if was.Day == day {
				return nil
			}
			return ErrBirthdayKnown
		}
		b := Birthday{MemberID: member, Day: day, SaidBy: by.Member, SaidAt: now}
		if staff {
			b.Verified = verified
		}
		if !now.Before(Adult(day, sp.Zone)) {
			b.ToldAt = now
		}
		if err := s.store.putBirthday(ctx, b, known); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "birthday.say", member, map[string]any{"corrected": known, "verified": b.Verified})
	}), "birthday of %s", member)
}
