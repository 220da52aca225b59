/*
 * audit.h - what an administrative change changed
 *
 * Layer  app (pure)
 * Gives  the differences of two objects, as an event tells them
 * Owns   nothing
 * Fails  never
 *
 * A secret is told by its member's name alone, a URL without its query, a long
 * value by its beginning; no event is larger than AUDIT_CHANGES_MAX of these.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_AUDIT_H
#define APP_AUDIT_H

struct cx;
struct json_t;

enum { AUDIT_CHANGES_MAX = 40, AUDIT_VALUE_MAX = 200 };

/* Adds {"changes": {"registration.mode": {"from": "off", "to": "automatic"}}}.
 * before NULL: it was made; after NULL: it was removed. */
void audit_write(struct cx *cx, struct json_t *details,
    const struct json_t *before, const struct json_t *after);

#endif
