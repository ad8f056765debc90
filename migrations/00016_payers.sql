-- Whom a charge is for: often somebody else than who pays, as in a team.

-- +goose Up
ALTER TABLE charges ADD COLUMN beneficiary_id TEXT NOT NULL DEFAULT '';
UPDATE charges SET beneficiary_id = member_id;
CREATE INDEX charges_beneficiary_idx ON charges (beneficiary_id, space_id);

-- +goose Down
DROP INDEX charges_beneficiary_idx;
ALTER TABLE charges DROP COLUMN beneficiary_id;
