/*
 * kept_launches.h - launches that are still kept, opened
 *
 * Layer  app
 * Gives  kept_launches_visit: each of a platform, or of an organisation, with
 *        its claims as the LMS signed them
 * Owns   nothing
 * Fails  as db.h, and as the visit
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_KEPT_LAUNCHES_H
#define APP_KEPT_LAUNCHES_H

#include "base/fault.h"
#include "store/launches.h"

struct cx;
struct gateway;
struct json_t;

/* Row and claims live in cx, and no longer than the visit. */
typedef enum fault kept_launch_visit(struct cx *cx,
    const struct launch_row *row, const struct json_t *claims, void *arg);

/* One that cannot be opened is left out. */
enum fault kept_launches_visit(struct gateway *gateway, struct cx *cx,
    const struct launch_filter *filter, kept_launch_visit *visit,
    void *arg) MUST_USE;

#endif
