/* csv.c - tables as spreadsheets write them
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/csv.h"

#include <string.h>

#include "base/cx.h"
#include "base/text.h"
#include "base/utf8.h"

/* --- reading ------------------------------------------------------------- */

static enum fault
malformed(struct cx *cx, int64_t line, const char *why)
{
	return fault_tell(
	    cx, FAULT_TABLE_MALFORMED, "Line %lld: %s", (long long)line, why);
}

/* What stands between quotes in the first line does not count. */
static char
find_separator(struct span text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		if (c == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (c == ',' || c == ';' || c == '\t')
			return c;
		if (c == '\n' || c == '\r')
			break;
	}
	return ',';
}

enum fault
csv_begin(struct cx *cx, struct span text, struct csv *out)
{
	if (span_starts(text, "\xef\xbb\xbf"))
		text = span_from_offset(text, 3);
	if (!utf8_is_text(text))
		return fault_tell(cx, FAULT_TABLE_MALFORMED,
		    "The table is not UTF-8. Spreadsheets can save it so: "
		    "\"CSV UTF-8\"");
	*out = (struct csv){text, find_separator(text), 1, 0};
	return FAULT_NONE;
}

/* Takes a line end off the front: CR LF, LF or CR. */
static void
end_line(struct csv *csv)
{
	size_t length = span_starts(csv->rest, "\r\n") ? 2 : 1;

	csv->rest = span_from_offset(csv->rest, length);
	csv->line++;
}

static bool
ends(const struct csv *csv, size_t at)
{
	char c = at < csv->rest.length ? csv->rest.at[at] : '\n';
	return c == csv->separator || c == '\n' || c == '\r';
}

/* Where the quote stands that ends it; behind the text: nowhere. */
static size_t
find_end(struct span rest)
{
	size_t i = 1;

	while (i < rest.length) {
		bool quote = rest.at[i] == '"';
		if (quote && (i + 1 == rest.length || rest.at[i + 1] != '"'))
			return i;
		i += quote ? 2 : 1;
	}
	return rest.length;
}

/* "a ""b""": what is doubled stands for one. */
static enum fault
read_quoted(struct cx *cx, struct csv *csv, struct span *out)
{
	size_t end = find_end(csv->rest), length = 0;

	if (end >= csv->rest.length)
		return malformed(cx, csv->line, "a quoted cell does not end");
	char *cell = arena_take(cx->arena, end);
	for (size_t i = 1; i < end; i++) {
		char c = csv->rest.at[i];
		cell[length++] = c;
		if (c == '\n')
			csv->line++;
		if (c == '"')
			i++;
	}
	if (!ends(csv, end + 1))
		return malformed(cx, csv->line, "text behind a quoted cell");
	csv->rest = span_from_offset(csv->rest, end + 1);
	*out = span_from(cell, length);
	return FAULT_NONE;
}

static enum fault
read_cell(struct cx *cx, struct csv *csv, struct span *out)
{
	size_t length = 0;

	if (span_starts(csv->rest, "\""))
		return read_quoted(cx, csv, out);
	while (!ends(csv, length))
		length++;
	*out = span_first(csv->rest, length);
	csv->rest = span_from_offset(csv->rest, length);
	return FAULT_NONE;
}

static enum fault
read_row(struct cx *cx, struct csv *csv, struct csv_row *row)
{
	row->count = 0;
	row->line = csv->line;
	for (;;) {
		if (row->count == CSV_CELLS_MAX)
			return malformed(cx, row->line, "more than 50 cells");
		enum fault which =
		    read_cell(cx, csv, &row->cells[row->count++]);
		if (which)
			return which;
		if (!csv->rest.length)
			return FAULT_NONE;
		if (*csv->rest.at != csv->separator) {
			end_line(csv);
			return FAULT_NONE;
		}
		csv->rest = span_from_offset(csv->rest, 1);
	}
}

static bool
is_blank(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (span_trim(row->cells[i]).length)
			return false;
	return true;
}

enum fault
csv_next(struct cx *cx, struct csv *csv, struct csv_row *out, bool *more)
{
	while (csv->rest.length) {
		if (csv->rows == CSV_ROWS_MAX)
			return malformed(cx, csv->line, "more than 10000 rows");
		enum fault which = read_row(cx, csv, out);
		if (which)
			return which;
		if (is_blank(out))
			continue;
		csv->rows++;
		*more = true;
		return FAULT_NONE;
	}
	*more = false;
	return FAULT_NONE;
}

/* --- writing ------------------------------------------------------------- */

/* What spreadsheets take for a formula, and what begins like our own mark. */
static bool
is_active(char c)
{
	return c && strchr("=+-@\t\r'", c);
}

struct span
csv_plain(struct span cell)
{
	bool marked =
	    cell.length > 1 && cell.at[0] == '\'' && is_active(cell.at[1]);

	return marked ? span_from_offset(cell, 1) : cell;
}

void
csv_add_cell(struct text *out, struct span cell)
{
	text_add_char(out, '"');
	if (cell.length && is_active(cell.at[0]))
		text_add_char(out, '\'');
	for (size_t i = 0; i < cell.length; i++) {
		if (cell.at[i] == '"')
			text_add_char(out, '"');
		text_add_char(out, cell.at[i]);
	}
	text_add_char(out, '"');
}
