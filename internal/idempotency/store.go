package idempotency

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
)

// The values of status that are no HTTP status.
const (
	inFlight = 0
	done     = 1 // committed, and the answer not stored yet
)

type record struct {
	ActorID     string
	Route       string
	Key         string
	RequestHash string
	Status      int
	Headers     string
	Body        []byte
	CreatedAt   clock.Instant
}

// TableName is where GORM finds it.
func (record) TableName() string { return "idempotency_keys" }

func (r record) answer() (Answer, error) {
	a := Answer{Status: r.Status, Body: r.Body}
	if err := json.Unmarshal([]byte(r.Headers), &a.Header); err != nil {
		return Answer{}, fmt.Errorf("read a stored answer: %w", err)
	}
	return a, nil
}

const byKey = "actor_id = ? AND route = ? AND key = ?"

func (k *Keys) find(ctx context.Context, key Key) (record, error) {
	return gorm.G[record](k.db.In(ctx)).Where(byKey, key.Actor, key.Route, key.Key).Take(ctx)
}

// begin reports whether the key was free and is now this caller's.
func (k *Keys) begin(ctx context.Context, key Key, hash string) (mine bool, err error) {
	err = k.db.Tx(ctx, func(ctx context.Context) error {
		result := gorm.WithResult()
		r := record{ActorID: key.Actor, Route: key.Route, Key: key.Key, RequestHash: hash,
			Status: inFlight, Headers: "{}", Body: []byte{}, CreatedAt: k.clock.Now()}
		err := gorm.G[record](k.db.In(ctx), clause.OnConflict{DoNothing: true}, result).Create(ctx, &r)
		mine = err == nil && result.RowsAffected == 1
		return err
	})
	return mine && err == nil, err
}

// takeOver reports whether the record of a program that died is now this caller's.
func (k *Keys) takeOver(ctx context.Context, key Key, old record) (mine bool, err error) {
	err = k.db.Tx(ctx, func(ctx context.Context) error {
		n, err := gorm.G[record](k.db.In(ctx)).
			Where(byKey, key.Actor, key.Route, key.Key).
			Where("status = ? AND created_at = ?", inFlight, old.CreatedAt).
			Update(ctx, "created_at", k.clock.Now())
		mine = err == nil && n == 1
		return err
	})
	return mine && err == nil, err
}

// markDone is part of every transaction of the work, and so is there exactly if one was committed.
func (k *Keys) markDone(ctx context.Context, key Key) error {
	_, err := gorm.G[record](k.db.In(ctx)).
		Where(byKey, key.Actor, key.Route, key.Key).
		Where("status = ?", inFlight).
		Update(ctx, "status", done)
	return err
}

func (k *Keys) store(ctx context.Context, key Key, a Answer) error {
	headers, err := json.Marshal(a.Header)
	if err != nil {
		return err
	}
	if a.Body == nil {
		a.Body = []byte{}
	}
	return k.db.Tx(ctx, func(ctx context.Context) error {
		return db.One(gorm.G[record](k.db.In(ctx)).
			Where(byKey, key.Actor, key.Route, key.Key).
			Select("status", "headers", "body").
			Updates(ctx, record{Status: a.Status, Headers: string(headers), Body: a.Body}))
	})
}

// release frees the key of work that committed nothing.
func (k *Keys) release(ctx context.Context, key Key) error {
	return k.db.Tx(ctx, func(ctx context.Context) error {
		_, err := gorm.G[record](k.db.In(ctx)).
			Where(byKey, key.Actor, key.Route, key.Key).
			Where("status = ?", inFlight).
			Delete(ctx)
		return err
	})
}

// forget frees the key, whatever was committed.
func (k *Keys) forget(ctx context.Context, key Key) error {
	return k.db.Tx(ctx, func(ctx context.Context) error {
		_, err := gorm.G[record](k.db.In(ctx)).Where(byKey, key.Actor, key.Route, key.Key).Delete(ctx)
		return err
	})
}

func (k *Keys) deleteBefore(ctx context.Context, at clock.Instant) error {
	return k.db.Tx(ctx, func(ctx context.Context) error {
		_, err := gorm.G[record](k.db.In(ctx)).Where("created_at < ?", at).Delete(ctx)
		return err
	})
}

func (k *Keys) deleteOf(ctx context.Context, actor string) error {
	return k.db.Tx(ctx, func(ctx context.Context) error {
		_, err := gorm.G[record](k.db.In(ctx)).Where("actor_id = ? AND status <> ?", actor, inFlight).Delete(ctx)
		return err
	})
}
