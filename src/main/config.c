/* config.c - how the program is started
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "main/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cx.h"

static const struct {
	const char *name, *otherwise, *about;
} keys[CONFIG_KEY_COUNT] = {
    [CONFIG_LISTEN] = {"listen", "127.0.0.1:8080",
	"addresses and ports, with commas between them"},
    [CONFIG_PUBLIC_URL] = {"public_url", "http://localhost:8080",
	"the only source of every URL that is given out"},
    [CONFIG_STORE] = {"store", "sqlite:ltigate.db",
	"sqlite:FILE, or postgres://USER@HOST/DATABASE"},
    [CONFIG_STORE_CONNECTIONS] = {"store_connections", "16",
	"to PostgreSQL, at most"},
    [CONFIG_STORE_FEATURES] = {"store_features", "all",
	"of PostgreSQL; or portable: what every engine that speaks it has"},
    [CONFIG_SECRET_FILE] = {"secret_file", "",
	"32 bytes that seal private keys; beside an SQLite store by default"},
    [CONFIG_TLS_CERT] = {"tls_cert", "",
	"PEM file with the whole chain, for native TLS; taken when renewed"},
    [CONFIG_TLS_KEY] = {"tls_key", "", "PEM file, the key to it"},
    [CONFIG_TRUSTED_PROXIES] = {"trusted_proxies", "",
	"networks whose X-Forwarded-For counts"},
    [CONFIG_OUTBOUND_ALLOW] = {"outbound_allow", "",
	"networks, else refused, where an LMS may live; plain http there"},
    [CONFIG_OUTBOUND_CA] = {"outbound_ca", "",
	"PEM file of authorities trusted besides the system's"},
    [CONFIG_OUTBOUND_LIMIT] = {"outbound_limit",
	"registrations=1024,host=64,client=64",
	"how many requests to LMSs may wait at once"},
    [CONFIG_ISSUER_EXCEPTIONS] = {"issuer_exceptions", "",
	"HOSTS=ISSUER, HOSTS=ISSUER: besides the built-in ones"},
    [CONFIG_LOOPS] = {"loops", "0", "event loops; 0: one for each processor"},
    [CONFIG_WORKERS] = {"workers", "2048",
	"threads that may wait at once; idle ones end"},
    [CONFIG_DRAIN_SECONDS] = {"drain_seconds", "0",
	"seconds for which it still serves when it is told to stop"},
    [CONFIG_RATE_LIMITS] = {"rate_limits",
	"registrations=60,refusals=60,sign-ins=10",
	"a minute: registrations, and refused launches that are written down, "
	"from one address; sign-ins of one person; 0: any number"},
    [CONFIG_KEEP_EVENTS] = {"keep_events", "30",
	"days for which events are kept"},
    [CONFIG_KEEP_LAUNCHES] = {"keep_launches", "24",
	"hours for which a launch and its ltik live"},
    [CONFIG_KEEP_USAGE] = {"keep_usage", "400",
	"days for which counts of usage are kept"},
    [CONFIG_CLOCK_SKEW] = {"clock_skew", "60",
	"seconds that an LMS's clock may differ, at most 300"},
    [CONFIG_WEBHOOK_URL] = {"webhook_url", "",
	"where notifications are posted"},
    [CONFIG_WEBHOOK_SECRET] = {"webhook_secret", "",
	"whsec_ and base64: signs them"},
    [CONFIG_SMTP_URL] = {"smtp_url", "",
	"smtps://USER:PASSWORD@HOST: by which notifications are mailed"},
    [CONFIG_MAIL_FROM] = {"mail_from", "", "their sender"},
    [CONFIG_MAIL_TO] = {"mail_to", "",
	"their recipients, with commas between them"},
    [CONFIG_OIDC_ISSUER] = {"oidc_issuer", "",
	"OpenID Connect provider by which people may sign in to the portal"},
    [CONFIG_OIDC_CLIENT_ID] = {"oidc_client_id", "", "our name there"},
    [CONFIG_OIDC_CLIENT_SECRET] = {"oidc_client_secret", "",
	"and our secret there"},
    [CONFIG_METRICS] = {"metrics", "key",
	"who may read /metrics: off, key (an API key), or an ADDRESS:PORT that "
	"asks for none"},
    [CONFIG_LOG_LEVEL] = {"log_level", "info", "debug, info, warn or error"},
    [CONFIG_LOG_FORMAT] = {"log_format", "text", "text or json"},
};

/* --- sources ------------------------------------------------------------- */

