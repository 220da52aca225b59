/* content_table.c - content as a table
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/content_table.h"

#include <string.h>

#include "base/csv.h"
#include "base/cx.h"
#include "base/fold.h"
#include "base/text.h"
#include "lti/content_body.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum column {
	KIND,
	COURSE,
	TITLE,
	DESCRIPTION,
	URL,
	CUSTOM,
	MAX_SCORE,
	LABEL,
	RESOURCE_ID,
	TAG,
	COLUMNS
};

/* As they are written, and without blanks, hyphens and capitals. */
static const struct {
	const char *written, *name;
} columns[COLUMNS] = {
    [KIND] = {"kind", "kind"},
    [COURSE] = {"course", "course"},
    [TITLE] = {"title", "title"},
    [DESCRIPTION] = {"description", "description"},
    [URL] = {"url", "url"},
    [CUSTOM] = {"custom", "custom"},
    [MAX_SCORE] = {"max score", "maxscore"},
    [LABEL] = {"label", "label"},
    [RESOURCE_ID] = {"resourceId", "resourceid"},
    [TAG] = {"tag", "tag"},
};

enum { ABSENT = CSV_CELLS_MAX, NUMBER_MAX = 20 };

struct table {
	struct cx *cx;
	size_t places[COLUMNS]; /* of each column; or ABSENT */
	const struct csv_row *row;
	struct content_draft *draft;
};

/* --- the first row ------------------------------------------------------- */

static struct span
name_of(struct cx *cx, struct span cell)
{
	struct span folded = fold_case(cx->arena, cell);
	struct text out = text_begin(cx->arena, folded.length);

	for (size_t i = 0; i < folded.length; i++)
		if (!strchr(" \t_-", folded.at[i]))
			text_add_char(&out, folded.at[i]);
	return text_span(&out);
}

static enum fault
read_head(struct table *table, const struct csv_row *row)
{
	for (size_t column = 0; column < COLUMNS; column++)
		table->places[column] = ABSENT;
	for (size_t i = 0; i < row->count; i++) {
		struct span name = name_of(table->cx, row->cells[i]);
		for (size_t column = 0; column < COLUMNS; column++) {
			if (!span_is(name, columns[column].name))
				continue;
			if (table->places[column] != ABSENT)
				return fault_tell(table->cx,
				    FAULT_TABLE_MALFORMED,
				    "Line %lld: the column %s stands twice",
				    (long long)row->line,
				    columns[column].written);
			table->places[column] = i;
		}
	}
	if (table->places[TITLE] == ABSENT)
		return fault_tell(table->cx, FAULT_TABLE_MALFORMED,
		    "Line %lld: the first row must name the columns, and no "
		    "column is named title",
		    (long long)row->line);
	return FAULT_NONE;
}

/* --- a row --------------------------------------------------------------- */

static struct span
cell_of(const struct table *table, enum column column)
{
	size_t place = table->places[column];

	if (place >= table->row->count)
		return SPAN("");
	return csv_plain(span_trim(table->row->cells[place]));
}

static void
refuse(struct table *table, const char *why)
{
	if (!table->draft->why)
		table->draft->why = why;
}

/* Absent, it is an assignment; a row that has a course alone is that course. */
static void
read_kind(struct table *table, struct json_t *body)
{
	struct span kind = fold_case(table->cx->arena, cell_of(table, KIND));
	struct span title = cell_of(table, TITLE);
	struct span course = cell_of(table, COURSE);
	bool is_course = span_is(kind, "course") ||
			 (!kind.length && !title.length && course.length);

	if (!is_course && kind.length && !span_is(kind, "assignment"))
		refuse(table, "kind must be course or assignment");
	if (is_course && !title.length)
		title = course;
	if (!title.length)
		refuse(table, "title is missing");
	jwrite_text(
	    body, "kind", is_course ? SPAN("course") : SPAN("assignment"));
	jwrite_text(body, "title", title);
	table->draft->course = is_course ? SPAN("") : course;
}

/* name=value, one a line; in one line, with semicolons between. */
static void
read_custom(struct table *table, struct json_t *body)
{
	struct span rest = cell_of(table, CUSTOM), pair, name;
	bool lines = rest.length && memchr(rest.at, '\n', rest.length);
	struct json_t *custom = jwrite_object(table->cx);

	while (rest.length && span_next(&rest, lines ? '\n' : ';', &pair)) {
		if (span_ends(pair, "\r"))
			pair.length--;
		pair = span_trim(pair);
		if (!pair.length)
			continue;
		span_next(&pair, '=', &name);
		if (!pair.at) {
			refuse(table, "custom must be name=value, one a line");
			return;
		}
		jwrite_text(custom, arena_cstr(table->cx->arena, name), pair);
	}
	jwrite_value(body, "customParameters", custom);
}

/* 10, 2.5, and 2,5 as much of Europe writes it. */
static const struct json_t *
read_number(struct cx *cx, struct span text)
{
	struct text number = text_begin(cx->arena, NUMBER_MAX + 10);
	const struct json_t *value;

	if (text.length > NUMBER_MAX)
		return NULL;
	text_add_cstr(&number, "{\"n\":");
	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i] == ',' ? '.' : text.at[i];
		if (c != '.' && (c < '0' || c > '9'))
			return NULL;
		text_add_char(&number, c);
	}
	text_add_char(&number, '}');
	return jread_parse(cx, text_span(&number), &value)
		   ? NULL
		   : jread_member(value, "n");
}

