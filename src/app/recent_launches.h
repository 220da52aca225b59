/*
 * recent_launches.h - what the launches of the last minute may reach
 *
 * Layer  app
 * Gives  recent_launches_find, recent_launches_keep
 * Owns   what it keeps: at most RECENT_LAUNCHES_MAX launches, for
 *        RECENT_LAUNCHES_LIFE_MS each
 * Fails  never
 *
 * A tool that sends scores of one launch asks for the same four addresses each
 * time; to unseal and parse the claims for them costs more than the score. The
 * ltik was checked before, its platform is looked at afterwards. Any thread
 * may call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_RECENT_LAUNCHES_H
#define APP_RECENT_LAUNCHES_H

#include "app/service_context.h"
#include "store/launches.h"

struct recent_launches;

/* An entry takes 16 KiB. */
enum { RECENT_LAUNCHES_MAX = 256, RECENT_LAUNCHES_LIFE_MS = 60 * 1000 };

struct recent_launches *recent_launches_open(void);
void recent_launches_close(struct recent_launches *launches); /* NULL is fine */

/* Of *out all but the platform, of which the id alone; in the arena of cx. */
bool recent_launches_find(struct recent_launches *launches, struct cx *cx,
    struct launch_key key, struct service_context *out);
void recent_launches_keep(struct recent_launches *launches,
    struct launch_key key, const struct service_context *context);

#endif
