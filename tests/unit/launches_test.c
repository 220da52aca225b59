/* launches_test.c - what is remembered of launches, and where they come from
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
#include "store/deployments.h"
#include "store/launches.h"
#include "store/organizations.h"
#include "store/platforms.h"
#include "store/settings.h"
#include "store/versions.h"

/* Each call is a transaction. Jobs run on the writer's thread, where nothing
 * may be asserted: a call is a row of what to do. */
enum op {
	LAUNCH_ADD,
	LAUNCH_FIND,
	LAUNCH_EXPIRE,
	LAUNCH_FORGET,
	DEPLOYMENT_ADD,
	DEPLOYMENT_FIND,
	DEPLOYMENT_COUNT,
	DEPLOYMENT_CHANGE,
	PLATFORM_ADD,
	PLATFORM_FIND,
	PLATFORM_FIND_ISSUER,
	PLATFORM_CHANGE,
	PLATFORM_REMOVE,
	PLATFORM_KEEP_FIRST,
	ORGANIZATION_ADD,
	SETTING_REPLACE,
	VERSION_FIND,
	VERSION_RAISE,
	VERSION_RAISE_IN_VAIN,
};

struct call {
	enum op op;
	const void *in;
	void *out;
	struct span a, b;
	int64_t number, max;
};

static enum fault
run_launch(struct db_session *s, struct cx *cx, const struct call *call)
{
	const struct launch_row *row = call->in;

	switch ((int)call->op) {
	case LAUNCH_ADD:
		return launches_add(s, cx, row);
	case LAUNCH_FIND:
		return launches_find(s, cx, row->key, call->number, call->out);
	case LAUNCH_EXPIRE:
		return launches_expire(
		    s, cx, call->number, call->max, call->out);
	case LAUNCH_FORGET:
		return launches_forget(s, cx);
	case DEPLOYMENT_ADD:
		return deployments_add(s, cx, call->in);
	case DEPLOYMENT_FIND:
		return deployments_find(s, cx, call->a, call->b, call->out);
	case DEPLOYMENT_COUNT:
		return deployments_count(s, cx, call->a, call->out);
	case DEPLOYMENT_CHANGE:
		return deployments_change(s, cx, call->in);
	default:
		return FAULT_STORE_FAILED;
	}
}

/* All of them: each change raises one. */
static enum fault
find_version(struct db_session *session, struct cx *cx, int64_t *out)
{
	struct versions versions;
	enum fault which = versions_find(session, cx, &versions);

	*out = versions.settings;
	for (size_t i = 0; i < VERSIONS_SHELVES; i++)
		*out += versions.shelves[i];
	return which;
}

