/*
 * service_keys.h - keys for service calls outside a launch
 *
 * Layer  store
 * Gives  adding, finding by place, by the key's hash, listing, removing
 * Owns   the table service_keys
 * Fails  as db.h; NO_SERVICE_KEY; NOT_AUTHORIZED (told as an unknown service
 *        key) when none has this hash
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_SERVICE_KEYS_H
#define STORE_SERVICE_KEYS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

enum { SERVICE_KEYS_LISTED_MAX = 500 };

struct service_key {
	struct span id;    /* sorts by time */
	struct span place; /* digest of what it reaches */
	struct span hash;  /* of the key */
	struct span key_sealed;
	struct span platform_id, deployment_id;
	struct span organization_id;              /* empty: nobody's */
	struct span context_id, resource_link_id; /* empty: none */
	struct span claims; /* JSON: lti/service_claims.h */
	int64_t created_at;
	int64_t used_at; /* to the hour; 0: never */
};

struct service_key_list {
	const struct service_key *at;
	size_t count;
};

/* One that is there for this place already stays. */
enum fault service_keys_add(struct db_session *session, struct cx *cx,
    const struct service_key *key) MUST_USE;
/* NO_SERVICE_KEY: none yet. */
enum fault service_keys_find_place(struct db_session *session, struct cx *cx,
    struct span place, struct service_key *out) MUST_USE;
enum fault service_keys_find_hash(struct db_session *session, struct cx *cx,
    struct span hash, struct service_key *out) MUST_USE;
enum fault service_keys_use(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;

/* What is empty matches all. before: the id of one, for those after it. */
struct service_key_filter {
	struct span platform_id, organization_id, before;
};
/* The newest first. */
enum fault service_keys_list(struct db_session *session, struct cx *cx,
    const struct service_key_filter *filter,
    struct service_key_list *out) MUST_USE;
enum fault service_keys_remove(struct db_session *session, struct cx *cx,
    struct span id, struct span *platform_id) MUST_USE;
enum fault service_keys_remove_all(struct db_session *session, struct cx *cx,
    struct span platform_id, size_t *removed) MUST_USE;

#endif
