/*
 * postgres_rows.h - rows that a PostgreSQL server gave
 *
 * Layer  store
 * Gives  rows as db.h has them
 * Owns   nothing: the rows are copies in the arena
 * Fails  never; what is beyond DB_ROWS_MAX is left out
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_POSTGRES_ROWS_H
#define STORE_POSTGRES_ROWS_H

struct cx;
struct db_rows;
struct pg_result;

void postgres_rows_read(
    struct cx *cx, const struct pg_result *result, struct db_rows *out);

#endif
