/*
 * registered.h - what each LMS was told of the tool
 *
 * Layer  store
 * Gives  keeping and finding it, the bases that new settings make anew, the
 *        claim of who updates a registration
 * Owns   the tables registered_with and registration_bases
 * Fails  as db.h; UPDATE_NOT_OFFERED: nothing is known of this platform's
 *        registration; UPDATE_UNDER_WAY
 *
 * Who is behind is told by digests alone (migrations/0008_in_step.sql), so
 * that a list of thousands reads no document.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_REGISTERED_H
#define STORE_REGISTERED_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

enum { REGISTERED_BUSY = 120 }; /* seconds that an update may take */

struct registered_basis {
	struct span id, document;
	struct span expected; /* digest; empty: the request cannot be made */
	struct span mark;     /* of the settings that expected is made of */
};

struct registered_basis_list {
	const struct registered_basis *at;
	size_t count;
};

struct registered {
	struct span platform_id;
	struct span basis; /* its id */
	struct span sent;  /* digest */
	bool managed;
	struct span state;   /* done, asked, failed */
	struct span problem; /* of failed, for people */
	struct span waiting; /* of asked: the request, JSON */
	int64_t updated_at;
	struct registered_basis found; /* by registered_find */
};

/* Another basis of the same id is the same one. */
enum fault registered_add_basis(struct db_session *session, struct cx *cx,
    const struct registered_basis *basis) MUST_USE;
/* At most limit of those that other settings made. */
enum fault registered_list_stale(struct db_session *session, struct cx *cx,
    struct span mark, int64_t limit,
    struct registered_basis_list *out) MUST_USE;
enum fault registered_expect(struct db_session *session, struct cx *cx,
    const struct registered_basis *basis) MUST_USE;
/* Forgets those that other settings made and no platform has. */
enum fault registered_tidy(
    struct db_session *session, struct cx *cx, struct span mark) MUST_USE;

/* Adds or replaces, and ends a claim. */
enum fault registered_keep(struct db_session *session, struct cx *cx,
    const struct registered *registered) MUST_USE;
enum fault registered_find(struct db_session *session, struct cx *cx,
    struct span platform_id, struct registered *out) MUST_USE;
/* One at a time, for REGISTERED_BUSY seconds. */
enum fault registered_claim(struct db_session *session, struct cx *cx,
    struct span platform_id) MUST_USE;

#endif
