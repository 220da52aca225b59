/*
 * postgres_dialect.h - what PostgreSQL says, and wants said, in its own way
 *
 * Layer  store
 * Gives  what an SQLSTATE means for us; tables that sort text by its bytes;
 *        what migrations say to PostgreSQL alone
 * Owns   nothing
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_POSTGRES_DIALECT_H
#define STORE_POSTGRES_DIALECT_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/span.h"

/* What keeps apart the transactions that may be tried again. */
enum postgres_end {
	POSTGRES_ENDED,  /* committed, or never to be */
	POSTGRES_AGAIN,  /* undone by the server: another try may go well */
	POSTGRES_TWICE,  /* a unique rule: once more, with what is there now */
	POSTGRES_BROKEN, /* the connection; nothing was committed */
	POSTGRES_READ_ONLY, /* the server takes no writes, or no more */
};

/* state: five characters (Appendix A of the PostgreSQL manual). scripted: it
 * came while tables were made, which two programs may do at once. */
enum fault postgres_state_judge(
    const char *state, bool scripted, enum postgres_end *end);

/* Where the database sorts text as some language does, columns of ours are
 * told to sort it as SQLite does. */
struct span postgres_sort_by_bytes(struct cx *cx, struct span sql);

/* What a script begins with: it may take long, and programs that change tables
 * at the same time do it one after the other. */
const char *postgres_script_head(bool portable);

/* What stands behind "-- postgres: " in a migration is for it alone, and no
 * more than advice. */
struct span postgres_own_lines(struct cx *cx, struct span sql);

#endif
