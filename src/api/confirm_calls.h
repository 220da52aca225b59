/*
 * confirm_calls.h - the first page of a registration that a person confirms
 *
 * Layer  api
 * Gives  that page, for the call with which a registration begins
 * Owns   nothing
 * Fails  as app/confirm.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_CONFIRM_CALLS_H
#define API_CONFIRM_CALLS_H

#include "base/fault.h"
#include "base/span.h"

struct call;

enum fault confirm_begin(
    struct call *call, struct span registration_id) MUST_USE;

#endif
