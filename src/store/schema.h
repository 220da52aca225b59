/*
 * schema.h - which tables the migrations make
 *
 * Layer  store
 * Gives  names, columns and keys, read from the texts of migrations/, in the
 *        order in which they are made: what a row refers to comes before it
 * Owns   nothing
 * Fails  never: the texts are ours, and a test holds the result against a
 *        store
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct cx;

enum { SCHEMA_COLUMNS_MAX = 40, SCHEMA_TABLES_MAX = 64, SCHEMA_KEY_MAX = 4 };

struct schema_table {
	struct span name;
	struct span columns[SCHEMA_COLUMNS_MAX];
	size_t count;
	size_t key[SCHEMA_KEY_MAX]; /* places of columns */
	size_t key_count;
	struct span parent; /* the column that refers to this table, or empty */
};

struct schema {
	struct schema_table tables[SCHEMA_TABLES_MAX];
	size_t count;
};

/* In the arena. */
const struct schema *schema_read(struct cx *cx);

#endif
