/*
 * pages.h - a list of any length, page by page
 *
 * Layer  app
 * Gives  pages_walk, which takes the memory of two pages
 * Owns   nothing
 * Fails  as db.h, and as the visit
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_PAGES_H
#define APP_PAGES_H

#include <stdbool.h>

#include "store/db.h"

struct gateway;

enum { PAGES_ROWS = 500 };

/* What read left in arg lives in cx, until the page after the next: long
 * enough for the key of the last row. No transaction is open meanwhile. */
typedef enum fault pages_visit(struct cx *cx, void *arg, bool *more);

/* read gets the page after the last key that visit left in arg, in a
 * transaction of its own. */
enum fault pages_walk(struct gateway *gateway, struct cx *cx, db_work *read,
    pages_visit *visit, void *arg) MUST_USE;

#endif
