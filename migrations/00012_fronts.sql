-- How a space shows itself, and which streams of income it has. Those that were
-- there before keep showing everything, and have all of them.

-- +goose Up
ALTER TABLE spaces ADD COLUMN headline TEXT NOT NULL DEFAULT '{}'; -- over the public page, in both languages
ALTER TABLE spaces ADD COLUMN sections TEXT NOT NULL DEFAULT 'make,free,plans,desks,events'; -- of the public page, in order
ALTER TABLE spaces ADD COLUMN streams  TEXT NOT NULL DEFAULT 'fees,sponsorship,courses,events,sales,equipment,equity'; -- of income, switched on

-- +goose Down
ALTER TABLE spaces DROP COLUMN streams;
ALTER TABLE spaces DROP COLUMN sections;
ALTER TABLE spaces DROP COLUMN headline;
