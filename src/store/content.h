/*
 * content.h - what a tool offers in its picker: courses, assignments in them
 *
 * Layer  store
 * Gives  adding, finding by id or by title, listing, changing, removing
 * Owns   the table content
 * Fails  as db.h; NO_CONTENT
 *
 * Removing a course removes its assignments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_CONTENT_H
#define STORE_CONTENT_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

/* One organisation's: an export is one list (db.h, DB_ROWS_MAX). */
enum { CONTENT_MAX = 10000 };

struct content {
	struct span id, organization_id;
	struct span parent_id; /* its course; empty: none */
	bool is_course;        /* else an assignment */
	struct span title, description, url;
	struct span custom_parameters; /* JSON object, or empty */
	struct span line_item;         /* JSON object, or empty: not graded */
	int64_t position;              /* among those of its course */
	int64_t created_at, changed_at;
	/* When it is found or listed. */
	struct span course; /* title of its course */
	int64_t count;      /* assignments of a course */
};

struct content_list {
	const struct content *at;
	size_t count;
	int64_t total; /* without limit and offset */
};

enum content_place {
	CONTENT_ANYWHERE,
	CONTENT_AT_TOP,
	CONTENT_IN, /* the course parent_id */
};

struct content_filter {
	struct span organization_id; /* empty: any */
	struct span reader;          /* a person's id; empty: sees all */
	enum content_place place;
	struct span parent_id;
	struct span search; /* in its title and description, and its course's;
			     * empty: all */
	bool with_url;      /* courses, and what has a URL of its own */
	int64_t limit, offset;
};

/* How much more an organisation can have. */
enum fault content_find_room(struct db_session *session, struct cx *cx,
    struct span organization_id, int64_t *out) MUST_USE;
/* Behind all others of the course; empty: of the top. */
enum fault content_last_position(struct db_session *session, struct cx *cx,
    struct span organization_id, struct span parent_id, int64_t *out) MUST_USE;
enum fault content_add(struct db_session *session, struct cx *cx,
    const struct content *content) MUST_USE;
enum fault content_find(struct db_session *session, struct cx *cx,
    struct span id, struct content *out) MUST_USE;
/* The first of that kind, title and course. */
enum fault content_find_title(struct db_session *session, struct cx *cx,
    const struct content *like, struct content *out) MUST_USE;
/* Courses in their order, each before its assignments. */
enum fault content_list(struct db_session *session, struct cx *cx,
    const struct content_filter *filter, struct content_list *out) MUST_USE;
/* Kind and organisation stay. */
enum fault content_change(struct db_session *session, struct cx *cx,
    const struct content *content) MUST_USE;
enum fault content_remove(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;

#endif
