/* db_test.c - transactions, many writers, a store that is locked or full
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store.h"

/* --- small jobs ---------------------------------------------------------- */

/* Jobs run on the writer's thread: they answer, and never assert. */
struct note {
	struct span name, document;
	enum fault then; /* what the job ends with after its write */
	int64_t found;
};

static enum fault
add(struct db_session *session, struct cx *cx, void *arg)
{
	const struct note *note = arg;
	enum fault which = DB_RUN(session, cx, NULL,
	    "INSERT INTO settings (name, document, changed_at)"
	    " VALUES ($1, $2, $3)",
	    DB_TEXT(note->name), DB_TEXT(note->document), DB_INTEGER(1));

	return which ? which : note->then;
}

static enum fault
count(struct db_session *session, struct cx *cx, void *arg)
{
	struct note *note = arg;
	struct db_rows rows;
	enum fault which = db_run(
	    session, cx, "SELECT count(*) FROM settings", NULL, 0, &rows);

	if (!which)
		note->found = db_integer(&rows, 0, 0);
	return which;
}

static enum fault
run_script(struct db_session *session, struct cx *cx, void *arg)
{
	return db_script(session, cx, *(const struct span *)arg);
}

static int64_t
counted(struct store *store)
{
	struct note note = {.found = -1};

	assert_int_equal(
	    db_read(store->db, &store->cx, count, &note), FAULT_NONE);
	return note.found;
}

static enum fault
script(struct store *store, const char *sql)
{
	struct span text = span_of(sql);
	return db_write(store->db, &store->cx, run_script, &text);
}

/* --- opening ------------------------------------------------------------- */

static void
opens(void **state)
{
	struct store store;
	struct db *none = NULL;
	struct stat what;

	(void)state;
	store_open_folder(&store);
	static const struct {
		const char *url;
		enum fault expected;
	} rows[] = {
	    {"", FAULT_CONFIG_REFUSED},
	    {"sqlite:", FAULT_CONFIG_REFUSED},
	    {"mysql://x", FAULT_CONFIG_REFUSED},
	    {"postgres:///x?host=/nowhere/at/all", FAULT_CONFIG_REFUSED},
	    {"sqlite:/nowhere/at/all.db", FAULT_STORE_FAILED},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum fault got =
		    db_open(&store.cx, span_of(rows[i].url), NULL, &none);
		if (got != rows[i].expected || none)
			fail_msg("%s: %s", rows[i].url, fault_text(got)->name);
	}
	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), NULL, &store.db),
	    FAULT_NONE);
	/* A28: sealed keys are in it. */
	assert_int_equal(stat(store.path, &what), 0);
	assert_int_equal(what.st_mode & 077, 0);
	store_close(&store);
	db_close(NULL);
}

static void
refuses_what_is_no_store(void **state)
{
	struct store store;
	FILE *file;

	(void)state;
	store_open_folder(&store);
	file = fopen(store.path, "w");
	assert_non_null(file);
	for (int i = 0; i < 100; i++)
		fputs("this is a letter and no store\n", file);
	fclose(file);
	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), NULL, &store.db),
	    FAULT_STORE_FAILED);
	store_close(&store);
}

static void
migrates_once(void **state)
{
	struct store store;
	unsigned ran = 99;

	(void)state;
	store_open(&store);
	assert_int_equal(migrate_run(store.db, &store.cx, &ran), FAULT_NONE);
	assert_int_equal(ran, 0);
	/* What a newer program wrote is left alone. */
	assert_int_equal(script(&store, "INSERT INTO schema_versions"
					" VALUES ('9999_future.sql', 1)"),
	    FAULT_NONE);
	assert_int_equal(
	    migrate_run(store.db, &store.cx, &ran), FAULT_CONFIG_REFUSED);
	store_close(&store);
}

/* --- values -------------------------------------------------------------- */

static enum fault
echo(struct db_session *session, struct cx *cx, void *arg)
{
	/* In another order than bound, one twice, one not at all. */
	return DB_RUN(session, cx, arg,
	    "SELECT $3, $1, $1, $2, $5, $6, 1.5, ''",
	    DB_TEXT(SPAN("it's \"quoted\"")), DB_INTEGER(INT64_MIN), DB_NULL,
	    DB_TEXT(SPAN("unused")), DB_TEXT(SPAN_NONE),
	    DB_TEXT_OR_NULL(SPAN_NONE));
}

