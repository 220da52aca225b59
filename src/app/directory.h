/*
 * directory.h - platforms and settings, in memory
 *
 * Layer  app
 * Gives  what a login or a launch needs to know, without asking the store
 *        each time
 * Owns   what it keeps: at most DIRECTORY_MAX platforms
 * Fails  as db.h; PLATFORM_UNKNOWN, CLIENT_ID_NEEDED
 *
 * A change made by this process is seen at once, one made by another (the
 * command line, another instance) within a second: versions.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_DIRECTORY_H
#define APP_DIRECTORY_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct directory;
struct gateway;
struct json_t;

/* About a kilobyte each, where so many are in use. */
enum { DIRECTORY_MAX = 100000 };

/* Of a platform, what launches need. Lives in the arena of cx. */
struct directory_platform {
	struct span id, issuer, client_id, name;
	bool active;
	struct span authorization_endpoint, token_endpoint;
	struct span audience; /* of token requests */
	struct span key_method, key_value;
	struct span organization_id;
	struct span target;           /* its own, or empty */
	struct span messages;         /* types it registered, blanks between */
	const struct json_t *targets; /* of /lti/launch?to= */
	bool launched;                /* its first launch is kept */
};

struct directory *directory_open(size_t max);
void directory_close(struct directory *directory); /* NULL is fine */

enum fault directory_find(struct gateway *gateway, struct cx *cx,
    struct span id, struct directory_platform *out) MUST_USE;
/* client_id empty: the only registration of that issuer. */
enum fault directory_find_pair(struct gateway *gateway, struct cx *cx,
    struct span issuer, struct span client_id,
    struct directory_platform *out) MUST_USE;

/* PLATFORM_INACTIVE, unless it is active. */
enum fault directory_check_active(
    struct cx *cx, const struct directory_platform *platform) MUST_USE;

/* Both: PLATFORM_UNKNOWN or PLATFORM_INACTIVE, unless it is there and active.
 */
enum fault directory_find_active(struct gateway *gateway, struct cx *cx,
    struct span id, struct directory_platform *out) MUST_USE;

/* Its first launch is kept: known to the store, and now here. A change of the
 * platform would make every instance read it again, for this. */
void directory_note_launch(struct gateway *gateway, struct span id);

/* This platform and the settings are in memory, it is active, and nothing has
 * to be asked of the store: a moment later too, but for bad luck. */
bool directory_knows(struct gateway *gateway, struct cx *cx, struct span issuer,
    struct span client_id);

/* How many platforms are in memory. */
size_t directory_count(struct directory *directory);

/* As tool_find. */
enum fault directory_settings(
    struct gateway *gateway, struct cx *cx, const struct json_t **out) MUST_USE;

#endif
