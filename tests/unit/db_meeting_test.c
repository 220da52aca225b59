/* db_meeting_test.c - transactions that meet, fail late, and run again
 *
 * What any engine must do. LTIGATE_TEST_STORE names the one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "store.h"
#include "store/launches.h"
#include "store/settings.h"

static struct store store;

static int
set_up(void **state)
{
	(void)state;
	store_open(&store);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	store_close(&store);
	return 0;
}

static void
rest_ms(long ms)
{
	struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&rest, NULL);
}

/* --- pieces of work ------------------------------------------------------ */

struct lease_row {
	struct span name, holder;
	int64_t until;
};

static enum fault
put(struct db_session *session, struct cx *cx, const struct lease_row *row)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO leases (name, holder, held_until) VALUES ($1, $2, $3)",
	    DB_TEXT(row->name), DB_TEXT(row->holder), DB_INTEGER(row->until));
}

static enum fault
put_later(
    struct db_session *session, struct cx *cx, const struct lease_row *row)
{
	return DB_LATER(session, cx, FAULT_LAUNCH_REPLAYED, NULL,
	    "INSERT INTO leases (name, holder, held_until) VALUES ($1, $2, $3)",
	    DB_TEXT(row->name), DB_TEXT(row->holder), DB_INTEGER(row->until));
}

struct count {
	struct span name;
	int64_t found, until;
	struct span holder;
};

static enum fault
count(struct db_session *session, struct cx *cx, void *arg)
{
	struct count *wanted = arg;
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT held_until, holder FROM leases WHERE name = $1",
	    DB_TEXT(wanted->name));

	if (which)
		return which;
	wanted->found = (int64_t)rows.count;
	wanted->until = db_integer(&rows, 0, 0);
	wanted->holder = db_text(&rows, 0, 1);
	return FAULT_NONE;
}

static struct count
counted(struct span name)
{
	struct count wanted = {.name = name};

	assert_int_equal(
	    db_read(store.db, &store.cx, count, &wanted), FAULT_NONE);
	return wanted;
}

static enum fault
put_work(struct db_session *session, struct cx *cx, void *arg)
{
	return put(session, cx, arg);
}

static void
begin_with(struct span name, int64_t until)
{
	struct lease_row row = {name, SPAN("nobody"), until};

	assert_int_equal(
	    db_write(store.db, &store.cx, put_work, &row), FAULT_NONE);
}

/* --- what meets ---------------------------------------------------------- */

enum { THREADS = 6, ROUNDS = 40, MEETING_MAX = 16 };

/* Threads at once, until all are over. Each gets args + size times its number.
 */
static void
meet(int count, void *(*run)(void *), void *args, size_t size)
{
	pthread_t threads[MEETING_MAX];

	for (int i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run,
				     (char *)args + (size_t)i * size),
		    0);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/* Looks, waits a little, and writes what it saw and one. */
static enum fault
raise(struct db_session *session, struct cx *cx, void *arg)
{
	struct count seen = {.name = SPAN("meeting")};
	enum fault which = count(session, cx, &seen);

	(void)arg;
	if (which)
		return which;
	if (seen.until % 7 == 0)
		rest_ms(1);
	return DB_RUN(session, cx, NULL,
	    "UPDATE leases SET held_until = $2 WHERE name = $1",
	    DB_TEXT(seen.name), DB_INTEGER(seen.until + 1));
}

static void *
raise_often(void *arg)
{
	atomic_int *failed = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	for (int i = 0; i < ROUNDS; i++) {
		cx_reset(&cx);
		if (db_write(store.db, &cx, raise, NULL))
			atomic_fetch_add(failed, 1);
	}
	cx_release(&cx);
	return NULL;
}

static void
loses_nothing_of_what_meets(void **state)
{
	atomic_int failed = 0;

	(void)state;
	begin_with(SPAN("meeting"), 0);
	meet(THREADS, raise_often, &failed, 0);
	assert_int_equal(failed, 0);
	assert_int_equal(counted(SPAN("meeting")).until, THREADS * ROUNDS);
}

/* Several take from one line, the first three that they find. */
enum { IN_LINE = 120 };

