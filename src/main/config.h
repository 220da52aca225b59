/*
 * config.h - how the program is started
 *
 * Layer  main
 * Gives  one value for each key: from the command line, else the environment
 *        (LTIGATE_<KEY>), else the file, else the default
 * Owns   its texts, in the arena of the cx it was read with
 * Fails  CONFIG_REFUSED, told: which key, what is wrong, what would do
 *
 * docs/configuration.md describes every key; a test holds it against the
 * table in config.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include "app/gateway.h"
#include "base/log.h"
#include "http/server.h"

struct cx;

enum config_key {
	CONFIG_LISTEN,
	CONFIG_PUBLIC_URL,
	CONFIG_STORE,
	CONFIG_STORE_CONNECTIONS,
	CONFIG_STORE_FEATURES,
	CONFIG_SECRET_FILE,
	CONFIG_TLS_CERT,
	CONFIG_TLS_KEY,
	CONFIG_TRUSTED_PROXIES,
	CONFIG_OUTBOUND_ALLOW,
	CONFIG_OUTBOUND_CA,
	CONFIG_OUTBOUND_LIMIT,
	CONFIG_ISSUER_EXCEPTIONS,
	CONFIG_LOOPS,
	CONFIG_WORKERS,
	CONFIG_DRAIN_SECONDS,
	CONFIG_RATE_LIMITS,
	CONFIG_KEEP_EVENTS,
	CONFIG_KEEP_LAUNCHES,
	CONFIG_KEEP_USAGE,
	CONFIG_CLOCK_SKEW,
	CONFIG_WEBHOOK_URL,
	CONFIG_WEBHOOK_SECRET,
	CONFIG_SMTP_URL,
	CONFIG_MAIL_FROM,
	CONFIG_MAIL_TO,
	CONFIG_OIDC_ISSUER,
	CONFIG_OIDC_CLIENT_ID,
	CONFIG_OIDC_CLIENT_SECRET,
	CONFIG_METRICS,
	CONFIG_LOG_LEVEL,
	CONFIG_LOG_FORMAT,
	CONFIG_KEY_COUNT
};

struct config {
	struct span values[CONFIG_KEY_COUNT];
	bool given[CONFIG_KEY_COUNT]; /* by someone: not the default */
};

/* Takes "--key value" and "--key=value" out of the arguments; what is left
 * are the command's own. */
enum fault config_read(
    struct cx *cx, int *argc, char **argv, struct config *out) MUST_USE;

enum fault config_gateway(struct cx *cx, const struct config *config,
    struct gateway_options *out) MUST_USE;
enum fault config_server(struct cx *cx, const struct config *config,
    struct server_options *out) MUST_USE;
enum fault config_log(struct cx *cx, const struct config *config,
    enum log_level *level, bool *json) MUST_USE;

/* Where metrics are told without a key; NULL: nowhere. */
const char *config_metrics(struct cx *cx, const struct config *config);

void config_print_help(void);

#endif
