/*
 * secret_file.h - the 32 bytes that seal what is stored
 *
 * Layer  app
 * Gives  the secret, made on the first start, and the proof that it is the
 *        one the store was begun with
 * Owns   the file, mode 0600; a lock on it, shared by all who use the store
 * Fails  CONFIG_REFUSED: the file cannot be read, is not 32 bytes, or others
 *        may read it; SECRET_WRONG
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SECRET_FILE_H
#define APP_SECRET_FILE_H

#include "base/fault.h"

struct cx;
struct db;
struct db_session;
struct secret;

/* *lock is held until secret_file_close. */
enum fault secret_file_open(struct cx *cx, struct db *db, const char *path,
    struct secret *out, int *lock) MUST_USE;
void secret_file_close(struct secret *secret, int lock);

/* Makes a new secret and seals everything anew with it. Refuses while anybody
 * else holds the lock, or an instance is counted (they may have copies of the
 * file): they would go on sealing with the old one. A crash in
 * between is mended by the next secret_file_open: the new file waits beside the
 * old one until the store has changed over. */
enum fault secret_file_rotate(struct cx *cx, struct db *db, const char *path,
    const struct secret *old, int lock) MUST_USE;

/* The store is sealed with this secret; within the caller's transaction. */
enum fault secret_file_check(struct db_session *session, struct cx *cx,
    const struct secret *secret) MUST_USE;

void secret_file_clear(struct secret *secret); /* in memory, for good */

#endif
