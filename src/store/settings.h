/*
 * settings.h - documents of which there is one each
 *
 * Layer  store
 * Gives  finding and replacing a document by name: "tool" (the settings of
 *        the API), "secret", "secret other" (check values of secrets)
 * Owns   the table settings
 * Fails  as db.h; absent: *out is SPAN_NONE
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

enum fault settings_find(struct db_session *session, struct cx *cx,
    const char *name, struct span *out) MUST_USE;
/* 0 when there is none. */
enum fault settings_changed_at(struct db_session *session, struct cx *cx,
    const char *name, int64_t *out) MUST_USE;
enum fault settings_replace(struct db_session *session, struct cx *cx,
    const char *name, struct span document) MUST_USE;

#endif
