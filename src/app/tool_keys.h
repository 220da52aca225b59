/*
 * tool_keys.h - the keys with which the tool proves itself to LMSs
 *
 * Layer  app
 * Gives  key sets to publish, the public key of a platform, pairs made
 *        ahead, rotation; signer.h signs with them
 * Owns   nothing: keys are in the store, sealed
 * Fails  as db.h; NO_KEY_SET; SERVER_BUSY while the first pair is being made
 *
 * The tool's own set: a next key is published KEY_LEAD seconds before it
 * signs, and served KEY_TAIL seconds after it stopped, because LMSs cache
 * key sets. A platform with a pair of its own has a key set of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_TOOL_KEYS_H
#define APP_TOOL_KEYS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;
struct gateway;
struct json_t;
struct tool_key;
struct tool_key_list;

enum {
	KEY_LEAD = 48 * 3600,
	KEY_TAIL = 48 * 3600,
	KEY_LIFE = 180 * 86400, /* then the next rotation begins by itself */
	KEY_SPARES = 4,
	KEY_SET_AGE = 3600, /* Cache-Control of key sets */
};

/* {"keys": [...]}; name empty: the tool's own set. Waits a few seconds for
 * the very first pair. */
enum fault tool_keys_set(struct gateway *gateway, struct cx *cx,
    struct span name, struct json_t **out) MUST_USE;

/* The key that signs for a platform (tool_key empty: the tool's active key).
 * SERVER_BUSY: the tool has none yet. */
enum fault tool_keys_signing(struct db_session *session, struct cx *cx,
    struct span tool_key, struct tool_key *out) MUST_USE;
/* Under what its private part is sealed. */
const char *tool_keys_seal_purpose(struct cx *cx, struct span key_id);

/* The PEM of that key; empty while there is none. */
enum fault tool_keys_public_pem(struct db_session *session, struct cx *cx,
    struct span tool_key, struct span *out) MUST_USE;

/* Takes a pair made ahead for one platform; name is its key set's. Without a
 * spare: SERVER_BUSY. Part of the caller's transaction. */
enum fault tool_keys_assign(struct db_session *session, struct cx *cx,
    struct span name, struct span *key_id) MUST_USE;
/* Gives it back, when the registration came to nothing. */
enum fault tool_keys_unassign(
    struct db_session *session, struct cx *cx, struct span key_id) MUST_USE;

/* Publishes a next key; with at_once it signs now (after a theft). Pinned
 * platforms are not touched. */
enum fault tool_keys_rotate(
    struct gateway *gateway, struct cx *cx, bool at_once) MUST_USE;

enum fault tool_keys_list(
    struct gateway *gateway, struct cx *cx, struct tool_key_list *out) MUST_USE;

/* Housekeeping: make one pair if one is lacking (*made), the first or one of
 * so many spares; move keys on whose time has come. */
enum fault tool_keys_make(
    struct gateway *gateway, struct cx *cx, size_t spares, bool *made) MUST_USE;
enum fault tool_keys_advance(struct gateway *gateway, struct cx *cx) MUST_USE;

#endif
