/*
 * service_manager.h - what the service manager that started us does for us
 *
 * Layer  main
 * Gives  the sockets it listens at for us; telling it how we are; a watchdog
 *        that speaks as long as the event loops turn
 * Owns   one datagram socket, and the watchdog's thread
 * Fails  CONFIG_REFUSED, told: a descriptor that is no socket to listen at,
 *        a NOTIFY_SOCKET that is no address
 * Spec   systemd: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3)
 *
 * Without one (NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS are not set) all of it
 * does nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MAIN_SERVICE_MANAGER_H
#define MAIN_SERVICE_MANAGER_H

#include "base/fault.h"

struct cx;
struct server;
struct server_options;
struct service_manager;

enum fault service_manager_open(
    struct cx *cx, struct service_manager **out) MUST_USE;

/* If it listens for us, its sockets take the place of options->listen. */
enum fault service_manager_sockets(
    struct cx *cx, struct server_options *options) MUST_USE;

/* "READY=1\nSTATUS=..."; also from a signal handler. */
void service_manager_tell(
    const struct service_manager *manager, const char *lines);

/* Tells it from now on that the loops turn, if it asked for that. The server
 * must live until service_manager_close. */
void service_manager_watch(
    struct service_manager *manager, struct server *server);

void service_manager_close(struct service_manager *manager);

#endif
