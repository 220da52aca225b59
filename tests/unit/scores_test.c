/* scores_test.c - scores that wait for an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "store.h"
#include "store/platforms.h"
#include "store/scores.h"
#include "store/service_keys.h"

#define SECOND INT64_C(1000000)

/* Each call is a transaction. Jobs run on the writer's thread, where nothing
 * may be asserted: a call is a row of what to do. */
enum op {
	ADD,
	FIND,
	WAIT,
	DUE,
	LEASE,
	FINISH,
	GIVE_BACK,
	EXPIRE,
	FORGET,
	FILL,
	ROOM,
	PLATFORM_ADD,
	PLATFORM_REMOVE,
	KEY_ADD,
	KEY_FIND,
};

struct call {
	enum op op;
	const void *in;
	void *out;
	struct span id;
	int64_t number, max;
};

/* So many that wait, of pairs of their own. */
static enum fault
fill(struct db_session *s, struct cx *cx, struct span platform, int64_t count)
{
	return DB_RUN(s, cx, NULL,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < $2) INSERT INTO scores SELECT $1 || '-' || i, $1, 'd',"
	    " NULL, 'pair ' || $1 || i, 1, 'l', 'u', 's', 'b', 1, 'waiting',"
	    " 0, 0, 0, '[]', 1, 0 FROM n",
	    DB_TEXT(platform), DB_INTEGER(count));
}

static enum fault
run_other(struct db_session *s, struct cx *cx, const struct call *call)
{
	switch ((int)call->op) {
	case FILL:
		return fill(s, cx, call->id, call->number);
	case ROOM:
		return scores_check_room(s, cx, call->id);
	case PLATFORM_ADD:
		return platforms_add(s, cx, call->in);
	case PLATFORM_REMOVE:
		return platforms_remove(s, cx, call->id);
	case KEY_ADD:
		return service_keys_add(s, cx, call->in);
	case KEY_FIND:
		return service_keys_find_place(s, cx, call->id, call->out);
	default:
		return FAULT_STORE_FAILED;
	}
}

static enum fault
run(struct db_session *s, struct cx *cx, void *arg)
{
	const struct call *call = arg;

	switch ((int)call->op) {
	case ADD:
		return scores_add(s, cx, call->number, call->out);
	case FIND:
		return scores_find(s, cx, call->id, call->out);
	case WAIT:
		return scores_wait(s, cx, call->id, call->out);
	case DUE:
		return scores_due(s, cx, call->out);
	case LEASE:
		return scores_lease(
		    s, cx, call->id, call->max, call->number, call->out);
	case FINISH:
		return scores_finish(s, cx, call->in, call->out);
	case GIVE_BACK:
		return scores_give_back(s, cx, call->in);
	case EXPIRE:
		return scores_expire(s, cx, call->number, call->max, call->out);
	case FORGET:
		return scores_forget(s, cx, call->number, call->max, call->out);
	default:
		return run_other(s, cx, call);
	}
}

static void
expect(struct store *store, enum fault expected, struct call call, int line)
{
	enum fault got = db_write(store->db, &store->cx, run, &call);

	if (got != expected)
		fail_msg("line %d: %s: %s", line, fault_text(got)->name,
		    store->cx.note.detail);
}

#define CALL(store, expected, ...)                                             \
	expect((store), FAULT_##expected, (struct call){.op = __VA_ARGS__},    \
	    __LINE__)

static void
open_with_platforms(struct store *store, int64_t now)
{
	static const char *const ids[] = {"p", "q"};

	store_open(store);
	store->cx.now = now;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		const struct platform platform = {
		    .id = span_of(ids[i]),
		    .issuer = span_of(ids[i]),
		    .client_id = SPAN("1"),
		    .name = span_of(ids[i]),
		    .active = true,
		};
		CALL(store, NONE, PLATFORM_ADD, .in = &platform);
	}
}

static struct score_row
scored(const char *id, const char *platform, const char *pair)
{
	return (struct score_row){
	    .id = span_of(id),
	    .platform_id = span_of(platform),
	    .deployment_id = SPAN("d"),
	    .organization_id = SPAN("o"),
	    .pair = span_of(pair),
	    .line_item = SPAN("https://l.example/1"),
	    .user = SPAN("u"),
	    .scopes = SPAN("s t"),
	    .body_sealed = SPAN("sealed"),
	    .state = SPAN("waiting"),
	    .tries = SPAN("[]"),
	    .created_at = 1000,
	};
}

