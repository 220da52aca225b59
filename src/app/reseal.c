/* reseal.c - sealing anew what the store holds
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/reseal.h"

#include "base/cx.h"
#include "crypto/seal.h"
#include "store/db.h"

/* What is sealed, whose, and under which purpose: as tool_keys.c,
 * management.c, register.c, service_access.c, scoring.c and consumer_keys.c
 * seal it. */
static const struct {
	const char *purpose, *find, *change;
} columns[] = {
    {"tool key",
	"SELECT id, private_sealed FROM tool_keys WHERE id > $1"
	" ORDER BY id LIMIT $2",
	"UPDATE tool_keys SET private_sealed = $2 WHERE id = $1"},
    {"management of platform",
	"SELECT id, management_sealed FROM platforms"
	" WHERE management_sealed <> '' AND id > $1 ORDER BY id LIMIT $2",
	"UPDATE platforms SET management_sealed = $2 WHERE id = $1"},
    {"registration",
	"SELECT handle, sealed FROM registrations WHERE sealed <> ''"
	" AND handle > $1 ORDER BY handle LIMIT $2",
	"UPDATE registrations SET sealed = $2 WHERE handle = $1"},
    {"service key",
	"SELECT id, key_sealed FROM service_keys WHERE id > $1"
	" ORDER BY id LIMIT $2",
	"UPDATE service_keys SET key_sealed = $2 WHERE id = $1"},
    {"score",
	"SELECT id, body_sealed FROM scores WHERE body_sealed <> ''"
	" AND id > $1 ORDER BY id LIMIT $2",
	"UPDATE scores SET body_sealed = $2 WHERE id = $1"},
    {"consumer",
	"SELECT id, secret_sealed FROM consumers WHERE id > $1"
	" ORDER BY id LIMIT $2",
	"UPDATE consumers SET secret_sealed = $2 WHERE id = $1"},
};

/* A batch is some milliseconds; nobody's launch waits longer for it. */
enum { COLUMNS = sizeof columns / sizeof *columns, BATCH = 100, ROUNDS = 10 };

/* Rows of one column, in the order of their ids. */
struct batch {
	const struct reseal *reseal;
	size_t column;
	struct span after;
	/* what came of it; the batch may run more than once */
	struct span last;
	size_t count;
	int64_t changed, unopened;
};

static bool
opens(struct cx *cx, const struct secret *secret, const char *purpose,
    struct span sealed, struct span *out)
{
	return seal_read(cx, secret, purpose, sealed, out) == FAULT_NONE;
}

static enum fault
change_row(struct db_session *session, struct cx *cx, struct batch *batch,
    struct span id, struct span sealed)
{
	const struct reseal *reseal = batch->reseal;
	const char *purpose = arena_printf(
	    cx->arena, "%s %.*s", columns[batch->column].purpose, SPAN_ARGS(id))
				  .at;
	struct span opened, anew;
	bool open = false;

	if (opens(cx, &reseal->to, purpose, sealed, &opened))
		return FAULT_NONE;
	for (size_t i = 0; !open && i < reseal->from_count; i++)
		open = opens(cx, &reseal->from[i], purpose, sealed, &opened);
	batch->changed += open;
	batch->unopened += !open;
	if (!open)
		return FAULT_NONE;
	enum fault which = seal_write(cx, &reseal->to, purpose, opened, &anew);
	return which ? which
		     : DB_RUN(session, cx, NULL, columns[batch->column].change,
			   DB_TEXT(id), DB_TEXT(anew));
}

static enum fault
change_batch(struct db_session *session, struct cx *cx, void *arg)
{
	struct batch *batch = arg;
	struct db_rows rows;
	enum fault which =
	    DB_RUN(session, cx, &rows, columns[batch->column].find,
		DB_TEXT(batch->after), DB_INTEGER(BATCH));

	batch->changed = batch->unopened = 0;
	batch->count = which ? 0 : rows.count;
	for (size_t i = 0; !which && i < rows.count; i++) {
		batch->last = db_text(&rows, i, 0);
		which = change_row(
		    session, cx, batch, batch->last, db_text(&rows, i, 1));
	}
	return which;
}

static void
add_up(struct reseal *reseal, const struct batch *batch)
{
	reseal->changed += batch->changed;
	reseal->unopened += batch->unopened;
}

/* Two contexts in turn: an id lives until the next batch is done. */
static enum fault
change_column(
    struct db *db, struct cx *cx, struct reseal *reseal, size_t column)
{
	struct batch batch = {
	    .reseal = reseal, .column = column, .after = SPAN("")};
	struct cx turns[2];
	enum fault which = FAULT_NONE;

	for (int i = 0; i < 2; i++)
		cx_init(&turns[i], cx->random);
	for (int now = 0;; now = !now) {
		cx_reset(&turns[now]);
		which = db_write(db, &turns[now], change_batch, &batch);
		if (which)
			cx->note = turns[now].note;
		else
			add_up(reseal, &batch);
		if (which || batch.count < BATCH)
			break;
		batch.after = batch.last;
	}
	for (int i = 0; i < 2; i++)
		cx_release(&turns[i]);
	return which;
}

enum fault
reseal_all(struct db *db, struct cx *cx, struct reseal *reseal)
{
	enum fault which = FAULT_NONE;
	int64_t before = -1;

	for (int i = 0; i < ROUNDS && !which && before != reseal->changed;
	     i++) {
		before = reseal->changed;
		reseal->unopened = 0;
		for (size_t column = 0; !which && column < COLUMNS; column++)
			which = change_column(db, cx, reseal, column);
	}
	return which;
}

enum fault
reseal_within(struct db_session *session, struct cx *cx, struct reseal *reseal)
{
	enum fault which = FAULT_NONE;

	reseal->changed = reseal->unopened = 0;
	for (size_t column = 0; !which && column < COLUMNS; column++) {
		struct batch batch = {
		    .reseal = reseal, .column = column, .after = SPAN("")};
		do {
			which = change_batch(session, cx, &batch);
			add_up(reseal, &batch);
			batch.after = batch.last;
		} while (!which && batch.count == BATCH);
	}
	return which;
}
