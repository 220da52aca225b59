/*
 * launching.h - a launch arrives at /lti/launch
 *
 * Layer  app
 * Gives  launching_run: everything is verified, the nonce is spent, and the
 *        browser goes to the tool
 * Owns   nothing
 * Fails  every fault of a launch in base/faults.def; cx->note.way_back is set
 *        when the LMS said, signed, where people go back to. as db.h
 * Spec   1EdTech Security Framework 1.0, 5.1.2 and 5.1.3; docs/launch.md
 *
 * The order: state, platform, browser, token's form, key and signature, the
 * rules of lti/launch_rules.h, where it goes, and last, in one transaction,
 * deployment, nonce, launch and event. A refused launch burns nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_LAUNCHING_H
#define APP_LAUNCHING_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;
struct json_t;

enum { LAUNCHING_COOKIES = 16 };

struct launching_args {
	struct span id_token, state; /* as posted; at == NULL: absent */
	struct span error, error_description;
	/* The browser's secrets, as its cookies say: launches that began at
	 * the same moment have one each. */
	struct span cookies[LAUNCHING_COOKIES];
	size_t cookie_count;
	struct span browser; /* the same, out of the LMS's frame */
	bool from_own_page;  /* the browser says that our page posted it */
	struct span client;  /* address */
};

enum launching_step {
	LAUNCHING_TOOL,    /* go to url */
	LAUNCHING_STORAGE, /* ask the LMS's frame for the secret, post again */
	LAUNCHING_SHOW,    /* there is no launch URL yet: show what arrived */
};

struct launching_outcome {
	enum launching_step step;
	struct span url;
	struct span storage_target, storage_key, storage_origin;
	/* For the page that shows, and for the event of a refusal. */
	struct span platform_id, platform_name, message, rules;
	struct span organization_id; /* SPAN(""): nobody's, or not known */
	const struct json_t *claims;
};

enum fault launching_run(struct gateway *gateway, struct cx *cx,
    const struct launching_args *args, struct launching_outcome *out) MUST_USE;

#endif
