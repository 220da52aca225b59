/*
 * csv.h - tables as spreadsheets write them
 *
 * Layer  base
 * Gives  the rows of a table, one by one; a cell that is safe to write
 * Owns   nothing: cells point into the text or live in the arena
 * Fails  TABLE_MALFORMED, told by line: a quoted cell that does not end, text
 *        behind one, too many cells or rows; not UTF-8
 * Spec   RFC 4180; besides: a byte order mark, lines that end in LF alone or
 *        CR alone, and the semicolon or tab that some languages' spreadsheets
 *        write instead of the comma
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct text;

/* Ten thousand rows, and the one that names the columns. */
enum { CSV_CELLS_MAX = 50, CSV_ROWS_MAX = 10001 };

struct csv {
	struct span rest;
	char separator; /* the first of , ; and tab in the first line */
	int64_t line;   /* that comes next, from 1 */
	size_t rows;
};

struct csv_row {
	struct span cells[CSV_CELLS_MAX];
	size_t count;
	int64_t line; /* where it begins */
};

enum fault csv_begin(struct cx *cx, struct span text, struct csv *out) MUST_USE;
/* *more: there was another row. Lines with nothing in them are no rows. */
enum fault csv_next(
    struct cx *cx, struct csv *csv, struct csv_row *out, bool *more) MUST_USE;

/* Quoted where it must be, and where a spreadsheet would take it for a
 * formula led by an apostrophe; csv_plain takes that off. */
void csv_add_cell(struct text *out, struct span cell);
struct span csv_plain(struct span cell);

#endif