static void
keeps_values(void **state)
{
	struct store store;
	struct db_rows rows;

	(void)state;
	store_open(&store);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(
		    db_read(store.db, &store.cx, echo, &rows), FAULT_NONE);
		assert_int_equal(rows.count, 1);
		assert_int_equal(rows.columns, 8);
		assert_int_equal(rows.cells[0].type, DB_IS_NULL);
		assert_true(span_is(db_text(&rows, 0, 1), "it's \"quoted\""));
		assert_true(span_is(db_text(&rows, 0, 2), "it's \"quoted\""));
		assert_true(db_integer(&rows, 0, 3) == INT64_MIN);
		assert_int_equal(rows.cells[4].type, DB_IS_TEXT);
		assert_int_equal(rows.cells[4].text.length, 0);
		assert_int_equal(rows.cells[5].type, DB_IS_NULL);
		assert_true(span_is(db_text(&rows, 0, 6), "1.5"));
	}
	assert_null(db_text(&rows, 1, 0).at);
	assert_null(db_text(&rows, 0, 8).at);
	assert_int_equal(db_integer(&rows, 1, 0), 0);
	assert_int_equal(db_integer(&rows, 0, 8), 0);
	store_close(&store);
}

static enum fault
many(struct db_session *session, struct cx *cx, void *arg)
{
	return db_run(session, cx,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 20000) SELECT i, 'x' FROM n",
	    NULL, 0, arg);
}

static void
bounds_rows(void **state)
{
	struct store store;
	struct db_rows rows;

	(void)state;
	store_open(&store);
	assert_int_equal(db_read(store.db, &store.cx, many, &rows), FAULT_NONE);
	assert_int_equal(rows.count, DB_ROWS_MAX);
	assert_int_equal(db_integer(&rows, DB_ROWS_MAX - 1, 0), DB_ROWS_MAX);
	assert_true(span_is(db_text(&rows, DB_ROWS_MAX - 1, 1), "x"));
	store_close(&store);
}

/* --- faults -------------------------------------------------------------- */

static void
names_faults(void **state)
{
	static const struct {
		const char *name, *sql;
		enum fault expected;
	} rows[] = {
	    {"no SQL", "SELEKT 1", FAULT_STORE_FAILED},
	    {"no table", "DELETE FROM nothing", FAULT_STORE_FAILED},
	    {"NOT NULL", "INSERT INTO settings VALUES ('x', NULL, 1)",
		FAULT_STORE_FAILED},
	    {"primary key", "INSERT INTO settings VALUES ('one', '', 1)",
		FAULT_STORE_CONFLICT},
	    {"unique", "INSERT INTO organizations VALUES ('b', 'name', 1)",
		FAULT_STORE_CONFLICT},
	    {"reference",
		"INSERT INTO deployments VALUES ('x', 'd', NULL, 1, '', 1)",
		FAULT_STORE_FAILED},
	    {"the rest is undone as well",
		"INSERT INTO settings VALUES ('two', '', 1); SELEKT",
		FAULT_STORE_FAILED},
	};
	struct store store;

	(void)state;
	store_open(&store);
	assert_int_equal(
	    script(&store, "INSERT INTO settings VALUES ('one', '', 1);"
			   "INSERT INTO organizations VALUES ('a', 'name', 1)"),
	    FAULT_NONE);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum fault got = script(&store, rows[i].sql);
		if (got != rows[i].expected || !store.cx.note.detail[0])
			fail_msg("%s: %s: %s", rows[i].name,
			    fault_text(got)->name, store.cx.note.detail);
		assert_int_equal(counted(&store), 1);
	}
	store_close(&store);
}

static void
reading_writes_nothing(void **state)
{
	struct note note = {.name = SPAN("x"), .document = SPAN("")};
	struct store store;

	(void)state;
	store_open_file(&store);
	assert_int_equal(db_read(store.db, &store.cx, add, &note), FAULT_NONE);
	assert_int_equal(counted(&store), 0);
	note.then = FAULT_NO_LINK;
	assert_int_equal(
	    db_read(store.db, &store.cx, add, &note), FAULT_NO_LINK);
	assert_int_equal(
	    db_write(store.db, &store.cx, add, &note), FAULT_NO_LINK);
	assert_int_equal(counted(&store), 0);
	note.then = FAULT_NONE;
	assert_int_equal(db_write(store.db, &store.cx, add, &note), FAULT_NONE);
	assert_int_equal(
	    db_write(store.db, &store.cx, add, &note), FAULT_STORE_CONFLICT);
	assert_int_equal(counted(&store), 1);
	store_close(&store);
}

/* --- many at once -------------------------------------------------------- */

enum { THREADS = 12, WRITES = 40 };

struct worker {
	struct db *db;
	int number, wrong;
	int64_t most;
};

