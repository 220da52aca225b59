/* counters.c - what is counted, for /metrics
 *
 *   places:    family by family, a number for each combination of labels; of
 *              a histogram the buckets (each for itself), then the sum
 *   exemplars: beside each place, the last request that was counted there
 *
 * Everything is in the data segment, and what was never counted costs no page.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/counters.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/cx.h"
#include "base/fault.h"
#include "base/text.h"

enum {
	LABELS_MAX = 3,
	STATUS_FIRST = 100,
	TEXT_MAX = 1 << 20,
};

/* --- families ------------------------------------------------------------ */

enum type { COUNTER, COUNTER_US, GAUGE, MOMENT, HISTOGRAM };

/* Of a histogram. The least is below what a read of the store takes, the
 * largest is the deadline of whatever waits for an LMS. */
static const struct {
	int64_t us;
	const char *text;
} bounds[] = {
    {100, "0.0001"},
    {250, "0.00025"},
    {500, "0.0005"},
    {1000, "0.001"},
    {2500, "0.0025"},
    {5000, "0.005"},
    {10000, "0.01"},
    {25000, "0.025"},
    {50000, "0.05"},
    {100000, "0.1"},
    {250000, "0.25"},
    {500000, "0.5"},
    {1000000, "1.0"},
    {2500000, "2.5"},
    {5000000, "5.0"},
    {15000000, "15.0"},
};

enum {
	BOUNDS = sizeof bounds / sizeof *bounds,
	BUCKETS = BOUNDS + 1,
	WIDTH_COUNTER = 1,
	WIDTH_COUNTER_US = 1,
	WIDTH_GAUGE = 1,
	WIDTH_MOMENT = 1,
	WIDTH_HISTOGRAM = BUCKETS + 1,
};

enum label {
	NONE,
	ROUTE,
	STATUS,
	OUTCOME,
	FAULTY,
	KIND,
	TARGET,
	ANSWER,
	PERMIT,
	PERMIT_STATE,
	WORK,
	POOL_STATE,
	QUEUE,
	LEVEL,
	VERSION,
	STORE,
};

enum {
	SIZE_NONE = 1,
	SIZE_ROUTE = ROUTES_COUNT,
	SIZE_STATUS = 500,
	SIZE_OUTCOME = FAULT_COUNT,
	SIZE_FAULTY = FAULT_COUNT,
	SIZE_KIND = 4,
	SIZE_TARGET = 4,
	SIZE_ANSWER = 9,
	SIZE_PERMIT = 3,
	SIZE_PERMIT_STATE = 2,
	SIZE_WORK = 3,
	SIZE_POOL_STATE = 2,
	SIZE_QUEUE = 2,
	SIZE_LEVEL = 4,
	SIZE_VERSION = 1,
	SIZE_STORE = 2,
};

/* sparse: what is 0 is not told, for it may never be anything else. */
static const struct {
	const char *name;
	unsigned size;
	bool sparse;
	const char *const *words; /* NULL: see value_of */
} labels[] = {
    [NONE] = {NULL, SIZE_NONE, false, NULL},
    [ROUTE] = {"route", SIZE_ROUTE, false,
	(const char *const[]){"launch", "registration", "keys", "api", "admin",
	    "portal", "operation", "none"}},
    [STATUS] = {"status", SIZE_STATUS, true, NULL},
    [OUTCOME] = {"outcome", SIZE_OUTCOME, true, NULL},
    [FAULTY] = {"fault", SIZE_FAULTY, true, NULL},
    [KIND] = {"kind", SIZE_KIND, false,
	(const char *const[]){"registration", "key-set", "service", "mail"}},
    [TARGET] = {"target", SIZE_TARGET, false,
	(const char *const[]){"public", "private", "own", "none"}},
    [ANSWER] = {"answer", SIZE_ANSWER, true,
	(const char *const[]){"refused", "1xx", "2xx", "3xx", "4xx", "5xx",
	    "unreachable", "lost", "busy"}},
    [PERMIT] = {"kind", SIZE_PERMIT, false,
	(const char *const[]){"registration", "key-set", "service"}},
    [PERMIT_STATE] = {"state", SIZE_PERMIT_STATE, false,
	(const char *const[]){"held", "waiting"}},
    [WORK] = {"work", SIZE_WORK, false,
	(const char *const[]){"read", "write", "claim"}},
    [POOL_STATE] = {"state", SIZE_POOL_STATE, false,
	(const char *const[]){"busy", "idle"}},
    [QUEUE] = {"queue", SIZE_QUEUE, false,
	(const char *const[]){"scores", "notifications"}},
    [LEVEL] = {"level", SIZE_LEVEL, false,
	(const char *const[]){"debug", "info", "warn", "error"}},
    [VERSION] = {"version", SIZE_VERSION, true,
	(const char *const[]){LTIGATE_VERSION}},
    [STORE] = {"store", SIZE_STORE, true,
	(const char *const[]){"sqlite", "postgresql"}},
};

