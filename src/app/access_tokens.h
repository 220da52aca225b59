/*
 * access_tokens.h - what an LMS gives the tool to call its services with
 *
 * Layer  app
 * Gives  a token for a platform and a set of scopes: kept, or asked for
 * Owns   the tokens, in memory alone, at most ACCESS_TOKENS_MAX
 * Fails  SERVICE_TOKEN_REFUSED; as fetch.h, signer.h
 * Spec   1EdTech Security Framework 1.0, 4; RFC 7523, 2.2
 *
 * One thread asks while the others that need the same token wait for it; when
 * it fails they fail with it. A token is asked for anew a little before its
 * life ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_ACCESS_TOKENS_H
#define APP_ACCESS_TOKENS_H

#include "base/fault.h"
#include "base/span.h"

struct access_tokens;
struct cx;
struct directory_platform;
struct gateway;

enum { ACCESS_TOKENS_MAX = 4000 };

struct access_tokens *access_tokens_open(void);
void access_tokens_close(struct access_tokens *tokens); /* NULL is fine */

struct access_token_args {
	const struct directory_platform *platform;
	struct span scopes; /* blanks between */
	int64_t deadline_ms;
};

/* The token lives in the arena of cx. */
enum fault access_tokens_take(struct gateway *gateway, struct cx *cx,
    const struct access_token_args *args, struct span *token) MUST_USE;

/* The LMS did not know this token (any more): the next one is another. One
 * that is younger than min_age seconds stays. */
void access_tokens_drop(struct gateway *gateway, struct cx *cx,
    const struct access_token_args *args, struct span token, int64_t min_age);

#endif
