/*
 * in_step.h - which platforms hold what the settings say
 *
 * Layer  app
 * Gives  what a registration request would be now, for a platform that is
 *        registered; its digest, kept beside that of what was sent; how a
 *        platform stands
 * Owns   nothing
 * Fails  as db.h; as tool_doc.h
 *
 * A change of the settings costs nothing by itself: the next who asks makes
 * the request once for every basis (store/registered.h), not for every
 * platform.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_IN_STEP_H
#define APP_IN_STEP_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;
struct gateway;
struct json_t;
struct platform;
struct registered;
struct tool_doc;
struct tool_doc_args;

/* The settings as they stand: read once for all that one request shows. */
struct in_step {
	struct gateway *gateway;
	const struct json_t *settings;
	struct span mark; /* names them */
};

/* Reads the settings, and judges every basis by them that is not. */
enum fault in_step_begin(
    struct gateway *gateway, struct cx *cx, struct in_step *out) MUST_USE;

/* {"inStep", "update", "state", ...}; with words, what is behind: costs a
 * request made anew. */
enum fault in_step_describe(struct db_session *session, struct cx *cx,
    const struct in_step *now, const struct platform *platform, bool words,
    struct json_t **out) MUST_USE;

/* The request as it would be sent to this platform now. Which key set it names
 * stays: an LMS that takes its time would meanwhile refuse what is signed with
 * the other's key. */
enum fault in_step_document(struct db_session *session, struct cx *cx,
    const struct in_step *now, const struct platform *platform,
    const struct registered *registered, struct tool_doc *out,
    struct span *digest) MUST_USE;

/* A registration that the LMS took: a part of the caller's transaction.
 * args: of which the request was made; waiting: the request, where an
 * administrator of the LMS has to accept it (in_step_waiting), else NULL. */
enum fault in_step_keep(struct db_session *session, struct cx *cx,
    struct gateway *gateway, const struct tool_doc_args *args,
    const struct platform *platform, const struct tool_doc *waiting) MUST_USE;

/* A request that waits for an administrator of the LMS, as it is kept:
 * {"document", "sent": <its digest>, "dropped", "targets"}. */
struct json_t *in_step_waiting(
    struct cx *cx, const struct tool_doc *doc, struct span digest);
/* Launches go to the old targets until the LMS has accepted the new ones, and
 * nobody tells when that is: both, as JSON text. */
enum fault in_step_join_targets(struct cx *cx, struct span before,
    const struct json_t *targets, struct span *out) MUST_USE;

#endif
