/* test_hooks.c - what a test may do to the process
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/test_hooks.h"

#ifdef LTIGATE_TEST_HOOKS

#include <signal.h>
#include <stdlib.h>
#include <string.h>

bool
test_runs_twice(void)
{
	return getenv("LTIGATE_TEST_TWICE") != NULL;
}

void
test_point(const char *name)
{
	const char *wanted = getenv("LTIGATE_TEST_KILL");
	if (wanted && strcmp(wanted, name) == 0)
		raise(SIGKILL);
}

int
test_hurry(int seconds)
{
	return getenv("LTIGATE_TEST_HURRY") ? 1 : seconds;
}

#else

/* ISO C wants a declaration in every translation unit. */
typedef int test_hooks_are_off;

#endif
