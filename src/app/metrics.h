/*
 * metrics.h - what /metrics tells besides what was counted
 *
 * Layer  app
 * Gives  a look at queues and keys in the store, now and then; all of it as
 *        text
 * Owns   nothing: base/counters.h has the numbers
 * Fails  metrics_look: as db.h
 *
 * Who asks for metrics never waits for the store: what stands there is from
 * the last look, and when that was is told with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;

enum { METRICS_QUEUE_MAX = 10000 };

/* For housekeeping. */
enum fault metrics_look(struct gateway *gateway, struct cx *cx) MUST_USE;

struct span metrics_write(
    struct gateway *gateway, struct cx *cx, bool open_metrics);

#endif