static int
find_key(struct span name)
{
	for (int i = 0; i < CONFIG_KEY_COUNT; i++)
		if (span_is(name, keys[i].name))
			return i;
	return -1;
}

static const char *
environment(int key)
{
	char name[64] = "LTIGATE_";
	size_t length = strlen(name);

	for (const char *c = keys[key].name; *c && length < sizeof name - 1;
	     c++)
		name[length++] = (char)toupper((unsigned char)*c);
	name[length] = '\0';
	return getenv(name);
}

struct file_reading {
	struct cx *cx;
	struct config *config;
	char unknown[100];
};

static int
take_line(void *arg, const char *section, const char *name, const char *value)
{
	struct file_reading *reading = arg;
	int key = find_key(span_of(name));

	(void)section;
	if (key < 0) {
		snprintf(reading->unknown, sizeof reading->unknown, "%s", name);
		return 0;
	}
	if (!reading->config->given[key])
		reading->config->values[key] =
		    arena_copy(reading->cx->arena, span_of(value));
	reading->config->given[key] = true;
	return 1;
}

static enum fault
read_file(struct cx *cx, const char *path, struct config *config)
{
	struct file_reading reading = {.cx = cx, .config = config};
	int line = ini_parse(path, take_line, &reading);

	if (line == 0)
		return FAULT_NONE;
	if (line < 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The configuration file %s cannot be read", path);
	if (reading.unknown[0])
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "%s, line %d: there is no key \"%s\"", path, line,
		    reading.unknown);
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "%s, line %d is not of the form key = value", path, line);
}

/* "--public-url" is "--public_url". */
static struct span
option_name(struct cx *cx, const char *text)
{
	struct span name = arena_copy(cx->arena, span_of(text + 2));
	char *at = arena_take(cx->arena, name.length + 1);
	size_t length = 0;

	for (; length < name.length && name.at[length] != '='; length++)
		at[length] = name.at[length] == '-' ? '_' : name.at[length];
	return span_from(at, length);
}

/* Is argv[i] one of ours? Then *value is its value and *used how many
 * arguments it takes. */
static bool
take_option(struct cx *cx, int argc, char **argv, int i, int *key,
    const char **value, int *used)
{
	if (strncmp(argv[i], "--", 2) != 0 || !argv[i][2])
		return false;
	struct span name = option_name(cx, argv[i]);
	bool is_file = span_is(name, "config");
	*key = find_key(name);
	if (*key < 0 && !is_file)
		return false;
	if (is_file)
		*key = CONFIG_KEY_COUNT;
	const char *equals = strchr(argv[i], '=');
	*used = equals ? 1 : 2;
	*value = equals ? equals + 1 : i + 1 < argc ? argv[i + 1] : NULL;
	return true;
}

/* Where no file is named: the package's, if it is there. One that may not be
 * looked at is there. */
static const char *
default_file(void)
{
	static const char path[] = LTIGATE_CONFIG_FILE;

	return path[0] && (access(path, F_OK) == 0 || errno != ENOENT) ? path
								       : NULL;
}