static enum fault
take_some(struct db_session *session, struct cx *cx, void *arg)
{
	int64_t *taken = arg;
	struct db_rows line, mine;
	enum fault which = DB_RUN(session, cx, &line,
	    "SELECT name FROM leases WHERE holder = 'line'"
	    " ORDER BY name LIMIT $1",
	    DB_INTEGER(3));

	*taken = 0;
	for (size_t i = 0; !which && i < line.count; i++) {
		which = DB_RUN(session, cx, &mine,
		    "UPDATE leases SET holder = 'taken',"
		    " held_until = held_until + 1"
		    " WHERE name = $1 AND holder = 'line' RETURNING 1",
		    DB_TEXT(db_text(&line, i, 0)));
		*taken += !which && mine.count == 1;
	}
	return which;
}

static enum fault
count_line(struct db_session *session, struct cx *cx, void *arg)
{
	struct count *left = arg;
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*), sum(held_until) FROM leases WHERE holder = $1",
	    DB_TEXT(left->holder));

	left->found = which ? 0 : db_integer(&rows, 0, 0);
	left->until = which ? 0 : db_integer(&rows, 0, 1);
	return which;
}

struct taking {
	int64_t all;
	int failed;
};

static void *
take_all(void *arg)
{
	struct taking *taking = arg;
	struct count left = {.holder = SPAN("line")};
	struct cx cx;
	int64_t some;

	cx_init(&cx, random_bytes);
	do {
		cx_reset(&cx);
		if (db_claim(store.db, &cx, take_some, &some))
			taking->failed++;
		else
			taking->all += some;
		if (db_read(store.db, &cx, count_line, &left))
			taking->failed++;
	} while (left.found && !taking->failed);
	cx_release(&cx);
	return NULL;
}

static void
gives_each_of_a_line_to_one(void **state)
{
	struct count taken = {.holder = SPAN("taken")};
	struct taking each[THREADS] = {{0, 0}};
	int64_t all = 0;

	(void)state;
	for (int i = 0; i < IN_LINE; i++) {
		struct lease_row row = {
		    arena_printf(store.cx.arena, "line %d", i), SPAN("line"),
		    0};
		assert_int_equal(
		    db_write(store.db, &store.cx, put_work, &row), FAULT_NONE);
	}
	meet(THREADS, take_all, each, sizeof *each);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(each[i].failed, 0);
		all += each[i].all;
	}
	assert_int_equal(all, IN_LINE);
	assert_int_equal(
	    db_read(store.db, &store.cx, count_line, &taken), FAULT_NONE);
	assert_int_equal(taken.found, IN_LINE);
	assert_int_equal(taken.until, IN_LINE);
}

/* Two owners leave at once: each sees the other stay (write skew). */
static enum fault
leave(struct db_session *session, struct cx *cx, void *arg)
{
	struct span *own = arg;
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT name FROM leases WHERE holder = $1",
	    DB_TEXT(SPAN("owner")));

	if (which)
		return which;
	rest_ms(30);
	if (rows.count < 2)
		return fault(cx, FAULT_LAST_OWNER, "one stays");
	return DB_RUN(session, cx, NULL,
	    "UPDATE leases SET holder = 'gone' WHERE name = $1", DB_TEXT(*own));
}

struct leaving {
	struct span name;
	enum fault got;
};

static void *
leave_thread(void *arg)
{
	struct leaving *leaving = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	leaving->got = db_write(store.db, &cx, leave, &leaving->name);
	cx_release(&cx);
	return NULL;
}

static void
behaves_as_if_one_came_after_the_other(void **state)
{
	struct leaving two[] = {{.name = SPAN("a")}, {.name = SPAN("b")}};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct lease_row row = {two[i].name, SPAN("owner"), 0};
		assert_int_equal(
		    db_write(store.db, &store.cx, put_work, &row), FAULT_NONE);
	}
	meet(2, leave_thread, two, sizeof *two);
	assert_int_equal(
	    (two[0].got == FAULT_NONE) + (two[1].got == FAULT_NONE), 1);
	assert_int_equal(
	    (two[0].got == FAULT_LAST_OWNER) + (two[1].got == FAULT_LAST_OWNER),
	    1);
}

