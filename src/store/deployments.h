/*
 * deployments.h - where in an LMS the tool was put to use
 *
 * Layer  store
 * Gives  adding what was seen, listing, changing owner and permission
 * Owns   the table deployments
 * Fails  as db.h; NO_DEPLOYMENT
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_DEPLOYMENTS_H
#define STORE_DEPLOYMENTS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct deployment {
	struct span platform_id, deployment_id;
	struct span organization_id; /* empty: none of its own */
	bool inherits; /* then it is the platform's, else nobody's */
	bool allowed;
	struct span origin; /* "registration", "launch" or "manual" */
	int64_t first_seen_at;
};

struct deployment_list {
	const struct deployment *at;
	size_t count;
};

/* One that is known already stays as it is. */
enum fault deployments_add(struct db_session *session, struct cx *cx,
    const struct deployment *deployment) MUST_USE;
enum fault deployments_list(struct db_session *session, struct cx *cx,
    struct span platform_id, struct deployment_list *out) MUST_USE;
/* Those that belong to an organisation of this person, or to a platform's
 * that does; an empty reader sees all. */
enum fault deployments_list_of(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span reader,
    struct deployment_list *out) MUST_USE;
/* Those that are an organisation's own, on any platform, and all on platforms
 * of its own; after (ids; empty: from the first), in order. */
enum fault deployments_page(struct db_session *session, struct cx *cx,
    struct span organization_id, const struct deployment *after, int64_t max,
    struct deployment_list *out) MUST_USE;
enum fault deployments_find(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span deployment_id,
    struct deployment *out) MUST_USE;
enum fault deployments_count(struct db_session *session, struct cx *cx,
    struct span platform_id, size_t *out) MUST_USE;
/* Its organisation and permission. */
enum fault deployments_change(struct db_session *session, struct cx *cx,
    const struct deployment *deployment) MUST_USE;

#endif
