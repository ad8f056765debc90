package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"

	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// BenchmarkTx is one durable row a transaction, with so many clients at once; the
// floor it is held against is one commit a row on a connection of its own.
func BenchmarkTx(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("sqlite/clients=%d", clients), func(b *testing.B) { benchmarkTx(b, testkit.DB(b), clients) })
	}
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("postgres/clients=%d", clients), func(b *testing.B) { benchmarkTx(b, testkit.Postgres(b), clients) })
	}
	b.Run("floor", benchmarkFloor)
}

func benchmarkTx(b *testing.B, d *db.DB, clients int) {
	var left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan error, clients)
	b.ResetTimer()
	for range clients {
		go func() {
			for left.Add(-1) >= 0 {
				if err := d.Tx(context.Background(), func(ctx context.Context) error { return put(ctx, d, id.New().String()) }); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range clients {
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

func benchmarkFloor(b *testing.B) {
	pool, err := sql.Open("sqlite3", "file:"+testkit.SQLiteFile(b)+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	insert, err := pool.Prepare("INSERT INTO settings (key, value) VALUES (?, 'x')")
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	b.ResetTimer()
	for range b.N {
		if _, err := insert.Exec(id.New().String()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}
