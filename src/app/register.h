/*
 * register.h - a Dynamic Registration from its beginning to its approval
 *
 * Layer  app
 * Gives  register_begin (the LMS opens the registration URL), reading what
 *        waits, rejecting; complete.h has the sending
 * Owns   nothing
 * Fails  what faults.def says under Dynamic Registration; as db.h, fetch.h
 * Spec   LTI Dynamic Registration 1.0; LTIAAS, "Performing Dynamic
 *        Registration" (pre-approval)
 *
 * The configuration is fetched exactly once: Brightspace's and Canvas's URLs
 * are good for one request.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_REGISTER_H
#define APP_REGISTER_H

#include "app/rights.h"
#include "base/fault.h"
#include "lti/platform_doc.h"
#include "store/registrations.h"

struct complete_result;
struct cx;
struct gateway;

enum { REGISTRATION_TOKEN_MAX = 4096, REGISTRATIONS_WAITING_MAX = 10000 };

/* What the URL carries; absent is empty. */
struct register_args {
	struct span configuration_url, token;
	struct span organization; /* a claim, not proof */
	struct span link;         /* token of a registration link: proof */
	struct span privacy_level;
	struct span client; /* address of the browser */
};

struct register_outcome {
	/* Where to send the browser (pre-approval); empty: it is done, and
	 * completed tells what came of it, or somebody has to confirm. */
	struct span redirect;
	struct span confirm_id; /* secret registrationId, in mode confirm */
	struct span tool;       /* its name */
	struct complete_result *completed;
};

enum fault register_begin(struct gateway *gateway, struct cx *cx,
    const struct register_args *args, struct register_outcome *out) MUST_USE;

/* One that waits, with what the LMS sent. id: registrationId or handle. */
struct register_waiting {
	struct registration row;
	struct platform_doc platform;
	struct span token; /* of the LMS; SPAN_NONE: there was none */
	struct span configuration_host; /* authority it came from */
	bool stored; /* there is a row that waits; else it is written as sent */
};

enum fault register_find(struct gateway *gateway, struct cx *cx, struct span id,
    struct register_waiting *out) MUST_USE;

/* What the caller sees of those that wait; of one organisation, or of all. */
enum fault register_list(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span organization_id,
    struct registration_list *out) MUST_USE;

/* Ends it without a word to the LMS; close_url shuts the frame. */
enum fault register_reject(struct gateway *gateway, struct cx *cx,
    struct span id, struct span *close_url) MUST_USE;

/* Spends a closing page. */
enum fault register_close(
    struct gateway *gateway, struct cx *cx, struct span token) MUST_USE;

/* A closing page's address and the hash under which it is kept. */
struct span register_close_url(
    struct gateway *gateway, struct cx *cx, struct span *hash);

#endif
