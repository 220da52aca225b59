/*
 * take_notice.h - a platform notice arrives
 *
 * Layer  app
 * Gives  take_notice: checked as a launch is, spent once, an event, and on its
 *        way to the tool by the webhook, in one transaction
 * Owns   nothing
 * Fails  NOTICES_OFF; as jws.h, key_sets.h and launch_rules.h; NOTICE_CLAIM_
 *        WRONG; PLATFORM_UNKNOWN, PLATFORM_INACTIVE; DEPLOYMENT_REFUSED;
 *        NOTICE_REPLAYED; as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_TAKE_NOTICE_H
#define APP_TAKE_NOTICE_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;

enum { TAKE_NOTICE_JWT_MAX = 64 * 1024 };

/* client: who posted it. *platform_id, also when it is refused: whose it
 * claims to be, or empty. *ignored: good, and of a type that nobody asked
 * for. */
enum fault take_notice(struct gateway *gateway, struct cx *cx, struct span jwt,
    struct span client, struct span *platform_id, bool *ignored) MUST_USE;

#endif
