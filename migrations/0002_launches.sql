-- 0002_launches.sql - launches, and what they need to know

-- One row spends the nonce of a login and keeps its launch. hour is that of
-- the login (seconds since the epoch / 3600), signed in the state, so that the
-- same launch always meets the same key whatever the clock says.
CREATE TABLE launches (
	hour bigint NOT NULL,
	nonce text NOT NULL,
	platform_id text NOT NULL,
	deployment_id text NOT NULL,
	organization_id text,
	claims_sealed text NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (hour, nonce)
);

-- A row stays in one piece: sealed claims of 2 KB do not get smaller, and in a
-- place of their own they cost a fifth of what the server does for a launch.
-- postgres: ALTER TABLE launches SET (toast_tuple_target = 8160);

-- Raised with every change of what programs keep in memory.
CREATE TABLE versions (
	name text PRIMARY KEY,
	number bigint NOT NULL
);

INSERT INTO versions (name, number) VALUES ('directory', 1);