static enum fault
run(struct db_session *s, struct cx *cx, void *arg)
{
	const struct call *call = arg;
	enum fault which;

	switch ((int)call->op) {
	case PLATFORM_ADD:
		return platforms_add(s, cx, call->in);
	case PLATFORM_FIND:
		return platforms_find(s, cx, call->a, call->out);
	case PLATFORM_FIND_ISSUER:
		return platforms_find_issuer(s, cx, call->a, call->out);
	case PLATFORM_CHANGE:
		return platforms_change(s, cx, call->in);
	case PLATFORM_REMOVE:
		return platforms_remove(s, cx, call->a);
	case PLATFORM_KEEP_FIRST:
		return platforms_keep_first_launch(s, cx, call->a, call->b);
	case ORGANIZATION_ADD:
		return organizations_add(s, cx, call->in);
	case SETTING_REPLACE:
		return settings_replace(s, cx, "tool", call->a);
	case VERSION_FIND:
		return find_version(s, cx, call->out);
	case VERSION_RAISE:
		return versions_raise(s, cx, SPAN(""));
	case VERSION_RAISE_IN_VAIN:
		which = versions_raise(s, cx, SPAN("a"));
		return which ? which : FAULT_PARAMETER_REFUSED;
	default:
		return run_launch(s, cx, call);
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

/* --- launches ------------------------------------------------------------ */

static struct launch_row
launched(int64_t hour, const char *nonce)
{
	return (struct launch_row){
	    .key = {hour, span_of(nonce)},
	    .platform_id = SPAN("p"),
	    .deployment_id = SPAN("d"),
	    .organization_id = SPAN("o"),
	    .claims_sealed = SPAN("sealed"),
	    .created_at = 7000,
	};
}

static void
add_launch(struct store *store, int64_t hour, const char *nonce)
{
	const struct launch_row row = launched(hour, nonce);
	CALL(store, NONE, LAUNCH_ADD, .in = &row);
}

/* A37, OI6. */
static void
keeps_each_launch_once(void **state)
{
	struct launch_row row = launched(500, "n"), found;
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, LAUNCH_ADD, .in = &row);
	CALL(&store, LAUNCH_REPLAYED, LAUNCH_ADD, .in = &row);
	/* Whoever else it is, and whenever it comes. */
	struct launch_row again = launched(500, "n");
	again.platform_id = SPAN("q");
	again.created_at = 999999;
	CALL(&store, LAUNCH_REPLAYED, LAUNCH_ADD, .in = &again);
	CALL(&store, NONE, LAUNCH_FIND, .in = &row, .out = &found);
	assert_int_equal(found.key.hour, 500);
	assert_true(span_is(found.key.nonce, "n"));
	assert_true(span_is(found.platform_id, "p"));
	assert_true(span_is(found.deployment_id, "d"));
	assert_true(span_is(found.organization_id, "o"));
	assert_true(span_is(found.claims_sealed, "sealed"));
	assert_int_equal(found.created_at, 7000);
	/* Another nonce, another hour, another case: another launch. */
	add_launch(&store, 500, "m");
	add_launch(&store, 501, "n");
	add_launch(&store, 500, "N");
	struct launch_row nobodys = launched(500, "o");
	nobodys.organization_id = SPAN("");
	CALL(&store, NONE, LAUNCH_ADD, .in = &nobodys);
	CALL(&store, NONE, LAUNCH_FIND, .in = &nobodys, .out = &found);
	assert_int_equal(found.organization_id.length, 0);
	store_close(&store);
}

static void
finds_launches(void **state)
{
	static const struct {
		const char *name;
		int64_t hour;
		const char *nonce;
		int64_t since;
		bool found;
	} rows[] = {
	    {"there", 500, "n", 0, true},
	    {"just young enough", 500, "n", 7000, true},
	    {"too old", 500, "n", 7001, false},
	    {"another nonce", 500, "m", 0, false},
	    {"another hour", 501, "n", 0, false},
	    {"in capitals", 500, "N", 0, false},
	    {"empty", 500, "", 0, false},
	};
	struct store store;

	(void)state;
	store_open(&store);
	add_launch(&store, 500, "n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct launch_row row = launched(rows[i].hour, rows[i].nonce);
		struct launch_row found = {.created_at = 77};
		struct call call = {LAUNCH_FIND, .in = &row, .out = &found,
		    .number = rows[i].since};
		enum fault got = db_read(store.db, &store.cx, run, &call);
		if (got != (rows[i].found ? FAULT_NONE : FAULT_NOT_AUTHORIZED))
			fail_msg("%s: %s", rows[i].name, fault_text(got)->name);
		if (got && (found.created_at != 77 ||
			       strcmp(store.cx.note.telling,
				   "Invalid or expired ltik.") != 0))
			fail_msg("%s: %s", rows[i].name, store.cx.note.telling);
	}
	store_close(&store);
}

static void
forgets_launches(void **state)
{
	struct launch_row kept = launched(500, "kept"), found;
	struct store store;
	size_t deleted = 99;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, LAUNCH_EXPIRE, .out = &deleted, .number = 500,
	    .max = 10);
	assert_int_equal(deleted, 0);
	add_launch(&store, 500, "kept");
	for (int i = 0; i < 5; i++)
		add_launch(
		    &store, 490 + i, arena_printf(store.cx.arena, "n%d", i).at);
	/* So many at a time, the oldest first; the hour itself stays. */
	CALL(&store, NONE, LAUNCH_EXPIRE, .out = &deleted, .number = 500,
	    .max = 2);
	assert_int_equal(deleted, 2);
	struct launch_row third = launched(492, "n2");
	CALL(&store, NONE, LAUNCH_FIND, .in = &third, .out = &found);
	struct launch_row second = launched(491, "n1");
	CALL(&store, NOT_AUTHORIZED, LAUNCH_FIND, .in = &second, .out = &found);
	CALL(&store, NONE, LAUNCH_EXPIRE, .out = &deleted, .number = 500,
	    .max = 10);
	assert_int_equal(deleted, 3);
	CALL(&store, NONE, LAUNCH_FIND, .in = &kept, .out = &found);
	CALL(&store, LAUNCH_REPLAYED, LAUNCH_ADD, .in = &kept);
	CALL(&store, NONE, LAUNCH_EXPIRE, .out = &deleted, .number = 501,
	    .max = 10);
	assert_int_equal(deleted, 1);
	/* All of them, from the first hour on. */
	add_launch(&store, 0, "zero");
	add_launch(&store, 500, "kept");
	CALL(&store, NONE, LAUNCH_FORGET);
	CALL(&store, NOT_AUTHORIZED, LAUNCH_FIND, .in = &kept, .out = &found);
	add_launch(&store, 0, "zero");
	store_close(&store);
}

