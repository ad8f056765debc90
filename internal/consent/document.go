package consent

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Documents lists the documents of a space that by may see: what is published and
// asked for, and to whoever edits them also drafts and what was retired.
func (s *Service) Documents(ctx context.Context, by actor.Actor, space id.ID) ([]Paper, error) {
	if err := by.May("document.read", space, "", nil); err != nil {
		return nil, err
	}
	h, err := s.store.house(ctx, space)
	if err != nil {
		return nil, fault.Wrap(err, "documents of %s", space)
	}
	if s.edits(by, space) {
		return h.papers, nil
	}
	var out []Paper
	for _, p := range h.papers {
		if p.Asks() {
			p.Draft = Version{}
			out = append(out, p)
		}
	}
	return out, nil
}

func (s *Service) edits(by actor.Actor, space id.ID) bool {
	return by.Scope("document.edit", space) == actor.Any
}

// Document is one that by may see; ErrNoSuchDocument if there is none.
func (s *Service) Document(ctx context.Context, by actor.Actor, space, document id.ID) (Paper, error) {
	if err := by.May("document.read", space, "", nil); err != nil {
		return Paper{}, err
	}
	p, err := s.store.paper(ctx, space, document)
	if err != nil {
		return Paper{}, fault.Wrap(err, "document %s", document)
	}
	if s.edits(by, space) {
		return p, nil
	}
	if p.Draft = (Version{}); p.Current.ID == "" {
		return Paper{}, ErrNoSuchDocument
	}
	return p, nil
}

// SpaceOf is the space that a document belongs to, for whoever has only its id.
func (s *Service) SpaceOf(ctx context.Context, document id.ID) (id.ID, error) {
	d, err := s.store.document(ctx, document)
	return d.SpaceID, fault.Wrap(err, "document %s", document)
}

// Versions are the published texts of a document, the latest first.
func (s *Service) Versions(ctx context.Context, by actor.Actor, space, document id.ID) ([]Version, error) {
	if _, err := s.Document(ctx, by, space, document); err != nil {
		return nil, err
	}
	versions, err := s.store.versions(ctx, document)
	return slices.DeleteFunc(versions, func(v Version) bool { return !v.Published() }), fault.Wrap(err, "versions of %s", document)
}

// Draft makes a document, as a draft that nobody is asked to sign yet.
func (s *Service) Draft(ctx context.Context, by actor.Actor, space id.ID, d Details) (Paper, error) {
	if err := by.May("document.edit", space, "", nil); err != nil {
		return Paper{}, err
	}
	d, err := d.normal()
	if err != nil {
		return Paper{}, err
	}
	var p Paper
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		last, err := s.store.lastPosition(ctx, space)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		p.Document = Document{
			ID: id.New(), SpaceID: space, Kind: d.Kind, Audience: d.Audience, Kinds: d.Kinds, Areas: d.Areas,
			ValidMonths: int64(d.ValidMonths), Position: last + 1, CreatedAt: now, Version: 1,
		}
		p.Draft = Version{ID: id.New(), DocumentID: p.ID, SpaceID: space, Number: 1, Title: d.Title, Body: d.Body, CreatedAt: now, Version: 1}
		if err := s.store.insertDocument(ctx, p.Document); err != nil {
			return err
		}
		if err := s.store.insertVersion(ctx, p.Draft); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "document.edit", p.ID, map[string]any{"kind": d.Kind, "draft": 1})
	})
	return p, fault.Wrap(err, "draft a document")
}

// Revise changes of whom a document is asked, at once, and its text in a draft, which
// is made where there is none and the text is another than the published one.
func (s *Service) Revise(ctx context.Context, by actor.Actor, space, document id.ID, d Details) (Paper, error) {
	if err := by.May("document.edit", space, "", nil); err != nil {
		return Paper{}, err
	}
	d, err := d.normal()
	if err != nil {
		return Paper{}, err
	}
	var p Paper
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if p, err = s.locked(ctx, space, document, d.Version); err != nil {
			return err
		}
		p.Kind, p.Audience, p.Kinds, p.Areas, p.ValidMonths = d.Kind, d.Audience, d.Kinds, d.Areas, int64(d.ValidMonths)
		if err := s.store.updateDocument(ctx, p.Document); err != nil {
			return err
		}
		p.Document.Version++
		if err := s.redraft(ctx, &p, d); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "document.edit", document, map[string]any{
			"audience": d.Audience, "kinds": d.Kinds, "areas": d.Areas, "valid_months": d.ValidMonths, "draft": p.Draft.Number,
		})
	})
	return p, fault.Wrap(err, "revise document %s", document)
}