/* Where a family begins among the places, and where it ends. */
enum {
#define FAMILY(name, type, metric, a, b, c, help)                              \
	FIRST_##name,                                                          \
	    LAST_##name = FIRST_##name +                                       \
			  WIDTH_##type * SIZE_##a * SIZE_##b * SIZE_##c - 1,
#include "base/counters.def"
#undef FAMILY
	PLACES
};

static const struct family {
	enum type type;
	const char *metric;
	enum label labels[LABELS_MAX];
	const char *help;
	size_t first;
} families[] = {
#define FAMILY(name, type, metric, a, b, c, help)                              \
	[COUNTERS_##name] = {type, metric, {a, b, c}, help, FIRST_##name},
#include "base/counters.def"
#undef FAMILY
};

/* --- counting ------------------------------------------------------------ */

/* Who finds it being written leaves it: any request of the second will do. */
struct exemplar {
	atomic_bool taken;
	atomic_int_fast64_t at; /* seconds; 0: there is none */
	int64_t us;
	char reference[CX_REFERENCE_LENGTH + 1];
};

static atomic_int_fast64_t places[PLACES];
static struct exemplar exemplars[PLACES];

static size_t
find(const struct counters_place *place)
{
	const struct family *family = &families[place->family];
	size_t index = 0;

	for (int i = 0; i < LABELS_MAX; i++) {
		assert(place->at[i] < labels[family->labels[i]].size);
		index = index * labels[family->labels[i]].size + place->at[i];
	}
	return family->first +
	       index * (family->type == HISTOGRAM ? WIDTH_HISTOGRAM : 1);
}

static void
add(size_t place, int64_t more)
{
	atomic_fetch_add_explicit(&places[place], more, memory_order_relaxed);
}

static void
keep_exemplar(size_t place, int64_t us, const struct cx *cx)
{
	struct exemplar *to = &exemplars[place];

	if (atomic_load_explicit(&to->at, memory_order_relaxed) == cx->now ||
	    atomic_exchange_explicit(&to->taken, true, memory_order_acquire))
		return;
	to->us = us;
	memcpy(to->reference, cx->reference, sizeof to->reference);
	atomic_store_explicit(&to->at, cx->now, memory_order_relaxed);
	atomic_store_explicit(&to->taken, false, memory_order_release);
}

void
counters_add(struct counters_place place, int64_t more)
{
	add(find(&place), more);
}

void
counters_count(struct counters_place place, const struct cx *cx)
{
	size_t at = find(&place);

	add(at, 1);
	if (cx)
		keep_exemplar(at, 1000000, cx);
}

void
counters_time(struct counters_place place, int64_t us, const struct cx *cx)
{
	size_t at = find(&place), bucket = 0;

	while (bucket < BOUNDS && us > bounds[bucket].us)
		bucket++;
	add(at + bucket, 1);
	add(at + BUCKETS, us);
	if (cx)
		keep_exemplar(at + bucket, us, cx);
}

void
counters_set(struct counters_place place, int64_t value)
{
	atomic_store_explicit(
	    &places[find(&place)], value, memory_order_relaxed);
}

int64_t
counters_get(struct counters_place place)
{
	return atomic_load_explicit(
	    &places[find(&place)], memory_order_relaxed);
}

/* --- telling ------------------------------------------------------------- */

struct telling {
	struct text text;
	bool open_metrics;
	const struct family *family;
	unsigned at[LABELS_MAX]; /* of what is told now */
};

static int64_t
value_at(size_t place)
{
	return atomic_load_explicit(&places[place], memory_order_relaxed);
}

static void
add_value(struct telling *telling, enum label label, unsigned at)
{
	if (labels[label].words)
		text_add_cstr(&telling->text, labels[label].words[at]);
	else if (label == STATUS)
		text_printf(&telling->text, "%u", STATUS_FIRST + at);
	else
		text_add_cstr(&telling->text,
		    at ? fault_text((enum fault)at)->name : "done");
}

/* bound: of a bucket, or NULL. */
static void
add_labels(struct telling *telling, const char *bound)
{
	struct text *text = &telling->text;
	const char *before = "{";

	for (int i = 0; i < LABELS_MAX; i++) {
		enum label label = telling->family->labels[i];
		if (label == NONE)
			continue;
		text_printf(text, "%s%s=\"", before, labels[label].name);
		add_value(telling, label, telling->at[i]);
		text_add_char(text, '"');
		before = ",";
	}
	if (bound)
		text_printf(text, "%sle=\"%s\"", before, bound);
	if (bound || before[0] == ',')
		text_add_char(text, '}');
}

static void
add_seconds(struct text *text, int64_t us)
{
	text_printf(text, "%lld.%06lld", (long long)(us / 1000000),
	    (long long)(us % 1000000));
}

static void
add_exemplar(struct telling *telling, size_t place)
{
	struct exemplar *from = &exemplars[place];
	int64_t at = atomic_load_explicit(&from->at, memory_order_relaxed);

	if (!telling->open_metrics || !at ||
	    atomic_exchange_explicit(&from->taken, true, memory_order_acquire))
		return;
	text_printf(&telling->text, " # {reference=\"%s\"} ", from->reference);
	add_seconds(&telling->text, from->us);
	text_printf(&telling->text, " %lld.0", (long long)at);
	atomic_store_explicit(&from->taken, false, memory_order_release);
}

static void
tell_histogram(struct telling *telling, size_t place)
{
	const char *metric = telling->family->metric;
	struct text *text = &telling->text;
	int64_t count = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		count += value_at(place + i);
		text_printf(text, "%s_bucket", metric);
		add_labels(telling, i < BOUNDS ? bounds[i].text : "+Inf");
		text_printf(text, " %lld", (long long)count);
		add_exemplar(telling, place + i);
		text_add_char(text, '\n');
	}
	text_printf(text, "%s_sum", metric);
	add_labels(telling, NULL);
	text_add_char(text, ' ');
	add_seconds(text, value_at(place + BUCKETS));
	text_printf(text, "\n%s_count", metric);
	add_labels(telling, NULL);
	text_printf(text, " %lld\n", (long long)count);
}

