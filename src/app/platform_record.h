/*
 * platform_record.h - from an LMS's answer to a platform that is kept
 *
 * Layer  app
 * Gives  platform_record_keep, a part of the caller's transaction
 * Owns   nothing
 * Fails  PLATFORM_TAKEN: the pair (issuer, client id) is there with other
 *        endpoints or another organisation; as db.h
 *
 * A registration never takes a platform over: it updates one that has the
 * same endpoints and the same owner (Moodle's "update", Canvas's existing
 * registration), and anything else is a conflict that a person must judge.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_PLATFORM_RECORD_H
#define APP_PLATFORM_RECORD_H

#include "base/fault.h"
#include "store/platforms.h"

struct cx;
struct db_session;
struct gateway;
struct json_t;
struct register_waiting;
struct registration_reply;
struct tool_doc;
struct tool_doc_args;

struct platform_record_args {
	struct gateway *gateway;
	const struct register_waiting *waiting;
	const struct json_t *overrides; /* or NULL */
	const struct tool_doc *doc;
	const struct tool_doc_args *asked; /* of which doc was made */
	const struct registration_reply *reply;
	struct span organization_id; /* proven or given, or empty */
	struct span key_id;          /* its own pair, or empty */
	bool activate;               /* when overrides do not say */
	/* Before the transaction: it is shorter, and gets along with others. */
	struct platform_record_look {
		bool known;      /* the LMS and its client id */
		bool name_taken; /* that a new one would have */
	} look;
};

struct platform_record {
	struct platform platform;
	struct json_t *differences;
	bool updated;
	/* What the LMS went on holding: an administrator there has to accept
	 * the update. NULL: it took it. */
	const struct json_t *held;
};

enum fault platform_record_look(struct db_session *session, struct cx *cx,
    const struct platform_record_args *args,
    struct platform_record_look *out) MUST_USE;
/* PLATFORM_EXISTS: it came after the look. */
enum fault platform_record_keep(struct db_session *session, struct cx *cx,
    const struct platform_record_args *args,
    struct platform_record *out) MUST_USE;

#endif