enum fault
config_read(struct cx *cx, int *argc, char **argv, struct config *out)
{
	const char *file = getenv("LTIGATE_CONFIG");
	const char *value;
	int kept = 1, key, used;

	for (int i = 1; i < *argc;) {
		if (!take_option(cx, *argc, argv, i, &key, &value, &used)) {
			argv[kept++] = argv[i++];
			continue;
		}
		if (!value)
			return fault_tell(cx, FAULT_CONFIG_REFUSED,
			    "%s needs a value", argv[i]);
		if (key == CONFIG_KEY_COUNT)
			file = value;
		else {
			out->values[key] = span_of(value);
			out->given[key] = true;
		}
		i += used;
	}
	*argc = kept;
	argv[kept] = NULL;
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		value = out->given[i] ? NULL : environment(i);
		if (value) {
			out->values[i] = span_of(value);
			out->given[i] = true;
		}
	}
	if (!file)
		file = default_file();
	enum fault which = file ? read_file(cx, file, out) : FAULT_NONE;
	for (int i = 0; i < CONFIG_KEY_COUNT; i++)
		if (!out->given[i])
			out->values[i] = span_of(keys[i].otherwise);
	return which;
}

/* --- meanings ------------------------------------------------------------ */

static enum fault
refuse(struct cx *cx, enum config_key key, const struct config *config,
    const char *wish)
{
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "%s must be %s (it is \"%.*s\")", keys[key].name, wish,
	    SPAN_ARGS(span_first(config->values[key], 100)));
}

static enum fault
read_number(struct cx *cx, const struct config *config, enum config_key key,
    int64_t max, unsigned *out)
{
	int64_t number;

	if (!span_number(config->values[key], max, &number))
		return refuse(cx, key, config, "a whole number in range");
	*out = (unsigned)number;
	return FAULT_NONE;
}

static const char *
text_or_null(struct cx *cx, struct span value)
{
	return value.length ? arena_cstr(cx->arena, value) : NULL;
}

static enum fault
read_networks(struct cx *cx, const struct config *config, enum config_key key,
    struct network_list *out)
{
	struct span bad;

	if (network_list_read(cx->arena, config->values[key], out, &bad))
		return FAULT_NONE;
	return refuse(cx, key, config,
	    "networks such as 10.0.0.0/8, with commas between them");
}

/* "name=number,name=number"; names not given keep their value. */
static enum fault
read_named(struct cx *cx, const struct config *config, enum config_key key,
    const char *const *names, unsigned **out, size_t count)
{
	struct span rest = config->values[key], part, name;
	int64_t number;

	while (span_next(&rest, ',', &part)) {
		size_t i = 0;
		if (span_trim(part).length == 0)
			continue;
		span_next(&part, '=', &name);
		while (i < count && !span_is(span_trim(name), names[i]))
			i++;
		if (i == count ||
		    !span_number(span_trim(part), 1000000, &number))
			return refuse(cx, key, config,
			    "name=number, with commas between them");
		*out[i] = (unsigned)number;
	}
	return FAULT_NONE;
}

static enum fault
read_limits(
    struct cx *cx, const struct config *config, struct gateway_options *out)
{
	struct permit_limits *limits = &out->net.limits;
	const char *const outbound[] = {
	    "registrations", "key_sets", "services", "host", "client"};
	unsigned *numbers[] = {&limits->total[PERMIT_REGISTRATION],
	    &limits->total[PERMIT_KEY_SET], &limits->total[PERMIT_SERVICE],
	    &limits->per_host, &limits->per_client};
	const char *const rates[] = {"registrations", "refusals", "sign-ins"};
	unsigned *rate[] = {&out->registrations_a_minute,
	    &out->complaints_a_minute, &out->sign_ins_a_minute};

	*limits = (struct permit_limits){{1024, 256, 512}, 64, 64};
	out->registrations_a_minute = 60;
	out->complaints_a_minute = 60;
	out->sign_ins_a_minute = 10;
	enum fault which =
	    read_named(cx, config, CONFIG_OUTBOUND_LIMIT, outbound, numbers, 5);
	return which
		   ? which
		   : read_named(cx, config, CONFIG_RATE_LIMITS, rates, rate, 3);
}

