/* postgres_dialect.c - what PostgreSQL says, and wants said, in its own way
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/postgres_dialect.h"

#include <ctype.h>
#include <string.h>

#include "base/cx.h"
#include "base/text.h"

static const struct {
	const char *state; /* or what it begins with */
	enum fault which;
	enum postgres_end end;
} states[] = {
    {"40001", FAULT_STORE_BUSY, POSTGRES_AGAIN},     /* serialization_failure */
    {"40P01", FAULT_STORE_BUSY, POSTGRES_AGAIN},     /* deadlock_detected */
    {"23505", FAULT_STORE_CONFLICT, POSTGRES_TWICE}, /* unique_violation */
    {"23503", FAULT_STORE_FAILED, POSTGRES_TWICE},   /* foreign_key_violation */
    {"55P03", FAULT_STORE_BUSY, POSTGRES_ENDED},     /* lock_not_available */
    {"57014", FAULT_STORE_BUSY, POSTGRES_ENDED},     /* query_canceled */
    {"53100", FAULT_STORE_FULL, POSTGRES_ENDED},     /* disk_full */
    {"53300", FAULT_STORE_BUSY, POSTGRES_BROKEN},    /* too_many_connections */
    {"25006", FAULT_STORE_BUSY, POSTGRES_READ_ONLY}, /* read_only_sql_... */
    {"26000", FAULT_STORE_BUSY, POSTGRES_BROKEN},    /* invalid_sql_statement_
						      * name */
    {"0A000", FAULT_STORE_FAILED, POSTGRES_BROKEN},  /* feature_not_supported:
						      * an outdated plan too */
    {"57P", FAULT_STORE_BUSY, POSTGRES_BROKEN},      /* it stops, or starts */
    {"08", FAULT_STORE_BUSY, POSTGRES_BROKEN},       /* connection_exception */
};

static bool
is_made_already(const char *state)
{
	/* duplicate_table, _column, _object, unique_violation */
	static const char *const made[] = {"42P07", "42701", "42710", "23505"};

	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		if (strcmp(state, made[i]) == 0)
			return true;
	return false;
}

enum fault
postgres_state_judge(const char *state, bool scripted, enum postgres_end *end)
{
	enum fault which = FAULT_STORE_FAILED;

	*end = POSTGRES_ENDED;
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strncmp(state, states[i].state, strlen(states[i].state)) ==
		    0) {
			which = states[i].which;
			*end = states[i].end;
			break;
		}
	if (scripted && is_made_already(state))
		*end = POSTGRES_AGAIN;
	return which;
}

static bool
is_of_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

struct span
postgres_sort_by_bytes(struct cx *cx, struct span sql)
{
	struct text out = text_begin(cx->arena, 4 * sql.length);

	for (size_t i = 0; i < sql.length; i++) {
		text_add_char(&out, sql.at[i]);
		bool ends = i + 1 == sql.length || !is_of_word(sql.at[i + 1]);
		if (ends && i >= 4 && memcmp(sql.at + i - 4, " text", 5) == 0)
			text_add(&out, SPAN(" COLLATE \"C\""));
	}
	return text_span(&out);
}

const char *
postgres_script_head(bool portable)
{
	/* The lock's number is "LTI" in bytes. */
	return portable ? "SET LOCAL statement_timeout = 0"
			: "SET LOCAL statement_timeout = 0;"
			  "SET LOCAL lock_timeout = 0;"
			  "SELECT pg_advisory_xact_lock(5002313);"
			  "SET LOCAL lock_timeout = 5000";
}

struct span
postgres_own_lines(struct cx *cx, struct span sql)
{
	static const char mark[] = "\n-- postgres: ";
	struct text out = text_begin(cx->arena, sql.length + 1);
	struct span line;

	while (sql.length) {
		const char *at =
		    memmem(sql.at, sql.length, mark, sizeof mark - 1);
		line = span_first(sql, at ? (size_t)(at - sql.at) : sql.length);
		text_add(&out, line);
		sql = span_from_offset(sql, line.length);
		if (at)
			sql = span_from_offset(sql, sizeof mark - 1);
		text_add_char(&out, '\n');
	}
	return text_span(&out);
}
