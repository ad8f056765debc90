package db

import (
	"context"

	"gorm.io/gorm/clause"

	"guildhall/internal/id"
)

// Column is a column that holds a member's id. Where a table allows a member one row, or
// one for each value of another column, it is Once, or once Per that column.
type Column struct {
	Table, Name string
	Once        bool
	Per         string
}

// Reassign gives the rows of one member to another, for two that turned out to be one
// person. What the other has already, where a table allows it once, stays theirs, and
// the first one's row is gone.
func (d *DB) Reassign(ctx context.Context, from, to id.ID, columns ...Column) error {
	for _, c := range columns {
		table, name := clause.Table{Name: c.Table}, clause.Column{Name: c.Name}
		if c.Once || c.Per != "" {
			sql, args := "DELETE FROM ? WHERE ? = ? AND EXISTS (SELECT 1 FROM ? AS kept WHERE kept.? = ?", []any{table, name, from, table, name, to}
			if c.Per != "" {
				per := clause.Column{Name: c.Per}
				sql, args = sql+" AND kept.? = ?", append(args, per, clause.Column{Table: c.Table, Name: c.Per})
			}
			if err := d.In(ctx).Exec(sql+")", args...).Error; err != nil {
				return err
			}
		}
		if err := d.In(ctx).Exec("UPDATE ? SET ? = ? WHERE ? = ?", table, name, to, name, from).Error; err != nil {
			return err
		}
	}
	return nil
}
