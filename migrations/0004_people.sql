-- 0004_people.sql - who uses the portal

-- role: owner, admin or viewer of the tool, or empty. password_hash is empty
-- until the person has chosen a password. subject: who they are at the
-- OpenID Connect provider, "issuer subject", once they came from there.
CREATE TABLE users (
	id text PRIMARY KEY,
	email text NOT NULL UNIQUE,
	name text NOT NULL,
	role text NOT NULL,
	password_hash text NOT NULL,
	subject text UNIQUE,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	seen_at bigint NOT NULL
);

CREATE TABLE organization_people (
	organization_id text NOT NULL
		REFERENCES organizations (id) ON DELETE CASCADE,
	user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	role text NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (user_id, organization_id)
);

CREATE INDEX organization_people_by_organization
	ON organization_people (organization_id);

-- Without a user: the link that makes the first owner.
CREATE TABLE invitations (
	token_hash text PRIMARY KEY,
	user_id text REFERENCES users (id) ON DELETE CASCADE,
	created_at bigint NOT NULL,
	expires_at bigint NOT NULL
);

CREATE INDEX invitations_by_user ON invitations (user_id);
CREATE INDEX invitations_over ON invitations (expires_at);

CREATE TABLE sessions (
	id text PRIMARY KEY,
	token_hash text NOT NULL UNIQUE,
	user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	agent text NOT NULL,
	created_at bigint NOT NULL,
	used_at bigint NOT NULL,
	expires_at bigint NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_over ON sessions (expires_at);
