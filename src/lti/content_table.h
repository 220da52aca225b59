/*
 * content_table.h - content as a table (CSV)
 *
 * Layer  lti (pure)
 * Gives  the courses and assignments of a table; the table of them
 * Owns   nothing: what is read lives in the arena
 * Fails  TABLE_MALFORMED, told: as base/csv.h; no column title. A row that
 *        cannot be is in the list, with the reason
 *
 * Columns, in any order, by their names in the first row: kind, course, title,
 * description, url, custom, max score, label, resourceId, tag.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_CONTENT_TABLE_H
#define LTI_CONTENT_TABLE_H

#include "base/fault.h"
#include "lti/content_draft.h"

struct cx;
struct json_t;
struct text;

enum fault content_table_read(
    struct cx *cx, struct span text, struct content_drafts *out) MUST_USE;

void content_table_head(struct text *out);
/* body: as the API writes it. */
void content_table_row(struct cx *cx, struct text *out, struct span course,
    const struct json_t *body);

#endif
