package spaces

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// The refusals of the set-up.
var (
	ErrSetupDone  = fault.Conflict("setup.done", "This installation is set up already. Sign in.")
	ErrSetupToken = fault.Forbidden("setup.token", "This set-up link is not the current one. Take the newest from where the server was started.")
)

// unnamed is the address of a space that has no English name to make one from.
const unnamed = "makerspace"

// NewSpace is what the set-up screen asks about a space.
type NewSpace struct {
	Name      i18n.Text
	Slug      string // empty: made from the English name
	Blueprint string
	Country   string
	Zone      string
	Currency  string
	Hours     []Hours
}

// OwnerAccount is the person who will own the first space.
type OwnerAccount struct {
	Name     string
	Email    string
	Password string
	Locale   string
}

// SetupToken makes the token of a new set-up link, which ends the one before. It
// is empty where there is a space already. Only its hash is kept.
func (s *Service) SetupToken(ctx context.Context) (string, error) {
	raw := rand.Text() // 130 random bits
	token := ""
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.store.count(ctx)
		if err != nil || n > 0 {
			return err
		}
		token = raw
		return s.store.keepSetupToken(ctx, hash(raw))
	})
	return token, fault.Wrap(err, "make a set-up token")
}

// CheckSetup says whether this token would be taken: nil, ErrSetupDone or ErrSetupToken.
func (s *Service) CheckSetup(ctx context.Context, token string) error {
	n, err := s.store.count(ctx)
	if err != nil {
		return fault.Wrap(err, "check the set-up")
	}
	if n > 0 {
		return ErrSetupDone
	}
	kept, err := s.store.setupToken(ctx)
	if err != nil {
		return fault.Wrap(err, "check the set-up")
	}
	if token == "" || kept != hash(token) {
		return ErrSetupToken
	}
	return nil
}

// Setup makes the first space, all that its blueprint brings, and its owner, or
// nothing. The token is used up; of two who race with it, one gets a space.
func (s *Service) Setup(ctx context.Context, token string, n NewSpace, o OwnerAccount) (Space, error) {
	var sp Space
	b, _ := BlueprintOf(n.Blueprint)
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.CheckSetup(ctx, token); err != nil {
			return err
		}
		if err := s.Check(n, &o); err != nil {
			return err
		}
		if err := s.store.useSetupToken(ctx, hash(token)); err != nil {
			return err
		}
		var err error
		if sp, err = s.create(ctx, n, b); err != nil {
			return err
		}
		owner, err := s.accounts.MakeOwner(ctx, sp.ID, o)
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, actor.House, sp.ID, opCreate, sp.ID, map[string]any{"blueprint": sp.Blueprint, "owner": owner})
	})
	return sp, fault.Wrap(mapped(err), "set up")
}

// Create makes another space of this installation, with all that its blueprint
// brings; whoever makes it is its owner.
func (s *Service) Create(ctx context.Context, by actor.Actor, n NewSpace) (Space, error) {
	if !by.IsHouse() && by.Highest() != actor.Owner {
		return Space{}, by.May(opCreate, "", "", ErrNoSuchSpace)
	}
	if err := s.Check(n, nil); err != nil {
		return Space{}, err
	}
	var sp Space
	b, _ := BlueprintOf(n.Blueprint)
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if sp, err = s.create(ctx, n, b); err != nil {
			return err
		}
		if by.Member != "" {
			if err := s.accounts.Appoint(ctx, sp.ID, by.Member); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, by, sp.ID, opCreate, sp.ID, map[string]any{"blueprint": sp.Blueprint})
	})
	return sp, fault.Wrap(mapped(err), "create a space")
}

// Found makes a space that is furnished as b says, whichever blueprint it names:
// the demo's. For the house alone.
func (s *Service) Found(ctx context.Context, by actor.Actor, n NewSpace, b Blueprint) (Space, error) {
	if !by.IsHouse() {
		return Space{}, actor.ErrForbidden
	}
	if err := s.Check(n, nil); err != nil {
		return Space{}, err
	}
	var sp Space
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		sp, err = s.create(ctx, n, b)
		return err
	})
	return sp, fault.Wrap(mapped(err), "found a space")
}

// Check says everything that can't be so about a space that is to be made, and
// about its owner unless that is nil, without asking the database.
func (s *Service) Check(n NewSpace, o *OwnerAccount) error {
	d := n.details("an-address")
	var wrong fault.Many
	wrong = append(wrong, fault.All(d.check())...)
	if _, known := BlueprintOf(n.Blueprint); !known {
		wrong.Add(errBlueprint)
	}
	wrong = append(wrong, fault.All(CheckHours(n.Hours))...)
	if o != nil {
		wrong = append(wrong, fault.All(s.accounts.CheckOwner(*o))...)
	}
	return wrong.Err()
}

// details are those of the space, with this address where it has none.
func (n NewSpace) details(slug string) Details {
	d := Details{Name: n.Name, Slug: n.Slug, Country: n.Country, Zone: n.Zone, Currency: n.Currency}.tidy()
	if d.Slug == "" {
		d.Slug = slug
	}
	return d
}

// create inserts a space that was checked and has it furnished.
func (s *Service) create(ctx context.Context, n NewSpace, b Blueprint) (Space, error) {
	sp := Space{ID: id.New(), Blueprint: n.Blueprint, CreatedAt: s.clock.Now(), Version: 1}
	name := strings.TrimSpace(n.Name.EN)
	if name == "" {
		name = unnamed
	}
	d := n.details(id.Slug(name, sp.ID))
	if err := s.slugFree(ctx, d.Slug, sp.ID); err != nil {
		return Space{}, err
	}
	others, err := s.store.count(ctx)
	if err != nil {
		return Space{}, err
	}
	sp.Name, sp.Slug, sp.Country, sp.Zone, sp.Currency, sp.Position = d.Name, d.Slug, d.Country, d.Zone, d.Currency, others
	sp.About, sp.Headline, sp.Sections, sp.Streams = b.About, b.Headline, b.Sections, b.Streams
	if len(sp.Sections) == 0 {
		sp.Sections = Sections
	}
	if len(sp.Streams) == 0 {
		sp.Streams = Streams
	}
	if err := s.store.insert(ctx, sp); err != nil {
		return Space{}, err
	}
	if err := s.store.replaceHours(ctx, sp.ID, n.Hours); err != nil {
		return Space{}, err
	}
	return sp, s.founder.Furnish(ctx, actor.House, sp, b)
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