static void *
write_many(void *arg)
{
	struct worker *worker = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	for (int i = 0; i < WRITES; i++) {
		struct note note = {
		    .name = arena_printf(cx.arena, "%d-%d", worker->number, i),
		    .document = SPAN("d"),
		    .then = i % 3 == 1 ? FAULT_NO_LINK : FAULT_NONE,
		};
		enum fault expected = note.then;
		if (i % 3 == 2) {
			/* The same for all: one wins. */
			note.name = arena_printf(cx.arena, "same-%d", i);
			expected = FAULT_STORE_CONFLICT;
		}
		enum fault got = db_write(worker->db, &cx, add, &note);
		bool won = i % 3 == 2 && got == FAULT_NONE;
		worker->most += won;
		worker->wrong += got != expected && !won;
	}
	cx_release(&cx);
	return NULL;
}

static void
one_failure_undoes_only_itself(void **state)
{
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	struct store store;
	int64_t won = 0;

	(void)state;
	store_open(&store);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){store.db, i, 0, 0};
		assert_int_equal(
		    pthread_create(&threads[i], NULL, write_many, &workers[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].wrong, 0);
		won += workers[i].most;
	}
	const int rounds = WRITES / 3, rest = WRITES % 3;
	assert_int_equal(won, rounds);
	assert_int_equal(
	    counted(&store), THREADS * (rounds + (rest > 0)) + rounds);
	store_close(&store);
}

static enum fault
count_slowly(struct db_session *session, struct cx *cx, void *arg)
{
	usleep(3000);
	return count(session, cx, arg);
}

static void *
read_many(void *arg)
{
	struct worker *worker = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	for (int i = 0; i < 10; i++) {
		struct note note = {.found = -1};
		if (db_read(worker->db, &cx, count_slowly, &note) ||
		    note.found < worker->most)
			worker->wrong++;
		worker->most = note.found;
	}
	cx_release(&cx);
	return NULL;
}

/* More readers than there are connections, beside a writer. */
static void
readers_wait_in_line(void **state)
{
	struct worker workers[THREADS + 1];
	pthread_t threads[THREADS + 1];
	struct store store;

	(void)state;
	store_open(&store);
	for (int i = 0; i <= THREADS; i++) {
		workers[i] = (struct worker){store.db, i, 0, 0};
		assert_int_equal(
		    pthread_create(&threads[i], NULL,
			i == THREADS ? write_many : read_many, &workers[i]),
		    0);
	}
	for (int i = 0; i <= THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	store_close(&store);
}

/* --- locked -------------------------------------------------------------- */

static void
says_that_it_is_locked(void **state)
{
	struct note note = {.name = SPAN("x"), .document = SPAN("")};
	struct store store;
	sqlite3 *other;

	(void)state;
	store_open_file(&store);
	assert_int_equal(sqlite3_open(store.path, &other), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
	    SQLITE_OK);
	int64_t began = clock_monotonic_ms();
	assert_int_equal(
	    db_write(store.db, &store.cx, add, &note), FAULT_STORE_BUSY);
	int64_t took = clock_monotonic_ms() - began;
	assert_true(took >= 4000 && took < 10000);
	/* Reading goes on meanwhile. */
	assert_int_equal(counted(&store), 0);
	assert_int_equal(
	    sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(db_write(store.db, &store.cx, add, &note), FAULT_NONE);
	assert_int_equal(counted(&store), 1);
	sqlite3_close(other);
	store_close(&store);
}

/* --- full ---------------------------------------------------------------- */

static enum fault
fill(struct store *store, int *written)
{
	static char page[20000];
	enum fault got = FAULT_NONE;

	memset(page, 'x', sizeof page);
	for (int i = 0; !got && i < 500; i++) {
		struct note note = {
		    .name = arena_printf(store->cx.arena, "fill-%d", *written),
		    .document = span_from(page, sizeof page),
		};
		got = db_write(store->db, &store->cx, add, &note);
		*written += got == FAULT_NONE;
	}
	return got;
}

static void
says_that_it_is_full(void **state)
{
	struct note last = {.name = SPAN("after"), .document = SPAN("small")};
	struct store store;
	int written = 0;

	(void)state;
	store_open_file(&store);
	assert_int_equal(
	    script(&store, "PRAGMA max_page_count=200"), FAULT_NONE);
	assert_int_equal(fill(&store, &written), FAULT_STORE_FULL);
	assert_true(written > 5);
	/* What was promised is there, what was refused is not. */
	assert_int_equal(counted(&store), written);
	assert_int_equal(
	    script(&store, "PRAGMA max_page_count=100000"), FAULT_NONE);
	assert_int_equal(db_write(store.db, &store.cx, add, &last), FAULT_NONE);
	assert_int_equal(counted(&store), written + 1);
	store_close(&store);
}

/* The disk says no in the middle of a batch: everyone in it is told. */
static char large[300000];

static void *
fill_one(void *arg)
{
	struct worker *worker = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	for (int i = 0; i < 8; i++) {
		struct note note = {
		    .name = arena_printf(cx.arena, "%d-%d", worker->number, i),
		    .document = span_from(large, sizeof large),
		};
		enum fault got = db_write(worker->db, &cx, add, &note);
		worker->most += got == FAULT_NONE;
		worker->wrong += got != FAULT_NONE && got != FAULT_STORE_FULL;
	}
	cx_release(&cx);
	return NULL;
}

static void
promises_nothing_that_is_lost(void **state)
{
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	struct store store;
	int64_t kept = 0;

	(void)state;
	memset(large, 'x', sizeof large);
	store_open_file(&store);
	assert_int_equal(
	    script(&store, "PRAGMA max_page_count=1500"), FAULT_NONE);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){store.db, i, 0, 0};
		pthread_create(&threads[i], NULL, fill_one, &workers[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].wrong, 0);
		kept += workers[i].most;
	}
	assert_true(kept > 0 && kept < (int64_t)THREADS * 8);
	assert_int_equal(counted(&store), kept);
	store_close(&store);
}

