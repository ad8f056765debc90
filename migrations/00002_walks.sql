-- Indices for what would otherwise walk through all that has ever been: lists by
-- status, the sessions to come, the sweep of old sign-ins.

-- +goose Up

-- Most bookings are done; a list of those finds them by their start.
CREATE INDEX bookings_undone_idx ON bookings (space_id, status, starts_at) WHERE status <> 'done';
CREATE INDEX event_sessions_end_idx ON event_sessions (space_id, ends_at) WHERE cancelled_at IS NULL;
CREATE INDEX sessions_expiry_idx ON sessions (expires_at);
CREATE INDEX sessions_ended_idx ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- +goose Down
DROP INDEX sessions_ended_idx;
DROP INDEX sessions_expiry_idx;
DROP INDEX event_sessions_end_idx;
DROP INDEX bookings_undone_idx;
