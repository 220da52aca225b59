/*
 * api_keys.h - keys with which a tool's back end calls the API
 *
 * Layer  store
 * Gives  adding, finding by hash, listing, removing
 * Owns   the table api_keys
 * Fails  as db.h; NO_API_KEY
 *
 * Only the SHA-256 of a key is kept: it has 256 bits of chance, so nothing
 * slower is needed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_API_KEYS_H
#define STORE_API_KEYS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct api_key {
	struct span id, name;
	struct span hash; /* digest_text of the key */
	struct span hint; /* its last four characters */
	int64_t created_at;
};

struct api_key_list {
	const struct api_key *at;
	size_t count;
};

enum fault api_keys_add(struct db_session *session, struct cx *cx,
    const struct api_key *key) MUST_USE;
enum fault api_keys_find(struct db_session *session, struct cx *cx,
    struct span hash, struct api_key *out) MUST_USE;
enum fault api_keys_list(struct db_session *session, struct cx *cx,
    struct api_key_list *out) MUST_USE;
enum fault api_keys_remove(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;

#endif
