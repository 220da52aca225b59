/*
 * management.h - where and with what a registration may be changed later
 *
 * Layer  app
 * Gives  sealing it with the platform, and opening it
 * Owns   nothing
 * Fails  as seal.h
 * Spec   RFC 7592, 3
 *
 * The address is an LMS's text, and a token goes there: it is kept only where
 * the LMS's own token might have gone at registration (issuer_rules.h), or
 * where it went. What else is in the answer is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_MANAGEMENT_H
#define APP_MANAGEMENT_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;
struct platform;
struct register_waiting;
struct registration_reply;

struct management {
	struct span url;   /* empty: the LMS takes no changes */
	struct span token; /* registration_access_token; may be empty */
};

/* What of an answer to a registration may be used: nothing without a scope or
 * a token for it. */
struct management management_of(struct gateway *gateway, struct cx *cx,
    const struct register_waiting *waiting,
    const struct registration_reply *reply);
/* What an answer to a change of it replaces: a URL on the same host, a token.
 */
struct management management_after(struct gateway *gateway, struct cx *cx,
    const struct management *before, const struct registration_reply *reply);

/* Empty for a management without a URL. */
enum fault management_seal(struct gateway *gateway, struct cx *cx,
    struct span platform_id, const struct management *management,
    struct span *out) MUST_USE;
/* UPDATE_NOT_OFFERED: there is none. */
enum fault management_open(struct gateway *gateway, struct cx *cx,
    const struct platform *platform, struct management *out) MUST_USE;

#endif
