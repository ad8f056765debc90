-- Somebody who has a plan asks for another one that the staff says yes to: the request
-- says which membership it takes the place of.

-- +goose Up
ALTER TABLE plan_applications ADD COLUMN membership_id TEXT NOT NULL DEFAULT ''; -- empty: they had no plan when they asked

-- +goose Down
-- Without the column, a request for a change could only be taken for one to join.
DELETE FROM plan_applications WHERE membership_id <> '' AND decided_at IS NULL;
ALTER TABLE plan_applications DROP COLUMN membership_id;
