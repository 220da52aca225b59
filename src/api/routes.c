/* routes.c - the route table
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"

#include "api/shapes.h"
#include "app/complete.h"
#include "lti/content_body.h"
#include "lti/deep_link.h"
#include "lti/line_item.h"
#include "lti/score.h"
#include "lti/tool_settings.h"

#define ROUTE(m, path, h, k, r, b, a, s, q, t)                                 \
	{.row = {HTTP_##m, path},                                              \
	    .handler = h,                                                      \
	    .name = #h,                                                        \
	    .kind = ROUTE_##k,                                                 \
	    .right = RIGHT_##r,                                                \
	    .body = b,                                                         \
	    .answer = a,                                                       \
	    .status = s,                                                       \
	    .queries = q,                                                      \
	    .about = t},

const struct route routes[] = {
#include "api/routes.def"
};

const size_t route_count = sizeof routes / sizeof *routes;
