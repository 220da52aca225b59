/* service_keys_test.c - keys for service calls outside a launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store.h"
#include "store/platforms.h"
#include "store/service_keys.h"

/* Jobs run on the writer's thread, where nothing may be asserted: a call is a
 * row of what to do. */
enum op {
	ADD,
	FIND_PLACE,
	FIND_HASH,
	USE,
	LIST,
	REMOVE,
	REMOVE_ALL,
	FILL,
	PLATFORM_ADD,
	PLATFORM_REMOVE,
};

struct call {
	enum op op;
	const void *in;
	void *out;
	struct span a, b;
	int64_t number;
};

static enum fault
fill(struct db_session *s, struct cx *cx, struct span platform, int64_t count)
{
	return DB_RUN(s, cx, NULL,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < $2) INSERT INTO service_keys SELECT $1 || i,"
	    " 'place ' || $1 || i, 'hash ' || $1 || i, 's', $1, 'd', NULL,"
	    " '', '', '{}', 1, 0 FROM n",
	    DB_TEXT(platform), DB_INTEGER(count));
}

static enum fault
run(struct db_session *s, struct cx *cx, void *arg)
{
	const struct call *call = arg;

	switch (call->op) {
	case ADD:
		return service_keys_add(s, cx, call->in);
	case FIND_PLACE:
		return service_keys_find_place(s, cx, call->a, call->out);
	case FIND_HASH:
		return service_keys_find_hash(s, cx, call->a, call->out);
	case USE:
		return service_keys_use(s, cx, call->a);
	case LIST:
		return service_keys_list(s, cx,
		    &(struct service_key_filter){
			.platform_id = call->a, .before = call->b},
		    call->out);
	case REMOVE:
		return service_keys_remove(s, cx, call->a, call->out);
	case REMOVE_ALL:
		return service_keys_remove_all(s, cx, call->a, call->out);
	case FILL:
		return fill(s, cx, call->a, call->number);
	case PLATFORM_ADD:
		return platforms_add(s, cx, call->in);
	case PLATFORM_REMOVE:
		return platforms_remove(s, cx, call->a);
	}
	return FAULT_STORE_FAILED;
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
open_with_platforms(struct store *store)
{
	static const char *const ids[] = {"p", "q"};

	store_open(store);
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

static struct service_key
key_of(const char *id, const char *place, const char *hash)
{
	return (struct service_key){
	    .id = span_of(id),
	    .place = span_of(place),
	    .hash = span_of(hash),
	    .key_sealed = SPAN("sealed"),
	    .platform_id = SPAN("p"),
	    .deployment_id = SPAN("d"),
	    .organization_id = SPAN("o"),
	    .context_id = SPAN("c"),
	    .resource_link_id = SPAN("r"),
	    .claims = SPAN("{\"a\":1}"),
	    .created_at = 1000,
	};
}

static void
keeps_one_of_each_place(void **state)
{
	struct service_key key = key_of("a", "x", "h"), found;
	struct store store;

	(void)state;
	open_with_platforms(&store);
	CALL(&store, NO_SERVICE_KEY, FIND_PLACE, .a = SPAN("x"), .out = &found);
	CALL(&store, NONE, ADD, .in = &key);
	CALL(&store, NONE, FIND_PLACE, .a = SPAN("x"), .out = &found);
	assert_true(span_is(found.id, "a"));
	assert_true(span_is(found.place, "x"));
	assert_true(span_is(found.hash, "h"));
	assert_true(span_is(found.key_sealed, "sealed"));
	assert_true(span_is(found.platform_id, "p"));
	assert_true(span_is(found.deployment_id, "d"));
	assert_true(span_is(found.organization_id, "o"));
	assert_true(span_is(found.context_id, "c"));
	assert_true(span_is(found.resource_link_id, "r"));
	assert_true(span_is(found.claims, "{\"a\":1}"));
	assert_int_equal(found.created_at, 1000);
	assert_int_equal(found.used_at, 0);
	/* Whoever came second is given the first's. */
	const struct service_key second = key_of("b", "x", "i");
	CALL(&store, NONE, ADD, .in = &second);
	CALL(&store, NONE, FIND_PLACE, .a = SPAN("x"), .out = &found);
	assert_true(span_is(found.id, "a"));
	CALL(&store, NOT_AUTHORIZED, FIND_HASH, .a = SPAN("i"), .out = &found);
	/* The same key or id for two places is nobody's wish. */
	const struct service_key same_hash = key_of("c", "y", "h");
	CALL(&store, STORE_CONFLICT, ADD, .in = &same_hash);
	const struct service_key same_id = key_of("a", "y", "j");
	CALL(&store, STORE_CONFLICT, ADD, .in = &same_id);
	struct service_key nobodys = key_of("d", "z", "k");
	nobodys.organization_id = SPAN("");
	CALL(&store, NONE, ADD, .in = &nobodys);
	CALL(&store, NONE, FIND_PLACE, .a = SPAN("z"), .out = &found);
	assert_int_equal(found.organization_id.length, 0);
	nobodys = key_of("e", "zz", "l");
	nobodys.platform_id = SPAN("nobody");
	CALL(&store, STORE_FAILED, ADD, .in = &nobodys);
	store_close(&store);
}

static void
finds_by_hash(void **state)
{
	static const struct {
		const char *name, *hash;
		bool found;
	} rows[] = {
	    {"there", "h", true},
	    {"in capitals", "H", false},
	    {"another", "i", false},
	    {"empty", "", false},
	    {"the place", "x", false},
	    {"the sealed key", "sealed", false},
	    {"a pattern", "%", false},
	};
	const struct service_key key = key_of("a", "x", "h");
	struct store store;

	(void)state;
	open_with_platforms(&store);
	CALL(&store, NONE, ADD, .in = &key);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct service_key found = {.created_at = 77};
		struct call call = {
		    .op = FIND_HASH, .a = span_of(rows[i].hash), .out = &found};
		enum fault got = db_read(store.db, &store.cx, run, &call);
		if (got != (rows[i].found ? FAULT_NONE : FAULT_NOT_AUTHORIZED))
			fail_msg("%s: %s", rows[i].name, fault_text(got)->name);
		if (got && (found.created_at != 77 ||
			       strcmp(store.cx.note.telling,
				   "Invalid service key.") != 0))
			fail_msg("%s: %s", rows[i].name, store.cx.note.telling);
	}
	store_close(&store);
}

static void
notes_a_use(void **state)
{
	const struct service_key a = key_of("a", "x", "h");
	const struct service_key b = key_of("b", "y", "i");
	struct service_key found;
	struct store store;

	(void)state;
	open_with_platforms(&store);
	CALL(&store, NONE, ADD, .in = &a);
	CALL(&store, NONE, ADD, .in = &b);
	store.cx.now = 5000;
	CALL(&store, NONE, USE, .a = SPAN("a"));
	CALL(&store, NONE, USE, .a = SPAN("nobody"));
	CALL(&store, NONE, FIND_HASH, .a = SPAN("h"), .out = &found);
	assert_int_equal(found.used_at, 5000);
	assert_int_equal(found.created_at, 1000);
	CALL(&store, NONE, FIND_HASH, .a = SPAN("i"), .out = &found);
	assert_int_equal(found.used_at, 0);
	store_close(&store);
}

static void
lists(void **state)
{
	static const struct {
		const char *name, *platform, *before, *ids;
	} rows[] = {
	    {"all", "", "", "edcba"},
	    {"of one platform", "p", "", "eca"},
	    {"of the other", "q", "", "db"},
	    {"of nobody", "r", "", ""},
	    {"after one", "", "d", "cba"},
	    {"after one of the other", "p", "d", "ca"},
	    {"after the last", "", "a", ""},
	    {"after what is not there", "", "cc", "cba"},
	};
	static const char *const ids[] = {"a", "b", "c", "d", "e"};
	struct service_key_list list;
	struct store store;

	(void)state;
	open_with_platforms(&store);
	for (size_t i = 0; i < 5; i++) {
		struct service_key key = key_of(ids[i], ids[i], ids[i]);
		key.platform_id = i % 2 ? SPAN("q") : SPAN("p");
		CALL(&store, NONE, ADD, .in = &key);
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CALL(&store, NONE, LIST, .a = span_of(rows[i].platform),
		    .b = span_of(rows[i].before), .out = &list);
		struct span got = SPAN("");
		for (size_t j = 0; j < list.count; j++)
			got = arena_printf(store.cx.arena, "%.*s%.*s",
			    SPAN_ARGS(got), SPAN_ARGS(list.at[j].id));
		if (!span_is(got, rows[i].ids))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(got));
	}
	CALL(&store, NONE, FILL, .a = SPAN("p"),
	    .number = SERVICE_KEYS_LISTED_MAX);
	CALL(&store, NONE, LIST, .a = SPAN(""), .b = SPAN(""), .out = &list);
	assert_int_equal(list.count, SERVICE_KEYS_LISTED_MAX);
	CALL(&store, NONE, LIST, .a = SPAN("p"),
	    .b = list.at[list.count - 1].id, .out = &list);
	assert_int_equal(list.count, 3);
	store_close(&store);
}

