/*
 * content_draft.h - content that somebody wishes to import
 *
 * Layer  lti (pure)
 * Gives  struct content_draft, what a table and a cartridge are read into
 * Owns   nothing
 * Fails  -
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_CONTENT_DRAFT_H
#define LTI_CONTENT_DRAFT_H

#include "base/span.h"

struct json_t;

struct content_draft {
	int64_t line; /* where it stands: of a table, or the how manieth */
	struct span course; /* title of an assignment's course; or empty */
	const struct json_t *body; /* lti/content_body.h, not checked yet */
	const char *why;           /* it cannot be taken; or NULL */
};

struct content_drafts {
	const struct content_draft *at;
	size_t count;
	/* Of these it says nothing: what is there already stays. */
	bool no_description, no_url, no_custom, no_score;
};

#endif
