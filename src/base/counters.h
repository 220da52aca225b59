/*
 * counters.h - what is counted, for /metrics
 *
 * Layer  base
 * Gives  counting from any thread: a few nanoseconds, no lock, no memory;
 *        reading it all as text
 * Owns   the counts of this process, from its start to its end
 * Fails  never
 * Spec   Prometheus text format 0.0.4; OpenMetrics 1.0
 *
 * Families and their labels: counters.def. Indices stand in the order of the
 * labels. With a cx its reference is told as the exemplar: it finds the line of
 * the log and the event.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdint.h>

#include "base/span.h"

struct arena;
struct cx;

enum counters_family {
#define FAMILY(name, ...) COUNTERS_##name,
#include "base/counters.def"
#undef FAMILY
	COUNTERS_FAMILIES
};

/* Values of labels. Faults and HTTP statuses count by themselves. */
enum counters_route {
	ROUTES_LAUNCH,
	ROUTES_REGISTRATION,
	ROUTES_KEYS,
	ROUTES_API,
	ROUTES_ADMIN,
	ROUTES_PORTAL,
	ROUTES_OPERATION,
	ROUTES_NONE, /* no such path, or refused before it was read */
	ROUTES_COUNT
};
enum { KINDS_MAIL = 3 }; /* beyond enum permit_kind of net/permits.h */
enum { TARGETS_PUBLIC, TARGETS_PRIVATE, TARGETS_OWN, TARGETS_NONE };
/* From 1 to 5: an HTTP status of that hundred. */
enum { ANSWERS_REFUSED, ANSWERS_UNREACHABLE = 6, ANSWERS_LOST, ANSWERS_BUSY };
enum { WORKS_READ, WORKS_WRITE, WORKS_CLAIM };
enum { POOLS_BUSY, POOLS_IDLE };
enum { PERMITS_HELD, PERMITS_WAITING };
enum { QUEUES_SCORES, QUEUES_NOTIFICATIONS };

struct counters_place {
	enum counters_family family;
	unsigned at[3];
};
/* Of a family without labels, and with. */
#define COUNTERS_OF(name) ((struct counters_place){COUNTERS_##name, {0}})
#define COUNTERS_AT(name, ...)                                                 \
	((struct counters_place){COUNTERS_##name, {__VA_ARGS__}})

/* cx may be NULL, in the first: nobody's. */
void counters_add(struct counters_place place, int64_t more);
void counters_count(struct counters_place place, const struct cx *cx);
void counters_time(
    struct counters_place place, int64_t us, const struct cx *cx);
void counters_set(struct counters_place place, int64_t value);
int64_t counters_get(struct counters_place place);

/* All of it. open_metrics: OpenMetrics, with exemplars. */
struct span counters_write(struct arena *arena, bool open_metrics);

#endif
