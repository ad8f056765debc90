-- How many invitations a team has sent of late is counted before it sends another.

-- +goose Up
CREATE INDEX team_invitations_team_idx ON team_invitations (team_id, created_at);

-- +goose Down
DROP INDEX team_invitations_team_idx;
