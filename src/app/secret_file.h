/*
 * secret_file.h - the file with the secrets that seal what is stored
 *
 * Layer  app
 * Gives  the secrets, of which the store says which one seals; the file made
 *        on the first start, read again, written anew
 * Owns   the file, mode 0600; a lock on it, shared by all who use the store
 * Fails  CONFIG_REFUSED: the file cannot be read, is not 32 or 64 bytes, or
 *        others may read it; SECRET_WRONG: it does not hold what seals
 *
 * It holds one secret of 32 bytes, or two while a rotation is under way, in
 * any order. Only a second one that the store names is ever used.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SECRET_FILE_H
#define APP_SECRET_FILE_H

#include "app/secret_record.h"
#include "app/secrets.h"

struct db;
struct db_session;

enum { SECRET_FILE_MAX = 2 };

struct secret_file {
	struct db *db;
	const char *path;
	struct secrets *secrets;
	int lock;
	bool complained;             /* of what is wrong with the file now */
	struct secret_record record; /* as it was last seen, without texts */
	struct arena *arena;
};

/* What is in a file. */
struct secret_contents {
	struct secret at[SECRET_FILE_MAX];
	size_t count;
};
/* By its check value; NULL: the file does not hold it. */
const struct secret *secret_file_find(
    struct cx *cx, const struct secret_contents *contents, struct span check);

enum fault secret_file_open(struct cx *cx, struct db *db, const char *path,
    struct secret_file **out) MUST_USE;
void secret_file_close(struct secret_file *file);

/* Looks at the store and at the file again: what they say holds from now on.
 * A file that became useless is complained of, and what is known stays. By one
 * thread alone. */
enum fault secret_file_refresh(
    struct secret_file *file, struct cx *cx) MUST_USE;

/* The store is sealed with a secret that is known here; within the caller's
 * transaction. */
enum fault secret_file_check(struct db_session *session, struct cx *cx,
    const struct secret_file *file) MUST_USE;

/* --- for a rotation ------------------------------------------------------ */

/* Nobody else on this machine writes the file meanwhile. */
enum fault secret_file_reserve(
    struct secret_file *file, struct cx *cx, int *out) MUST_USE;
void secret_file_unreserve(int reserved);
enum fault secret_file_contents(struct secret_file *file, struct cx *cx,
    struct secret_contents *out) MUST_USE;
/* In one step, and on disk. alone: nobody else may use the file, before and
 * after. */
enum fault secret_file_write(struct secret_file *file, struct cx *cx,
    const struct secret_contents *contents, bool alone) MUST_USE;
/* Nobody else uses the file from now on. */
enum fault secret_file_seclude(
    struct secret_file *file, struct cx *cx) MUST_USE;

#endif
