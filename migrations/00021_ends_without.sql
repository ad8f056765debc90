-- A change of plan that is to come ends the plan before it earlier than it would have
-- ended: called off, that end comes back.

-- +goose Up
ALTER TABLE memberships ADD COLUMN ends_without BIGINT; -- the end it would have without what follows it; NULL: none was changed

-- +goose Down
ALTER TABLE memberships DROP COLUMN ends_without;