static struct score_row
add(struct store *store, const char *id, const char *pair, int64_t now_us)
{
	struct score_row row = scored(id, "p", pair);

	CALL(store, NONE, ADD, .out = &row, .number = now_us);
	return row;
}

static struct score_row
find(struct store *store, const char *id)
{
	struct score_row row;

	CALL(store, NONE, FIND, .id = span_of(id), .out = &row);
	return row;
}

static struct score_list
lease(struct store *store, int64_t now, int64_t max)
{
	struct score_list list = {0};

	store->cx.now = now;
	CALL(store, NONE, LEASE, .id = SPAN("p"), .max = max,
	    .number = now + 30, .out = &list);
	return list;
}

/* "a b c" */
static const char *
ids_of(struct store *store, const struct score_list *list)
{
	struct span text = SPAN("");

	for (size_t i = 0; i < list->count; i++)
		text = arena_printf(store->cx.arena, "%.*s%s%.*s",
		    SPAN_ARGS(text), i ? " " : "", SPAN_ARGS(list->at[i].id));
	return arena_cstr(store->cx.arena, text);
}

static void
expect_lease(struct store *store, int64_t now, int64_t max, const char *ids)
{
	const struct score_list list = lease(store, now, max);
	const char *got = ids_of(store, &list);

	if (strcmp(got, ids) != 0)
		fail_msg("at %lld: leased \"%s\", not \"%s\"", (long long)now,
		    got, ids);
}

/* Whether it was this lease's to say. */
static bool
finish(struct store *store, struct score_row row, const char *state)
{
	bool done = false;

	row.state = span_of(state);
	CALL(store, NONE, FINISH, .in = &row, .out = &done);
	return done;
}

/* --- adding -------------------------------------------------------------- */

static void
adds_and_finds(void **state)
{
	struct score_row row = scored("a", "p", "x"), found;
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	CALL(&store, NO_SCORE, FIND, .id = SPAN("a"), .out = &found);
	/* What a caller may not choose. */
	row.tried = 7;
	row.leased_until = 9999;
	row.next_try_at = 5;
	row.finished_at = 8;
	CALL(&store, NONE, ADD, .out = &row, .number = 1000 * SECOND + 5);
	assert_int_equal(row.made_at_us, 1000 * SECOND + 5);
	assert_int_equal(row.next_try_at, 1000);
	found = find(&store, "a");
	assert_true(span_is(found.id, "a"));
	assert_true(span_is(found.platform_id, "p"));
	assert_true(span_is(found.deployment_id, "d"));
	assert_true(span_is(found.organization_id, "o"));
	assert_true(span_is(found.pair, "x"));
	assert_true(span_is(found.line_item, "https://l.example/1"));
	assert_true(span_is(found.user, "u"));
	assert_true(span_is(found.scopes, "s t"));
	assert_true(span_is(found.body_sealed, "sealed"));
	assert_int_equal(found.made_at_us, 1000 * SECOND + 5);
	assert_true(span_is(found.state, "waiting"));
	assert_int_equal(found.tried, 0);
	assert_int_equal(found.next_try_at, 1000);
	assert_int_equal(found.leased_until, 0);
	assert_true(span_is(found.tries, "[]"));
	assert_int_equal(found.created_at, 1000);
	assert_int_equal(found.finished_at, 0);
	CALL(&store, STORE_CONFLICT, ADD, .out = &row);
	CALL(&store, NO_SCORE, FIND, .id = SPAN("A"), .out = &found);
	row = scored("b", "nobody", "x");
	CALL(&store, STORE_FAILED, ADD, .out = &row);
	row = scored("b", "p", "x");
	row.organization_id = SPAN("");
	CALL(&store, NONE, ADD, .out = &row);
	assert_int_equal(find(&store, "b").organization_id.length, 0);
	store_close(&store);
}

