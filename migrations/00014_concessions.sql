-- Who looked at the proof of a membership's concession, and until when it counts.

-- +goose Up
ALTER TABLE memberships ADD COLUMN proved_by TEXT NOT NULL DEFAULT ''; -- empty: nobody, or before it was written down
ALTER TABLE memberships ADD COLUMN proved_until TEXT NOT NULL DEFAULT ''; -- the last day; empty: always

-- +goose Down
ALTER TABLE memberships DROP COLUMN proved_by;
ALTER TABLE memberships DROP COLUMN proved_until;
