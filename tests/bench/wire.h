/*
 * wire.h - sockets, one thread, whole HTTP messages
 *
 * Layer  tests/bench
 * Gives  listeners and connections that hand over one whole message a time
 * Owns   each conn from conn_open or accept to conn_close
 * Fails  ends the program with a word why: a bench that limps measures
 *        nothing
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include "base/span.h"

enum { CONN_IN_MAX = 48 * 1024 };

struct sockaddr_in;

struct message {
	struct span line, body;
	bool closes;
};

/* What epoll points to. */
struct watch {
	int fd;
	void (*ready)(struct watch *watch);
};

struct conn {
	struct watch watch;
	struct wire *wire;
	void *owner;
	/* Does not close the connection: the message points into it. */
	void (*take)(struct conn *conn, const struct message *message);
	/* The other side ended it, or a message said so; closes it. */
	void (*ended)(struct conn *conn);
	size_t length;
	char in[CONN_IN_MAX];
};

struct listener {
	struct watch watch;
	struct wire *wire;
	void *owner;
	/* Sets the three members of a new connection. */
	void (*accepted)(struct listener *listener, struct conn *conn);
};

struct wire *wire_open(void);
void wire_close(struct wire *wire);

/* Handles what is ready, waiting at most so long for it. */
void wire_turn(struct wire *wire, int wait_ms);

void listener_open(struct wire *wire, const struct sockaddr_in *address,
    struct listener *listener);
struct conn *conn_open(struct wire *wire, const struct sockaddr_in *address);
void conn_close(struct conn *conn);
void conn_send(struct conn *conn, struct span head, struct span body);

int64_t wire_now_us(void);
void wire_fail(const char *what) __attribute__((noreturn));

#endif
