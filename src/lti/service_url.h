/*
 * service_url.h - the addresses of an LMS's services
 *
 * Layer  lti (pure)
 * Gives  paths lengthened, queries merged; does an address belong to a
 *        launch?
 * Owns   nothing
 * Fails  -
 * Spec   Assignment and Grade Services 2.0, 3.2.5, 3.3.3 and 3.4.1; Names and
 *        Role Provisioning Services 2.0, 2.4
 *
 * Moodle's line items carry a query ("…/6/lineitem?type_id=3"): what is added
 * to a path goes before it, what is added to a query behind it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_SERVICE_URL_H
#define LTI_SERVICE_URL_H

#include "base/span.h"

struct cx;

enum { SERVICE_URL_MAX = 4096 };

/* "https://lms/items/5?a=b" and "/scores" make
 * "https://lms/items/5/scores?a=b", and so does "https://lms/items/5/?a=b". A
 * fragment is dropped. */
struct span service_url_append(
    struct cx *cx, struct span url, const char *path);

/* The query with name=value, value encoded; one of that name is replaced. A
 * fragment is dropped. An empty value adds nothing and changes nothing. */
struct span service_url_with(
    struct cx *cx, struct span url, const char *name, struct span value);

/* Something below a container that a launch named (a line item): the same
 * origin, a path that goes on behind the container's, no way out of it (dots,
 * encoded slashes), no fragment, no user information. The query is not
 * looked at. */
bool service_url_is_item(struct cx *cx, struct span url, struct span container);

/* A page of what a launch named: the same origin and path, and every
 * parameter of the launch's own query with its value, and none that may pass
 * for one of those (type.id is type_id to PHP). */
bool service_url_is_page(struct cx *cx, struct span url, struct span named);

#endif
