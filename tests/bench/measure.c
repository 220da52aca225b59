/* measure.c - a number of registrations, and what they cost
 *
 * There are no deadlines but the gateway's own, and PATIENCE_MS.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "lms.h"
#include "wire.h"

enum {
	PATIENCE_MS = 120000,
	HOLD_MS = 10000,     /* until all that shall hang do */
	DEADLINE_MS = 15000, /* the gateway's, of one registration */
	LATENESS_MS = 1000,  /* for a busy machine */
	HOSTS = 16,
};

struct phase {
	double wall_ms, own_cpu_ms;
	struct cost before, after;
	struct fleet *fleet;
};

struct load {
	const struct plan *plan;
	struct wire *wire;
	struct lms *lms;
	size_t failed, late;
};

/* --- phases -------------------------------------------------------------- */

static void
run_out(struct load *load, struct fleet *fleet)
{
	int64_t end = wire_now_us() + (int64_t)PATIENCE_MS * 1000;

	while (!fleet_is_over(fleet) && wire_now_us() < end)
		wire_turn(load->wire, 100);
	if (!fleet_is_over(fleet)) {
		fprintf(stderr, "load: no answer within two minutes\n");
		exit(2);
	}
}

static struct fleet_plan
plan_of(const struct load *load, size_t browsers, size_t count)
{
	return (struct fleet_plan){.wire = load->wire,
	    .lms = load->lms,
	    .target = &load->plan->target,
	    .browsers = browsers < count ? browsers : count,
	    .count = count};
}

static void
warm(struct load *load)
{
	struct fleet_plan plan =
	    plan_of(load, load->plan->concurrency, load->plan->warm);

	if (plan.count == 0)
		return;
	struct fleet *fleet = fleet_open(&plan);
	run_out(load, fleet);
	load->failed += fleet_result(fleet)->failed;
	fleet_close(fleet);
}

static struct phase
measure(struct load *load)
{
	const struct plan *wish = load->plan;
	struct fleet_plan plan = plan_of(load, wish->concurrency, wish->count);
	struct phase phase = {
	    .before = cost_read(&wish->pids), .own_cpu_ms = cost_own_cpu_ms()};
	int64_t began = wire_now_us();

	if (wish->seconds) {
		plan.browsers = wish->concurrency;
		plan.count = SIZE_MAX;
		plan.until_us = began + (int64_t)wish->seconds * 1000000;
	}
	phase.fleet = fleet_open(&plan);
	run_out(load, phase.fleet);
	phase.wall_ms = (double)(wire_now_us() - began) / 1000;
	phase.own_cpu_ms = cost_own_cpu_ms() - phase.own_cpu_ms;
	phase.after = cost_read(&wish->pids);
	timings_sort(&fleet_result(phase.fleet)->timings);
	load->failed += fleet_result(phase.fleet)->failed;
	return phase;
}

/* --- figures ------------------------------------------------------------- */

static void
print_phase(const struct load *load, const char *name, struct phase *phase)
{
	const struct fleet_result *result = fleet_result(phase->fleet);
	const struct timings *t = &result->timings;
	double count = (double)(result->over ? result->over : 1);
	const struct {
		const char *name;
		double value;
		const char *unit;
	} rows[] = {
	    {"registrations", count, ""},
	    {"perSecond", count * 1000 / phase->wall_ms, "/s"},
	    {"p50", timings_at(t, 0.5), "ms"},
	    {"p90", timings_at(t, 0.9), "ms"},
	    {"p99", timings_at(t, 0.99), "ms"},
	    {"max", timings_at(t, 1), "ms"},
	    {"cpu", (phase->after.cpu_ms - phase->before.cpu_ms) / count, "ms"},
	    {"resident", phase->after.resident_mb, "MB"},
	    {"threads", (double)phase->after.threads, ""},
	    {"ownShare", phase->own_cpu_ms / phase->wall_ms, "of a core"},
	    {"failed", (double)result->failed, ""},
	};
	size_t last = sizeof rows / sizeof *rows - 1;

	printf(load->plan->json ? "\"%s\": {" : "%s\n", name);
	for (size_t i = 0; i <= last; i++)
		if (load->plan->json)
			printf("\"%s\": %.3f%s", rows[i].name, rows[i].value,
			    i < last ? ", " : "}");
		else
			printf("  %-14s %10.3f %s\n", rows[i].name,
			    rows[i].value, rows[i].unit);
	fleet_close(phase->fleet);
}

static void
print_stuck(struct load *load, struct fleet *fleet, size_t held,
    const struct cost *during)
{
	struct fleet_result *result = fleet_result(fleet);
	struct timings *t = &result->timings;

	timings_sort(t);
	for (size_t i = 0; i < t->count; i++)
		load->late +=
		    t->us[i] > (int64_t)(DEADLINE_MS + LATENESS_MS) * 1000;
	load->failed += result->failed;
	printf(load->plan->json
		   ? ", \"stuck\": {\"begun\": %zu, \"held\": %zu, "
		     "\"resident\": %.1f, \"threads\": %ld, \"failed\": %zu, "
		     "\"late\": %zu, \"first\": %.1f, \"last\": %.1f}"
		   : "stuck\n  begun %zu, held %zu at once, resident %.1f MB, "
		     "threads %ld\n  failed %zu, late %zu, told after %.1f to "
		     "%.1f ms\n",
	    result->begun, held, during->resident_mb, during->threads,
	    result->failed, load->late, timings_at(t, 0), timings_at(t, 1));
	fleet_close(fleet);
}

/* Normal registrations beside those that hang. */
static void
run_stuck(struct load *load)
{
	struct fleet_plan plan =
	    plan_of(load, load->plan->stuck, load->plan->stuck);
	int64_t end = wire_now_us() + (int64_t)HOLD_MS * 1000;

	plan.stuck = true;
	struct fleet *fleet = fleet_open(&plan);
	while (lms_held(load->lms) < load->plan->stuck && wire_now_us() < end)
		wire_turn(load->wire, 10);
	size_t held = lms_held(load->lms);
	struct cost during = cost_read(&load->plan->pids);
	struct phase phase = measure(load);
	bool meanwhile = fleet_result(fleet)->over == 0;
	if (load->plan->json)
		printf(", ");
	print_phase(load, "meanwhile", &phase);
	if (!meanwhile)
		fprintf(stderr, "load: some had been told before the normal "
				"ones were over: take a smaller --count\n");
	run_out(load, fleet);
	if (held < load->plan->stuck)
		load->failed++;
	print_stuck(load, fleet, held, &during);
}

int
measure_run(const struct plan *plan)
{
	struct load load = {.plan = plan, .wire = wire_open()};

	load.lms = lms_open(load.wire, plan->lms_port, HOSTS);
	warm(&load);
	struct phase phase = measure(&load);
	if (plan->json)
		printf("{");
	print_phase(&load, "normal", &phase);
	if (plan->stuck)
		run_stuck(&load);
	if (plan->json)
		printf("}\n");
	lms_close(load.lms);
	wire_close(load.wire);
	return load.failed || load.late;
}
