/*
 * loop.h - one event loop: accepts, parses, hands on, writes
 *
 * Layer  http
 * Gives  open, run until told to stop, close
 * Owns   its event base, evhttp, connections, and the exchanges in progress
 * Fails  loop_open answers NULL when the system has no more descriptors
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <stdbool.h>

struct loop;
struct server_options;
struct tls;
struct workers;

/* What is given must outlive the loop. */
struct loop *loop_open(const struct server_options *options,
    struct workers *workers, struct tls *tls);

/* The loop owns the socket from now on. */
bool loop_listen(struct loop *loop, int socket);

void loop_run(struct loop *loop);
/* Any thread, or a signal handler. */
void loop_drain(struct loop *loop);
void loop_stop(struct loop *loop);
/* Has it turned since loop_forget_turn? */
bool loop_turned(const struct loop *loop);
void loop_forget_turn(struct loop *loop);

/* After workers_close: no worker knows an exchange any more. */
void loop_close(struct loop *loop);

#endif
