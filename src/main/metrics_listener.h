/*
 * metrics_listener.h - the address at which metrics are told without a key
 *
 * Layer  main
 * Gives  metrics_listener_start and _stop
 * Owns   a server of one loop, and its thread
 * Fails  as server_open
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MAIN_METRICS_LISTENER_H
#define MAIN_METRICS_LISTENER_H

#include "base/fault.h"

struct cx;
struct dispatch;
struct metrics_listener;

/* address: "127.0.0.1:9090"; NULL: *out is NULL, too. */
enum fault metrics_listener_start(struct cx *cx, const char *address,
    struct dispatch *dispatch, struct metrics_listener **out) MUST_USE;
void metrics_listener_stop(struct metrics_listener *listener); /* or NULL */

#endif