/* Looks whether it is there, and adds it if it is not. */
static enum fault
add_if_absent(struct db_session *session, struct cx *cx, void *arg)
{
	struct count seen = {.name = SPAN("absent")};
	struct lease_row row = {seen.name, SPAN("x"), 1};
	enum fault which = count(session, cx, &seen);

	(void)arg;
	rest_ms(5);
	return which || seen.found ? which : put(session, cx, &row);
}

static void *
add_thread(void *arg)
{
	atomic_int *failed = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	if (db_write(store.db, &cx, add_if_absent, NULL))
		atomic_fetch_add(failed, 1);
	cx_release(&cx);
	return NULL;
}

static void
two_that_add_the_same_find_it(void **state)
{
	atomic_int failed = 0;

	(void)state;
	meet(THREADS, add_thread, &failed, 0);
	assert_int_equal(failed, 0);
	assert_int_equal(counted(SPAN("absent")).found, 1);
}

/* --- what fails late ----------------------------------------------------- */

static enum fault
put_twice_later(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease_row row = {SPAN("later"), SPAN("x"), 1};
	enum fault which = put_later(session, cx, &row);

	(void)arg;
	return which ? which : put_later(session, cx, &row);
}

static void
tells_what_a_conflict_means_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(db_write(store.db, &store.cx, put_twice_later, NULL),
	    FAULT_LAUNCH_REPLAYED);
	assert_int_equal(counted(SPAN("later")).found, 0);
	begin_with(SPAN("later"), 1);
	assert_int_equal(counted(SPAN("later")).found, 1);
}

/* The fault of the one is met at the next that asks. */
static enum fault
put_later_and_look(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease_row row = {SPAN("taken"), SPAN("x"), 1};
	struct count seen = {.name = SPAN("taken")};
	enum fault *met = arg;
	enum fault which = put_later(session, cx, &row);

	if (which)
		return *met = which;
	return *met = count(session, cx, &seen);
}

static void
tells_it_where_somebody_asks(void **state)
{
	enum fault met = FAULT_NONE;

	(void)state;
	begin_with(SPAN("taken"), 1);
	assert_int_equal(
	    db_write(store.db, &store.cx, put_later_and_look, &met),
	    FAULT_LAUNCH_REPLAYED);
	assert_int_equal(met, FAULT_LAUNCH_REPLAYED);
}

/* A work that does not look at what it was told. */
static enum fault
put_and_forget(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease_row row = {SPAN("careless"), SPAN("x"), 1};
	enum fault which = put(session, cx, &row);

	(void)arg;
	if (!which)
		which = put(session, cx, &row);
	(void)which;
	return FAULT_NONE;
}

static void
keeps_nothing_after_a_fault_that_nobody_saw(void **state)
{
	(void)state;
	if (!span_starts(span_of(store.url), "postgres"))
		return; /* SQLite goes on after a conflict */
	assert_int_equal(db_write(store.db, &store.cx, put_and_forget, NULL),
	    FAULT_STORE_CONFLICT);
	assert_int_equal(counted(SPAN("careless")).found, 0);
}

/* What was on its way with the fault was never prepared. */
static enum fault
fail_and_ask_anew(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease_row row = {SPAN("anew"), SPAN("x"), 1};
	const bool *fails = arg;
	enum fault which = put_later(session, cx, &row);

	if (!which && *fails)
		which = put_later(session, cx, &row);
	if (!which)
		which = DB_LATER(session, cx, FAULT_STORE_CONFLICT, NULL,
		    "UPDATE leases SET holder = 'once more' WHERE name = $1",
		    DB_TEXT(SPAN("anew")));
	return which;
}

static void
prepares_again_what_failed_on_the_way(void **state)
{
	bool fails = true;

	(void)state;
	for (int i = 0; i < 40; i++)
		assert_int_equal(
		    db_write(store.db, &store.cx, fail_and_ask_anew, &fails),
		    FAULT_LAUNCH_REPLAYED);
	fails = false;
	assert_int_equal(
	    db_write(store.db, &store.cx, fail_and_ask_anew, &fails),
	    FAULT_NONE);
	assert_true(span_is(counted(SPAN("anew")).holder, "once more"));
}