static enum fault
read_store(struct cx *cx, const struct config *config, struct db_options *out)
{
	struct span features = config->values[CONFIG_STORE_FEATURES];
	enum fault which = read_number(
	    cx, config, CONFIG_STORE_CONNECTIONS, 1000, &out->connections);

	if (which)
		return which;
	if (out->connections < 2)
		return refuse(
		    cx, CONFIG_STORE_CONNECTIONS, config, "at least 2");
	out->portable = span_is(features, "portable");
	if (!out->portable && !span_is(features, "all"))
		return refuse(
		    cx, CONFIG_STORE_FEATURES, config, "all or portable");
	if (!config->values[CONFIG_SECRET_FILE].length &&
	    !span_starts(config->values[CONFIG_STORE], "sqlite:"))
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "secret_file must be set where the store is a server; it "
		    "is "
		    "the same file for all instances, and made if it is not "
		    "there");
	return FAULT_NONE;
}

static enum fault
read_metrics(struct cx *cx, const struct config *config, bool *told)
{
	struct span wish = config->values[CONFIG_METRICS];

	*told = !span_is(wish, "off");
	if (*told && !span_is(wish, "key") &&
	    (!wish.length || !memchr(wish.at, ':', wish.length)))
		return refuse(cx, CONFIG_METRICS, config,
		    "off, key, or an address and port such as 127.0.0.1:9090");
	return FAULT_NONE;
}

const char *
config_metrics(struct cx *cx, const struct config *config)
{
	struct span wish = config->values[CONFIG_METRICS];

	return span_is(wish, "off") || span_is(wish, "key")
		   ? NULL
		   : arena_cstr(cx->arena, wish);
}

enum fault
config_gateway(
    struct cx *cx, const struct config *config, struct gateway_options *out)
{
	struct span bad;
	unsigned days = 0, hours = 0, usage = 0, skew = 0;

	*out = (struct gateway_options){
	    .store = config->values[CONFIG_STORE],
	    .secret_file = text_or_null(cx, config->values[CONFIG_SECRET_FILE]),
	    .public_url = config->values[CONFIG_PUBLIC_URL],
	    .net = {.ca_file =
			text_or_null(cx, config->values[CONFIG_OUTBOUND_CA]),
		.own_url =
		    text_or_null(cx, config->values[CONFIG_WEBHOOK_URL])},
	    .notify = {config->values[CONFIG_WEBHOOK_URL],
		config->values[CONFIG_WEBHOOK_SECRET],
		config->values[CONFIG_SMTP_URL],
		config->values[CONFIG_MAIL_FROM],
		config->values[CONFIG_MAIL_TO]},
	    .provider = {config->values[CONFIG_OIDC_ISSUER],
		config->values[CONFIG_OIDC_CLIENT_ID],
		config->values[CONFIG_OIDC_CLIENT_SECRET]},
	};
	enum fault which = read_networks(
	    cx, config, CONFIG_OUTBOUND_ALLOW, &out->net.policy.outbound_allow);
	if (!which)
		which = read_limits(cx, config, out);
	if (!which)
		which = read_store(cx, config, &out->db);
	if (!which)
		which =
		    read_number(cx, config, CONFIG_KEEP_EVENTS, 36500, &days);
	if (!which)
		which =
		    read_number(cx, config, CONFIG_KEEP_LAUNCHES, 720, &hours);
	if (!which)
		which =
		    read_number(cx, config, CONFIG_KEEP_USAGE, 36500, &usage);
	if (!which)
		which = read_number(cx, config, CONFIG_CLOCK_SKEW, 300, &skew);
	if (!which)
		which = read_metrics(cx, config, &out->tells_metrics);
	if (which)
		return which;
	if (hours == 0)
		return refuse(cx, CONFIG_KEEP_LAUNCHES, config, "at least 1");
	out->keep_events = (int64_t)days * 86400;
	out->keep_launches = (int64_t)hours * 3600;
	out->keep_usage = (int64_t)usage * 86400;
	out->clock_skew = skew;
	if (!issuer_rules_read(cx->arena,
		config->values[CONFIG_ISSUER_EXCEPTIONS], &out->exceptions,
		&bad))
		return refuse(cx, CONFIG_ISSUER_EXCEPTIONS, config,
		    "HOSTS=ISSUER, with commas between them");
	return FAULT_NONE;
}

