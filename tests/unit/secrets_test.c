/* secrets_test.c - the secrets in memory: one seals and signs, two may open
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "app/secrets.h"
#include "base/cx.h"
#include "vectors.h"

enum { NOW = 1800000000, UNTIL = NOW + 100, COUNTED = NOW + 50 };

static const struct secret old = {{1, 2, 3}}, new = {{4, 5, 6}};

/* Sealed with the old one, which is the other now. */
struct place {
	struct cx cx;
	struct secrets *secrets;
	struct span sealed;
};

static void
open_place(struct place *place)
{
	cx_init(&place->cx, vector_random);
	place->cx.now = NOW;
	place->secrets = secrets_open();
	secrets_replace(place->secrets, &(struct secret_pair){.own = old});
	assert_int_equal(secrets_seal(place->secrets, &place->cx, "thing",
			     SPAN("text"), &place->sealed),
	    FAULT_NONE);
}

static void
change(struct place *place)
{
	secrets_replace(place->secrets, &(struct secret_pair){.own = new,
					    .other = old,
					    .has_other = true,
					    .accepted_until = UNTIL,
					    .counted_until = COUNTED});
}

static void
close_place(struct place *place)
{
	secrets_close(place->secrets);
	cx_release(&place->cx);
}

static enum fault
opens(struct place *place)
{
	struct span out = SPAN("");
	enum fault which = secrets_unseal(
	    place->secrets, &place->cx, "thing", place->sealed, &out);

	assert_true(which || span_is(out, "text"));
	return which;
}

static void
the_other_opens_until_its_time_is_over(void **state)
{
	struct place place;

	(void)state;
	open_place(&place);
	assert_int_equal(opens(&place), FAULT_NONE);
	change(&place);
	assert_int_equal(opens(&place), FAULT_NONE);
	place.cx.now = UNTIL - 1;
	assert_int_equal(opens(&place), FAULT_NONE);
	place.cx.now = UNTIL;
	assert_int_equal(opens(&place), FAULT_SECRET_WRONG);
	place.cx.now = NOW;
	secrets_replace(place.secrets, &(struct secret_pair){.own = new});
	assert_int_equal(opens(&place), FAULT_SECRET_WRONG);
	close_place(&place);
}

static void
what_is_sealed_now_is_sealed_with_the_own(void **state)
{
	struct place place;

	(void)state;
	open_place(&place);
	change(&place);
	assert_int_equal(secrets_seal(place.secrets, &place.cx, "thing",
			     SPAN("text"), &place.sealed),
	    FAULT_NONE);
	secrets_replace(place.secrets, &(struct secret_pair){.own = new});
	assert_int_equal(opens(&place), FAULT_NONE);
	close_place(&place);
}

/* Counts how often it is asked, and says the same each time. */
struct asked {
	enum fault answer;
	int times;
};

static enum fault
answer(struct cx *cx, const struct secret_keys *keys, void *arg)
{
	struct asked *asked = arg;

	(void)cx;
	(void)keys;
	asked->times++;
	return asked->answer;
}

static void
the_other_is_tried_only_when_it_may_be_theirs(void **state)
{
	const struct {
		enum fault answer;
		int times;
	} rows[] = {
	    {FAULT_NONE, 1},
	    {FAULT_STATE_EXPIRED, 1},
	    {FAULT_STATE_REFUSED, 2},
	};
	struct place place;

	(void)state;
	open_place(&place);
	change(&place);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct asked asked = {rows[i].answer, 0};
		assert_int_equal(secrets_try(place.secrets, &place.cx, answer,
				     &asked, FAULT_STATE_REFUSED),
		    rows[i].answer);
		assert_int_equal(asked.times, rows[i].times);
	}
	close_place(&place);
}

static void
people_are_counted_alike_for_a_day(void **state)
{
	unsigned char before[DIGEST_SIZE], now[DIGEST_SIZE];
	struct place place;

	(void)state;
	open_place(&place);
	secrets_count_person(place.secrets, &place.cx, SPAN("ann"), before);
	change(&place);
	secrets_count_person(place.secrets, &place.cx, SPAN("ann"), now);
	assert_memory_equal(before, now, DIGEST_SIZE);
	place.cx.now = COUNTED;
	secrets_count_person(place.secrets, &place.cx, SPAN("ann"), now);
	assert_memory_not_equal(before, now, DIGEST_SIZE);
	close_place(&place);
}

static void
the_one_that_seals_is_told_first(void **state)
{
	char own[SECRET_CHECK_LENGTH + 1], other[SECRET_CHECK_LENGTH + 1];
	struct place place;

	(void)state;
	open_place(&place);
	change(&place);
	secrets_check(&new, own);
	secrets_check(&old, other);
	struct span known = secrets_known(place.secrets, &place.cx);
	assert_true(
	    span_equal(span_first(known, SECRET_CHECK_LENGTH), span_of(own)));
	assert_true(span_equal(
	    span_from_offset(known, SECRET_CHECK_LENGTH + 1), span_of(other)));
	close_place(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_other_opens_until_its_time_is_over),
	    cmocka_unit_test(what_is_sealed_now_is_sealed_with_the_own),
	    cmocka_unit_test(the_other_is_tried_only_when_it_may_be_theirs),
	    cmocka_unit_test(people_are_counted_alike_for_a_day),
	    cmocka_unit_test(the_one_that_seals_is_told_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