/* --- many at once -------------------------------------------------------- */

enum { RIVALS = 32 };

struct rival {
	struct db *db;
	struct launch_row row;
	enum fault got;
	pthread_t thread;
};

static void *
race(void *arg)
{
	struct rival *rival = arg;
	struct call call = {LAUNCH_ADD, .in = &rival->row};
	struct cx cx;

	cx_init(&cx, random_bytes);
	rival->got = db_write(rival->db, &cx, run, &call);
	cx_release(&cx);
	return NULL;
}

/* A37: two instances are two connections to one file. */
static void
one_of_many_wins(void **state)
{
	struct rival rivals[RIVALS];
	struct store store;
	struct db *second;

	(void)state;
	store_open(&store);
	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), NULL, &second), FAULT_NONE);
	for (int round = 0; round < 5; round++) {
		int won = 0;
		for (size_t i = 0; i < RIVALS; i++) {
			rivals[i] = (struct rival){
			    .db = i % 2 ? second : store.db,
			    .row = launched(500 + round, "n"),
			};
			rivals[i].row.created_at = (int64_t)i;
			if (pthread_create(
				&rivals[i].thread, NULL, race, &rivals[i]) != 0)
				fail_msg("no thread");
		}
		for (size_t i = 0; i < RIVALS; i++)
			pthread_join(rivals[i].thread, NULL);
		for (size_t i = 0; i < RIVALS; i++) {
			struct launch_row found;
			if (rivals[i].got == FAULT_LAUNCH_REPLAYED)
				continue;
			assert_int_equal(rivals[i].got, FAULT_NONE);
			won++;
			/* What is kept is the winner's. */
			CALL(&store, NONE, LAUNCH_FIND, .in = &rivals[i].row,
			    .out = &found);
			assert_int_equal(found.created_at, i);
		}
		if (won != 1)
			fail_msg("round %d: %d won", round, won);
	}
	db_close(second);
	store_close(&store);
}

/* --- platforms ----------------------------------------------------------- */

static struct platform
platform_of(const char *id, const char *issuer, const char *client_id)
{
	return (struct platform){
	    .id = span_of(id),
	    .issuer = span_of(issuer),
	    .client_id = span_of(client_id),
	    .name = span_of(id),
	    .active = true,
	};
}

/* OI3. */
static void
finds_the_only_one_of_an_issuer(void **state)
{
	const struct platform a = platform_of("a", "https://l.example", "1");
	const struct platform b = platform_of("b", "https://l.example", "2");
	const struct platform c = platform_of("c", "https://l.example/", "1");
	struct platform found = {.created_at = 77};
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NO_PLATFORM, PLATFORM_FIND_ISSUER,
	    .a = SPAN("https://l.example"), .out = &found);
	assert_int_equal(found.created_at, 77);
	CALL(&store, NONE, PLATFORM_ADD, .in = &a);
	CALL(&store, NONE, PLATFORM_ADD, .in = &c);
	CALL(&store, NONE, PLATFORM_FIND_ISSUER, .a = SPAN("https://l.example"),
	    .out = &found);
	assert_true(span_is(found.id, "a"));
	CALL(&store, NO_PLATFORM, PLATFORM_FIND_ISSUER,
	    .a = SPAN("https://L.example"), .out = &found);
	CALL(&store, NO_PLATFORM, PLATFORM_FIND_ISSUER, .a = SPAN(""),
	    .out = &found);
	CALL(&store, NONE, PLATFORM_ADD, .in = &b);
	CALL(&store, CLIENT_ID_NEEDED, PLATFORM_FIND_ISSUER,
	    .a = SPAN("https://l.example"), .out = &found);
	CALL(&store, NONE, PLATFORM_REMOVE, .a = SPAN("a"));
	CALL(&store, NONE, PLATFORM_FIND_ISSUER, .a = SPAN("https://l.example"),
	    .out = &found);
	assert_true(span_is(found.id, "b"));
	store_close(&store);
}

