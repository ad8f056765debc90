package app

import (
	"context"

	"gorm.io/gorm"

	"guildhall/internal/db"
)

// setting is a row of the settings; each key has one owner.
type setting struct {
	Key   string
	Value string
}

// TableName is where GORM finds it.
func (setting) TableName() string { return "settings" }

// demoKey is the setting that marks the demo's data.
const demoKey = "app.demo"

// store is what the program keeps of itself, and the questions of Verify, which
// look across the tables of all owners and change nothing.
type store struct{ db *db.DB }

func (s store) demo(ctx context.Context) (bool, error) {
	n, err := gorm.G[setting](s.db.In(ctx)).Where("key = ?", demoKey).Count(ctx, "key")
	return n > 0, err
}

// markDemo is part of the transaction that makes the demo.
func (s store) markDemo(ctx context.Context) error {
	return gorm.G[setting](s.db.In(ctx)).Create(ctx, &setting{Key: demoKey, Value: "1"})
}

// empty reports whether nobody and nothing is there yet.
func (s store) empty(ctx context.Context) (bool, error) {
	var n int64
	err := s.db.In(ctx).Raw("SELECT (SELECT COUNT(*) FROM spaces) + (SELECT COUNT(*) FROM members)").Scan(&n).Error
	return n == 0, err
}

// question finds rows that can't be so. Its SQL selects one column: the id to look at.
type question struct {
	what string
	sql  string
}

// Where a foreign key holds a reference together, the database is asked itself.
var questions = []question{
	{"a booking in another space than its resource",
		`SELECT b.id FROM bookings b JOIN resources r ON r.id = b.resource_id WHERE r.space_id <> b.space_id`},
	{"a booking by someone who does not exist",
		`SELECT b.id FROM bookings b WHERE b.booked_by <> '' AND NOT EXISTS (SELECT 1 FROM members m WHERE m.id = b.booked_by)`},
	{"time held on a unit that its resource does not have",
		`SELECT o.id FROM occupancies o JOIN resources r ON r.id = o.resource_id WHERE o.unit > r.units`},
	{"a resource in an area of another space",
		`SELECT r.id FROM resources r JOIN areas a ON a.id = r.area_id WHERE a.space_id <> r.space_id`},
	{"a resource in a room of another space",
		`SELECT r.id FROM resources r JOIN resources p ON p.id = r.parent_id WHERE p.space_id <> r.space_id`},
	{"a closure in another space than its resource",
		`SELECT c.id FROM closures c JOIN resources r ON r.id = c.resource_id WHERE r.space_id <> c.space_id`},
	{"a price in another space than its resource",
		`SELECT p.id FROM prices p JOIN resources r ON r.id = p.resource_id WHERE r.space_id <> p.space_id`},
	{"a membership of another space than its plan",
		`SELECT m.id FROM memberships m JOIN plans p ON p.id = m.plan_id WHERE p.space_id <> m.space_id`},
	{"a password of nobody",
		`SELECT p.member_id FROM passwords p WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.id = p.member_id)`},
	{"a session of nobody",
		`SELECT s.id FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.id = s.member_id)`},
	{"a calendar link of nobody",
		`SELECT t.member_id FROM calendar_tokens t WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.id = t.member_id)`},
	{"a space without an owner",
		`SELECT s.id FROM spaces s WHERE NOT EXISTS (SELECT 1 FROM standings t WHERE t.space_id = s.id AND t.role = 'owner')`},
}

// answers names the rows that a question finds, a hundred at most.
func (s store) answers(ctx context.Context, q question) ([]string, error) {
	var ids []string
	err := s.db.In(ctx).Raw("SELECT * FROM (" + q.sql + ") AS found LIMIT 100").Scan(&ids).Error
	return ids, err
}
