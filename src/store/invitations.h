/*
 * invitations.h - links that let a person choose a password, once
 *
 * Layer  store
 * Gives  adding (it replaces the person's older ones), finding, using up
 * Owns   the table invitations
 * Fails  as db.h; NO_INVITATION (unknown, used, replaced, expired: they look
 *        alike)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_INVITATIONS_H
#define STORE_INVITATIONS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct invitation {
	struct span token_hash;
	struct span user_id; /* empty: makes the first owner */
	int64_t created_at, expires_at;
};

enum fault invitations_add(struct db_session *session, struct cx *cx,
    const struct invitation *invitation) MUST_USE;
enum fault invitations_find(struct db_session *session, struct cx *cx,
    struct span token_hash, struct invitation *out) MUST_USE;
/* All of a person's; empty: those that make the first owner. */
enum fault invitations_remove(
    struct db_session *session, struct cx *cx, struct span user_id) MUST_USE;
enum fault invitations_expire(struct db_session *session, struct cx *cx,
    int64_t max, size_t *deleted) MUST_USE;

#endif
