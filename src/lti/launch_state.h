/*
 * launch_state.h - what travels through the LMS between login and launch
 *
 * Layer  lti (pure)
 * Gives  the state parameter, signed and expiring; the nonce that belongs to
 *        it; the hash that binds it to a browser
 * Owns   nothing
 * Fails  STATE_REFUSED: not ours, or changed; STATE_EXPIRED
 * Spec   OpenID Connect Core 1.0, 3.1.2.1 (state, nonce); RFC 6749, 10.12
 *        (binding the state to the user agent)
 *
 * Nothing is stored at a login: whoever begins a million of them costs no
 * memory and pushes nobody out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_LAUNCH_STATE_H
#define LTI_LAUNCH_STATE_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct secret;

enum {
	LAUNCH_STATE_LIFE = 600, /* seconds: a person may have to sign in */
	LAUNCH_STATE_MAX = 1024,
	BROWSER_SECRET_LENGTH = 43,
};

struct launch_state {
	int64_t issued_at;
	struct span chance;         /* 22 characters of base64url */
	struct span platform_id;    /* to which the browser was sent */
	struct span browser_hash;   /* launch_state_hash of the secret */
	struct span storage_target; /* where the LMS keeps it; or empty */
};

struct span launch_state_write(struct cx *cx, const struct secret *secret,
    const struct launch_state *state);
/* Spans of *out point into text, but for storage_target. */
enum fault launch_state_read(struct cx *cx, const struct secret *secret,
    struct span text, struct launch_state *out) MUST_USE;

/* 43 characters of base64url: HMAC of the state. */
struct span launch_state_nonce(
    struct cx *cx, const struct secret *secret, struct span text);

bool launch_state_is_browser_secret(struct span text);
struct span launch_state_hash(struct cx *cx, struct span browser_secret);

#endif
