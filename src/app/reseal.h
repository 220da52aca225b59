/*
 * reseal.h - sealing anew what the store holds
 *
 * Layer  app
 * Gives  every sealed column brought from one secret to another
 * Owns   nothing
 * Fails  as db.h
 *
 * Launches are not among them: they end by themselves before the secret that
 * sealed them does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_RESEAL_H
#define APP_RESEAL_H

#include <stdint.h>

#include "base/fault.h"
#include "crypto/digest.h"

struct cx;
struct db;
struct db_session;

struct reseal {
	struct secret from[2], to;
	size_t from_count;
	int64_t changed;
	int64_t unopened; /* by no secret: they stay as they are */
};

/* In batches, each a transaction: again and again, until one round finds
 * nothing to change. */
enum fault reseal_all(
    struct db *db, struct cx *cx, struct reseal *reseal) MUST_USE;
/* In the caller's transaction. */
enum fault reseal_within(
    struct db_session *session, struct cx *cx, struct reseal *reseal) MUST_USE;

#endif
