/* events_test.c - finding events among many
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "store.h"
#include "store/events.h"

enum { START = 1700000000, COUNT = 12000 };

/* One a second. Every 5th is of organisation b, every 1000th a registration,
 * every 1000th but one an error; the rest are launches of organisation a. */
static enum fault
fill(struct db_session *s, struct cx *cx, void *arg)
{
	enum fault which = FAULT_NONE;

	(void)arg;
	for (int i = 0; !which && i < COUNT; i++) {
		struct arena *arena = cx->arena;
		which = DB_LATER(s, cx, FAULT_STORE_CONFLICT, NULL,
		    "INSERT INTO events (id, at, level, kind, reference,"
		    " platform_id, message, details, organization_id)"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		    DB_TEXT(arena_printf(arena, "00%llx000000000000",
			(unsigned long long)(START + i))),
		    DB_INTEGER(START + i),
		    DB_TEXT(i % 1000 == 1 ? SPAN("error") : SPAN("info")),
		    DB_TEXT(
			i % 1000 == 0 ? SPAN("registration") : SPAN("launch")),
		    DB_TEXT(arena_printf(arena, "r%d", i)),
		    DB_TEXT(arena_printf(arena, "p%d", i % 3)),
		    DB_TEXT(arena_printf(arena, "m%d", i)),
		    DB_TEXT(arena_printf(arena, "{\"x\":\"50%%_%d\"}", i)),
		    DB_TEXT(i % 5 == 0 ? SPAN("b") : SPAN("a")));
	}
	return which;
}

static enum fault
add_people(struct db_session *s, struct cx *cx, void *arg)
{
	(void)arg;
	return db_script(s, cx,
	    SPAN(
		"INSERT INTO organizations VALUES ('a', 'A', 1), ('b', 'B', 1),"
		" ('c', 'C', 1);"
		"INSERT INTO users VALUES ('both', 'x', '', '', '', NULL, 1, 1,"
		" 0), ('one', 'y', '', '', '', NULL, 1, 1, 0);"
		"INSERT INTO organization_people VALUES ('a', 'both', '', 1),"
		" ('b', 'both', '', 1), ('b', 'one', '', 1);"));
}

static void
must(struct store *store, db_work *work, void *arg)
{
	if (db_write(store->db, &store->cx, work, arg))
		fail_msg("%s", store->cx.note.detail);
}

struct listing {
	struct event_filter filter;
	struct event_list rows;
};

static enum fault
list(struct db_session *s, struct cx *cx, void *arg)
{
	struct listing *listing = arg;
	return events_list(s, cx, &listing->filter, &listing->rows);
}

/* Page after page, as a caller goes on; gives how many there were, and in how
 * many pages. */
static size_t
walk(struct store *store, struct event_filter filter, size_t *pages)
{
	struct listing listing = {.filter = filter};
	struct span last = SPAN("g");
	size_t count = 0;

	for (*pages = 1;; (*pages)++) {
		must(store, list, &listing);
		for (size_t i = 0; i < listing.rows.count; i++) {
			struct span id = listing.rows.at[i].id;
			/* In order, and none twice. */
			assert_true(memcmp(id.at, last.at, last.length) < 0);
			last = id;
		}
		count += listing.rows.count;
		if (listing.rows.count == (size_t)filter.limit)
			listing.filter.before = last;
		else if (listing.rows.searched_until.length)
			listing.filter.before = listing.rows.searched_until;
		else
			return count;
	}
}

static void
test_every_way_finds_all(void **state)
{
	const struct {
		const char *name;
		struct event_filter filter;
		size_t count, pages;
	} rows[] = {
	    {"all", {.limit = 5000}, 12000, 3},
	    {"a reference", {.reference = SPAN("r77"), .limit = 9}, 1, 1},
	    {"a rare kind", {.kind = SPAN("registration"), .limit = 99}, 12, 1},
	    {"a rare level", {.level = SPAN("error"), .limit = 99}, 12, 1},
	    {"both",
		{.kind = SPAN("launch"), .level = SPAN("error"), .limit = 99},
		12, 1},
	    {"an organisation's", {.organization_id = SPAN("b"), .limit = 9999},
		2400, 1},
	    {"its rare kind",
		{.organization_id = SPAN("b"),
		    .kind = SPAN("registration"),
		    .limit = 99},
		12, 1},
	    {"its rare level",
		{.organization_id = SPAN("b"),
		    .level = SPAN("error"),
		    .limit = 99},
		0, 1},
	    {"a platform's", {.platform_id = SPAN("p1"), .limit = 9999}, 4000,
		1},
	    {"a platform's rare level",
		{.platform_id = SPAN("p1"), .level = SPAN("error"), .limit = 9},
		4, 1},
	    {"what is looked for, one by one",
		{.search = SPAN("\"X\":\"50%_11\""), .limit = 9}, 1, 3},
	    {"nothing", {.search = SPAN("50%%"), .limit = 9}, 0, 3},
	    {"the last of a page", {.search = SPAN("M7000"), .limit = 9}, 1, 3},
	    {"the first of one", {.search = SPAN("M6999"), .limit = 9}, 1, 3},
	    {"a message", {.search = SPAN("M1199"), .limit = 99}, 11, 3},
	    {"all of both organisations",
		{.reader = SPAN("both"), .limit = 5000}, 12000, 3},
	    {"of one", {.reader = SPAN("one"), .limit = 5000}, 2400, 1},
	    {"rare among both",
		{.reader = SPAN("both"), .level = SPAN("error"), .limit = 5},
		12, 3},
	    {"of one, with a platform",
		{.reader = SPAN("one"), .platform_id = SPAN("p1"), .limit = 99},
		800, 9},
	    {"another's, by its reference",
		{.reader = SPAN("one"), .reference = SPAN("r1"), .limit = 9}, 0,
		1},
	    {"another's organisation",
		{.reader = SPAN("one"),
		    .organization_id = SPAN("a"),
		    .limit = 9},
		0, 1},
	    {"of nobody's reader", {.reader = SPAN("none"), .limit = 9}, 0, 1},
	    {"searched among both",
		{.reader = SPAN("both"), .search = SPAN("_77\""), .limit = 9},
		1, 4},
	    {"from a time on", {.since = START + 11990, .limit = 99}, 10, 1},
	    {"until a time", {.until = START + 10, .limit = 99}, 10, 1},
	    {"between", {.since = START + 5, .until = START + 7, .limit = 99},
		2, 1},
	};
	struct store store;
	size_t pages;

	(void)state;
	store_open(&store);
	must(&store, fill, NULL);
	must(&store, add_people, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t count = walk(&store, rows[i].filter, &pages);
		if (count != rows[i].count || pages != rows[i].pages)
			fail_msg(
			    "%s: %zu in %zu pages", rows[i].name, count, pages);
	}
	store_close(&store);
}

