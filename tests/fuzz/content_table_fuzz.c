/* content_table_fuzz.c - tables: what is read can be written and read again
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/csv.h"
#include "base/cx.h"
#include "base/fold.h"
#include "base/text.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "lti/content_table.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { TABLE_MAX = 1 << 24 };

/* No cell of it begins a formula. */
static void
check_cells(struct cx *cx, struct span table)
{
	struct csv csv;
	struct csv_row *row = arena_take(cx->arena, sizeof *row);
	bool more = true;

	must(!csv_begin(cx, table, &csv));
	while (!csv_next(cx, &csv, row, &more) && more)
		for (size_t i = 0; i < row->count; i++)
			must(!row->cells[i].length ||
			     !strchr("=+-@\t\r", row->cells[i].at[0]));
	must(!more);
}

static void
check_again(struct cx *cx, const struct content_drafts *drafts)
{
	struct text table = text_begin(cx->arena, TABLE_MAX);
	struct content_drafts again;
	size_t good = 0;

	content_table_head(&table);
	for (size_t i = 0; i < drafts->count; i++) {
		must(drafts->at[i].line > 0);
		if (drafts->at[i].why)
			continue;
		good++;
		content_table_row(
		    cx, &table, drafts->at[i].course, drafts->at[i].body);
	}
	check_cells(cx, text_span(&table));
	must(!content_table_read(cx, text_span(&table), &again));
	must(again.count == good);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span text = span_from(bytes, length);
	struct content_drafts drafts;

	cx_init(&cx, no_random);
	must(fold_case(cx.arena, text).length == length);
	if (utf8_is_text(text))
		must(utf8_is_text(fold_case(cx.arena, text)));
	enum fault which = content_table_read(&cx, text, &drafts);
	must(!which || which == FAULT_TABLE_MALFORMED);
	must(!which || cx.note.telling[0]);
	if (!which)
		check_again(&cx, &drafts);
	cx_release(&cx);
	return 0;
}
