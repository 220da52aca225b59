/*
 * keys.h - the tool's key pairs, sealed
 *
 * Layer  store
 * Gives  adding, finding, listing by state, moving from state to state
 * Owns   the table tool_keys
 * Fails  as db.h; NO_KEY_SET
 *
 * States: spare (made ahead) - next (published, does not sign yet) - active
 * (signs) - retiring (published, signs no longer) - platform (one platform's
 * own, under the key set's name).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct tool_key {
	struct span id; /* kid */
	struct span state;
	struct span key_set; /* name in /lti/keys/<name>; platform only */
	struct span private_sealed;
	struct span public_jwk, public_pem;
	int64_t created_at, changed_at;
};

struct tool_key_list {
	const struct tool_key *at;
	size_t count;
};

enum fault keys_add(struct db_session *session, struct cx *cx,
    const struct tool_key *key) MUST_USE;
/* Those of the tool's own set and spares; not the platforms'. */
enum fault keys_list(struct db_session *session, struct cx *cx,
    struct tool_key_list *out) MUST_USE;
enum fault keys_find(struct db_session *session, struct cx *cx, struct span id,
    struct tool_key *out) MUST_USE;
enum fault keys_find_set(struct db_session *session, struct cx *cx,
    struct span key_set, struct tool_key *out) MUST_USE;
enum fault keys_move(struct db_session *session, struct cx *cx, struct span id,
    const char *state, struct span key_set) MUST_USE;
enum fault keys_remove(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;

#endif
