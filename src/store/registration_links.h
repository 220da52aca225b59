/*
 * registration_links.h - registration URLs that prove an organisation
 *
 * Layer  store
 * Gives  adding, listing, removing; finding a usable one; counting a use
 * Owns   the table registration_links
 * Fails  as db.h; NO_LINK; LINK_REFUSED (unknown, expired or used up)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_REGISTRATION_LINKS_H
#define STORE_REGISTRATION_LINKS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct registration_link {
	struct span id, organization_id;
	struct span token_hash; /* digest_text of the token */
	struct span label;
	bool once;     /* used up by one registration */
	bool activate; /* the platform is active at once */
	int64_t uses;
	int64_t expires_at; /* 0: never */
	int64_t created_at;
};

struct registration_link_list {
	const struct registration_link *at;
	size_t count;
};

enum fault registration_links_add(struct db_session *session, struct cx *cx,
    const struct registration_link *link) MUST_USE;
/* Of organisations that this person has a role in; an empty reader sees all.
 * organization_id: of this one alone, or empty. */
enum fault registration_links_list(struct db_session *session, struct cx *cx,
    struct span reader, struct span organization_id,
    struct registration_link_list *out) MUST_USE;
enum fault registration_links_find_id(struct db_session *session, struct cx *cx,
    struct span id, struct registration_link *out) MUST_USE;
enum fault registration_links_remove(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;

/* The link of this token, if it may be used now. */
enum fault registration_links_find(struct db_session *session, struct cx *cx,
    struct span token_hash, struct registration_link *out) MUST_USE;

/* Counts one use, unless it has been used up meanwhile: one atomic write. */
enum fault registration_links_use(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;
/* Undoes one, when nothing reached the LMS after all. */
enum fault registration_links_unuse(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;

#endif