/* Some LMSs compare whole seconds. */
static void
keeps_times_a_second_apart(void **state)
{
	static const struct {
		const char *name, *pair;
		int64_t now_us; /* 0: the tool's own time */
		int64_t made_at_us, next_try_at;
	} rows[] = {
	    {"the first", "x", 1000 * SECOND + 5, 1000 * SECOND + 5, 1000},
	    {"at once", "x", 1000 * SECOND + 6, 1001 * SECOND + 5, 1002},
	    {"and again", "x", 1000 * SECOND + 7, 1002 * SECOND + 5, 1003},
	    {"another person", "y", 1000 * SECOND + 7, 1000 * SECOND + 7, 1000},
	    {"the tool's own time", "x", 0, 0, 1000},
	    {"after the tool's own", "x", 1000 * SECOND + 9, 1003 * SECOND + 5,
		1004},
	    {"exactly a second", "y", 1001 * SECOND + 7, 1001 * SECOND + 7,
		1000},
	    {"not quite a second", "y", 1002 * SECOND + 6, 1002 * SECOND + 7,
		1003},
	    {"much later", "y", 5000 * SECOND, 5000 * SECOND, 1000},
	    {"a clock that was put back", "y", 900 * SECOND, 5001 * SECOND,
		5002},
	    {"the tool's, of one alone", "z", 0, 0, 1000},
	};
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *id = arena_printf(store.cx.arena, "id%02zu", i).at;
		struct score_row row =
		    add(&store, id, rows[i].pair, rows[i].now_us);
		struct score_row kept = find(&store, id);
		if (row.made_at_us != rows[i].made_at_us ||
		    row.next_try_at != rows[i].next_try_at ||
		    kept.made_at_us != row.made_at_us ||
		    kept.next_try_at != row.next_try_at)
			fail_msg("%s: %lld, %lld", rows[i].name,
			    (long long)row.made_at_us,
			    (long long)row.next_try_at);
		/* "Never told before it is true." */
		if (rows[i].now_us && row.made_at_us > rows[i].now_us &&
		    row.next_try_at * SECOND < row.made_at_us)
			fail_msg("%s: goes too early", rows[i].name);
	}
	store_close(&store);
}

static void
has_a_limit(void **state)
{
	struct score_row row = scored("z", "p", "x");
	struct score_row other = scored("y", "q", "x2");
	struct score_list list = {0};
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	CALL(&store, NONE, FILL, .id = SPAN("p"),
	    .number = SCORES_WAITING_MAX - 1);
	CALL(&store, NONE, ROOM, .id = SPAN("p"));
	CALL(&store, NONE, ADD, .out = &row);
	CALL(&store, SCORE_QUEUE_FULL, ROOM, .id = SPAN("p"));
	/* Of another platform there is room; what is over does not count. */
	CALL(&store, NONE, ROOM, .id = SPAN("q"));
	CALL(&store, NONE, ADD, .out = &other);
	CALL(&store, NONE, EXPIRE, .number = 2, .max = 1, .out = &list);
	assert_int_equal(list.count, 1);
	CALL(&store, NONE, ROOM, .id = SPAN("p"));
	row.id = SPAN("zz");
	CALL(&store, NONE, ADD, .out = &row);
	CALL(&store, SCORE_QUEUE_FULL, ROOM, .id = SPAN("p"));
	store_close(&store);
}

static bool
waits(struct store *store, const char *pair)
{
	bool out = false;

	CALL(store, NONE, WAIT, .id = span_of(pair), .out = &out);
	return out;
}

static void
knows_who_waits(void **state)
{
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	assert_false(waits(&store, "x"));
	add(&store, "a", "x", 0);
	assert_true(waits(&store, "x"));
	assert_false(waits(&store, "X"));
	assert_false(waits(&store, "y"));
	struct score_list list = lease(&store, 1000, 9);
	assert_true(waits(&store, "x"));
	finish(&store, list.at[0], "waiting");
	assert_true(waits(&store, "x"));
	list = lease(&store, 1000, 9);
	finish(&store, list.at[0], "refused");
	assert_false(waits(&store, "x"));
	store_close(&store);
}

/* --- leasing ------------------------------------------------------------- */

static const char *
due(struct store *store, int64_t now)
{
	struct score_platform_list list = {0};
	bool p = false, q = false;

	store->cx.now = now;
	CALL(store, NONE, DUE, .out = &list);
	for (size_t i = 0; i < list.count; i++) {
		p = p || span_is(list.at[i], "p");
		q = q || span_is(list.at[i], "q");
	}
	assert_int_equal(list.count, p + q);
	return p && q ? "pq" : p ? "p" : q ? "q" : "";
}

