/*
 * server.h - the HTTP server: event loops, the gate, the worker threads
 *
 * Layer  http
 * Gives  open, run until told to stop, close
 * Owns   the listening sockets, the loops, the workers
 * Fails  server_open: an address that cannot be bound, a certificate that
 *        cannot be read
 *
 * A request reaches the application whole and bounded, or not at all. What
 * the application calls quick runs on the event loop; anything else runs on
 * a worker thread, where it may block.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/fault.h"
#include "http/certificate.h"
#include "http/request.h"
#include "net/address.h"

struct cx;
struct response;
struct server;

/* The application behind the server. */
struct http_app {
	void *state;
	/* Nothing in it waits: may run on the loop. cx is the request's. */
	bool (*is_quick)(void *state, struct cx *cx, struct request *request);
	/* Fills the response; called on a loop or a worker. */
	void (*handle)(void *state, struct cx *cx, struct request *request,
	    struct response *response);
	/* A request the server itself refuses: REQUEST_DOUBTFUL,
	 * BODY_TOO_LARGE, METHOD_REFUSED (a method nobody knows), SERVER_BUSY.
	 * But for the last, the request holds nothing but the peer; when to
	 * try again is in the note then. */
	void (*refuse)(void *state, struct cx *cx,
	    const struct request *request, enum fault why,
	    struct response *response);
	void (*random)(void *bytes, size_t length);
};

struct server_options {
	const char *const *listen; /* "127.0.0.1:8080", "[::1]:8080" ... */
	size_t listen_count;
	const int *handed; /* NULL, or sockets that listen at these already:
			    * the server's from now on */
	struct certificate_files tls; /* NULL: without */
	unsigned loops;               /* event loops */
	unsigned workers_max;         /* threads that may wait at once */
	size_t body_max;
	unsigned request_ms_max; /* first byte to last; 0: 15 s */
	unsigned drain_seconds;  /* between server_drain and server_stop, for
				  * who calls them */
	struct network_list trusted_proxies;
	struct http_app app;
};

enum fault server_open(struct cx *cx, const struct server_options *options,
    struct server **out) MUST_USE;

/* Serves until server_stop, then ends what was begun (20 s at most). */
void server_run(struct server *server);

/* Both may be called from a signal handler or any thread. After server_drain
 * each answer ends its connection, so that who is in front keeps none open that
 * would end under its next request. */
void server_drain(struct server *server);
void server_stop(struct server *server);

/* Has each event loop turned since this was last true? They do so each second;
 * one that hangs does not. */
bool server_turned(struct server *server);

/* With TLS alone. The first reads the files again, as tls_renew does. */
enum fault server_renew_certificate(
    struct server *server, struct cx *cx) MUST_USE;
void server_certificate(const struct server *server, struct certificate *out);

void server_close(struct server *server);

/* Tells the port that was bound, for "listen 127.0.0.1:0". */
unsigned server_port(const struct server *server, size_t index);

#endif
