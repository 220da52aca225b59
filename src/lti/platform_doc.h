/*
 * platform_doc.h - what an LMS says of itself before a registration
 *
 * Layer  lti (pure)
 * Gives  the reading of a platform's OpenID configuration
 * Owns   nothing: everything lives in the arena of cx
 * Fails  CONFIGURATION_MALFORMED, CONFIGURATION_INCOMPLETE (told by member),
 *        NOTHING_IN_COMMON; *out is untouched
 * Spec   LTI Dynamic Registration 1.0, platform's OpenID configuration;
 *        OpenID Connect Discovery 1.0, section 3
 *
 * Tolerated, because a real LMS sends it: a blank at the end of the
 * platform-configuration's name (Moodle 3.10) or none at all, no version
 * (Blackboard), message types as strings (Moodle up to 4.0). Not tolerated:
 * a missing issuer or endpoint.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_PLATFORM_DOC_H
#define LTI_PLATFORM_DOC_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

struct platform_doc {
	const struct json_t *raw; /* the whole document */
	struct span issuer;
	struct span authorization_endpoint, token_endpoint, jwks_uri;
	struct span registration_endpoint;
	struct span authorization_server; /* as sent; may be empty */
	struct span family, version;      /* empty when not given */
	struct span account_name;         /* Canvas: the institution */
	const struct json_t *scopes;      /* array or NULL */
	const struct json_t *claims;      /* array or NULL */
	const struct json_t *variables;   /* array or NULL */
	/* Array of {"type", "placements"?}, strings turned into objects;
	 * empty when the LMS lists none. */
	const struct json_t *messages;
};

enum fault platform_doc_read(
    struct cx *cx, struct span body, struct platform_doc *out) MUST_USE;

/* The audience of token requests: authorization_server when it is an
 * absolute URL (Brightspace), by https or as the token endpoint is; else the
 * token endpoint (Canvas sends a bare host, which none accepts). */
struct span platform_doc_audience(const struct platform_doc *doc);

/* The placements listed for a message type, or NULL; *listed tells whether
 * the type stands in the list at all. */
const struct json_t *platform_doc_placements(
    const struct platform_doc *doc, struct span type, bool *listed);

#endif