static void
knows_what_is_due(void **state)
{
	struct score_row other = scored("c", "q", "z");
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	assert_string_equal(due(&store, 1000), "");
	add(&store, "a", "x", 1000 * SECOND);
	add(&store, "b", "y", 1000 * SECOND);
	assert_string_equal(due(&store, 999), "");
	assert_string_equal(due(&store, 1000), "p");
	store.cx.now = 1005;
	CALL(&store, NONE, ADD, .out = &other);
	assert_string_equal(due(&store, 1004), "p");
	assert_string_equal(due(&store, 1005), "pq");
	/* Leased to 1030 + 5. */
	struct score_list list = lease(&store, 1005, 9);
	assert_int_equal(list.count, 2);
	assert_string_equal(due(&store, 1034), "q");
	assert_string_equal(due(&store, 1035), "pq");
	struct score_row row = list.at[0];
	row.next_try_at = 2000;
	finish(&store, row, "waiting");
	finish(&store, list.at[1], "delivered");
	assert_string_equal(due(&store, 1999), "q");
	assert_string_equal(due(&store, 2000), "pq");
	store_close(&store);
}

static void
leases_the_oldest_of_a_pair(void **state)
{
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	/* By turn, not by id or time. */
	add(&store, "d", "x", 0);
	add(&store, "a", "x", 0);
	add(&store, "c", "x", 0);
	add(&store, "b", "y", 0);
	struct score_list list = lease(&store, 1000, 9);
	assert_int_equal(list.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(list.at[i].tried, 1);
		assert_int_equal(list.at[i].leased_until, 1030);
		struct score_row kept =
		    find(&store, arena_cstr(store.cx.arena, list.at[i].id));
		assert_int_equal(kept.tried, 1);
		assert_int_equal(kept.leased_until, 1030);
		assert_true(span_is(kept.id, i ? "d" : "b") ||
			    span_is(kept.id, i ? "b" : "d"));
	}
	struct score_row d = list.at[span_is(list.at[0].id, "d") ? 0 : 1];
	expect_lease(&store, 1000, 9, "");
	/* The next of the pair only when it is over, however that ended. */
	d.next_try_at = 1100;
	finish(&store, d, "waiting");
	expect_lease(&store, 1000, 9, "");
	assert_string_equal(due(&store, 1000), "p");
	list = lease(&store, 1100, 9);
	assert_string_equal(ids_of(&store, &list), "b d");
	d = list.at[1];
	assert_int_equal(d.tried, 2);
	finish(&store, d, "superseded");
	list = lease(&store, 1100, 9);
	assert_string_equal(ids_of(&store, &list), "a");
	finish(&store, list.at[0], "refused");
	expect_lease(&store, 1100, 9, "c");
	store_close(&store);
}

static void
leases_so_many_of_a_platform(void **state)
{
	struct score_row other = scored("0", "q", "q");
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	for (int i = 0; i < 5; i++)
		add(&store, arena_printf(store.cx.arena, "a%d", i).at,
		    arena_printf(store.cx.arena, "x%d", i).at, 0);
	CALL(&store, NONE, ADD, .out = &other);
	expect_lease(&store, 1000, 0, "");
	expect_lease(&store, 1000, 2, "a0 a1");
	expect_lease(&store, 1000, 2, "a2 a3");
	expect_lease(&store, 1000, 2, "a4");
	assert_int_equal(find(&store, "0").tried, 0);
	store_close(&store);
}

static void
ends_leases_by_itself(void **state)
{
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	add(&store, "a", "x", 0);
	struct score_row dead = lease(&store, 1000, 9).at[0];
	expect_lease(&store, 1029, 9, "");
	struct score_list list = lease(&store, 1030, 9);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].tried, 2);
	/* The dead one's word is worth nothing. */
	dead.tries = SPAN("[\"dead\"]");
	dead.made_at_us = 77;
	assert_false(finish(&store, dead, "delivered"));
	struct score_row kept = find(&store, "a");
	assert_true(span_is(kept.state, "waiting"));
	assert_true(span_is(kept.tries, "[]"));
	assert_true(span_is(kept.body_sealed, "sealed"));
	assert_int_equal(kept.made_at_us, 0);
	assert_int_equal(kept.leased_until, 1060);
	assert_true(finish(&store, list.at[0], "delivered"));
	assert_true(span_is(find(&store, "a").state, "delivered"));
	store_close(&store);
}

