package db

import "time"

// Patient has a group stay open for as long as anyone waits, however slow the machine
// is. Call it before the first transaction.
func Patient(d *DB) { d.group.time = time.Hour }
