/* sqlite_session.c - one connection to a file of SQLite's
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/sqlite_session.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "base/clock.h"
#include "base/cx.h"

enum { AGAIN_MS = 5 };

#define CONNECTION_OF(session) ((struct connection *)(void *)(session))

static enum fault
failed(struct cx *cx, sqlite3 *handle, const char *what)
{
	int last = errno;
	int code = sqlite3_extended_errcode(handle);
	int system = sqlite3_system_errno(handle);
	enum fault which = FAULT_STORE_FAILED;

	if (system == 0)
		system = last; /* SQLite does not keep that of a COMMIT */
	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
		which = FAULT_STORE_BUSY;
	else if ((code & 0xff) == SQLITE_FULL ||
		 ((code & 0xff) == SQLITE_IOERR &&
		     (system == ENOSPC || system == EFBIG || system == EDQUOT)))
		which = FAULT_STORE_FULL;
	else if (code == SQLITE_CONSTRAINT_UNIQUE ||
		 code == SQLITE_CONSTRAINT_PRIMARYKEY)
		which = FAULT_STORE_CONFLICT;
	return fault(cx, which, "%s: %s (%d, errno %d)", what,
	    sqlite3_errmsg(handle), code, system);
}

static enum fault
script(struct connection *session, struct cx *cx, const char *sql)
{
	if (sqlite3_exec(session->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return failed(cx, session->handle, sql);
	return FAULT_NONE;
}

void
sqlite_session_close(struct connection *session)
{
	if (!session)
		return;
	for (size_t i = 0; i < DB_STATEMENTS; i++)
		sqlite3_finalize(session->statements[i].handle);
	sqlite3_close(session->handle);
	memory_give_back(session);
}

/* Of two that begin a file at once one is told at once that it is busy. */
static enum fault
configure(struct connection *session, struct cx *cx, bool read_only)
{
	int64_t end_at = clock_monotonic_ms() + DB_WAIT_MS;
	struct fault_note before = cx->note;
	enum fault which;

	sqlite3_busy_timeout(session->handle, DB_WAIT_MS);
	if (read_only)
		return FAULT_NONE;
	while (
	    (which = script(session, cx,
		 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		 "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
		 "PRAGMA cache_size=-2000;"
		 "PRAGMA journal_size_limit=8388608;")) == FAULT_STORE_BUSY &&
	    clock_monotonic_ms() < end_at) {
		cx->note = before;
		sqlite3_sleep(AGAIN_MS);
	}
	return which;
}

enum fault
sqlite_session_open(
    struct cx *cx, const char *path, bool read_only, struct connection **out)
{
	struct connection *session = memory_take(sizeof *session);
	int flags = read_only ? SQLITE_OPEN_READONLY
			      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	if (sqlite3_open_v2(path, &session->handle, flags | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		enum fault which = failed(cx, session->handle, path);
		sqlite_session_close(session);
		return which;
	}
	session->base.driver = &db_sqlite;
	enum fault which = configure(session, cx, read_only);
	if (which) {
		sqlite_session_close(session);
		return which;
	}
	*out = session;
	return FAULT_NONE;
}

static enum fault
prepare(struct connection *session, struct cx *cx, const char *sql,
    struct statement **out)
{
	size_t place = ((uintptr_t)sql >> 4) % DB_STATEMENTS;
	char name[8];

	while (session->statements[place].sql &&
	       session->statements[place].sql != sql)
		place = (place + 1) % DB_STATEMENTS;
	struct statement *statement = &session->statements[place];
	*out = statement;
	if (statement->sql)
		return FAULT_NONE;
	if (sqlite3_prepare_v3(session->handle, sql, -1,
		SQLITE_PREPARE_PERSISTENT, &statement->handle,
		NULL) != SQLITE_OK)
		return failed(cx, session->handle, sql);
	for (int i = 0; i < DB_VALUES_MAX; i++) {
		sqlite3_snprintf(sizeof name, name, "$%d", i + 1);
		statement->places[i] =
		    sqlite3_bind_parameter_index(statement->handle, name);
	}
	statement->sql = sql;
	return FAULT_NONE;
}

static int
bind(const struct statement *statement, size_t index,
    const struct db_value *value)
{
	int place = statement->places[index];

	if (place == 0)
		return SQLITE_OK; /* a value that the statement does not use */
	switch (value->type) {
	case DB_IS_NULL:
		return sqlite3_bind_null(statement->handle, place);
	case DB_IS_INTEGER:
		return sqlite3_bind_int64(
		    statement->handle, place, value->integer);
	case DB_IS_TEXT:
		return sqlite3_bind_text64(statement->handle, place,
		    value->text.at ? value->text.at : "", value->text.length,
		    SQLITE_STATIC, SQLITE_UTF8);
	}
	return SQLITE_MISUSE;
}

static struct db_value
cell(struct cx *cx, sqlite3_stmt *handle, int column)
{
	switch (sqlite3_column_type(handle, column)) {
	case SQLITE_NULL:
		return DB_NULL;
	case SQLITE_INTEGER:
		return DB_INTEGER(sqlite3_column_int64(handle, column));
	default:
		break;
	}
	const unsigned char *text = sqlite3_column_text(handle, column);
	size_t length = (size_t)sqlite3_column_bytes(handle, column);
	return DB_TEXT(arena_copy(cx->arena, span_from(text, length)));
}

/* Rows are copied out, so that nothing of SQLite's lives on. */
static int
take_rows(struct cx *cx, sqlite3_stmt *handle, struct db_rows *out)
{
	size_t columns = (size_t)sqlite3_column_count(handle), room = 0;
	struct db_value *cells = NULL;
	int step;

	*out = (struct db_rows){NULL, 0, columns};
	while ((step = sqlite3_step(handle)) == SQLITE_ROW) {
		if (out->count == DB_ROWS_MAX)
			break;
		if (out->count == room) {
			size_t more = room ? room * 4 : 4;
			struct db_value *grown = arena_list(
			    cx->arena, more * columns, sizeof *grown);
			if (room)
				memcpy(grown, cells,
				    room * columns * sizeof *grown);
			cells = grown;
			room = more;
		}
		for (size_t i = 0; i < columns; i++)
			cells[out->count * columns + i] =
			    cell(cx, handle, (int)i);
		out->count++;
	}
	out->cells = cells;
	return step == SQLITE_ROW ? SQLITE_DONE : step;
}

static enum fault
run(struct connection *session, struct cx *cx, const char *sql,
    const struct db_value *values, size_t count, struct db_rows *out)
{
	struct statement *statement;
	struct db_rows rows;

	enum fault which = prepare(session, cx, sql, &statement);
	if (which)
		return which;
	for (size_t i = 0; i < count; i++)
		if (bind(statement, i, &values[i]) != SQLITE_OK)
			which = failed(cx, session->handle, sql);
	if (!which && take_rows(cx, statement->handle, &rows) != SQLITE_DONE)
		which = failed(cx, session->handle, sql);
	sqlite3_reset(statement->handle);
	sqlite3_clear_bindings(statement->handle);
	if (which)
		return which;
	if (out)
		*out = rows;
	return FAULT_NONE;
}

enum fault
sqlite_session_control(
    struct connection *session, struct cx *cx, const char *sql)
{
	return run(session, cx, sql, NULL, 0, NULL);
}

void
sqlite_session_end_read(struct connection *session)
{
	struct cx none = {.arena = NULL};
	struct statement *statement;

	if (prepare(session, &none, "ROLLBACK", &statement) ||
	    sqlite3_step(statement->handle) != SQLITE_DONE)
		sqlite3_exec(session->handle, "ROLLBACK", NULL, NULL, NULL);
	if (statement->sql)
		sqlite3_reset(statement->handle);
}

enum fault
sqlite_session_run(struct db_session *base, struct cx *cx, const char *sql,
    const struct db_value *values, size_t count, struct db_rows *out)
{
	return run(CONNECTION_OF(base), cx, sql, values, count, out);
}

enum fault
sqlite_session_later(struct db_session *base, struct cx *cx,
    enum fault conflict, const char *sql, const struct db_value *values,
    size_t count, struct db_rows *out)
{
	enum fault which =
	    run(CONNECTION_OF(base), cx, sql, values, count, out);

	return which == FAULT_STORE_CONFLICT && conflict
		   ? fault_as(cx, conflict)
		   : which;
}

enum fault
sqlite_session_script(struct db_session *base, struct cx *cx, struct span sql)
{
	return script(CONNECTION_OF(base), cx, arena_cstr(cx->arena, sql));
}