static enum fault
put_many(struct db_session *session, struct cx *cx, void *arg)
{
	enum fault which = FAULT_NONE;

	(void)arg;
	for (int i = 0; !which && i < 1000; i++) {
		struct lease_row row = {
		    arena_printf(cx->arena, "many %d", i), SPAN("x"), i};
		which = put_later(session, cx, &row);
	}
	return which;
}

static void
takes_many_at_once(void **state)
{
	(void)state;
	assert_int_equal(
	    db_write(store.db, &store.cx, put_many, NULL), FAULT_NONE);
	assert_int_equal(counted(SPAN("many 999")).until, 999);
}

/* --- values -------------------------------------------------------------- */

static void
keeps_values_as_they_are(void **state)
{
	static char large[300000];
	const struct lease_row rows[] = {
	    {SPAN("empty"), SPAN(""), 0},
	    {SPAN("quotes"), SPAN("'\"\\ $1 ; -- %s"), -1},
	    {SPAN("lines"), SPAN("a\nb\tc\r\n\x01"), INT64_MAX},
	    {SPAN("words"), SPAN("\xc3\xa9\xf0\x9f\x8e\x93"), INT64_MIN},
	    {SPAN("large"), {large, sizeof large}, 1},
	};

	(void)state;
	memset(large, 'x', sizeof large);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lease_row row = rows[i];
		assert_int_equal(
		    db_write(store.db, &store.cx, put_work, &row), FAULT_NONE);
		struct count got = counted(row.name);
		assert_true(span_equal(got.holder, row.holder));
		assert_int_equal(got.until, row.until);
	}
}

/* --- connections --------------------------------------------------------- */

static enum fault
end_others(struct db_session *session, struct cx *cx, void *arg)
{
	(void)arg;
	return db_run(session, cx,
	    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
	    " WHERE application_name = current_setting('application_name')"
	    " AND pid <> pg_backend_pid()",
	    NULL, 0, NULL);
}

static void
end_connections(void)
{
	struct db *other;

	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), NULL, &other), FAULT_NONE);
	assert_int_equal(
	    db_write(other, &store.cx, end_others, NULL), FAULT_NONE);
	db_close(other);
}

static enum fault
put_across_an_end(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease_row row = {SPAN("across"), SPAN("x"), 1};
	int *runs = arg;
	enum fault which = put(session, cx, &row);

	if (!which && ++*runs == 1)
		end_connections();
	row.name = SPAN("across too");
	return which ? which : put(session, cx, &row);
}

static void
goes_on_with_another_connection(void **state)
{
	int runs = 0;

	(void)state;
	if (!span_starts(span_of(store.url), "postgres"))
		return;
	begin_with(SPAN("before"), 1);
	for (int i = 0; i < 3; i++) {
		end_connections();
		assert_int_equal(counted(SPAN("before")).found, 1);
	}
	assert_int_equal(
	    db_write(store.db, &store.cx, put_across_an_end, &runs),
	    FAULT_NONE);
	assert_int_equal(runs, 2);
	assert_int_equal(counted(SPAN("across")).found, 1);
	assert_int_equal(counted(SPAN("across too")).found, 1);
}

static enum fault
hold(struct db_session *session, struct cx *cx, void *arg)
{
	struct count seen = {.name = SPAN("nothing")};

	(void)arg;
	rest_ms(20);
	return count(session, cx, &seen);
}

struct holding {
	struct db *db;
	atomic_int failed;
};

static void *
hold_thread(void *arg)
{
	struct holding *holding = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	for (int i = 0; i < 5; i++)
		if (db_read(holding->db, &cx, hold, NULL))
			atomic_fetch_add(&holding->failed, 1);
	cx_release(&cx);
	return NULL;
}

static void
waits_for_one_of_few(void **state)
{
	const struct db_options few = {.connections = 2, .portable = true};
	struct holding holding = {.failed = 0};

	(void)state;
	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), &few, &holding.db),
	    FAULT_NONE);
	meet(THREADS * 2, hold_thread, &holding, 0);
	db_close(holding.db);
	assert_int_equal(holding.failed, 0);
}

/* --- others -------------------------------------------------------------- */

