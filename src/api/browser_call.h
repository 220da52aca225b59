/*
 * browser_call.h - a call that a person's browser makes for an LMS
 *
 * Layer  api
 * Gives  what login and launch share: their fields, the browser's cookie,
 *        redirects, the event of a refusal
 * Owns   nothing
 * Fails  MEDIA_TYPE_REFUSED; FORM_MALFORMED
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_BROWSER_CALL_H
#define API_BROWSER_CALL_H

#include "api/call.h"

struct gateway;
struct log_field;

struct browser_field {
	const char *name;
	struct span *out; /* SPAN_NONE: absent */
};

/* Of the form by POST, of the query by GET; one that stands twice is refused.
 */
enum fault browser_call_fields(struct call *call,
    const struct browser_field *fields, size_t count) MUST_USE;

/* Browsers will keep a Secure cookie of ours. */
bool browser_call_is_secure(const struct gateway *gateway);

/* All of them, for a call that takes more of a name than one. */
enum fault browser_call_form(struct call *call, struct form *out) MUST_USE;

/* public_url and path. */
struct span browser_call_url(struct call *call, const char *path);

/* The secret that binds a launch to a browser (app/initiate.h). */
size_t browser_call_cookies(struct call *call, struct span *values, size_t max);
void browser_call_set_cookie(struct call *call, struct span secret);

void browser_call_redirect(struct call *call, int status, struct span url);

struct browser_refusal {
	struct span platform_id, organization_id; /* as of a journal_subject */
	const struct log_field *fields;
};

/* One address can have only so much written down; the rest is in the log. */
void browser_call_note_refusal(
    struct call *call, enum fault which, const struct browser_refusal *refusal);

#endif
