/*
 * openapi.h - the API described, from the table that serves it
 *
 * Layer  api
 * Gives  the OpenAPI document
 * Owns   nothing
 * Fails  never
 * Spec   OpenAPI Specification 3.1
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "base/span.h"

struct cx;
struct json_t;

struct json_t *openapi_write(struct cx *cx, struct span public_url);

#endif