static void
removes(void **state)
{
	const struct service_key a = key_of("a", "x", "h");
	struct service_key b = key_of("b", "y", "i"), found;
	struct span platform = SPAN("?");
	size_t removed = 99;
	struct store store;

	(void)state;
	open_with_platforms(&store);
	b.platform_id = SPAN("q");
	CALL(&store, NONE, ADD, .in = &a);
	CALL(&store, NONE, ADD, .in = &b);
	CALL(&store, NO_SERVICE_KEY, REMOVE, .a = SPAN("c"), .out = &platform);
	assert_true(span_is(platform, "?"));
	CALL(&store, NONE, REMOVE, .a = SPAN("b"), .out = &platform);
	assert_true(span_is(platform, "q"));
	CALL(&store, NO_SERVICE_KEY, REMOVE, .a = SPAN("b"), .out = &platform);
	CALL(&store, NOT_AUTHORIZED, FIND_HASH, .a = SPAN("i"), .out = &found);
	/* Its place is free again. */
	CALL(&store, NONE, ADD, .in = &b);
	CALL(&store, NONE, REMOVE_ALL, .a = SPAN("r"), .out = &removed);
	assert_int_equal(removed, 0);
	CALL(&store, NONE, REMOVE_ALL, .a = SPAN("q"), .out = &removed);
	assert_int_equal(removed, 1);
	CALL(&store, NONE, FIND_HASH, .a = SPAN("h"), .out = &found);
	/* More than one batch; and one exactly. */
	CALL(&store, NONE, FILL, .a = SPAN("q"), .number = 10001);
	CALL(&store, NONE, REMOVE_ALL, .a = SPAN("q"), .out = &removed);
	assert_int_equal(removed, 10001);
	CALL(&store, NONE, FILL, .a = SPAN("q"), .number = 5000);
	CALL(&store, NONE, REMOVE_ALL, .a = SPAN("q"), .out = &removed);
	assert_int_equal(removed, 5000);
	CALL(&store, NONE, FIND_HASH, .a = SPAN("h"), .out = &found);
	CALL(&store, NONE, PLATFORM_REMOVE, .a = SPAN("p"));
	CALL(&store, NOT_AUTHORIZED, FIND_HASH, .a = SPAN("h"), .out = &found);
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_one_of_each_place),
	    cmocka_unit_test(finds_by_hash),
	    cmocka_unit_test(notes_a_use),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(removes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
