-- 0011_notices.sql - platform notices: what is subscribed, what was taken

-- One row for each place that offers the service. settled is for what it was
-- brought into order last; next_try_at says when another try may be made.
CREATE TABLE notice_subscriptions (
	id text PRIMARY KEY,
	platform_id text NOT NULL REFERENCES platforms (id) ON DELETE CASCADE,
	deployment_id text NOT NULL,
	url text NOT NULL,
	offered text NOT NULL,
	subscribed text NOT NULL,
	settled text NOT NULL,
	fault text NOT NULL,
	tried bigint NOT NULL,
	next_try_at bigint NOT NULL,
	UNIQUE (platform_id, deployment_id)
);

-- A notice counts once: its nonce is kept as long as it could be good.
CREATE TABLE notices_taken (
	platform_id text NOT NULL REFERENCES platforms (id) ON DELETE CASCADE,
	nonce text NOT NULL,
	good_until bigint NOT NULL,
	PRIMARY KEY (platform_id, nonce)
);

CREATE INDEX notices_taken_by_time ON notices_taken (good_until);
