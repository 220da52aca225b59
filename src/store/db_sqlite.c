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

#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counters.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "store/sqlite_session.h"

enum {
	READERS_MAX = 8, /* reads take microseconds: more only cost memory */
	BATCH_MAX = 256,
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
	bool read_only;
	struct connection *writer;
	pthread_mutex_t lock;
	pthread_cond_t reader_free;
	struct job *first, **last; /* that wait to be written */
	bool led;                  /* somebody is writing */
	struct connection *idle;
	unsigned readers;
};

#define FILE_OF(db) ((struct file *)(void *)(db))

static void
count(unsigned state, int64_t more)
{
	counters_add(COUNTERS_AT(CONNECTIONS, state), more);
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
	enum fault which =
	    sqlite_session_control(session, job->cx, "SAVEPOINT job");
	if (which)
		return which;
	which = job->work(&session->base, job->cx, job->arg);
	if (!which && test_runs_twice() &&
	    !(which = sqlite_session_control(
		  session, job->cx, "ROLLBACK TO job")))
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
	return sqlite_session_control(session, job->cx, "RELEASE job");
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
	enum fault which =
	    sqlite_session_control(session, batch->cx, "BEGIN IMMEDIATE");

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
	which = sqlite_session_control(session, batch->cx, "COMMIT");
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
	count(POOLS_IDLE, -1);
	count(POOLS_BUSY, 1);
	run_batch(db->writer, batch);
	count(POOLS_BUSY, -1);
	count(POOLS_IDLE, 1);
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
	if (session) {
		db->idle = session->next_idle;
		count(POOLS_IDLE, -1);
	} else {
		db->readers++;
	}
	count(POOLS_BUSY, 1);
	pthread_mutex_unlock(&db->lock);
	if (session) {
		*out = session;
		return FAULT_NONE;
	}
	enum fault which =
	    sqlite_session_open(cx, db->path, db->read_only, out);
	if (which) {
		pthread_mutex_lock(&db->lock);
		db->readers--;
		count(POOLS_BUSY, -1);
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
	count(POOLS_BUSY, -1);
	count(POOLS_IDLE, 1);
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
	which = sqlite_session_control(session, cx, "BEGIN");
	if (!which) {
		which = work(&session->base, cx, arg);
		sqlite_session_end_read(session);
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
	db->read_only = options->read_only;
	pthread_mutex_init(&db->lock, NULL);
	pthread_cond_init(&db->reader_free, NULL);
	/* Only the operator reads the store: it holds sealed keys. */
	mode_t old = umask(077);
	enum fault which =
	    sqlite_session_open(cx, db->path, db->read_only, &db->writer);
	umask(old);
	/* SQLite opens what may only be read, and would fail at every write. */
	if (!which && !db->read_only &&
	    sqlite3_db_readonly(db->writer->handle, "main") == 1) {
		sqlite_session_close(db->writer);
		which = fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The store %s may only be read", db->path);
	}
	if (which) {
		memory_give_back(db->path);
		memory_give_back(db);
		return which;
	}
	count(POOLS_IDLE, 1);
	counters_set(COUNTERS_OF(CONNECTIONS_MAX), READERS_MAX + 1);
	counters_set(COUNTERS_AT(BUILD, 0, 0), 1);
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
		count(POOLS_IDLE, -1);
		sqlite_session_close(session);
	}
	count(POOLS_IDLE, -1);
	sqlite_session_close(db->writer);
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
	which = sqlite_session_run(
	    &session->base, cx, "VACUUM INTO $1", &value, 1, NULL);
	umask(old);
	take_back_reader(db, session);
	return which;
}

static enum fault
sqlite_verify(struct db *base, struct cx *cx)
{
	struct file *db = FILE_OF(base);
	struct connection *session;
	struct db_rows rows;
	enum fault which = lend_reader(db, cx, &session);

	if (which)
		return which;
	which = sqlite_session_run(
	    &session->base, cx, "PRAGMA integrity_check(1)", NULL, 0, &rows);
	take_back_reader(db, session);
	if (!which && !span_is(db_text(&rows, 0, 0), "ok"))
		return fault_tell(cx, FAULT_STORE_FAILED,
		    "The file %s is damaged: %.*s", db->path,
		    SPAN_ARGS(db_text(&rows, 0, 0)));
	return which;
}

const struct db_driver db_sqlite = {
    .open = sqlite_open,
    .close = sqlite_close,
    .write = sqlite_write,
    .claim = sqlite_write,
    .read = sqlite_read,
    .run = sqlite_session_run,
    .later = sqlite_session_later,
    .script = sqlite_session_script,
    .backup = sqlite_backup,
    .verify = sqlite_verify,
};