static void
finishes(void **state)
{
	static const struct {
		const char *name, *state;
		bool over;
	} rows[] = {
	    {"still waits", "waiting", false},
	    {"delivered", "delivered", true},
	    {"superseded", "superseded", true},
	    {"refused", "refused", true},
	};
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		add(&store, rows[i].name, rows[i].name, 5);
		struct score_list list = lease(&store, 1000, 9);
		assert_int_equal(list.count, 1);
		struct score_row row = list.at[0];
		row.next_try_at = 9000;
		row.made_at_us = 55;
		row.tries = SPAN("[{}]");
		row.body_sealed = SPAN("sealed");
		store.cx.now = 1020;
		if (!finish(&store, row, rows[i].state))
			fail_msg("%s: not done", rows[i].name);
		struct score_row kept = find(&store, rows[i].name);
		if (!span_is(kept.state, rows[i].state) ||
		    kept.next_try_at != 9000 || kept.made_at_us != 55 ||
		    !span_is(kept.tries, "[{}]") || kept.leased_until != 0 ||
		    kept.tried != 1 ||
		    kept.finished_at != (rows[i].over ? 1020 : 0) ||
		    !span_is(kept.body_sealed, rows[i].over ? "" : "sealed"))
			fail_msg("%s", rows[i].name);
		/* Over is over: the same lease says no more. */
		if (!rows[i].over)
			continue;
		if (finish(&store, row, "waiting") ||
		    !span_is(find(&store, rows[i].name).state, rows[i].state))
			fail_msg("%s: opened again", rows[i].name);
	}
	store_close(&store);
}

/* As if it had not been: no try is missing in the list (score_outcome.c). */
static void
gives_back(void **state)
{
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	add(&store, "a", "x", 1000 * SECOND + 5);
	struct score_row before = find(&store, "a");
	struct score_row first = lease(&store, 1000, 9).at[0];
	CALL(&store, NONE, GIVE_BACK, .in = &first);
	struct score_row kept = find(&store, "a");
	assert_int_equal(kept.tried, 0);
	assert_int_equal(kept.leased_until, 0);
	assert_int_equal(kept.next_try_at, before.next_try_at);
	assert_int_equal(kept.made_at_us, before.made_at_us);
	assert_true(span_is(kept.state, "waiting"));
	assert_true(span_is(kept.body_sealed, "sealed"));
	/* Not another's lease, and not what is over. */
	lease(&store, 1000, 9);
	struct score_row second = lease(&store, 1030, 9).at[0];
	assert_int_equal(second.tried, 2);
	CALL(&store, NONE, GIVE_BACK, .in = &first);
	assert_int_equal(find(&store, "a").leased_until, 1060);
	finish(&store, second, "delivered");
	CALL(&store, NONE, GIVE_BACK, .in = &second);
	assert_int_equal(find(&store, "a").tried, 2);
	store_close(&store);
}

/* One that fails for its own reasons does not stand before the others. */
static void
leases_who_waited_longest(void **state)
{
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	add(&store, "a", "x", 0);
	add(&store, "b", "y", 0);
	add(&store, "c", "z", 0);
	struct score_row bad = lease(&store, 1000, 1).at[0];
	assert_true(span_is(bad.id, "a"));
	bad.next_try_at = 1005;
	finish(&store, bad, "waiting");
	expect_lease(&store, 1005, 1, "b");
	expect_lease(&store, 1005, 1, "c");
	expect_lease(&store, 1005, 1, "a");
	store_close(&store);
}

