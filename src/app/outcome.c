/* outcome.c - what came of something that was sent is written down
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/outcome.h"

#include <time.h>

#include "base/cx.h"
#include "base/log.h"

enum { AGAIN_MS = 500 };

void
outcome_tell(struct cx *cx, const char *line, enum fault which)
{
	if (which)
		LOG_FOR(cx, LOG_WARN, "a line met a fault",
		    {"line", span_of(line)},
		    {"fault", span_of(fault_text(which)->name)},
		    {"detail", span_of(cx->note.detail)});
}

void
outcome_keep(struct db *db, struct cx *cx, const struct outcome *outcome)
{
	enum fault which = db_claim(db, cx, outcome->work, outcome->arg);

	outcome_tell(cx, outcome->line, which);
	while (which && cx->now < outcome->leased_until &&
	       !atomic_load(outcome->stopping)) {
		nanosleep(&(struct timespec){0, AGAIN_MS * 1000000L}, NULL);
		cx_wake(cx);
		which = db_claim(db, cx, outcome->work, outcome->arg);
	}
}
