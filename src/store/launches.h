/*
 * launches.h - each launch once, for a day
 *
 * Layer  store
 * Gives  spending a nonce and keeping its launch in one write; finding;
 *        forgetting
 * Owns   the table launches
 * Fails  as db.h; LAUNCH_REPLAYED: the nonce is spent already; NOT_AUTHORIZED
 *        (told as an expired ltik) when there is no such launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_LAUNCHES_H
#define STORE_LAUNCHES_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db;
struct db_rows;
struct db_session;

struct launch_key {
	int64_t hour; /* of the login, since the epoch */
	struct span nonce;
};

struct launch_row {
	struct launch_key key;
	struct span platform_id, deployment_id;
	struct span organization_id; /* empty: nobody's */
	struct span claims_sealed;
	int64_t created_at;
};

enum fault launches_add(struct db_session *session, struct cx *cx,
    const struct launch_row *row) MUST_USE;
/* Where the deployment is known and allowed, and not otherwise. It says whose
 * the launch is; the row's organisation is that of the platform. *out is there
 * after db_write: no row, or one with the organisation. */
enum fault launches_admit(struct db_session *session, struct cx *cx,
    const struct launch_row *row, struct db_rows *out) MUST_USE;
/* One made before `since` is not there. */
enum fault launches_find(struct db_session *session, struct cx *cx,
    struct launch_key key, int64_t since, struct launch_row *out) MUST_USE;
struct launch_list {
	const struct launch_row *at;
	size_t count;
};
/* What is empty matches all. */
struct launch_filter {
	struct span platform_id, organization_id;
};
/* Those after that key, in order; blank ones are left out. */
enum fault launches_page(struct db_session *session, struct cx *cx,
    const struct launch_filter *filter, struct launch_key after, int64_t max,
    struct launch_list *out) MUST_USE;
/* What it says is gone, and launches_find does not find it; its nonce stays
 * spent. */
enum fault launches_blank(
    struct db_session *session, struct cx *cx, struct launch_key key) MUST_USE;
/* The same for all of an organisation in one hour; *count: how many. */
enum fault launches_blank_hour(struct db_session *session, struct cx *cx,
    int64_t hour, struct span organization_id, size_t *count) MUST_USE;
/* Where the engine can, launches are kept in slices of some hours: those that
 * come next are made, those that end before the hour `over` are dropped. */
enum fault launches_slice(
    struct db *db, struct cx *cx, int64_t hour, int64_t over) MUST_USE;
/* Of hours before `hour`, at most max rows. */
enum fault launches_expire(struct db_session *session, struct cx *cx,
    int64_t hour, int64_t max, size_t *deleted) MUST_USE;
/* All: their seals and tokens go with the secret. */
enum fault launches_forget(struct db_session *session, struct cx *cx) MUST_USE;

#endif
