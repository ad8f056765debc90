-- The link by which a guardian consented goes on leading to what they consented to,
-- beside the one in the letter that confirms it: whoever has the page still open takes
-- it back there.

-- +goose Up
ALTER TABLE guardianships ADD COLUMN answered_hash TEXT; -- of that link; NULL: the consent came another way

-- +goose Down
ALTER TABLE guardianships DROP COLUMN answered_hash;
