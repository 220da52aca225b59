/* db_sqlite.c - the store in one SQLite file
 *
 * There is one writing connection. Who wants to write while nobody does leads:
 * it writes for itself and for all who come meanwhile, one commit for what has
 * gathered while the last one was on its way to the disk, and hands the lead to
 * one who waits. With synchronous=FULL a commit waits for the disk, and a
 * hundred writes that share one wait once; and nobody is woken to do what the
 * caller could have done. Each write of a batch is a savepoint, so that one
 * that fails undoes only itself.
 *
 * Readers lend a connection from a small pool; in WAL mode they never wait
 * for the writer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/db_driver.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cx.h"
#include "base/test_hooks.h"

enum {
	READERS_MAX = 8, /* reads take microseconds: more only cost memory */
	BATCH_MAX = 256,
};

struct statement {
	const char *sql;
	sqlite3_stmt *handle;
	int places[DB_VALUES_MAX]; /* SQLite numbers $n by first appearance */
};

struct connection {
	struct db_session base;
	sqlite3 *handle;
	struct statement statements[DB_STATEMENTS];
	struct connection *next_idle;
};

struct job {
	db_work *work;
	void *arg;
	struct cx *cx;
	enum fault fault;
	sem_t wake;
	bool leads; /* woken to lead; else woken because it is done */
	struct job *next;
};

struct file {
	struct db base;
	char *path;
	struct connection *writer;
	pthread_mutex_t lock;
	pthread_cond_t reader_free;
	struct job *first, **last; /* that wait to be written */
	bool led;                  /* somebody is writing */
	struct connection *idle;
	unsigned readers;
};

#define FILE_OF(db) ((struct file *)(void *)(db))
#define CONNECTION_OF(session) ((struct connection *)(void *)(session))

/* --- one connection ------------------------------------------------------ */

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

static void
session_close(struct connection *session)
{
	if (!session)
		return;
	for (size_t i = 0; i < DB_STATEMENTS; i++)
		sqlite3_finalize(session->statements[i].handle);
	sqlite3_close(session->handle);
	memory_give_back(session);
}

