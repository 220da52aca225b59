/*
 * launch_rules.h - is this signed token a launch we may let in?
 *
 * Layer  lti (pure)
 * Gives  launch_rules_check, the ordered table of rules and their names;
 *        struct launch
 * Owns   nothing: spans point into the claims
 * Fails  the fault of the first rule that does not hold; *out then tells
 *        which held
 * Spec   OpenID Connect Core 1.0, 3.1.3.7 (ID Token validation); 1EdTech
 *        Security Framework 1.0, 5.1.3 (authentication response validation);
 *        LTI Core 1.3, 5.3 and 5.4 (claims); LTI Deep Linking 2.0, 4.4; LTI
 *        Submission Review 1.0, 3
 *
 * The signature must already hold. The nonce is not spent here: the caller
 * spends it last, so that a refused launch burns nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_LAUNCH_RULES_H
#define LTI_LAUNCH_RULES_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

enum {
	LAUNCH_ID_MAX = 255,
	LAUNCH_URL_MAX = 8 * 1024, /* as in a login */
	/* No LMS issues tokens for longer than an hour; a day is a mistake. */
	LAUNCH_TOKEN_LIFE_MAX = 24 * 3600,
	/* Between its issue and our reading a person waits for pages. */
	LAUNCH_TOKEN_AGE_MAX = 600,
};

struct launch_facts {
	struct span issuer, client_id; /* of the platform */
	struct span nonce;             /* that was sent */
	int64_t skew;                  /* seconds two clocks may differ */
	int64_t login_at; /* when the login began, by our clock; 0: unknown */
	/* Message types that this registration knows besides those that are
	 * built in: words between blanks. */
	struct span messages;
	bool deep_linking; /* the tool answers deep linking */
};

struct launch {
	struct span message; /* LtiResourceLinkRequest, ... */
	struct span deployment_id;
	struct span subject; /* empty: an anonymous launch */
	struct span target;  /* target_link_uri; may be empty */
	unsigned passed;     /* how many rules held, in their order */
};

enum fault launch_rules_check(struct cx *cx, const struct launch_facts *facts,
    const struct json_t *claims, struct launch *out) MUST_USE;

/* The same for a notice: *out has its type as the message, its nonce as the
 * subject. */
enum fault launch_rules_check_notice(struct cx *cx,
    const struct launch_facts *facts, const struct json_t *claims,
    struct launch *out) MUST_USE;

/* The names of the first `passed` rules, blanks between them. */
struct span launch_rules_names(struct cx *cx, unsigned passed);

/* Where the LMS wants people sent back to; empty when it gave no usable URL.
 */
struct span launch_rules_way_back(const struct json_t *claims);
/* The LMS shows the tool in a frame of its page, and what it shows at the way
 * back is made for that frame. */
bool launch_rules_in_frame(const struct json_t *claims);

#endif