static enum fault
read_listen(
    struct cx *cx, const struct config *config, struct server_options *out)
{
	struct span rest = config->values[CONFIG_LISTEN], part;
	const char **list =
	    arena_list(cx->arena, rest.length + 1, sizeof *list);
	size_t count = 0;

	while (span_next(&rest, ',', &part))
		if (span_trim(part).length)
			list[count++] = arena_cstr(cx->arena, span_trim(part));
	if (count == 0)
		return refuse(cx, CONFIG_LISTEN, config,
		    "an address and port, such as 127.0.0.1:8080");
	out->listen = list;
	out->listen_count = count;
	return FAULT_NONE;
}

enum fault
config_server(
    struct cx *cx, const struct config *config, struct server_options *out)
{
	*out = (struct server_options){
	    .tls = {text_or_null(cx, config->values[CONFIG_TLS_CERT]),
		text_or_null(cx, config->values[CONFIG_TLS_KEY])},
	    .body_max = (size_t)1 << 20,
	};
	enum fault which = read_listen(cx, config, out);
	if (!which)
		which = read_networks(
		    cx, config, CONFIG_TRUSTED_PROXIES, &out->trusted_proxies);
	if (!which)
		which = read_number(cx, config, CONFIG_LOOPS, 256, &out->loops);
	if (!which)
		which = read_number(
		    cx, config, CONFIG_WORKERS, 20000, &out->workers_max);
	if (!which)
		which = read_number(cx, config, CONFIG_DRAIN_SECONDS, 3600,
		    &out->drain_seconds);
	if (which)
		return which;
	if (!out->tls.certificate != !out->tls.key)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "tls_cert and tls_key go together");
	if (out->loops == 0) {
		long processors = sysconf(_SC_NPROCESSORS_ONLN);
		out->loops = processors > 0 ? (unsigned)processors : 1;
	}
	if (out->workers_max == 0)
		return refuse(cx, CONFIG_WORKERS, config, "at least 1");
	return FAULT_NONE;
}

enum fault
config_log(struct cx *cx, const struct config *config, enum log_level *level,
    bool *json)
{
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	struct span wish = config->values[CONFIG_LOG_LEVEL];
	struct span format = config->values[CONFIG_LOG_FORMAT];
	unsigned i = 0;

	while (i < 4 && !span_is(wish, levels[i]))
		i++;
	if (i == 4)
		return refuse(
		    cx, CONFIG_LOG_LEVEL, config, keys[CONFIG_LOG_LEVEL].about);
	if (!span_is(format, "text") && !span_is(format, "json"))
		return refuse(cx, CONFIG_LOG_FORMAT, config,
		    keys[CONFIG_LOG_FORMAT].about);
	*level = (enum log_level)i;
	*json = span_is(format, "json");
	return FAULT_NONE;
}

void
config_print_help(void)
{
	static const char path[] = LTIGATE_CONFIG_FILE;

	printf("  --%-20s lines of key = value%s%s%s\n", "config FILE",
	    path[0] ? " [" : "", path, path[0] ? "]" : "");
	for (int i = 0; i < CONFIG_KEY_COUNT; i++)
		printf("  --%-20s %s%s%s%s\n", keys[i].name, keys[i].about,
		    keys[i].otherwise[0] ? " [" : "", keys[i].otherwise,
		    keys[i].otherwise[0] ? "]" : "");
}