static enum fault
session_open(struct cx *cx, const char *path, struct connection **out)
{
	struct connection *session = memory_take(sizeof *session);
	int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	if (sqlite3_open_v2(path, &session->handle, flags, NULL) != SQLITE_OK) {
		enum fault which = failed(cx, session->handle, path);
		session_close(session);
		return which;
	}
	session->base.driver = &db_sqlite;
	sqlite3_busy_timeout(session->handle, DB_WAIT_MS);
	enum fault which = script(session, cx,
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	    "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
	    "PRAGMA cache_size=-2000; PRAGMA journal_size_limit=8388608;");
	if (which) {
		session_close(session);
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

/* BEGIN and its like, prepared once: to parse them takes longer than to do
 * them. */
static enum fault
control(struct connection *session, struct cx *cx, const char *sql)
{
	return run(session, cx, sql, NULL, 0, NULL);
}

/* Without a cx, whose note tells of the work's own fault. */
static void
end_read(struct connection *session)
{
	struct cx none = {.arena = NULL};
	struct statement *statement;

	if (prepare(session, &none, "ROLLBACK", &statement) ||
	    sqlite3_step(statement->handle) != SQLITE_DONE)
		sqlite3_exec(session->handle, "ROLLBACK", NULL, NULL, NULL);
	if (statement->sql)
		sqlite3_reset(statement->handle);
}

static enum fault
sqlite_run(struct db_session *base, struct cx *cx, const char *sql,
    const struct db_value *values, size_t count, struct db_rows *out)
{
	return run(CONNECTION_OF(base), cx, sql, values, count, out);
}

static enum fault
sqlite_later(struct db_session *base, struct cx *cx, enum fault conflict,
    const char *sql, const struct db_value *values, size_t count,
    struct db_rows *out)
{
	enum fault which =
	    run(CONNECTION_OF(base), cx, sql, values, count, out);

	return which == FAULT_STORE_CONFLICT && conflict
		   ? fault_as(cx, conflict)
		   : which;
}

static enum fault
sqlite_script(struct db_session *base, struct cx *cx, struct span sql)
{
	return script(CONNECTION_OF(base), cx, arena_cstr(cx->arena, sql));
}

/* --- the writer ---------------------------------------------------------- */

/* Alone in its transaction a job needs no savepoint: it is undone with all. */
static enum fault
run_alone(struct connection *session, struct job *job)
{
	enum fault which = job->work(&session->base, job->cx, job->arg);

	if (!sqlite3_get_autocommit(session->handle) && which)
		sqlite3_exec(session->handle, "ROLLBACK", NULL, NULL, NULL);
	else if (sqlite3_get_autocommit(session->handle) && !which)
		which = FAULT_STORE_FAILED;
	return which;
}

static enum fault
run_in_savepoint(struct connection *session, struct job *job)
{
	enum fault which = control(session, job->cx, "SAVEPOINT job");
	if (which)
		return which;
	which = job->work(&session->base, job->cx, job->arg);
	if (!which && test_runs_twice() &&
	    !(which = script(session, job->cx, "ROLLBACK TO job")))
		which = job->work(&session->base, job->cx, job->arg);
	/* A full disk makes SQLite undo the whole transaction by itself; then
	 * there is no savepoint to go back to. */
	if (sqlite3_get_autocommit(session->handle))
		return which ? which : FAULT_STORE_FAILED;
	if (which) {
		sqlite3_exec(session->handle, "ROLLBACK TO job; RELEASE job",
		    NULL, NULL, NULL);
		return which;
	}
	return control(session, job->cx, "RELEASE job");
}

static void
fail_batch(struct job *batch, enum fault which, const struct fault_note *note)
{
	for (struct job *job = batch; job; job = job->next)
		if (!job->fault) {
			job->fault = which;
			job->cx->note = *note;
		}
}

static void
run_batch(struct connection *session, struct job *batch)
{
	enum fault which = control(session, batch->cx, "BEGIN IMMEDIATE");

	if (which) {
		struct fault_note note = batch->cx->note;
		fail_batch(batch, which, &note);
		return;
	}
	for (struct job *job = batch; job; job = job->next) {
		job->fault = batch->next || test_runs_twice()
				 ? run_in_savepoint(session, job)
				 : run_alone(session, job);
		if (sqlite3_get_autocommit(session->handle)) {
			struct fault_note note = job->cx->note;
			enum fault why = job->fault;
			/* What came before in the batch is undone as well. */
			fail_batch(batch, why, &note);
			return;
		}
	}
	which = control(session, batch->cx, "COMMIT");
	if (which) {
		struct fault_note note = batch->cx->note;
		sqlite3_exec(session->handle, "ROLLBACK", NULL, NULL, NULL);
		fail_batch(batch, which, &note);
	}
}

static struct job *
take_batch(struct file *db) /* under the lock */
{
	struct job *batch = db->first, *end = batch;

	for (int i = 1; end->next && i < BATCH_MAX; i++)
		end = end->next;
	db->first = end->next;
	end->next = NULL;
	if (!db->first)
		db->last = &db->first;
	return batch;
}

/* Writes one batch, the leader's own job first in it; then somebody else
 * leads, if anybody waits. */
static void
lead(struct file *db, const struct job *own)
{
	pthread_mutex_lock(&db->lock);
	struct job *batch = take_batch(db);
	pthread_mutex_unlock(&db->lock);
	run_batch(db->writer, batch);
	db_touch_end(&db->writer->base);
	pthread_mutex_lock(&db->lock);
	struct job *heir = db->first;
	db->led = heir != NULL;
	pthread_mutex_unlock(&db->lock);
	if (heir) {
		heir->leads = true;
		sem_post(&heir->wake);
	}
	while (batch) {
		/* Once posted, a job belongs to its thread again. */
		struct job *job = batch;
		batch = job->next;
		if (job != own)
			sem_post(&job->wake);
	}
}

static enum fault
sqlite_write(struct db *base, struct cx *cx, db_work *work, void *arg)
{
	struct file *db = FILE_OF(base);
	struct job job = {.work = work, .arg = arg, .cx = cx};

	sem_init(&job.wake, 0, 0);
	pthread_mutex_lock(&db->lock);
	*db->last = &job;
	db->last = &job.next;
	job.leads = !db->led;
	db->led = true;
	bool leads = job.leads;
	pthread_mutex_unlock(&db->lock);
	if (!leads)
		while (sem_wait(&job.wake) != 0)
			;
	if (job.leads)
		lead(db, &job);
	sem_destroy(&job.wake);
	return job.fault;
}

/* --- readers ------------------------------------------------------------- */

static enum fault
lend_reader(struct file *db, struct cx *cx, struct connection **out)
{
	pthread_mutex_lock(&db->lock);
	while (!db->idle && db->readers == READERS_MAX)
		pthread_cond_wait(&db->reader_free, &db->lock);
	struct connection *session = db->idle;
	if (session)
		db->idle = session->next_idle;
	else
		db->readers++;
	pthread_mutex_unlock(&db->lock);
	if (session) {
		*out = session;
		return FAULT_NONE;
	}
	enum fault which = session_open(cx, db->path, out);
	if (which) {
		pthread_mutex_lock(&db->lock);
		db->readers--;
		pthread_cond_signal(&db->reader_free);
		pthread_mutex_unlock(&db->lock);
	}
	return which;
}

static void
take_back_reader(struct file *db, struct connection *session)
{
	pthread_mutex_lock(&db->lock);
	session->next_idle = db->idle;
	db->idle = session;
	pthread_cond_signal(&db->reader_free);
	pthread_mutex_unlock(&db->lock);
}

static enum fault
sqlite_read(struct db *base, struct cx *cx, db_work *work, void *arg)
{
	struct file *db = FILE_OF(base);
	struct connection *session;
	enum fault which = lend_reader(db, cx, &session);

	if (which)
		return which;
	which = control(session, cx, "BEGIN");
	if (!which) {
		which = work(&session->base, cx, arg);
		end_read(session);
	}
	take_back_reader(db, session);
	return which;
}

/* --- the whole ----------------------------------------------------------- */

static enum fault
sqlite_open(struct cx *cx, struct span url, const struct db_options *options,
    struct db **out)
{
	struct span path = span_from_offset(url, sizeof "sqlite:" - 1);

	if (!path.length)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "store must name a file: sqlite:FILE");
	if (options->existing && access(arena_cstr(cx->arena, path), F_OK))
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "There is no file %.*s", SPAN_ARGS(path));
	struct file *db = memory_take(sizeof *db);
	db->base.driver = &db_sqlite;
	db->path = memory_take(path.length + 1);
	memcpy(db->path, path.at, path.length);
	db->last = &db->first;
	pthread_mutex_init(&db->lock, NULL);
	pthread_cond_init(&db->reader_free, NULL);
	/* Only the operator reads the store: it holds sealed keys. */
	mode_t old = umask(077);
	enum fault which = session_open(cx, db->path, &db->writer);
	umask(old);
	/* SQLite opens what may only be read, and would fail at every write. */
	if (!which && sqlite3_db_readonly(db->writer->handle, "main") == 1) {
		session_close(db->writer);
		which = fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The store %s may only be read", db->path);
	}
	if (which) {
		memory_give_back(db->path);
		memory_give_back(db);
		return which;
	}
	db->writer->base.touched = &db->base.touched;
	*out = &db->base;
	return FAULT_NONE;
}

static void
sqlite_close(struct db *base)
{
	struct file *db = FILE_OF(base);

	while (db->idle) {
		struct connection *session = db->idle;
		db->idle = session->next_idle;
		session_close(session);
	}
	session_close(db->writer);
	memory_give_back(db->path);
	memory_give_back(db);
}

static enum fault
sqlite_backup(struct db *base, struct cx *cx, const char *path)
{
	struct file *db = FILE_OF(base);
	struct connection *session;
	enum fault which = lend_reader(db, cx, &session);

	if (which)
		return which;
	mode_t old = umask(077);
	const struct db_value value = DB_TEXT(span_of(path));
	which = run(session, cx, "VACUUM INTO $1", &value, 1, NULL);
	umask(old);
	take_back_reader(db, session);
	return which;
}

const struct db_driver db_sqlite = {
    .open = sqlite_open,
    .close = sqlite_close,
    .write = sqlite_write,
    .claim = sqlite_write,
    .read = sqlite_read,
    .run = sqlite_run,
    .later = sqlite_later,
    .script = sqlite_script,
    .backup = sqlite_backup,
};