static void
test_live(void **state)
{
	struct listing listing = {.filter = {.limit = 3}};
	struct store store;

	(void)state;
	store_open(&store);
	must(&store, fill, NULL);
	must(&store, list, &listing);
	assert_int_equal(listing.rows.at[0].at, START + COUNT - 1);
	listing.filter.after = listing.rows.at[2].id;
	must(&store, list, &listing);
	assert_int_equal(listing.rows.count, 2);
	assert_int_equal(listing.rows.at[0].at, START + COUNT - 1);
	listing.filter.after = listing.rows.at[0].id;
	must(&store, list, &listing);
	assert_int_equal(listing.rows.count, 0);
	store_close(&store);
}

static enum fault
add_owned(struct db_session *s, struct cx *cx, void *arg)
{
	(void)arg;
	return db_script(s, cx,
	    SPAN(
		"INSERT INTO organizations VALUES ('a', 'A', 1);"
		"INSERT INTO platforms (id, issuer, client_id, name, active,"
		" origin, authorization_endpoint, token_endpoint, audience,"
		" key_method, key_value, organization_id, claimed_organization,"
		" family, version, targets, metadata, extra, report,"
		" management_sealed, created_at, changed_at) VALUES ('p', 'i',"
		" 'c', 'n', 1, '', '', '', '', '', '', 'a', '', '', '', '{}',"
		" '{}', '{}', '{}', '', 1, 1)"));
}

static enum fault
add(struct db_session *s, struct cx *cx, void *arg)
{
	return events_add(s, cx, arg);
}

/* Given, the platform's, nobody's. */
static void
test_whose(void **state)
{
	static const struct {
		struct span platform, given;
		const char *whose;
	} rows[] = {
	    {{"p", 1}, {NULL, 0}, "a"},
	    {{"p", 1}, {"", 0}, ""},
	    {{"p", 1}, {"b", 1}, "b"},
	    {{"gone", 4}, {NULL, 0}, ""},
	    {{"", 0}, {NULL, 0}, ""},
	    {{"", 0}, {"b", 1}, "b"},
	};
	struct store store;

	(void)state;
	store_open(&store);
	must(&store, add_owned, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct listing listing = {.filter = {.limit = 1}};
		struct event event = {.level = SPAN("info"),
		    .kind = SPAN("k"),
		    .reference = SPAN("r"),
		    .platform_id = rows[i].platform,
		    .organization_id = rows[i].given};
		/* Each a second younger. */
		store.cx.now++;
		must(&store, add, &event);
		must(&store, list, &listing);
		if (!span_is(listing.rows.at[0].organization_id, rows[i].whose))
			fail_msg("row %zu", i);
	}
	store_close(&store);
}

static void
test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: it is none */
	} rows[] = {
	    {"2026-11-21T03:46:05Z", 1795232765},
	    {"2026-11-21T03:46:05.999Z", 1795232765},
	    {"2026-11-21T04:46:05+01:00", 1795232765},
	    {"2026-11-21T00:16:05-0330", 1795232765},
	    {"2026-11-21t03:46:05z", 1795232765},
	    {"2026-11-21", 1795219200},
	    {"1970-01-01", 0},
	    {"2028-02-29", 1835395200},
	    {"2026-02-29", -1},
	    {"2026-04-31", -1},
	    {"2026-13-01", -1},
	    {"2026-11-21T24:00:00Z", -1},
	    {"2026-11-21T03:46:05", -1},
	    {"2026-11-21T03:46Z", -1},
	    {"2026-11-21T03:46:05ZZ", -1},
	    {"2026-11-21T03:46:05+25:00", -1},
	    {"2026-11-21 03:46:05Z", -1},
	    {"1969-12-31", -1},
	    {"+026-11-21", -1},
	    {"yesterday", -1},
	    {"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t got = -1;
		bool good = clock_read(span_of(rows[i].text), &got);
		if (good != (rows[i].seconds >= 0) || got != rows[i].seconds)
			fail_msg("%s: %lld", rows[i].text, (long long)got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_way_finds_all),
	    cmocka_unit_test(test_live),
	    cmocka_unit_test(test_whose),
	    cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
