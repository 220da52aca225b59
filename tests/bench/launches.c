/* launches.c - a number of launches, and what they cost
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "launches.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cx.h"
#include "crypto/jws.h"
#include "crypto/random.h"
#include "students.h"
#include "wire.h"

enum { PATIENCE_MS = 120000, KEY_FILE_MAX = 8192 };

/* What one step took; the tool's CPU and the load program's. */
struct step {
	double wall_ms, cpu_ms, own_ms;
};

static struct step
run_step(const struct launches_plan *plan, struct wire *wire,
    struct students *students, void (*begin)(struct students *students))
{
	struct cost before = cost_read(&plan->pids);
	double own = cost_own_cpu_ms();
	int64_t began = wire_now_us();

	begin(students);
	while (!students_are_over(students) &&
	       wire_now_us() < began + (int64_t)PATIENCE_MS * 1000)
		wire_turn(wire, 100);
	if (!students_are_over(students)) {
		fprintf(stderr, "load: no answer within two minutes\n");
		exit(2);
	}
	return (struct step){
	    .wall_ms = (double)(wire_now_us() - began) / 1000,
	    .cpu_ms = cost_read(&plan->pids).cpu_ms - before.cpu_ms,
	    .own_ms = cost_own_cpu_ms() - own,
	};
}

static struct signing_key *
read_key(struct cx *cx, const char *path)
{
	char text[KEY_FILE_MAX];
	struct signing_key *key;
	FILE *file = fopen(path, "r");

	if (!file)
		wire_fail(path);
	size_t length = fread(text, 1, sizeof text, file);
	fclose(file);
	if (signing_key_open(cx, span_from(text, length), &key))
		wire_fail("the key cannot be read");
	return key;
}

static void
print(const struct launches_plan *plan, struct students *students,
    const struct step *login, const struct step *post)
{
	struct students_result *result = students_result(students);
	double count = (double)plan->count;
	double wall = login->wall_ms + post->wall_ms;

	timings_sort(&result->timings);
	const struct figure figures[] = {
	    {"launches", count, ""},
	    {"perSecond", count * 1000 / wall, "/s"},
	    {"p50", timings_at(&result->timings, 0.5), "ms"},
	    {"p99", timings_at(&result->timings, 0.99), "ms"},
	    {"max", timings_at(&result->timings, 1), "ms"},
	    {"cpu", (login->cpu_ms + post->cpu_ms) / count, "ms"},
	    {"loginCpu", login->cpu_ms / count, "ms"},
	    {"postCpu", post->cpu_ms / count, "ms"},
	    {"ownShare", (login->own_ms + post->own_ms) / wall, "of a core"},
	    {"resident", cost_read(&plan->pids).resident_mb, "MB"},
	    {"failed", (double)result->failed, ""},
	};

	figures_print(figures, sizeof figures / sizeof *figures, plan->json);
}

int
launches_run(const struct launches_plan *plan)
{
	struct wire *wire = wire_open();
	struct cx cx;

	cx_init(&cx, random_bytes);
	struct signing_key *key = read_key(&cx, plan->key_file);
	const struct students_plan inner = {
	    .wire = wire,
	    .target = &plan->target,
	    .authority = plan->target.authority,
	    .login_path = plan->target.path,
	    .post_path = plan->post_path,
	    .issuer = plan->issuer,
	    .client_id = plan->client_id,
	    .launch_url = plan->launch_url,
	    .key = key,
	    .platforms = plan->platforms,
	    .first = plan->first,
	    .students = plan->concurrency < plan->count ? plan->concurrency
							: plan->count,
	    .count = plan->count,
	    .refused = plan->refused,
	};
	struct students *students = students_open(&inner);
	struct step login = run_step(plan, wire, students, students_log_in);
	students_sign(students);
	struct step post = run_step(plan, wire, students, students_post);
	print(plan, students, &login, &post);
	int failed = students_result(students)->failed > 0;
	students_close(students);
	signing_key_close(key);
	wire_close(wire);
	cx_release(&cx);
	return failed;
}
