/*
 * test_hooks.h - what a test may do to the process
 *
 * Layer  base
 * Gives  in builds for tests, what the environment says: test_point, kill -9;
 *        test_runs_twice; test_hurry
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
/* LTIGATE_TEST_HURRY=1: what is done every few seconds is done each second. */
int test_hurry(int seconds);
#else
#define test_runs_twice() false
#define test_point(name) ((void)0)
#define test_hurry(seconds) (seconds)
#endif

#endif
