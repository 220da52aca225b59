/*
 * registration_reply.h - the LMS's answer to a registration
 *
 * Layer  lti (pure)
 * Gives  the answer read in every form that LMSs use; what was granted set
 *        against what was asked
 * Owns   nothing
 * Fails  REPLY_MALFORMED: no JSON object, no usable client_id;
 *        REDIRECTS_CHANGED; *out is untouched on the first
 * Spec   RFC 7591, 3.2.1; LTI Dynamic Registration 1.0, tool registration
 *        response
 *
 * The answer's values win over what was asked. A client_secret is not read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_REGISTRATION_REPLY_H
#define LTI_REGISTRATION_REPLY_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

enum { CLIENT_ID_MAX = 255, DEPLOYMENT_ID_MAX = 255 };

struct registration_reply {
	struct span client_id;
	struct span deployment_id; /* empty when the LMS names none yet */
	/* Where and with what the registration may be changed later (RFC
	 * 7592): secrets, to be sealed; empty when not offered. */
	struct span management_url, management_token;
	const struct json_t *granted; /* the answer without any secret */
};

enum fault registration_reply_read(
    struct cx *cx, struct span body, struct registration_reply *out) MUST_USE;

/* Array of {"member", "asked", "granted"}: where the LMS answered something
 * else than was asked. A member it does not mention is taken as granted. */
struct json_t *registration_reply_differences(
    struct cx *cx, const struct json_t *asked, const struct json_t *granted);

/* Refuses an answer that took our own redirect URI away. */
enum fault registration_reply_check_redirects(struct cx *cx,
    const struct json_t *asked, const struct json_t *granted) MUST_USE;

#endif
