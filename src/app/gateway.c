/* gateway.c - what every use case works with
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/gateway.h"

#include "app/access_tokens.h"
#include "app/directory.h"
#include "app/recent_launches.h"
#include "app/score_stamps.h"
#include "app/secret_file.h"
#include "app/signer.h"
#include "app/throttle.h"
#include "app/usage.h"
#include "base/cx.h"
#include "base/log.h"
#include "crypto/random.h"
#include "net/key_sets.h"
#include "net/rests.h"
#include "store/db.h"
#include "store/migrate.h"

const char *
gateway_secret_path(struct cx *cx, const struct gateway_options *options)
{
	struct span file = options->store;

	if (options->secret_file)
		return options->secret_file;
	if (span_starts(file, "sqlite:"))
		file = span_from_offset(file, 7);
	return arena_printf(cx->arena, "%.*s.secret", SPAN_ARGS(file)).at;
}

static enum fault
read_public_url(struct cx *cx, struct gateway *gateway, struct span text)
{
	/* Ours may be plain http and anywhere: somebody else's proxy or a
	 * developer's machine is in front. */
	const struct network any[] = {{{{0}}, 0}};
	const struct url_policy policy = {{any, 1}};
	struct url url;

	if (url_read(cx, &policy, text, &url) || url.query.length)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "public_url must be an http or https URL without a query "
		    "(it is \"%.*s\")",
		    SPAN_ARGS(span_first(text, 200)));
	while (text.length && text.at[text.length - 1] == '/')
		text.length--;
	gateway->public_url = arena_copy(gateway->arena, text);
	gateway->domain = arena_copy(gateway->arena, url.authority);
	return FAULT_NONE;
}

static struct issuer_exceptions
copy_exceptions(struct arena *arena, struct issuer_exceptions from)
{
	struct issuer_exception *rows =
	    arena_list(arena, from.count, sizeof *rows);

	for (size_t i = 0; i < from.count; i++) {
		rows[i].hosts = arena_copy(arena, from.at[i].hosts);
		rows[i].issuer = arena_copy(arena, from.at[i].issuer);
	}
	return (struct issuer_exceptions){rows, from.count};
}

enum fault
gateway_open(
    struct cx *cx, const struct gateway_options *options, struct gateway **out)
{
	struct gateway *gateway = memory_take(sizeof *gateway);
	unsigned ran;

	gateway->arena = arena_open();
	gateway->instance = arena_copy(gateway->arena, random_id(cx));
	gateway->keep_events = options->keep_events;
	gateway->keep_launches = options->keep_launches;
	gateway->keep_usage = options->keep_usage;
	gateway->clock_skew = options->clock_skew;
	gateway->tells_metrics = options->tells_metrics;
	gateway->exceptions =
	    copy_exceptions(gateway->arena, options->exceptions);
	gateway->throttle = throttle_open(options->registrations_a_minute);
	gateway->complaints = throttle_open(options->complaints_a_minute);
	gateway->sign_ins_of = throttle_open(options->sign_ins_a_minute);
	gateway->sign_ins_from = throttle_open(5 * options->sign_ins_a_minute);
	gateway->directory = directory_open(DIRECTORY_MAX);
	gateway->signer = signer_open();
	gateway->tokens = access_tokens_open();
	gateway->recent_launches = recent_launches_open();
	gateway->rests = rests_open();
	gateway->score_stamps = score_stamps_open();
	gateway->usage = usage_open();
	enum fault fault = read_public_url(cx, gateway, options->public_url);
	if (!fault)
		fault = notify_open(cx, &options->notify, &gateway->notify);
	if (!fault)
		fault =
		    provider_open(cx, &options->provider, &gateway->provider);
	if (!fault)
		fault = db_open(cx, options->store, &options->db, &gateway->db);
	if (!fault)
		fault = migrate_run(gateway->db, cx, &ran);
	if (!fault && ran)
		LOG_FOR(cx, LOG_INFO, "the store was brought up to date",
		    {"migrations", arena_printf(cx->arena, "%u", ran)});
	if (!fault)
		fault = secret_file_open(cx, gateway->db,
		    gateway_secret_path(cx, options), &gateway->secret_file);
	if (!fault)
		fault = net_open(cx, &options->net, &gateway->net);
	if (fault) {
		gateway_close(gateway);
		return fault;
	}
	gateway->key_sets = key_sets_open(gateway->net, KEY_SETS_MAX);
	gateway->secrets = gateway->secret_file->secrets;
	*out = gateway;
	return FAULT_NONE;
}

/* What was counted and not stored: at the end of a server as of a command. */
static void
flush_usage(struct gateway *gateway)
{
	struct cx cx;

	cx_init(&cx, random_bytes);
	if (usage_flush(gateway, &cx))
		LOG_FOR(&cx, LOG_WARN,
		    "the last counts of usage were not stored",
		    {"detail", span_of(cx.note.detail)});
	cx_release(&cx);
}

void
gateway_close(struct gateway *gateway)
{
	if (!gateway)
		return;
	if (gateway->db)
		flush_usage(gateway);
	usage_close(gateway->usage);
	notify_close(gateway->notify);
	provider_close(gateway->provider);
	key_sets_close(gateway->key_sets);
	directory_close(gateway->directory);
	signer_close(gateway->signer);
	access_tokens_close(gateway->tokens);
	recent_launches_close(gateway->recent_launches);
	rests_close(gateway->rests);
	score_stamps_close(gateway->score_stamps);
	net_close(gateway->net);
	db_close(gateway->db);
	throttle_close(gateway->throttle);
	throttle_close(gateway->complaints);
	throttle_close(gateway->sign_ins_of);
	throttle_close(gateway->sign_ins_from);
	secret_file_close(gateway->secret_file);
	arena_close(gateway->arena);
	memory_give_back(gateway);
}
