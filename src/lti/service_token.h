/*
 * service_token.h - asking an LMS for an access token
 *
 * Layer  lti (pure)
 * Gives  the assertion's claims, the form that carries it, the answer read
 * Owns   nothing
 * Fails  service_token_read: SERVICE_TOKEN_REFUSED, telling what is wrong
 * Spec   1EdTech Security Framework 1.0, 4.1; RFC 7523, 2.2; RFC 6749, 5.1
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_SERVICE_TOKEN_H
#define LTI_SERVICE_TOKEN_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

enum {
	SERVICE_TOKEN_MAX = 8 * 1024,   /* one longer is not believed */
	SERVICE_TOKEN_ASSERTED = 60,    /* seconds an assertion is good for */
	SERVICE_TOKEN_LIFE = 300,       /* when the LMS names no life */
	SERVICE_TOKEN_LIFE_MAX = 86400, /* whatever it names */
};

/* {iss, sub: client_id, aud, iat, exp, jti}. jti is random. */
struct json_t *service_token_claims(
    struct cx *cx, struct span client_id, struct span audience);

/* application/x-www-form-urlencoded. scopes: one text, blanks between. */
struct span service_token_form(
    struct cx *cx, struct span assertion, struct span scopes);

struct service_token {
	struct span text;
	int64_t expires_at; /* seconds since the epoch */
	struct span scopes; /* granted, as told; SPAN_NONE: not told */
};

/* body: of an answer with status 200 or 201. token_type is compared without
 * case, and may be missing; expires_in may be a text of digits. */
enum fault service_token_read(
    struct cx *cx, struct span body, struct service_token *out) MUST_USE;

/* scope stands in a text of scopes with blanks between. */
bool service_token_has(struct span scopes, struct span scope);

#endif