/* A limit on the size of files is as near to a full disk as a test comes. */
static int
fill_the_disk(struct store *store)
{
	struct note last = {.name = SPAN("after"), .document = SPAN("small")};
	struct rlimit limit, before;
	int written = 0;

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
	    getrlimit(RLIMIT_FSIZE, &before) != 0)
		return 1;
	limit = before;
	limit.rlim_cur = 2000000;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 2;
	if (fill(store, &written) != FAULT_STORE_FULL || written == 0)
		return 3;
	if (counted(store) != written)
		return 4;
	if (setrlimit(RLIMIT_FSIZE, &before) != 0)
		return 5;
	if (db_write(store->db, &store->cx, add, &last) != FAULT_NONE)
		return 6;
	return counted(store) == written + 1 ? 0 : 7;
}

static void
survives_a_full_disk(void **state)
{
	int status = 0;

	(void)state;
	pid_t child = fork();
	if (child == 0) {
		struct store store;
		store_open_file(&store);
		int code = fill_the_disk(&store);
		store_close(&store);
		_exit(code);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- copies -------------------------------------------------------------- */

static void
copies_itself(void **state)
{
	struct note note = {.name = SPAN("x"), .document = SPAN("")};
	struct store store;
	struct stat what;
	struct db *copy;
	char path[100], url[110];

	(void)state;
	store_open_file(&store);
	snprintf(path, sizeof path, "%s.copy", store.path);
	snprintf(url, sizeof url, "sqlite:%s", path);
	assert_int_equal(db_write(store.db, &store.cx, add, &note), FAULT_NONE);
	assert_int_equal(db_backup(store.db, &store.cx, path), FAULT_NONE);
	assert_int_equal(stat(path, &what), 0);
	assert_int_equal(what.st_mode & 077, 0);
	assert_int_not_equal(db_backup(store.db, &store.cx, path), FAULT_NONE);
	assert_int_not_equal(
	    db_backup(store.db, &store.cx, "/nowhere/x"), FAULT_NONE);
	assert_int_equal(counted(&store), 1);
	assert_int_equal(
	    db_open(&store.cx, span_of(url), NULL, &copy), FAULT_NONE);
	assert_int_equal(db_read(copy, &store.cx, count, &note), FAULT_NONE);
	assert_int_equal(note.found, 1);
	db_close(copy);
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(survives_a_full_disk), /* forks: before threads */
	    cmocka_unit_test(opens),
	    cmocka_unit_test(refuses_what_is_no_store),
	    cmocka_unit_test(migrates_once),
	    cmocka_unit_test(keeps_values),
	    cmocka_unit_test(bounds_rows),
	    cmocka_unit_test(names_faults),
	    cmocka_unit_test(reading_writes_nothing),
	    cmocka_unit_test(one_failure_undoes_only_itself),
	    cmocka_unit_test(readers_wait_in_line),
	    cmocka_unit_test(says_that_it_is_locked),
	    cmocka_unit_test(says_that_it_is_full),
	    cmocka_unit_test(promises_nothing_that_is_lost),
	    cmocka_unit_test(copies_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
