/*
 * access.h - API keys, made and revoked
 *
 * Layer  app
 * Gives  a new key (told once), the first key from the environment, removal
 * Owns   nothing
 * Fails  as db.h; NO_API_KEY; LAST_API_KEY; CONFIG_REFUSED for a first key
 *        that is too short
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_ACCESS_H
#define APP_ACCESS_H

#include "base/fault.h"
#include "store/api_keys.h"

struct cx;
struct gateway;

enum { ACCESS_KEY_MIN = 32 };

enum fault access_make_key(struct gateway *gateway, struct cx *cx,
    struct span name, struct api_key *out, struct span *secret) MUST_USE;

/* LTIGATE_BOOTSTRAP_API_KEY: kept once, under the name "bootstrap". */
enum fault access_keep_first_key(
    struct gateway *gateway, struct cx *cx, struct span secret) MUST_USE;

enum fault access_list_keys(
    struct gateway *gateway, struct cx *cx, struct api_key_list *out) MUST_USE;
/* Never the last one: nobody could make another by the API. */
enum fault access_remove_key(
    struct gateway *gateway, struct cx *cx, struct span id) MUST_USE;

#endif
