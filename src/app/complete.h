/*
 * complete.h - sending a registration and keeping what comes of it
 *
 * Layer  app
 * Gives  complete_run: the document, the request, the answer, the platform
 * Owns   nothing
 * Fails  nothing was sent: TOOL_DOC_REFUSED, NOTHING_IN_COMMON,
 *        NO_REGISTRATION, TOKEN_ALREADY_USED, LINK_REFUSED, LMS_UNREACHABLE,
 *        OUTBOUND_BUSY, NO_ORGANIZATION, SERVER_BUSY (no key pair is ready).
 *        The LMS said no: LMS_REFUSED. It may hold a tool that we do not
 *        have: LMS_NO_ANSWER, REPLY_MALFORMED, REDIRECTS_CHANGED,
 *        PLATFORM_TAKEN, and any store fault, told with the client id
 *
 * The row is marked sent, on disk, before the request leaves; platform,
 * deployment, report and the end of the registration are one transaction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_COMPLETE_H
#define APP_COMPLETE_H

#include "base/fault.h"
#include "base/span.h"
#include "json/jshape.h"

struct cx;
struct gateway;
struct json_t;
struct register_waiting;

/* Body of POST /api/registrations/:id/complete. */
extern const struct jshape complete_shape[];
enum fault complete_check(struct cx *cx, const struct json_t *body) MUST_USE;

struct complete_args {
	const struct register_waiting *waiting;
	const struct json_t *settings;
	const struct json_t *overrides; /* checked by complete_check, or NULL */
	bool activate;                  /* when overrides do not say */
	bool with_close_url;            /* the caller is the tool's back end */
	struct span client;             /* address, for the permits */
};

struct complete_result {
	struct span platform_id, platform_name, client_id;
	struct span close_url; /* one use; empty unless wished for */
	const struct json_t *dropped;
	const struct json_t *differences;
	bool active, updated;
};

enum fault complete_run(struct gateway *gateway, struct cx *cx,
    const struct complete_args *args, struct complete_result *out) MUST_USE;

#endif
