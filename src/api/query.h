/*
 * query.h - query parameters that are more than text
 *
 * Layer  api
 * Gives  numbers, times, choices and organisations out of a query
 * Owns   nothing
 * Fails  PARAMETER_REFUSED, told by name; FORM_MALFORMED (twice);
 *        NO_ORGANIZATION
 *
 * What was not given leaves *out as it is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_QUERY_H
#define API_QUERY_H

#include "base/fault.h"
#include "base/span.h"

struct call;

enum fault query_number(struct call *call, const char *name, int64_t min,
    int64_t max, int64_t *out) MUST_USE;
/* ISO 8601, to the second or a day: clock_read. */
enum fault query_time(
    struct call *call, const char *name, int64_t *out) MUST_USE;
/* choices end with NULL; *out is the index. */
enum fault query_choice(struct call *call, const char *name,
    const char *const *choices, int *out) MUST_USE;
/* organizationId, one that the caller may see. */
enum fault query_organization(struct call *call, struct span *out) MUST_USE;

#endif
