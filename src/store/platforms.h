/*
 * platforms.h - LMSs registered with us
 *
 * Layer  store
 * Gives  adding, finding by id, by (issuer, client id) or by an issuer that
 *        has one alone, listing, changing, removing
 * Owns   the table platforms
 * Fails  as db.h; NO_PLATFORM; PLATFORM_EXISTS; CLIENT_ID_NEEDED
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_PLATFORMS_H
#define STORE_PLATFORMS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct platform {
	struct span id;
	struct span issuer, client_id; /* unique together */
	struct span name;
	bool active;
	struct span origin; /* "dynamic" or "manual" */
	struct span authorization_endpoint, token_endpoint;
	struct span audience;   /* of token requests; empty: token_endpoint */
	struct span key_method; /* JWK_SET, JWK_KEY, RSA_KEY */
	struct span key_value;  /* URL, JWK or PEM */
	struct span organization_id;      /* empty: nobody's */
	struct span claimed_organization; /* what a URL claimed, unproven */
	struct span family, version;      /* as the LMS calls itself */
	struct span tool_key; /* its own key pair; empty: the tool's set */
	struct span targets;  /* JSON: key of /lti/launch?to= to URL */
	struct span metadata; /* JSON object of the tool's back end */
	struct span extra;    /* JSON object: members we do not know */
	struct span report;   /* JSON: asked, granted, differences */
	struct span management_sealed; /* how the LMS lets us change it later */
	struct span target; /* where its launches go; empty: as the settings
			     * say */
	struct span first_launch; /* JSON, lti/first_launch.h; empty: none */
	int64_t created_at, changed_at;
	/* Of what was read: store/registered.h keeps it. */
	struct platform_step {
		bool known; /* how it was registered */
		bool
		    in_step; /* with the settings, as far as they were judged */
		bool managed;
		struct span state, problem;
		int64_t updated_at;
	} step;
};

struct platform_list {
	const struct platform *at;
	size_t count;
};

enum platform_sort {
	PLATFORM_SORT_AGE, /* the oldest first */
	PLATFORM_SORT_AGE_DOWN,
	PLATFORM_SORT_NAME, /* in any case */
	PLATFORM_SORT_NAME_DOWN,
	PLATFORM_SORT_ISSUER,
	PLATFORM_SORT_ISSUER_DOWN,
	PLATFORM_SORT_COUNT
};

enum platform_state { PLATFORM_ANY, PLATFORM_ACTIVE, PLATFORM_INACTIVE };

/* Empty members match everything. */
struct platform_filter {
	struct span id, issuer, client_id, organization_id;
	struct span search; /* in name, issuer and client id, in any case */
	/* A person: what is their organisations', or has a deployment that
	 * is. */
	struct span reader;
	enum platform_state state;
	bool behind; /* those alone whose registration is */
	enum platform_sort sort;
	int64_t limit, offset; /* limit 0: all of them */
};

enum fault platforms_add(struct db_session *session, struct cx *cx,
    const struct platform *platform) MUST_USE;
enum fault platforms_find(struct db_session *session, struct cx *cx,
    struct span id, struct platform *out) MUST_USE;
enum fault platforms_find_pair(struct db_session *session, struct cx *cx,
    struct span issuer, struct span client_id, struct platform *out) MUST_USE;
enum fault platforms_find_issuer(struct db_session *session, struct cx *cx,
    struct span issuer, struct platform *out) MUST_USE;
enum fault platforms_has_name(struct db_session *session, struct cx *cx,
    struct span name, bool *out) MUST_USE;
enum fault platforms_list(struct db_session *session, struct cx *cx,
    const struct platform_filter *filter, struct platform_list *out) MUST_USE;
/* Blackboard's that belong to nobody: the tool is registered there once, and
 * each school adds its deployment. */
bool platforms_is_shared(const struct platform *platform);
enum fault platforms_list_shared(struct db_session *session, struct cx *cx,
    struct platform_list *out) MUST_USE;
/* How many there are, whatever limit and offset say. */
enum fault platforms_count(struct db_session *session, struct cx *cx,
    const struct platform_filter *filter, int64_t *out) MUST_USE;
enum fault platforms_change(struct db_session *session, struct cx *cx,
    const struct platform *platform) MUST_USE;
enum fault platforms_remove(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;
/* Only the first is kept. */
enum fault platforms_keep_first_launch(struct db_session *session,
    struct cx *cx, struct span id, struct span first_launch) MUST_USE;

#endif
