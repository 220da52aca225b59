/*
 * test_hooks.h - points at which a test may end the process
 *
 * Layer  base
 * Gives  test_point: in builds for tests, kill -9 when the environment says so
 * Owns   nothing
 * Fails  never; nothing at all in other builds
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_TEST_HOOKS_H
#define BASE_TEST_HOOKS_H

#include <stdbool.h>

#ifdef LTIGATE_TEST_HOOKS
/* LTIGATE_TEST_TWICE=1: each transaction is undone once and run again, as
 * a server may do with any of them. */
bool test_runs_twice(void);
/* LTIGATE_TEST_KILL=name ends the process at the point of that name. */
void test_point(const char *name);
#else
#define test_runs_twice() false
#define test_point(name) ((void)0)
#endif

#endif
