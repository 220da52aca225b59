/*
 * first_launch.h - does the LMS do what it granted?
 *
 * Layer  lti (pure)
 * Gives  what the first launch of a registration shows, beside what the LMS
 *        had granted
 * Owns   nothing
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_FIRST_LAUNCH_H
#define LTI_FIRST_LAUNCH_H

#include "base/span.h"

struct cx;
struct json_t;
struct launch;

/* granted: the report's member, or NULL of a platform entered by hand.
 * {"at", "reference", "message", "deploymentId", "differences":
 * [{"member", "granted", "launched", "message"}]} */
struct json_t *first_launch_write(struct cx *cx, const struct json_t *granted,
    const struct launch *launch, const struct json_t *claims);

#endif
