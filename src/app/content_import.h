/*
 * content_import.h - content that comes in many at once
 *
 * Layer  app
 * Gives  adding what is not there, changing what is (the same kind, title and
 *        course), telling what cannot be taken
 * Owns   nothing
 * Fails  CONTENT_FULL: nothing of it is taken then; as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_CONTENT_IMPORT_H
#define APP_CONTENT_IMPORT_H

#include "base/fault.h"
#include "base/span.h"
#include "lti/content_draft.h"

struct cx;
struct db_session;
struct json_t;

struct content_import {
	struct span organization_id;
	struct span parent_id; /* the course of all; empty: as they say */
	struct content_drafts drafts;
	const struct json_t *settings;
	/* What came of it. */
	int64_t added, changed, unchanged;
	struct json_t *skipped; /* [{"line", "why"}] */
};

/* Within a transaction of the caller's. */
enum fault content_import_run(struct db_session *session, struct cx *cx,
    struct content_import *import) MUST_USE;

#endif
