/* platform_pages_test.c - which platforms a person sees
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store.h"
#include "store/platforms.h"

/* p1 is a's, p2 is b's, p3 is nobody's but has a deployment of a's. */
static enum fault
fill(struct db_session *s, struct cx *cx, void *arg)
{
	(void)arg;
	return db_script(s, cx,
	    SPAN(
		"INSERT INTO organizations VALUES ('a', 'A', 1), ('b', 'B', 1);"
		"INSERT INTO users VALUES ('ua', 'x', '', '', '', NULL, 1, 1,"
		" 0), ('ub', 'y', '', '', '', NULL, 1, 1, 0), ('none', 'z', '',"
		" '', '', NULL, 1, 1, 0);"
		"INSERT INTO organization_people VALUES ('a', 'ua', '', 1),"
		" ('b', 'ub', '', 1);"
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
		" n WHERE i < 3) INSERT INTO platforms (id, issuer, client_id,"
		" name, active, origin, authorization_endpoint,"
		" token_endpoint, audience, key_method, key_value,"
		" organization_id, claimed_organization, family, version,"
		" targets, metadata, extra, report, management_sealed,"
		" created_at, changed_at) SELECT 'p' || i, 'i', 'c' || i,"
		" 'n' || i, CASE i WHEN 2 THEN 0 ELSE 1 END, '', '', '', '',"
		" '', '', CASE i WHEN 1 THEN 'a' WHEN 2 THEN 'b' END, '', '',"
		" '', '{}', '{}', '{}', '{}', '', i, 1 FROM n;"
		"INSERT INTO deployments (platform_id, deployment_id,"
		" organization_id, allowed, origin, first_seen_at) VALUES"
		" ('p3', 'd', 'a', 1, '', 1), ('p3', 'e', NULL, 1, '', 1)"));
}

struct listing {
	struct platform_filter filter;
	struct platform_list rows;
	int64_t count;
};

static enum fault
list(struct db_session *s, struct cx *cx, void *arg)
{
	struct listing *listing = arg;
	enum fault which =
	    platforms_list(s, cx, &listing->filter, &listing->rows);

	return which
		   ? which
		   : platforms_count(s, cx, &listing->filter, &listing->count);
}

static void
must(struct store *store, db_work *work, void *arg)
{
	if (db_write(store->db, &store->cx, work, arg))
		fail_msg("%s", store->cx.note.detail);
}

static void
test_reader(void **state)
{
	const struct {
		struct platform_filter filter;
		const char *ids;
	} rows[] = {
	    {{.id = SPAN("")}, "p1 p2 p3 "},
	    {{.reader = SPAN("ua")}, "p1 p3 "},
	    {{.reader = SPAN("ub")}, "p2 "},
	    {{.reader = SPAN("none")}, ""},
	    {{.reader = SPAN("ub"), .id = SPAN("p1")}, ""},
	    {{.reader = SPAN("ua"), .search = SPAN("N3")}, "p3 "},
	    {{.reader = SPAN("ub"), .state = PLATFORM_ACTIVE}, ""},
	    {{.reader = SPAN("ub"), .state = PLATFORM_INACTIVE}, "p2 "},
	    {{.sort = PLATFORM_SORT_NAME_DOWN}, "p3 p2 p1 "},
	};
	struct store store;

	(void)state;
	store_open(&store);
	must(&store, fill, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct listing listing = {.filter = rows[i].filter};
		struct span ids = SPAN("");
		must(&store, list, &listing);
		for (size_t k = 0; k < listing.rows.count; k++)
			ids = arena_printf(store.cx.arena, "%.*s%.*s ",
			    SPAN_ARGS(ids), SPAN_ARGS(listing.rows.at[k].id));
		if (!span_is(ids, rows[i].ids) ||
		    (size_t)listing.count != listing.rows.count)
			fail_msg("row %zu: %.*s", i, SPAN_ARGS(ids));
	}
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_reader)};

	return cmocka_run_group_tests_name("platform pages", tests, NULL, NULL);
}