static void
keeps_the_first_launch(void **state)
{
	struct platform a = platform_of("a", "i", "1"), found;
	const struct platform b = platform_of("b", "i", "2");
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, PLATFORM_ADD, .in = &a);
	CALL(&store, NONE, PLATFORM_ADD, .in = &b);
	CALL(&store, NONE, PLATFORM_KEEP_FIRST, .a = SPAN("a"),
	    .b = SPAN("{\"n\":1}"));
	CALL(&store, NONE, PLATFORM_KEEP_FIRST, .a = SPAN("a"),
	    .b = SPAN("{\"n\":2}"));
	CALL(&store, NONE, PLATFORM_KEEP_FIRST, .a = SPAN("?"),
	    .b = SPAN("{\"n\":3}"));
	CALL(&store, NONE, PLATFORM_FIND, .a = SPAN("a"), .out = &found);
	assert_true(span_is(found.first_launch, "{\"n\":1}"));
	CALL(&store, NONE, PLATFORM_FIND, .a = SPAN("b"), .out = &found);
	assert_int_equal(found.first_launch.length, 0);
	/* A change writes these as it does the rest. */
	a.target = SPAN("https://t.example/own");
	a.first_launch = SPAN("{\"n\":4}");
	CALL(&store, NONE, PLATFORM_CHANGE, .in = &a);
	CALL(&store, NONE, PLATFORM_FIND, .a = SPAN("a"), .out = &found);
	assert_true(span_is(found.target, "https://t.example/own"));
	assert_true(span_is(found.first_launch, "{\"n\":4}"));
	store_close(&store);
}

/* --- deployments --------------------------------------------------------- */

static struct deployment
deployed(const char *platform, const char *id, int64_t seen_at)
{
	return (struct deployment){
	    .platform_id = span_of(platform),
	    .deployment_id = span_of(id),
	    .allowed = true,
	    .origin = SPAN("launch"),
	    .first_seen_at = seen_at,
	};
}

static void
changes_deployments(void **state)
{
	const struct platform a = platform_of("a", "i", "1");
	const struct organization customer = {SPAN("o"), SPAN("O"), 1};
	struct deployment one = deployed("a", "d", 5), found;
	struct deployment two = deployed("a", "D", 5);
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, ORGANIZATION_ADD, .in = &customer);
	CALL(&store, NONE, PLATFORM_ADD, .in = &a);
	CALL(&store, NO_DEPLOYMENT, DEPLOYMENT_FIND, .a = SPAN("a"),
	    .b = SPAN("d"), .out = &found);
	CALL(&store, NO_DEPLOYMENT, DEPLOYMENT_CHANGE, .in = &one);
	CALL(&store, NONE, DEPLOYMENT_ADD, .in = &one);
	two.inherits = true;
	CALL(&store, NONE, DEPLOYMENT_ADD, .in = &two);
	/* Its owner and its permission change, the rest does not. */
	one.organization_id = SPAN("o");
	one.allowed = false;
	one.inherits = true;
	one.origin = SPAN("manual");
	one.first_seen_at = 99;
	CALL(&store, NONE, DEPLOYMENT_CHANGE, .in = &one);
	CALL(&store, NONE, DEPLOYMENT_FIND, .a = SPAN("a"), .b = SPAN("d"),
	    .out = &found);
	assert_true(span_is(found.platform_id, "a"));
	assert_true(span_is(found.deployment_id, "d"));
	assert_true(span_is(found.organization_id, "o"));
	assert_false(found.allowed || found.inherits);
	assert_true(span_is(found.origin, "launch"));
	assert_int_equal(found.first_seen_at, 5);
	/* CO1: ids differ by their case. */
	CALL(&store, NONE, DEPLOYMENT_FIND, .a = SPAN("a"), .b = SPAN("D"),
	    .out = &found);
	assert_true(found.allowed && found.inherits);
	assert_int_equal(found.organization_id.length, 0);
	one.organization_id = SPAN("nobody");
	CALL(&store, STORE_FAILED, DEPLOYMENT_CHANGE, .in = &one);
	one.organization_id = SPAN("");
	CALL(&store, NONE, DEPLOYMENT_CHANGE, .in = &one);
	CALL(&store, NONE, DEPLOYMENT_FIND, .a = SPAN("a"), .b = SPAN("d"),
	    .out = &found);
	assert_int_equal(found.organization_id.length, 0);
	CALL(&store, NO_DEPLOYMENT, DEPLOYMENT_FIND, .a = SPAN("b"),
	    .b = SPAN("d"), .out = &found);
	store_close(&store);
}

