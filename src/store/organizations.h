/*
 * organizations.h - customers of the tool
 *
 * Layer  store
 * Gives  adding, finding, listing, renaming, removing
 * Owns   the table organizations
 * Fails  as db.h; NO_ORGANIZATION; ORGANIZATION_IN_USE while platforms,
 *        deployments or content belong to it; ORGANIZATION_EXISTS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_ORGANIZATIONS_H
#define STORE_ORGANIZATIONS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct organization {
	struct span id, name;
	int64_t created_at;
};

struct organization_list {
	const struct organization *at;
	size_t count;
};

enum fault organizations_add(struct db_session *session, struct cx *cx,
    const struct organization *organization) MUST_USE;
enum fault organizations_find(struct db_session *session, struct cx *cx,
    struct span id, struct organization *out) MUST_USE;
/* Those that this person has a role in; an empty reader sees all. */
enum fault organizations_list(struct db_session *session, struct cx *cx,
    struct span reader, struct organization_list *out) MUST_USE;
enum fault organizations_rename(struct db_session *session, struct cx *cx,
    struct span id, struct span name) MUST_USE;
enum fault organizations_remove(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;

#endif
