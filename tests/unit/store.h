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
	char folder[64], path[80], url[512];
	char schema[32]; /* on a server; else empty */
};

static inline enum fault
store_script(struct db_session *session, struct cx *cx, void *arg)
{
	return db_script(session, cx, span_of(arg));
}

/* A statement on the server that LTIGATE_TEST_STORE names. */
static inline void
store_tell_server(struct store *store, const char *verb, const char *end)
{
	struct db *server;
	char sql[100];

	snprintf(sql, sizeof sql, "%s SCHEMA %s %s", verb, store->schema, end);
	if (db_open(&store->cx, span_of(getenv("LTIGATE_TEST_STORE")), NULL,
		&server) ||
	    db_write(server, &store->cx, store_script, sql))
		fail_msg("%s", store->cx.note.detail);
	db_close(server);
}

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
	store->schema[0] = 0;
	store->db = NULL;
}

/* Without tables, not opened. On the server, where there is one
 * (LTIGATE_TEST_STORE=postgresql:///DATABASE?...): each store is a schema. */
static inline void
store_open_empty(struct store *store)
{
	static int count;
	const char *server = getenv("LTIGATE_TEST_STORE");

	store_open_folder(store);
	if (!server)
		return;
	snprintf(store->schema, sizeof store->schema, "t%ld_%d", (long)getpid(),
	    count++);
	snprintf(store->url, sizeof store->url,
	    "%s&options=-csearch_path%%3D%s&application_name=%s", server,
	    store->schema, store->schema);
	store_tell_server(store, "CREATE", "");
}

static inline void
store_begin(struct store *store)
{
	unsigned ran;

	if (db_open(&store->cx, span_of(store->url), NULL, &store->db) ||
	    migrate_run(store->db, &store->cx, &ran))
		fail_msg("%s", store->cx.note.detail);
}

static inline void
store_open(struct store *store)
{
	store_open_empty(store);
	store_begin(store);
}

/* In a file, whatever the others are in. */
static inline void
store_open_file(struct store *store)
{
	store_open_folder(store);
	store_begin(store);
}

static inline void
store_close(struct store *store)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".copy"};
	char path[100];

	db_close(store->db);
	if (store->schema[0])
		store_tell_server(store, "DROP", "CASCADE");
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(path, sizeof path, "%s%s", store->path, ends[i]);
		unlink(path);
	}
	rmdir(store->folder);
	cx_release(&store->cx);
}

#endif