static void
counts_deployments(void **state)
{
	static const struct {
		const char *name, *platform, *id;
		size_t count; /* of the platform, then */
	} rows[] = {
	    {"the first", "a", "d1", 1},
	    {"of another platform", "b", "d1", 1},
	    {"a second", "a", "d2", 2},
	    {"known already", "a", "d1", 2},
	    {"in capitals", "a", "D1", 3},
	};
	const struct platform a = platform_of("a", "i", "1");
	const struct platform b = platform_of("b", "i", "2");
	struct store store;
	size_t count = 99;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, PLATFORM_ADD, .in = &a);
	CALL(&store, NONE, PLATFORM_ADD, .in = &b);
	CALL(&store, NONE, DEPLOYMENT_COUNT, .a = SPAN("a"), .out = &count);
	assert_int_equal(count, 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct deployment one =
		    deployed(rows[i].platform, rows[i].id, (int64_t)i);
		CALL(&store, NONE, DEPLOYMENT_ADD, .in = &one);
		CALL(&store, NONE, DEPLOYMENT_COUNT, .a = one.platform_id,
		    .out = &count);
		if (count != rows[i].count)
			fail_msg("%s: %zu", rows[i].name, count);
	}
	store_close(&store);
}

/* --- versions ------------------------------------------------------------ */

static int64_t
version_of(struct store *store, struct db *db)
{
	int64_t version = -1;
	struct call call = {VERSION_FIND, .out = &version};

	assert_int_equal(db_read(db, &store->cx, run, &call), FAULT_NONE);
	return version;
}

static void
counts_changes(void **state)
{
	struct platform a = platform_of("a", "i", "1");
	struct platform nobody = platform_of("?", "i", "2");
	struct deployment deployment = deployed("a", "d", 1);
	struct launch_row launch = launched(1, "n");
	const struct {
		const char *name;
		struct call call;
		enum fault expected;
		bool raises;
	} rows[] = {
	    {"raised", {.op = VERSION_RAISE}, FAULT_NONE, true},
	    {"undone", {.op = VERSION_RAISE_IN_VAIN}, FAULT_PARAMETER_REFUSED,
		false},
	    /* Nothing is kept of what is not there. */
	    {"platform added", {PLATFORM_ADD, .in = &a}, FAULT_NONE, false},
	    {"platform changed", {PLATFORM_CHANGE, .in = &a}, FAULT_NONE, true},
	    {"no platform changed", {PLATFORM_CHANGE, .in = &nobody},
		FAULT_NO_PLATFORM, false},
	    /* Whoever keeps it notes it in memory. */
	    {"first launch",
		{PLATFORM_KEEP_FIRST, .a = SPAN("a"), .b = SPAN("{}")},
		FAULT_NONE, false},
	    {"settings", {SETTING_REPLACE, .a = SPAN("{}")}, FAULT_NONE, true},
	    {"launch", {LAUNCH_ADD, .in = &launch}, FAULT_NONE, false},
	    {"deployment", {DEPLOYMENT_ADD, .in = &deployment}, FAULT_NONE,
		false},
	    {"no platform removed", {PLATFORM_REMOVE, .a = SPAN("?")},
		FAULT_NO_PLATFORM, false},
	    {"platform removed", {PLATFORM_REMOVE, .a = SPAN("a")}, FAULT_NONE,
		true},
	};
	struct store store;
	/* It does not listen: what was undone is told as well. */
	const struct db_options deaf = {.portable = true};
	struct db *second;

	(void)state;
	store_open(&store);
	assert_int_equal(
	    db_open(&store.cx, span_of(store.url), &deaf, &second), FAULT_NONE);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call call = rows[i].call;
		int64_t version = version_of(&store, store.db);
		uint64_t touched = db_touched(store.db);
		uint64_t touched_there = db_touched(second);
		enum fault got = db_write(store.db, &store.cx, run, &call);
		bool raised = version_of(&store, store.db) == version + 1;
		if (got != rows[i].expected || raised != rows[i].raises ||
		    (!raised && version_of(&store, store.db) != version))
			fail_msg("%s: %s: %lld", rows[i].name,
			    fault_text(got)->name, (long long)version);
		/* Here at once, for others by the version. */
		if (raised && db_touched(store.db) == touched)
			fail_msg("%s: not told here", rows[i].name);
		if (version_of(&store, second) != version + (raised ? 1 : 0) ||
		    db_touched(second) != touched_there)
			fail_msg("%s: not told elsewhere", rows[i].name);
	}
	db_close(second);
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_each_launch_once),
	    cmocka_unit_test(finds_launches),
	    cmocka_unit_test(forgets_launches),
	    cmocka_unit_test(one_of_many_wins),
	    cmocka_unit_test(finds_the_only_one_of_an_issuer),
	    cmocka_unit_test(keeps_the_first_launch),
	    cmocka_unit_test(changes_deployments),
	    cmocka_unit_test(counts_deployments),
	    cmocka_unit_test(counts_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
