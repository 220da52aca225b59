/*
 * housekeeping.h - what has to be done without anybody asking
 *
 * Layer  app
 * Gives  a thread that makes key pairs ahead, moves keys on, and deletes
 *        what has expired, in small batches: in one of all instances
 * Owns   the thread, from start to stop
 * Fails  never: what does not succeed is tried again
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_HOUSEKEEPING_H
#define APP_HOUSEKEEPING_H

struct gateway;
struct housekeeping;

struct housekeeping *housekeeping_start(struct gateway *gateway);
void housekeeping_stop(struct housekeeping *housekeeping);

#endif
