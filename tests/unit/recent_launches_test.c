/* recent_launches_test.c - what the launches of the last minute may reach
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/recent_launches.h"
#include "base/cx.h"
#include "vectors.h"

static struct service_context
context_of(const char *platform, const char *items)
{
	return (struct service_context){
	    .platform = {.id = span_of(platform), .name = SPAN("not kept")},
	    .deployment_id = SPAN("d"),
	    .organization_id = SPAN("o"),
	    .claims =
		{
		    .grades = true,
		    .line_items = span_of(items),
		    .line_item = SPAN("https://lms/item"),
		    .scopes = SPAN("a b"),
		    .context_id = SPAN("c"),
		    .resource_link_id = SPAN("r"),
		},
	};
}

static struct launch_key
key_of(int64_t hour, const char *nonce)
{
	return (struct launch_key){hour, span_of(nonce)};
}

static void
gives_what_was_kept(void **state)
{
	struct recent_launches *launches = recent_launches_open();
	struct service_context kept = context_of("p", "https://lms/items");
	struct service_context out = {.deployment_id = SPAN("untouched")};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	assert_false(recent_launches_find(launches, &cx, key_of(1, "n"), &out));
	assert_true(span_is(out.deployment_id, "untouched"));
	recent_launches_keep(launches, key_of(1, "n"), &kept);
	assert_true(recent_launches_find(launches, &cx, key_of(1, "n"), &out));
	assert_true(span_is(out.platform.id, "p"));
	assert_int_equal(out.platform.name.length, 0);
	assert_true(span_is(out.deployment_id, "d"));
	assert_true(span_is(out.organization_id, "o"));
	assert_true(out.claims.grades && !out.claims.roster);
	assert_true(span_is(out.claims.line_items, "https://lms/items"));
	assert_true(span_is(out.claims.line_item, "https://lms/item"));
	assert_true(span_is(out.claims.scopes, "a b"));
	assert_int_equal(out.claims.memberships.length, 0);
	assert_true(span_is(out.claims.context_id, "c"));
	assert_true(span_is(out.claims.resource_link_id, "r"));
	/* Another hour, another nonce: another launch. */
	assert_false(recent_launches_find(launches, &cx, key_of(2, "n"), &out));
	assert_false(recent_launches_find(launches, &cx, key_of(1, "m"), &out));
	recent_launches_close(launches);
	cx_release(&cx);
}

static void
keeps_the_latest(void **state)
{
	struct recent_launches *launches = recent_launches_open();
	struct service_context one = context_of("p", "1");
	struct service_context two = context_of("p", "2");
	struct service_context out;
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	recent_launches_keep(launches, key_of(1, "n"), &one);
	recent_launches_keep(launches, key_of(1, "n"), &two);
	assert_true(recent_launches_find(launches, &cx, key_of(1, "n"), &out));
	assert_true(span_is(out.claims.line_items, "2"));
	for (int64_t i = 0; i < RECENT_LAUNCHES_MAX - 1; i++)
		recent_launches_keep(launches, key_of(2 + i, "n"), &one);
	assert_true(recent_launches_find(launches, &cx, key_of(1, "n"), &out));
	recent_launches_keep(launches, key_of(0, "n"), &one);
	assert_false(recent_launches_find(launches, &cx, key_of(1, "n"), &out));
	assert_true(recent_launches_find(launches, &cx, key_of(2, "n"), &out));
	recent_launches_close(launches);
	recent_launches_close(NULL);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_what_was_kept),
	    cmocka_unit_test(keeps_the_latest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
