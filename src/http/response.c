/* response.c - what a handler answers
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/response.h"

#include <assert.h>

void
response_header(struct response *response, const char *name, struct span value)
{
	if (span_has_control(value))
		return;
	assert(response->header_count < RESPONSE_HEADERS_MAX);
	response->headers[response->header_count++] =
	    (struct http_header){span_of(name), value};
}
