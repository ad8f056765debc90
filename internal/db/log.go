package db

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	gormlogger "gorm.io/gorm/logger"
)

// logger sends what GORM says to slog. A statement that fails is not logged here:
// its error goes up and is logged once, where it is answered.
type logger struct{ log *slog.Logger }

// LogMode changes nothing: slog's level decides.
func (l logger) LogMode(gormlogger.LogLevel) gormlogger.Interface { return l }

// Info passes GORM's own remarks on.
func (l logger) Info(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "gorm: "+fmt.Sprintf(format, args...))
}

// Warn passes GORM's own warnings on.
func (l logger) Warn(ctx context.Context, format string, args ...any) {
	l.log.WarnContext(ctx, "gorm: "+fmt.Sprintf(format, args...))
}

// Error passes GORM's own errors on.
func (l logger) Error(ctx context.Context, format string, args ...any) {
	l.log.ErrorContext(ctx, "gorm: "+fmt.Sprintf(format, args...))
}

// Trace notes the statements that are slow.
func (l logger) Trace(ctx context.Context, began time.Time, statement func() (string, int64), _ error) {
	took := time.Since(began)
	if took < slow {
		return
	}
	text, rows := statement()
	l.log.WarnContext(ctx, "db: a slow statement", "for", took.String(), "sql", text, "rows", rows)
}

// ParamsFilter keeps what people wrote out of the log.
func (l logger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

// GORM's Scan writes down the statement with a logger of its own.
func init() { gormlogger.RecorderParamsFilter = logger{}.ParamsFilter }
