/*
 * usage_counts.h - how much, by the hour and by the day
 *
 * Layer  store
 * Gives  adding to the counts, remembering who was counted, listing,
 *        forgetting
 * Owns   the tables usage_counts, usage_faults, usage_people
 * Fails  as db.h
 *
 * Everything is added, never set: several instances make one sum. A step is
 * "hour" or "day" (UTC); at is where it begins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_USAGE_COUNTS_H
#define STORE_USAGE_COUNTS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

#define USAGE_ALL "*" /* the organisation that stands for all and nobody */

/* One hour or day of one organisation. */
struct usage_place {
	const char *step;
	int64_t at;
	struct span organization_id;
};

struct usage_counts {
	int64_t launches, people, registrations, failures;
};

enum fault usage_counts_add(struct db_session *session, struct cx *cx,
    const struct usage_place *place, const struct usage_counts *more) MUST_USE;
enum fault usage_counts_add_fault(struct db_session *session, struct cx *cx,
    const struct usage_place *place, struct span fault, int64_t more) MUST_USE;
/* person: an opaque digest. *is_new: was not here yet; count it. */
enum fault usage_counts_add_person(struct db_session *session, struct cx *cx,
    const struct usage_place *place, struct span person, bool *is_new) MUST_USE;

struct usage_filter {
	const char *step;
	int64_t from;
	struct span organization_id; /* or USAGE_ALL */
	struct span reader; /* not empty: all organisations of this person */
};

struct usage_point {
	int64_t at;
	struct usage_counts counts;
};

struct usage_point_list {
	const struct usage_point *at;
	size_t count;
};

struct usage_fault_list {
	const struct usage_fault {
		struct span fault;
		int64_t count;
	} * at;
	size_t count;
};

/* In order of time; where nothing was, there is no point. */
enum fault usage_counts_list(struct db_session *session, struct cx *cx,
    const struct usage_filter *filter, struct usage_point_list *out) MUST_USE;
/* The most frequent first, a hundred at most. */
enum fault usage_counts_list_faults(struct db_session *session, struct cx *cx,
    const struct usage_filter *filter, struct usage_fault_list *out) MUST_USE;

/* What began before `before`: at most max rows of each table. */
enum fault usage_counts_expire(struct db_session *session, struct cx *cx,
    const char *step, int64_t before, int64_t max, size_t *deleted) MUST_USE;
enum fault usage_counts_forget_people(struct db_session *session, struct cx *cx,
    const char *step, int64_t before, int64_t max, size_t *deleted) MUST_USE;

#endif
