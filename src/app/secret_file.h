/*
 * secret_file.h - the 32 bytes that seal what is stored
 *
 * Layer  app
 * Gives  the secret, made on the first start, and the proof that it is the
 *        one the store was begun with
 * Owns   the file, mode 0600
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
struct secret;

enum fault secret_file_open(struct cx *cx, struct db *db, const char *path,
    struct secret *out) MUST_USE;
void secret_clear(struct secret *secret);

/* Makes a new secret and seals everything anew with it. No gateway may be
 * running on the store. A crash in between is mended by the next
 * secret_file_open: the new file waits beside the old one until the store
 * has changed over. */
enum fault secret_file_rotate(struct cx *cx, struct db *db, const char *path,
    const struct secret *old) MUST_USE;

#endif
