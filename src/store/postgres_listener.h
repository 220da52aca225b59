/*
 * postgres_listener.h - hearing at once what other instances changed
 *
 * Layer  store
 * Gives  a thread with a connection of its own: what others tell by NOTIFY
 *        raises db_touched here, and what was changed here is told
 * Owns   the thread and the connection
 * Fails  never: without it others see a change within a second, since they ask
 *        (app/directory)
 *
 * What is told leaves after the commit and in bundles: a NOTIFY inside a
 * transaction makes all such commits of a server wait for each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_POSTGRES_LISTENER_H
#define STORE_POSTGRES_LISTENER_H

#include <stdatomic.h>

struct postgres_listener;

/* touched: as in struct db. */
struct postgres_listener *postgres_listener_open(
    const char *url, atomic_uint_fast64_t *touched);
void postgres_listener_close(struct postgres_listener *listener);
void postgres_listener_tell(struct postgres_listener *listener);

#endif
