/*
 * tool_doc.h - the registration request that is sent to an LMS
 *
 * Layer  lti (pure)
 * Gives  the document, made of the settings and of what was said at
 *        completion, cut down to what the LMS supports; and what was cut
 * Owns   nothing
 * Fails  NOTHING_IN_COMMON: no message is left; TOOL_DOC_REFUSED: a URL is
 *        longer than LMSs take, or the scopes are too many
 * Spec   LTI Dynamic Registration 1.0, tool registration request; RFC 7591,
 *        section 2
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_TOOL_DOC_H
#define LTI_TOOL_DOC_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;
struct platform_doc;

struct tool_doc_args {
	const struct platform_doc *platform;
	const struct json_t *settings; /* tool_settings_whole */
	/* messages, privacyLevel, customParameters, scopes; or NULL. */
	const struct json_t *overrides;
	struct span privacy_level; /* of the registration URL, or empty */
	struct span public_url;    /* no slash at its end */
	struct span domain;        /* its authority */
	struct span key_set_url;
};

struct tool_doc {
	struct json_t *document;
	/* What was wished for and not sent: array of {"member", "value",
	 * "message"?}, for people and for the API's answer. */
	struct json_t *dropped;
	/* Where launches of a message go: {"<key>": "<URL>"}. */
	struct json_t *targets;
};

enum fault tool_doc_write(struct cx *cx, const struct tool_doc_args *args,
    struct tool_doc *out) MUST_USE;

/* The scopes of the services that are switched on, as an array. */
struct json_t *tool_doc_service_scopes(
    struct cx *cx, const struct json_t *settings);

/* The key of a URL in /lti/launch?to=<key>: the same URL always has the same
 * key. */
struct span tool_doc_target_key(struct cx *cx, struct span url);

/* The host and port of an http or https URL. */
struct span tool_doc_authority(struct span url);

/* A placement by Canvas's short name: "link_selection" for that, for the same
 * with Canvas's long prefix, and for the specification's "ContentArea". */
struct span tool_doc_canvas_placement(struct span placement);
bool tool_doc_same_placement(struct span a, struct span b);

#endif