/* The first was given a new time, later than the second's. */
static void
keeps_times_apart_when_one_is_set_anew(void **state)
{
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	add(&store, "a", "x", 1000 * SECOND + 5);
	add(&store, "b", "x", 1000 * SECOND + 6);
	add(&store, "c", "x", 0);
	add(&store, "d", "x", 1000 * SECOND + 7);
	struct score_row a = lease(&store, 1000, 9).at[0];
	a.made_at_us = 2000 * SECOND;
	a.next_try_at = 2000;
	finish(&store, a, "waiting");
	a = lease(&store, 2000, 9).at[0];
	assert_int_equal(a.made_at_us, 2000 * SECOND);
	finish(&store, a, "delivered");
	/* Not before it is true, and that is no try. */
	expect_lease(&store, 2000, 9, "");
	struct score_row b = find(&store, "b");
	assert_int_equal(b.tried, 0);
	assert_int_equal(b.leased_until, 0);
	assert_int_equal(b.made_at_us, 2001 * SECOND);
	assert_true(b.next_try_at >= 2001 && b.next_try_at <= 2002);
	b = lease(&store, 2002, 9).at[0];
	assert_true(span_is(b.id, "b"));
	assert_int_equal(b.tried, 1);
	assert_int_equal(b.made_at_us, 2001 * SECOND);
	/* The same time again: whoever has it knows it. */
	b.next_try_at = 2500;
	finish(&store, b, "waiting");
	b = lease(&store, 2500, 9).at[0];
	assert_int_equal(b.made_at_us, 2001 * SECOND);
	assert_int_equal(find(&store, "b").made_at_us, 2001 * SECOND);
	finish(&store, b, "delivered");
	/* The tool's own time stays, and moves nobody's. */
	struct score_row c = lease(&store, 2500, 9).at[0];
	assert_true(span_is(c.id, "c"));
	assert_int_equal(c.made_at_us, 0);
	finish(&store, c, "delivered");
	struct score_row d = lease(&store, 2500, 9).at[0];
	assert_true(span_is(d.id, "d"));
	assert_int_equal(d.made_at_us, 2002 * SECOND);
	store_close(&store);
}

enum { RIVALS = 8 };

struct rival {
	struct db *db;
	size_t leased;
	enum fault got;
	pthread_t thread;
};

static void *
race(void *arg)
{
	struct rival *rival = arg;
	struct score_list list = {0};
	struct call call = {.op = LEASE,
	    .id = SPAN("p"),
	    .max = 100,
	    .number = 1030,
	    .out = &list};
	struct cx cx;

	cx_init(&cx, random_bytes);
	cx.now = 1000;
	rival->got = db_write(rival->db, &cx, run, &call);
	rival->leased = list.count;
	cx_release(&cx);
	return NULL;
}

/* Two instances are two connections to one file. */
static void
one_of_many_leases(void **state)
{
	struct rival rivals[RIVALS];
	struct store store;
	struct db *second;

	(void)state;
	open_with_platforms(&store, 1000);
	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), NULL, &second), FAULT_NONE);
	CALL(&store, NONE, FILL, .id = SPAN("p"), .number = 50);
	size_t leased = 0;
	for (size_t i = 0; i < RIVALS; i++) {
		rivals[i] = (struct rival){.db = i % 2 ? second : store.db};
		if (pthread_create(&rivals[i].thread, NULL, race, &rivals[i]) !=
		    0)
			fail_msg("no thread");
	}
	for (size_t i = 0; i < RIVALS; i++) {
		pthread_join(rivals[i].thread, NULL);
		assert_int_equal(rivals[i].got, FAULT_NONE);
		leased += rivals[i].leased;
	}
	assert_int_equal(leased, 50);
	assert_int_equal(find(&store, "p-1").tried, 1);
	db_close(second);
	store_close(&store);
}

/* --- the end ------------------------------------------------------------- */

static void
expires(void **state)
{
	struct store store;
	struct score_list list = {0};

	(void)state;
	open_with_platforms(&store, 1000);
	for (int i = 0; i < 5; i++)
		add(&store, arena_printf(store.cx.arena, "a%d", i).at,
		    arena_printf(store.cx.arena, "x%d", i).at, 0);
	/* a0 is leased until 1040, a1 is over. */
	list = lease(&store, 1010, 2);
	assert_string_equal(ids_of(&store, &list), "a0 a1");
	finish(&store, list.at[1], "delivered");
	CALL(&store, NONE, EXPIRE, .number = 1000, .max = 9, .out = &list);
	assert_int_equal(list.count, 0);
	CALL(&store, NONE, EXPIRE, .number = 1001, .max = 2, .out = &list);
	assert_int_equal(list.count, 2);
	assert_true(span_is(list.at[0].state, "expired"));
	assert_true(span_is(list.at[0].platform_id, "p"));
	assert_int_equal(list.at[0].finished_at, 1010);
	CALL(&store, NONE, EXPIRE, .number = 1001, .max = 9, .out = &list);
	assert_string_equal(ids_of(&store, &list), "a4");
	struct score_row kept = find(&store, "a4");
	assert_true(span_is(kept.state, "expired"));
	assert_int_equal(kept.body_sealed.length, 0);
	assert_int_equal(kept.finished_at, 1010);
	assert_true(span_is(find(&store, "a0").state, "waiting"));
	assert_true(span_is(find(&store, "a1").state, "delivered"));
	store.cx.now = 1040;
	CALL(&store, NONE, EXPIRE, .number = 1001, .max = 9, .out = &list);
	assert_string_equal(ids_of(&store, &list), "a0");
	assert_string_equal(due(&store, 5000), "");
	store_close(&store);
}

