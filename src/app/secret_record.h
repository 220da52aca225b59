/*
 * secret_record.h - what the store knows of the secrets, by their check values
 *
 * Layer  app
 * Gives  finding and keeping the record: which secret seals, which is known
 *        besides it, and how far the rotation between them is
 * Owns   the settings "secret" and "secret other"
 * Fails  as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SECRET_RECORD_H
#define APP_SECRET_RECORD_H

#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

/* What the other secret is. */
enum secret_phase {
	SECRET_ALONE,    /* there is none */
	SECRET_NEXT,     /* it will seal, once every instance knows it */
	SECRET_CHANGING, /* it sealed; not everything is sealed anew yet */
	SECRET_BEFORE,   /* it opens what it signed until that is over */
	SECRET_GONE,     /* it opens nothing; files may still hold it */
};

struct secret_record {
	struct span sealing; /* empty: a new store */
	enum secret_phase phase;
	struct span other;
	int64_t changed_at, until; /* from SECRET_CHANGING on */
};

enum fault secret_record_find(struct db_session *session, struct cx *cx,
    struct secret_record *out) MUST_USE;
/* Since when the one that seals does. */
enum fault secret_record_since(
    struct db_session *session, struct cx *cx, int64_t *out) MUST_USE;
enum fault secret_record_keep(struct db_session *session, struct cx *cx,
    const struct secret_record *record) MUST_USE;

#endif
