/*
 * organization_end.h - an organisation leaves, with everything
 *
 * Layer  app
 * Gives  organization_end
 * Owns   nothing
 * Fails  as db.h; NO_ORGANIZATION
 *
 * Its launches, events, scores and counts first, in batches between which
 * others write; then, at once, its platforms, its deployments on platforms of
 * others, links, content, registrations, service keys, the people who have no
 * other role, and itself. Whoever dies in between leaves an organisation that
 * can be ended again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_ORGANIZATION_END_H
#define APP_ORGANIZATION_END_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;

enum fault organization_end(
    struct gateway *gateway, struct cx *cx, struct span id) MUST_USE;

#endif
