/*
 * journal.h - writing down what happened, once
 *
 * Layer  app
 * Gives  an event in the store and a line in the log, under the reference
 *        that the person was shown
 * Owns   nothing
 * Fails  journal_add: as db.h. journal_note never fails: when the store
 *        cannot take the event the log still has the line
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_JOURNAL_H
#define APP_JOURNAL_H

#include "base/fault.h"
#include "base/log.h"
#include "base/span.h"

struct cx;
struct db_session;
struct gateway;
struct json_t;

struct journal_entry {
	enum log_level level;
	const char *kind;    /* registration, platform, key ... */
	const char *message; /* what was done, or a fault's code */
	struct span platform_id;
	struct span deployment_id; /* as store/events.h has it */
	/* Whose it is to see; SPAN_NONE: the platform's; SPAN(""): nobody's. */
	struct span organization_id;
	struct log_field fields[10]; /* ended by a NULL name */
	/* Of an administrative change: what differs is told (audit.h); where
	 * organizationId does, in an event for staff alone. */
	const struct json_t *before, *after;
};

/* Within a transaction of the caller's: there if the rest is. */
enum fault journal_add(struct db_session *session, struct cx *cx,
    const struct journal_entry *entry) MUST_USE;
/* The line in the log that belongs to journal_add, after its commit. */
void journal_log(struct cx *cx, const struct journal_entry *entry);

void journal_note(
    struct gateway *gateway, struct cx *cx, const struct journal_entry *entry);

/* What a fault was about. */
struct journal_subject {
	const char *kind;
	struct span platform_id;        /* or empty */
	struct span organization_id;    /* as above */
	const struct log_field *fields; /* ended by a NULL name; or NULL */
	bool log_only; /* anybody may cause it: the store need not keep it */
};

/* A fault that ended a request: its name, its detail, the LMS's status. It is
 * counted as a failure, too. */
void journal_fault(struct gateway *gateway, struct cx *cx,
    const struct journal_subject *subject, enum fault which);

/* The count alone, for /metrics: of what may happen as often as anybody likes.
 * journal_fault counts by itself. */
void journal_count(const struct cx *cx, const char *kind, enum fault which);

#endif
