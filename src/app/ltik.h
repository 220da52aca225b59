/*
 * ltik.h - the token of one launch
 *
 * Layer  app
 * Gives  ltiks; from an ltik to its launch
 * Owns   nothing
 * Fails  NOT_AUTHORIZED, told in LTIAAS's words: not ours, expired, or its
 *        platform is gone or not active any more
 * Spec   RFC 7519 (JWT), RFC 7515 (HS256)
 *
 * It says nothing of the person: it stands in URLs, and URLs leak.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_LTIK_H
#define APP_LTIK_H

#include "app/directory.h"
#include "store/launches.h"

struct span ltik_write(
    struct gateway *gateway, struct cx *cx, struct launch_key key);

/* A launch as it was let in. */
struct ltik_launch {
	struct launch_row row;
	struct directory_platform platform;
	const struct json_t *claims; /* as signed by the LMS */
};

enum fault ltik_find(struct gateway *gateway, struct cx *cx, struct span ltik,
    struct ltik_launch *out) MUST_USE;

/* The launch behind a key that was signed. */
enum fault ltik_find_launch(struct gateway *gateway, struct cx *cx,
    struct launch_key key, struct ltik_launch *out) MUST_USE;

/* The launch that an ltik names, which may be gone. */
enum fault ltik_read(struct gateway *gateway, struct cx *cx, struct span ltik,
    struct launch_key *out) MUST_USE;
/* The platform of a launch. */
enum fault ltik_find_platform(struct gateway *gateway, struct cx *cx,
    struct span platform_id, struct directory_platform *out) MUST_USE;

/* Under what the claims of a launch are sealed. */
const char *ltik_seal_purpose(struct cx *cx, struct launch_key key);

#endif
