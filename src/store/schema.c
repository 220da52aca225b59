/* schema.c - which tables the migrations make
 *
 * The migrations keep to one layout, which the guard "sql" looks at: a column
 * stands on a line of its own after one tab, what goes on after two.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/schema.h"

#include <string.h>

#include "base/cx.h"
#include "base/embedded.h"

/* Takes a name, and what does not belong to one before it, off the front. */
static struct span
next_name(struct span *rest)
{
	static const char other[] = " \t,();";
	size_t begin = 0;

	while (begin < rest->length && strchr(other, rest->at[begin]))
		begin++;
	size_t end = begin;
	while (end < rest->length && !strchr(other, rest->at[end]))
		end++;
	struct span name = span_from(rest->at + begin, end - begin);
	*rest = span_from_offset(*rest, end);
	return name;
}

static bool
has(struct span line, const char *words)
{
	for (size_t i = 0; i < line.length; i++)
		if (span_starts(span_from_offset(line, i), words))
			return true;
	return false;
}

static struct schema_table *
find_table(struct schema *schema, struct span name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (span_equal(schema->tables[i].name, name))
			return &schema->tables[i];
	return NULL;
}

static void
add_to_key(struct schema_table *table, struct span name)
{
	for (size_t i = 0; i < table->count; i++)
		if (span_equal(table->columns[i], name) &&
		    table->key_count < SCHEMA_KEY_MAX)
			table->key[table->key_count++] = i;
}

static void
read_key(struct schema_table *table, struct span line)
{
	struct span rest = line;
	struct span name;

	while ((name = next_name(&rest)).length)
		add_to_key(table, name);
}

static void
read_column(struct schema_table *table, struct span line)
{
	struct span rest = line;
	struct span name = next_name(&rest);

	if (table->count == SCHEMA_COLUMNS_MAX)
		return;
	table->columns[table->count++] = name;
	if (has(line, "PRIMARY KEY"))
		add_to_key(table, name);
	while ((rest.length))
		if (span_is(next_name(&rest), "REFERENCES") &&
		    span_equal(next_name(&rest), table->name))
			table->parent = name;
}

/* table: whose lines these are, or NULL. */
static struct schema_table *
read_line(struct schema *schema, struct schema_table *table, struct span line)
{
	struct span rest = line;

	if (span_starts(line, "CREATE TABLE ")) {
		rest = span_from_offset(line, sizeof "CREATE TABLE " - 1);
		if (schema->count == SCHEMA_TABLES_MAX)
			return NULL;
		table = &schema->tables[schema->count++];
		table->name = next_name(&rest);
		return table;
	}
	if (span_starts(line, "ALTER TABLE ") && has(line, "ADD COLUMN ")) {
		rest = span_from_offset(line, sizeof "ALTER TABLE " - 1);
		struct schema_table *altered =
		    find_table(schema, next_name(&rest));
		next_name(&rest); /* ADD */
		next_name(&rest); /* COLUMN */
		if (altered)
			read_column(altered, rest);
		return NULL;
	}
	if (!span_starts(line, "\t"))
		return NULL;
	if (!table || span_starts(line, "\t\t") ||
	    span_starts(line, "\tUNIQUE"))
		return table;
	if (span_starts(line, "\tPRIMARY KEY"))
		read_key(table, line);
	else
		read_column(table, line);
	return table;
}

const struct schema *
schema_read(struct cx *cx)
{
	struct schema *schema = arena_take(cx->arena, sizeof *schema);

	for (const struct embedded *file = migrations; file->name; file++) {
		struct span rest = span_from(file->bytes, file->length);
		struct schema_table *table = NULL;
		struct span line;
		while (span_next(&rest, '\n', &line))
			table = read_line(schema, table, line);
	}
	return schema;
}