static void
forgets(void **state)
{
	struct store store;
	struct score_row gone;
	struct score_list list = {0};
	size_t deleted = 99;

	(void)state;
	open_with_platforms(&store, 1000);
	CALL(&store, NONE, FORGET, .number = 9999, .max = 9, .out = &deleted);
	assert_int_equal(deleted, 0);
	for (int i = 0; i < 5; i++)
		add(&store, arena_printf(store.cx.arena, "a%d", i).at,
		    arena_printf(store.cx.arena, "x%d", i).at, 0);
	list = lease(&store, 1010, 4);
	for (size_t i = 0; i < list.count; i++) {
		store.cx.now = 1010 + (int64_t)i;
		finish(&store, list.at[i], i % 2 ? "refused" : "delivered");
	}
	CALL(&store, NONE, FORGET, .number = 1010, .max = 9, .out = &deleted);
	assert_int_equal(deleted, 0);
	CALL(&store, NONE, FORGET, .number = 1013, .max = 2, .out = &deleted);
	assert_int_equal(deleted, 2);
	CALL(&store, NONE, FORGET, .number = 1013, .max = 9, .out = &deleted);
	assert_int_equal(deleted, 1);
	find(&store, "a3");
	CALL(&store, NONE, FORGET, .number = 99999, .max = 9, .out = &deleted);
	assert_int_equal(deleted, 1);
	CALL(&store, NO_SCORE, FIND, .id = SPAN("a3"), .out = &gone);
	/* What waits is not forgotten, however old. */
	find(&store, "a4");
	store_close(&store);
}

static void
goes_with_its_platform(void **state)
{
	struct score_row other = scored("b", "q", "y"), gone;
	struct service_key key = {
	    .id = SPAN("k"),
	    .place = SPAN("place"),
	    .hash = SPAN("hash"),
	    .key_sealed = SPAN("sealed"),
	    .platform_id = SPAN("p"),
	    .deployment_id = SPAN("d"),
	    .context_id = SPAN(""),
	    .resource_link_id = SPAN(""),
	    .claims = SPAN("{}"),
	};
	struct store store;

	(void)state;
	open_with_platforms(&store, 1000);
	add(&store, "a", "x", 0);
	CALL(&store, NONE, ADD, .out = &other);
	CALL(&store, NONE, KEY_ADD, .in = &key);
	struct score_row held = lease(&store, 1000, 9).at[0];
	CALL(&store, NONE, PLATFORM_REMOVE, .id = SPAN("p"));
	CALL(&store, NO_SCORE, FIND, .id = SPAN("a"), .out = &gone);
	CALL(
	    &store, NO_SERVICE_KEY, KEY_FIND, .id = SPAN("place"), .out = &key);
	find(&store, "b");
	/* Whoever was sending it meanwhile does no harm. */
	assert_false(finish(&store, held, "delivered"));
	CALL(&store, NONE, GIVE_BACK, .in = &held);
	CALL(&store, NO_SCORE, FIND, .id = SPAN("a"), .out = &gone);
	assert_string_equal(due(&store, 1000), "q");
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(adds_and_finds),
	    cmocka_unit_test(keeps_times_a_second_apart),
	    cmocka_unit_test(has_a_limit),
	    cmocka_unit_test(knows_who_waits),
	    cmocka_unit_test(knows_what_is_due),
	    cmocka_unit_test(leases_the_oldest_of_a_pair),
	    cmocka_unit_test(leases_so_many_of_a_platform),
	    cmocka_unit_test(ends_leases_by_itself),
	    cmocka_unit_test(finishes),
	    cmocka_unit_test(gives_back),
	    cmocka_unit_test(leases_who_waited_longest),
	    cmocka_unit_test(keeps_times_apart_when_one_is_set_anew),
	    cmocka_unit_test(one_of_many_leases),
	    cmocka_unit_test(expires),
	    cmocka_unit_test(forgets),
	    cmocka_unit_test(goes_with_its_platform),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
