/*
 * organization_rows.h - all rows that belong to an organisation
 *
 * Layer  store
 * Gives  deleting them, for an organisation that leaves
 * Owns   nothing: each table has a file of its own
 * Fails  as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_ORGANIZATION_ROWS_H
#define STORE_ORGANIZATION_ROWS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

/* Events, at most max of them. */
enum fault organization_rows_expire(struct db_session *session, struct cx *cx,
    struct span id, int64_t max, size_t *deleted) MUST_USE;
/* All others but launches, and the organisation. *platforms: how many of
 * those. */
enum fault organization_rows_remove(struct db_session *session, struct cx *cx,
    struct span id, size_t *platforms) MUST_USE;

#endif
