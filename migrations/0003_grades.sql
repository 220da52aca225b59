-- 0003_grades.sql - service keys, and scores that wait for an LMS

-- A service key reaches what the claims name: those of grades and of the
-- roster, and nothing of a person. place is the digest of all that, so that
-- the same launch context has the same key every time.
CREATE TABLE service_keys (
	id text PRIMARY KEY,
	place text NOT NULL UNIQUE,
	key_hash text NOT NULL UNIQUE,
	key_sealed text NOT NULL,
	platform_id text NOT NULL REFERENCES platforms (id) ON DELETE CASCADE,
	deployment_id text NOT NULL,
	organization_id text,
	context_id text NOT NULL,
	resource_link_id text NOT NULL,
	claims text NOT NULL,
	created_at bigint NOT NULL,
	used_at bigint NOT NULL
);

CREATE INDEX service_keys_by_platform ON service_keys (platform_id, id);

CREATE TABLE scores (
	id text PRIMARY KEY,
	platform_id text NOT NULL REFERENCES platforms (id) ON DELETE CASCADE,
	deployment_id text NOT NULL,
	organization_id text,
	pair text NOT NULL,
	turn bigint NOT NULL,
	line_item text NOT NULL,
	user_id text NOT NULL,
	scopes text NOT NULL,
	body_sealed text NOT NULL,
	made_at_us bigint NOT NULL,
	state text NOT NULL,
	tried bigint NOT NULL,
	next_try_at bigint NOT NULL,
	leased_until bigint NOT NULL,
	tries text NOT NULL,
	created_at bigint NOT NULL,
	finished_at bigint NOT NULL
);

CREATE UNIQUE INDEX scores_by_pair ON scores (pair, turn);
CREATE INDEX scores_waiting ON scores (platform_id, next_try_at, id)
	WHERE state = 'waiting';
CREATE INDEX scores_over ON scores (finished_at) WHERE state <> 'waiting';
