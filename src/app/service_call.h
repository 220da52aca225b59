/*
 * service_call.h - one call of an LMS's service, with its token
 *
 * Layer  app
 * Gives  service_call
 * Owns   nothing
 * Fails  SCOPE_NOT_GRANTED; what access_tokens.h and fetch.h say;
 *        SERVICE_DENIED (401 with a fresh token, 403); NO_LINE_ITEM,
 *        NO_ROSTER (404, 410); SCORE_OUTDATED (409 to a score);
 *        SERVICE_REFUSED (any other 4xx); SERVICE_THROTTLED (429, 503, or the
 *        host rests); SERVICE_NO_ANSWER; SERVICE_FAILED. The note has the
 *        LMS's status and body
 * Spec   1EdTech Security Framework 1.0, 4; RFC 6750, 2.1; RFC 9110, 10.2.3
 *
 * Success is 200, 201, 202 or 204. A 401 costs one new token and one more
 * try. When the LMS is busy or fails, what may be repeated is, with growing
 * waits, as long as the deadline allows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SERVICE_CALL_H
#define APP_SERVICE_CALL_H

#include "app/service_context.h"
#include "net/fetch.h"

struct service_request {
	const struct service_context *context;
	enum service service;
	/* Any of these scopes will do; ended by NULL. */
	const char *const *needed;
	const char *method;
	struct span url; /* checked: it belongs to the context */
	const char *accept;
	const char *content_type; /* of the body, or NULL */
	struct span body;
	size_t answer_max;   /* as in fetch.h */
	int64_t deadline_ms; /* on clock_monotonic_ms */
	bool repeatable;     /* twice does no harm */
	bool once;           /* who calls has a line of its own to wait in */
	bool score;          /* a 409 means an older score */
};

enum fault service_call(struct gateway *gateway, struct cx *cx,
    const struct service_request *request, struct fetch_answer *out) MUST_USE;

#endif
