/*
 * pick_token.h - what a form of the picker carries: which launch it is for
 *
 * Layer  lti (pure)
 * Gives  the token, signed and expiring
 * Owns   nothing
 * Fails  PICKER_EXPIRED: not ours, changed, or too old; which of these is not
 *        told
 *
 * It is what a page of the picker shows it was made by: without it a page of
 * somebody else's could select content in another's name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_PICK_TOKEN_H
#define LTI_PICK_TOKEN_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct secret;

/* A page may lie open for an hour; each page has a token of its own. */
enum { PICK_TOKEN_LIFE = 3600, PICK_TOKEN_MAX = 300 };

/* The launch, as store/launches.h keys it. */
struct pick_token {
	int64_t hour;
	struct span nonce;
};

struct span pick_token_write(
    struct cx *cx, const struct secret *secret, const struct pick_token *token);
/* The nonce points into text. */
enum fault pick_token_read(struct cx *cx, const struct secret *secret,
    struct span text, struct pick_token *out) MUST_USE;

#endif
