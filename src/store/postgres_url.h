/*
 * postgres_url.h - is this the URL of a PostgreSQL database
 *
 * Layer  store
 * Gives  postgres_url_check
 * Owns   nothing
 * Fails  CONFIG_REFUSED, without a word of what the URL holds: a password with
 *        a character that needed an escape may be read as anything
 * Spec   PostgreSQL manual, 34.1.1.2 Connection URIs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_POSTGRES_URL_H
#define STORE_POSTGRES_URL_H

#include "base/fault.h"

struct cx;

enum fault postgres_url_check(struct cx *cx, const char *url) MUST_USE;

#endif
