-- 0005_content.sql - what a tool offers in its picker

-- kind: course, or assignment (in a course, or in none). folded is title and
-- description as they are searched: without upper case. custom_parameters and
-- line_item are JSON objects, or empty.
CREATE TABLE content (
	id text PRIMARY KEY,
	organization_id text NOT NULL
		REFERENCES organizations (id) ON DELETE CASCADE,
	parent_id text REFERENCES content (id) ON DELETE CASCADE,
	kind text NOT NULL,
	title text NOT NULL,
	folded text NOT NULL,
	description text NOT NULL,
	url text NOT NULL,
	custom_parameters text NOT NULL,
	line_item text NOT NULL,
	position bigint NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL
);

CREATE INDEX content_by_organization ON content (organization_id, title);
CREATE INDEX content_by_parent ON content (parent_id, title);
