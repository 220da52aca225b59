/*
 * versions.h - has something changed that is kept in memory?
 *
 * Layer  store
 * Gives  numbers that every change of a platform and of the settings raises,
 *        for this process and for others: one for each shelf of platforms,
 *        so that one change is not all of them
 * Owns   the table versions
 * Fails  as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_VERSIONS_H
#define STORE_VERSIONS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

enum { VERSIONS_SHELVES = 256 };

struct versions {
	int64_t settings, shelves[VERSIONS_SHELVES];
};

size_t versions_shelf(struct span platform_id);

/* A part of the caller's transaction. platform_id empty: the settings. */
enum fault versions_raise(struct db_session *session, struct cx *cx,
    struct span platform_id) MUST_USE;
enum fault versions_find(
    struct db_session *session, struct cx *cx, struct versions *out) MUST_USE;

#endif
