-- A plan can be changed, so whoever changes it says which state they saw.

-- +goose Up
ALTER TABLE plans ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE plans DROP COLUMN version;
