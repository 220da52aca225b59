/*
 * consumers.h - LTI 1.1 keys that the tool had given to its customers
 *
 * Layer  store
 * Gives  adding, listing, removing; finding one by its key
 * Owns   the table consumers
 * Fails  as db.h; NO_CONSUMER; STORE_CONFLICT: the key is there
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_CONSUMERS_H
#define STORE_CONSUMERS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct consumer {
	struct span id, key, label;
	struct span secret_sealed;
	int64_t created_at;
};

struct consumer_list {
	const struct consumer *at;
	size_t count;
};

enum fault consumers_add(struct db_session *session, struct cx *cx,
    const struct consumer *consumer) MUST_USE;
enum fault consumers_list(struct db_session *session, struct cx *cx,
    struct consumer_list *out) MUST_USE;
enum fault consumers_find(struct db_session *session, struct cx *cx,
    struct span key, struct consumer *out) MUST_USE;
/* *out: what was there. */
enum fault consumers_remove(struct db_session *session, struct cx *cx,
    struct span id, struct consumer *out) MUST_USE;

#endif
