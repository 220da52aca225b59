-- 0008_secrets_known.sql - what an instance tells of itself

-- The machine it is on, and check values of the secrets it knows, the one that it
-- seals with first. Never a secret.
ALTER TABLE leases ADD COLUMN host text NOT NULL DEFAULT '';
ALTER TABLE leases ADD COLUMN secrets text NOT NULL DEFAULT '';
