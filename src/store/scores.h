/*
 * scores.h - scores that wait for an LMS
 *
 * Layer  store
 * Gives  adding, finding, leasing for a try, finishing, forgetting
 * Owns   the table scores
 * Fails  as db.h; NO_SCORE; SCORE_QUEUE_FULL
 *
 * Of one pair (a person of a line item) only the oldest that waits is ever
 * leased, so that none overtakes another. A lease that nobody finished ends
 * by itself: whoever held it died.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_SCORES_H
#define STORE_SCORES_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

enum { SCORES_WAITING_MAX = 100000 }; /* of one platform */

struct score_row {
	struct span id; /* sorts by time */
	struct span platform_id, deployment_id;
	struct span organization_id; /* empty: nobody's */
	struct span pair; /* digest of platform, line item and person */
	struct span line_item, user;
	struct span scopes;      /* that the launch granted */
	struct span body_sealed; /* empty when it is over */
	/* Microseconds since the epoch, a second later than any before it of
	 * its pair: some LMSs compare whole seconds. 0: the tool's own time is
	 * in the body. */
	int64_t made_at_us;
	/* waiting; then delivered, superseded (the LMS has a newer one),
	 * refused or expired */
	struct span state;
	int64_t tried;       /* how often */
	int64_t next_try_at; /* while it waits */
	int64_t leased_until;
	struct span tries; /* JSON: the last of them */
	int64_t created_at, finished_at;
};

struct score_list {
	const struct score_row *at;
	size_t count;
};

/* Walks what waits of the platform, so ask it of a session that reads. */
enum fault scores_check_room(struct db_session *session, struct cx *cx,
    struct span platform_id) MUST_USE;
/* now_us: as in made_at_us, or 0 to leave that at 0. Sets made_at_us and
 * next_try_at of *row. STORE_CONFLICT: another of the pair came at the same
 * moment. */
enum fault scores_add(struct db_session *session, struct cx *cx, int64_t now_us,
    struct score_row *row) MUST_USE;
enum fault scores_find(struct db_session *session, struct cx *cx,
    struct span id, struct score_row *out) MUST_USE;
/* One of this pair still waits. */
enum fault scores_wait(struct db_session *session, struct cx *cx,
    struct span pair, bool *out) MUST_USE;

struct score_platform_list {
	const struct span *at; /* ids */
	size_t count;
};

/* Platforms with something to send now. */
enum fault scores_due(struct db_session *session, struct cx *cx,
    struct score_platform_list *out) MUST_USE;
/* At most max of a platform's, tried once more, leased until `until`. */
enum fault scores_lease(struct db_session *session, struct cx *cx,
    struct span platform_id, int64_t max, int64_t until,
    struct score_list *out) MUST_USE;

/* Writes state, next_try_at, made_at_us, tries and finished_at, and ends the
 * lease; the body goes when it is over. *done is false, and nothing happens,
 * when the lease (by `tried`) is another's by now. */
enum fault scores_finish(struct db_session *session, struct cx *cx,
    const struct score_row *row, bool *done) MUST_USE;
/* Ends a lease of which nothing was made, as if it had not been. */
enum fault scores_give_back(struct db_session *session, struct cx *cx,
    const struct score_row *row) MUST_USE;

/* Waiting since before `before`, not leased: state expired. At most max. */
enum fault scores_expire(struct db_session *session, struct cx *cx,
    int64_t before, int64_t max, struct score_list *out) MUST_USE;
/* Of one person of a platform, waiting or over. */
enum fault scores_of_user(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span user, struct score_list *out) MUST_USE;
/* Of an organisation, those after that id (empty: from the first), in order. */
enum fault scores_page(struct db_session *session, struct cx *cx,
    struct span organization_id, struct span after, int64_t max,
    struct score_list *out) MUST_USE;
enum fault scores_remove_of_user(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span user) MUST_USE;
/* Over since before `before`. */
enum fault scores_forget(struct db_session *session, struct cx *cx,
    int64_t before, int64_t max, size_t *deleted) MUST_USE;

/* How many wait, of max at most, and since when the oldest of those does; 0:
 * none. */
enum fault scores_count(struct db_session *session, struct cx *cx, int64_t max,
    int64_t *count, int64_t *oldest) MUST_USE;

#endif