static void
read_score(struct table *table, struct json_t *body)
{
	struct span score = cell_of(table, MAX_SCORE);
	struct json_t *item = jwrite_object(table->cx);

	jwrite_text_if(item, "label", cell_of(table, LABEL));
	jwrite_text_if(item, "resourceId", cell_of(table, RESOURCE_ID));
	jwrite_text_if(item, "tag", cell_of(table, TAG));
	if (!score.length) {
		struct span bytes = jwrite_bytes(table->cx, item);
		if (!span_is(bytes, "{}"))
			refuse(table, "max score is missing: label, resourceId "
				      "and tag belong to it");
		return;
	}
	const struct json_t *number = read_number(table->cx, score);
	if (!number) {
		refuse(table, "max score must be a number above 0");
		return;
	}
	jwrite_value(item, "scoreMaximum", number);
	jwrite_value(body, "lineItem", item);
}

static void
read_row(struct table *table)
{
	struct json_t *body = jwrite_object(table->cx);

	table->draft->line = table->row->line;
	table->draft->body = body;
	read_kind(table, body);
	jwrite_text_if(body, "description", cell_of(table, DESCRIPTION));
	jwrite_text_if(body, "url", cell_of(table, URL));
	read_custom(table, body);
	read_score(table, body);
}

enum fault
content_table_read(struct cx *cx, struct span text, struct content_drafts *out)
{
	struct csv_row *row = arena_take(cx->arena, sizeof *row);
	struct table table = {.cx = cx, .row = row};
	struct csv csv;
	bool more = false;
	enum fault which = csv_begin(cx, text, &csv);

	if (!which)
		which = csv_next(cx, &csv, row, &more);
	if (!which && !more)
		which =
		    fault_tell(cx, FAULT_TABLE_MALFORMED, "The table is empty");
	if (!which)
		which = read_head(&table, row);
	if (which)
		return which;
	/* No row is shorter than a letter and its line end. */
	size_t max = csv.rest.length / 2 + 1;
	struct content_draft *drafts = arena_list(
	    cx->arena, max < CSV_ROWS_MAX ? max : CSV_ROWS_MAX, sizeof *drafts);
	size_t count = 0;
	while (!(which = csv_next(cx, &csv, row, &more)) && more) {
		table.draft = &drafts[count++];
		read_row(&table);
	}
	if (which)
		return which;
	*out = (struct content_drafts){
	    .at = drafts,
	    .count = count,
	    .no_description = table.places[DESCRIPTION] == ABSENT,
	    .no_url = table.places[URL] == ABSENT,
	    .no_custom = table.places[CUSTOM] == ABSENT,
	    .no_score = table.places[MAX_SCORE] == ABSENT,
	};
	return FAULT_NONE;
}

/* --- writing ------------------------------------------------------------- */

static struct span
custom_cell(struct cx *cx, const struct json_t *custom)
{
	struct text out = text_begin(cx->arena, 100000);
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	while (jread_next(custom, &place, &name, &value)) {
		text_add(&out, name);
		text_add_char(&out, '=');
		text_add(&out, jread_text_or(value, SPAN("")));
		text_add_char(&out, '\n');
	}
	return text_span(&out);
}

static struct span
score_cell(struct cx *cx, const struct json_t *item)
{
	double score;

	if (!jread_number(jread_member(item, "scoreMaximum"), &score))
		return SPAN("");
	return arena_printf(cx->arena, "%.15g", score);
}

void
content_table_head(struct text *out)
{
	for (size_t column = 0; column < COLUMNS; column++) {
		if (column)
			text_add_char(out, ',');
		text_add_cstr(out, columns[column].written);
	}
	text_add_cstr(out, "\r\n");
}

void
content_table_row(struct cx *cx, struct text *out, struct span course,
    const struct json_t *body)
{
	const struct json_t *item = jread_member(body, "lineItem");
	const struct {
		const struct json_t *object;
		const char *member;
		struct span text;
	} cells[COLUMNS] = {
	    [KIND] = {body, "kind", SPAN("")},
	    [COURSE] = {NULL, "", course},
	    [TITLE] = {body, "title", SPAN("")},
	    [DESCRIPTION] = {body, "description", SPAN("")},
	    [URL] = {body, "url", SPAN("")},
	    [CUSTOM] = {NULL, "",
		custom_cell(cx, jread_member(body, "customParameters"))},
	    [MAX_SCORE] = {NULL, "", score_cell(cx, item)},
	    [LABEL] = {item, "label", SPAN("")},
	    [RESOURCE_ID] = {item, "resourceId", SPAN("")},
	    [TAG] = {item, "tag", SPAN("")},
	};

	for (size_t i = 0; i < COLUMNS; i++) {
		if (i)
			text_add_char(out, ',');
		csv_add_cell(out, jread_text_or(jread_member(cells[i].object,
						    cells[i].member),
				      cells[i].text));
	}
	text_add_cstr(out, "\r\n");
}
