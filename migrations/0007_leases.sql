-- 0007_leases.sql - who does what one of many instances does

-- name: housekeeping, or "instance <id>" for each that runs. holder is that id.
-- One that died leaves a row that lapses.
CREATE TABLE leases (
	name text PRIMARY KEY,
	holder text NOT NULL,
	held_until bigint NOT NULL
);
