/*
 * versions.h - has something changed that is kept in memory?
 *
 * Layer  store
 * Gives  a number that every change of a platform and of the settings raises,
 *        for this process and for others
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

/* A part of the caller's transaction. */
enum fault versions_raise(struct db_session *session, struct cx *cx) MUST_USE;
enum fault versions_find(
    struct db_session *session, struct cx *cx, int64_t *out) MUST_USE;

#endif