// redraft writes the text into the draft of a document.
func (s *Service) redraft(ctx context.Context, p *Paper, d Details) error {
	same := func(v Version) bool { return v.Title == d.Title && v.Body == d.Body }
	switch {
	case p.Draft.ID == "" && same(p.Current):
		return nil
	case p.Draft.ID == "":
		p.Draft = Version{
			ID: id.New(), DocumentID: p.ID, SpaceID: p.SpaceID, Number: p.Current.Number + 1, Title: d.Title, Body: d.Body,
			CreatedAt: s.clock.Now(), Version: 1,
		}
		return s.store.insertVersion(ctx, p.Draft)
	case same(p.Current): // back to what is published: nothing is left to publish
		draft := p.Draft.ID
		p.Draft = Version{}
		return s.store.deleteDraft(ctx, draft)
	}
	p.Draft.Title, p.Draft.Body = d.Title, d.Body
	return s.store.updateDraft(ctx, p.Draft)
}

// locked is a document that nobody else changes until the transaction ends; ErrStale
// where it is another than version (0: any).
func (s *Service) locked(ctx context.Context, space, document id.ID, version int) (Paper, error) {
	if err := s.db.Lock(ctx, "documents", document); err != nil {
		return Paper{}, err
	}
	p, err := s.store.paper(ctx, space, document)
	if err == nil && version != 0 && int64(version) != p.Document.Version {
		err = ErrStale
	}
	return p, err
}

// AskedAgain is how many people have signed a document's present text, whom a new one
// asks again.
func (s *Service) AskedAgain(ctx context.Context, by actor.Actor, space, document id.ID) (int64, error) {
	if err := by.May("document.edit", space, "", nil); err != nil {
		return 0, err
	}
	p, err := s.store.paper(ctx, space, document)
	if err != nil || p.Current.ID == "" {
		return 0, fault.Wrap(err, "document %s", document)
	}
	n, err := s.store.signers(ctx, p.Current.ID)
	return n, fault.Wrap(err, "who signed %s", document)
}

// Publish makes the draft of a document the text that everyone concerned is asked to
// sign from now on. Whoever signed the one before is asked again at their next
// booking and, where tell is set, is written to.
func (s *Service) Publish(ctx context.Context, by actor.Actor, space, document id.ID, version int, tell bool) (Paper, error) {
	if err := by.May("document.edit", space, "", nil); err != nil {
		return Paper{}, err
	}
	var p Paper
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if p, err = s.locked(ctx, space, document, version); err != nil {
			return err
		}
		switch {
		case p.Retired():
			return ErrRetired
		case p.Draft.ID == "":
			return ErrNoDraft
		}
		before := p.Current
		p.Draft.PublishedAt, p.Draft.PublishedBy = s.clock.Now(), by.Member
		if err := s.store.publish(ctx, p.Draft); err != nil {
			return err
		}
		if err := s.store.updateDocument(ctx, p.Document); err != nil { // its version counts this, too
			return err
		}
		p.Document.Version++
		p.Current, p.Draft = p.Draft, Version{}
		if tell && before.ID != "" {
			if err := s.jobs.Add(ctx, renewed{Version: p.Current.ID, Before: before.ID}); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, by, space, "document.edit", document, map[string]any{"published": p.Current.Number, "told": tell})
	})
	return p, fault.Wrap(err, "publish document %s", document)
}

// Retire stops asking for a document, or with again asks for it anew. What was signed
// is kept.
func (s *Service) Retire(ctx context.Context, by actor.Actor, space, document id.ID, version int, again bool) (Paper, error) {
	if err := by.May("document.edit", space, "", nil); err != nil {
		return Paper{}, err
	}
	var p Paper
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if p, err = s.locked(ctx, space, document, version); err != nil || p.Retired() != again {
			return err
		}
		p.RetiredAt = s.clock.Now()
		if again {
			p.RetiredAt = clock.Instant{}
		}
		if err := s.store.updateDocument(ctx, p.Document); err != nil {
			return err
		}
		p.Document.Version++
		return s.audit.Record(ctx, by, space, "document.edit", document, map[string]any{"retired": !again})
	})
	return p, fault.Wrap(err, "retire document %s", document)
}
