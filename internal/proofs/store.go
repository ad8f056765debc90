package proofs

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"guildhall/internal/db"
	"guildhall/internal/id"
)

type store struct{ db *db.DB }

// described is everything of a proof but its file.
const described = `p.id, p.space_id, p.member_id, p.kind, p.name, p.media_type, p.size, p.sent_by, p.sent_at, p.status, p.reason,
	p.reviewed_by, p.reviewed_at, p.expires_on, p.version`

func (s store) insert(ctx context.Context, p Proof) error {
	return gorm.G[Proof](s.db.In(ctx)).Create(ctx, &p)
}

func (s store) proof(ctx context.Context, proof id.ID) (Proof, error) {
	p, err := gorm.G[Proof](s.db.In(ctx)).Where("id = ?", proof).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Proof{}, ErrNoSuchProof
	}
	return p, err
}

// held is how many files a person has in a space, and how many bytes they are.
func (s store) held(ctx context.Context, space, member id.ID) (files, bytes int64, err error) {
	row, err := gorm.G[struct{ Files, Bytes int64 }](s.db.In(ctx)).Raw(
		"SELECT count(*) AS files, CAST(COALESCE(sum(size), 0) AS BIGINT) AS bytes FROM proofs WHERE member_id = ? AND space_id = ?", member, space).Take(ctx)
	return row.Files, row.Bytes, err
}

func (s store) of(ctx context.Context, space, member id.ID) ([]Proof, error) {
	return gorm.G[Proof](s.db.In(ctx)).Raw("SELECT "+described+" FROM proofs p WHERE p.member_id = ? AND p.space_id = ? ORDER BY p.sent_at DESC, p.id DESC", member, space).Find(ctx)
}

func (s store) waiting(ctx context.Context, space id.ID, offset, limit int) ([]Queued, int, error) {
	type row struct {
		Proof      `gorm:"embedded"`
		MemberName string
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw("SELECT "+described+`, m.name AS member_name FROM proofs p JOIN members m ON m.id = p.member_id
		WHERE p.space_id = ? AND p.status = 'waiting' ORDER BY p.sent_at, p.id LIMIT ? OFFSET ?`, space, limit, offset).Find(ctx)
	if err != nil {
		return nil, 0, err
	}
	total, err := gorm.G[Proof](s.db.In(ctx)).Where("space_id = ? AND status = 'waiting'", space).Count(ctx, "*")
	list := make([]Queued, len(rows))
	for i, r := range rows {
		list[i] = Queued(r)
	}
	return list, int(total), err
}

func (s store) people(ctx context.Context, space id.ID, status Status) ([]id.ID, error) {
	rows, err := gorm.G[struct{ MemberID id.ID }](s.db.In(ctx)).Raw("SELECT DISTINCT member_id FROM proofs WHERE space_id = ? AND status = ?", space, status).Find(ctx)
	people := make([]id.ID, len(rows))
	for i, r := range rows {
		people[i] = r.MemberID
	}
	return people, err
}

func (s store) review(ctx context.Context, p Proof) error {
	was := p.Version
	p.Version++
	err := db.One(gorm.G[Proof](s.db.In(ctx)).Where("id = ? AND version = ?", p.ID, was).
		Select("status", "reason", "reviewed_by", "reviewed_at", "expires_on", "version").Updates(ctx, p))
	if errors.Is(err, db.ErrNone) {
		return ErrReviewed
	}
	return err
}

func (s store) remove(ctx context.Context, proof id.ID) error {
	return db.One(gorm.G[Proof](s.db.In(ctx)).Where("id = ?", proof).Delete(ctx))
}

func (s store) erase(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Proof](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}
