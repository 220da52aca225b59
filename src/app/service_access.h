/*
 * service_access.h - service keys: calls outside a launch
 *
 * Layer  app
 * Gives  the key of a launch's context, the context of a key, revoking
 * Owns   nothing
 * Fails  NOT_AUTHORIZED, told in LTIAAS's words: not one of ours, revoked, or
 *        its platform is gone or not active; NO_SERVICE_KEY; as db.h
 *
 * A key reaches what the launches it stands for were offered, and does not
 * expire. Every launch of the same context with the same services is given
 * the same one. It is "ltigate_service_" and 256 bits of chance.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SERVICE_ACCESS_H
#define APP_SERVICE_ACCESS_H

#include "app/service_context.h"
#include "store/service_keys.h"

struct ltik_launch;

enum fault service_access_give(struct gateway *gateway, struct cx *cx,
    const struct ltik_launch *launch, struct span *key) MUST_USE;

enum fault service_access_find(struct gateway *gateway, struct cx *cx,
    struct span key, struct service_context *out) MUST_USE;

enum fault service_access_list(struct gateway *gateway, struct cx *cx,
    const struct service_key_filter *filter,
    struct service_key_list *out) MUST_USE;
enum fault service_access_revoke(
    struct gateway *gateway, struct cx *cx, struct span id) MUST_USE;
/* NO_PLATFORM when there is none. */
enum fault service_access_revoke_all(struct gateway *gateway, struct cx *cx,
    struct span platform_id, size_t *revoked) MUST_USE;

#endif
