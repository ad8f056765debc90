-- A guardian asks for the file of everything about the child for whom they answer; it
-- waits for who asked, and for nobody else.

-- +goose Up
ALTER TABLE exports ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
UPDATE exports SET asked_by = member_id;
CREATE INDEX exports_asker_idx ON exports (asked_by);

-- +goose Down
-- What a guardian asked for is no file of the child's own.
DELETE FROM exports WHERE asked_by <> member_id;
DROP INDEX exports_asker_idx;
ALTER TABLE exports DROP COLUMN asked_by;