static bool
is_counter(const struct family *family)
{
	return family->type == COUNTER || family->type == COUNTER_US;
}

/* A success is told before there was one: who asks how often it happens shall
 * find 0. */
static bool
is_told(const struct telling *telling, int64_t value)
{
	if (value)
		return true;
	for (int i = 0; i < LABELS_MAX; i++) {
		enum label label = telling->family->labels[i];
		if (labels[label].sparse &&
		    !(label == OUTCOME && telling->at[i] == 0))
			return false;
	}
	return telling->family->type != MOMENT;
}

static void
tell_number(struct telling *telling, size_t place)
{
	const struct family *family = telling->family;
	struct text *text = &telling->text;
	int64_t value = value_at(place);

	if (!is_told(telling, value))
		return;
	text_printf(
	    text, "%s%s", family->metric, is_counter(family) ? "_total" : "");
	add_labels(telling, NULL);
	text_add_char(text, ' ');
	if (family->type == COUNTER_US)
		add_seconds(text, value);
	else
		text_printf(text, "%lld", (long long)value);
	if (family->type == COUNTER)
		add_exemplar(telling, place);
	text_add_char(text, '\n');
}

/* The next combination of labels; false: that was the last. */
static bool
step(struct telling *telling)
{
	for (int i = LABELS_MAX; i-- > 0;) {
		if (++telling->at[i] < labels[telling->family->labels[i]].size)
			return true;
		telling->at[i] = 0;
	}
	return false;
}

/* To OpenMetrics a counter's name has no _total, but its samples have. */
static void
tell_head(struct telling *telling)
{
	static const char *const types[] = {
	    "counter", "counter", "gauge", "gauge", "histogram"};
	const struct family *family = telling->family;
	const char *end =
	    is_counter(family) && !telling->open_metrics ? "_total" : "";

	text_printf(&telling->text, "# HELP %s%s %s\n# TYPE %s%s %s\n",
	    family->metric, end, family->help, family->metric, end,
	    types[family->type]);
}

static void
tell_family(struct telling *telling, enum counters_family which)
{
	telling->family = &families[which];
	tell_head(telling);
	do {
		struct counters_place place = {.family = which};
		memcpy(place.at, telling->at, sizeof place.at);
		if (telling->family->type == HISTOGRAM)
			tell_histogram(telling, find(&place));
		else
			tell_number(telling, find(&place));
	} while (step(telling));
}

struct span
counters_write(struct arena *arena, bool open_metrics)
{
	struct telling telling = {
	    .text = text_begin(arena, TEXT_MAX), .open_metrics = open_metrics};

	for (int i = 0; i < COUNTERS_FAMILIES; i++)
		tell_family(&telling, (enum counters_family)i);
	if (open_metrics)
		text_add_cstr(&telling.text, "# EOF\n");
	return text_span(&telling.text);
}