static void *
migrate_thread(void *arg)
{
	atomic_int *failed = arg;
	struct db *db;
	struct cx cx;
	unsigned ran;

	cx_init(&cx, random_bytes);
	if (db_open(&cx, span_of(store.url), NULL, &db)) {
		atomic_fetch_add(failed, 1);
	} else {
		if (migrate_run(db, &cx, &ran))
			atomic_fetch_add(failed, 1);
		db_close(db);
	}
	cx_release(&cx);
	return NULL;
}

static void
several_begin_a_store_at_once(void **state)
{
	atomic_int failed = 0;

	(void)state;
	store_close(&store);
	store_open_empty(&store);
	meet(4, migrate_thread, &failed, 0);
	assert_int_equal(failed, 0);
	store_begin(&store);
	begin_with(SPAN("first"), 1);
}

static enum fault
touch(struct db_session *session, struct cx *cx, void *arg)
{
	(void)arg;
	db_touch(session);
	return settings_replace(session, cx, "touched", SPAN("{}"));
}

static void
hears_what_another_changed(void **state)
{
	struct db *other;
	int64_t waited = 0;

	(void)state;
	if (!span_starts(span_of(store.url), "postgres"))
		return; /* asks for the number in "versions" alone */
	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), NULL, &other), FAULT_NONE);
	rest_ms(500); /* both listen */
	uint64_t before = db_touched(store.db);
	assert_int_equal(before % 2, 0);
	assert_int_equal(db_write(other, &store.cx, touch, NULL), FAULT_NONE);
	while (db_touched(store.db) == before && waited < 5000) {
		rest_ms(5);
		waited += 5;
	}
	assert_true(waited < 5000);
	assert_int_equal(db_touched(store.db) % 2, 0);
	db_close(other);
}

/* --- slices -------------------------------------------------------------- */

static enum fault
launch(struct db_session *session, struct cx *cx, void *arg)
{
	const int64_t *hour = arg;
	const struct launch_row row = {
	    .key = {*hour, SPAN("nonce")},
	    .platform_id = SPAN("p"),
	    .deployment_id = SPAN("d"),
	    .claims_sealed = SPAN("c"),
	    .created_at = *hour * 3600,
	};
	return launches_add(session, cx, &row);
}

static enum fault
find_launch(struct db_session *session, struct cx *cx, void *arg)
{
	const int64_t *hour = arg;
	struct launch_row row;
	return launches_find(
	    session, cx, (struct launch_key){*hour, SPAN("nonce")}, 0, &row);
}

static void
drops_slices_that_are_over(void **state)
{
	int64_t early = 498000, late = 498030;
	bool server = span_starts(span_of(store.url), "postgres");

	(void)state;
	/* Before there are slices, in one, and in none of them. */
	assert_int_equal(
	    db_write(store.db, &store.cx, launch, &early), FAULT_NONE);
	for (int64_t hour = 498001; hour < 498030; hour++)
		assert_int_equal(
		    launches_slice(store.db, &store.cx, hour, hour - 40),
		    FAULT_NONE);
	assert_int_equal(
	    db_write(store.db, &store.cx, launch, &late), FAULT_NONE);
	assert_int_equal(db_write(store.db, &store.cx, launch, &late),
	    FAULT_LAUNCH_REPLAYED);
	assert_int_equal(
	    launches_slice(store.db, &store.cx, 498100, 498090), FAULT_NONE);
	assert_int_equal(
	    db_read(store.db, &store.cx, find_launch, &early), FAULT_NONE);
	assert_int_equal(db_read(store.db, &store.cx, find_launch, &late),
	    server ? FAULT_NOT_AUTHORIZED : FAULT_NONE);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(loses_nothing_of_what_meets),
	    CASE(gives_each_of_a_line_to_one),
	    CASE(behaves_as_if_one_came_after_the_other),
	    CASE(two_that_add_the_same_find_it),
	    CASE(tells_what_a_conflict_means_at_the_end),
	    CASE(tells_it_where_somebody_asks),
	    CASE(keeps_nothing_after_a_fault_that_nobody_saw),
	    CASE(prepares_again_what_failed_on_the_way),
	    CASE(takes_many_at_once),
	    CASE(keeps_values_as_they_are),
	    CASE(goes_on_with_another_connection),
	    CASE(waits_for_one_of_few),
	    CASE(several_begin_a_store_at_once),
	    CASE(hears_what_another_changed),
	    CASE(drops_slices_that_are_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
