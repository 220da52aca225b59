/*
 * people.h - who belongs to the tool and to its organisations
 *
 * Layer  app
 * Gives  listing, inviting, changing and removing people, as far as the
 *        caller may
 * Owns   nothing
 * Fails  NO_USER (also for who is in none of the caller's organisations);
 *        NOT_ALLOWED; USER_EXISTS; LAST_OWNER; NO_ORGANIZATION;
 *        PARAMETER_REFUSED by member; as db.h
 *
 * Only an owner makes, changes and removes owners and admins of the tool. An
 * admin of an organisation decides about that organisation's roles, and about
 * a person as a whole (name, links, removal) only when the person belongs to
 * nothing else: a link that sets the password would open the rest too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_PEOPLE_H
#define APP_PEOPLE_H

#include "app/invite.h"
#include "app/rights.h"
#include "store/users.h"

struct cx;
struct gateway;
struct json_t;

/* A user of whom the caller sees the roles in their own organisations. */
enum fault people_list(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, const struct user_filter *filter,
    struct user_list *out) MUST_USE;
enum fault people_find(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id, struct user *out) MUST_USE;

/* What a body gives; NULL or absent stays as it is. */
struct people_change {
	struct span email; /* when adding */
	struct span name;  /* SPAN_NONE: as it is */
	struct span role;  /* SPAN_NONE: as it is; empty: none */
	const struct json_t *organizations; /* [{id, role}], all of them */
};

/* link->url is empty for who was there already and joins. */
enum fault people_add(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, const struct people_change *change,
    struct user *out, struct invite_link *link) MUST_USE;
enum fault people_change(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id,
    const struct people_change *change, struct user *out) MUST_USE;
enum fault people_remove(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id) MUST_USE;

enum fault people_invite(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id,
    struct invite_link *out) MUST_USE;
enum fault people_end_sessions(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id, size_t *ended) MUST_USE;

/* One's own name. */
enum fault people_rename_self(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span name, struct user *out) MUST_USE;

#endif
