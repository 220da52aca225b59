/*
 * users.h - the people who use the portal, and their organisations
 *
 * Layer  store
 * Gives  adding, finding, listing, changing, removing; their roles
 * Owns   the tables users and organization_people
 * Fails  as db.h; NO_USER; USER_EXISTS (the e-mail address is taken)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_USERS_H
#define STORE_USERS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct user_role {
	struct span organization_id, organization_name;
	struct span role; /* admin, registrar, viewer */
};

struct user {
	struct span id;
	struct span email; /* lower case */
	struct span name;
	struct span role;          /* in the tool, or empty */
	struct span password_hash; /* empty: none was chosen yet */
	struct span subject; /* "issuer subject" at a provider, or empty */
	int64_t created_at, changed_at, seen_at;
	const struct user_role *roles; /* by the organisation's name */
	size_t role_count;
};

struct user_list {
	struct user *at;
	size_t count;
	int64_t total; /* with a limit: of all pages, as people_list fills it */
};

enum user_kind { USER_ANY, USER_STAFF, USER_MEMBER /* of an organisation */ };

/* Empty members match everything. reader: only who is in an organisation that
 * this person is an admin of. Without a limit all are listed. */
struct user_filter {
	struct span organization_id, search, reader;
	enum user_kind kind;
	int64_t limit, offset;
};

enum fault users_add(struct db_session *session, struct cx *cx,
    const struct user *user) MUST_USE;
/* With their roles. */
enum fault users_find(struct db_session *session, struct cx *cx, struct span id,
    struct user *out) MUST_USE;
enum fault users_find_email(struct db_session *session, struct cx *cx,
    struct span email, struct user *out) MUST_USE;
enum fault users_find_subject(struct db_session *session, struct cx *cx,
    struct span subject, struct user *out) MUST_USE;
enum fault users_list(struct db_session *session, struct cx *cx,
    const struct user_filter *filter, struct user_list *out) MUST_USE;
/* Of all pages. */
enum fault users_count(struct db_session *session, struct cx *cx,
    const struct user_filter *filter, int64_t *out) MUST_USE;
/* All but the roles. */
enum fault users_change(struct db_session *session, struct cx *cx,
    const struct user *user) MUST_USE;
enum fault users_remove(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;
enum fault users_count_owners(
    struct db_session *session, struct cx *cx, int64_t *out) MUST_USE;

/* An empty role takes the person out of the organisation. */
enum fault users_set_role(struct db_session *session, struct cx *cx,
    struct span id, struct span organization_id, struct span role) MUST_USE;

#endif
