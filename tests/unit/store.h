/*
 * store.h - a real store in a folder of its own, for unit tests
 *
 * Layer  tests
 * Gives  store_open with all tables, store_close with everything removed
 * Owns   the folder
 * Fails  the test
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef UNIT_STORE_H
#define UNIT_STORE_H

#include <stdlib.h>
#include <unistd.h>

#include "crypto/random.h"
#include "store/db.h"
#include "store/migrate.h"
#include "vectors.h"

struct store {
	struct cx cx;
	struct db *db;
	char folder[64], path[80], url[90];
};

static inline void
store_open_folder(struct store *store)
{
	cx_init(&store->cx, random_bytes);
	snprintf(
	    store->folder, sizeof store->folder, "/tmp/ltigate-store-XXXXXX");
	if (!mkdtemp(store->folder))
		fail_msg("no folder");
	snprintf(store->path, sizeof store->path, "%s/s.db", store->folder);
	snprintf(store->url, sizeof store->url, "sqlite:%s", store->path);
	store->db = NULL;
}

static inline void
store_open(struct store *store)
{
	unsigned ran;

	store_open_folder(store);
	if (db_open(&store->cx, span_of(store->url), NULL, &store->db) ||
	    migrate_run(store->db, &store->cx, &ran))
		fail_msg("%s", store->cx.note.detail);
}

/* In a file, whatever the others are in. */
static inline void
store_open_file(struct store *store)
{
	store_open(store);
}

static inline void
store_close(struct store *store)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".copy"};
	char path[100];

	db_close(store->db);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(path, sizeof path, "%s%s", store->path, ends[i]);
		unlink(path);
	}
	rmdir(store->folder);
	cx_release(&store->cx);
}

#endif
