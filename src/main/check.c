/* check.c - ltigate check: what is not as it must be, and what to type
 *
 * Each look adds a finding. What cannot be looked at because something before
 * it is wrong is left out: the first NO is what to mend first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/gateway.h"
#include "app/proof.h"
#include "app/secret_record.h"
#include "app/tool.h"
#include "app/tool_keys.h"
#include "base/clock.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/local_call.h"
#include "net/resolve.h"
#include "store/keys.h"
#include "store/settings.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum {
	CLOCK_MAX = 5,                 /* seconds; LMSs take 60 as a rule */
	CERTIFICATE_LEFT = 14 * 86400, /* seconds before its end */
	SECRET_SIZE = 32,
};

#define CERTIFICATE "the certificate of public_url holds"

struct check {
	struct cx *cx;
	struct gateway *gateway;
	struct gateway_options options;
	struct server_options server;
	struct json_t *findings;
	bool json;
	int status;
};

/* --- findings ------------------------------------------------------------ */

static void __attribute__((format(printf, 4, 5)))
find(struct check *check, bool good, const char *what, const char *advice, ...)
{
	struct json_t *row = jwrite_push_object(check->findings);
	char text[CX_DETAIL_MAX + 200] = "";
	va_list args;

	va_start(args, advice);
	if (!good)
		vsnprintf(text, sizeof text, advice, args);
	va_end(args);
	jwrite_text(row, "what", span_of(what));
	jwrite_bool(row, "good", good);
	jwrite_text(row, "advice", span_of(text));
	check->status = check->status || !good;
	if (!check->json)
		printf("%s  %s%s%s\n", good ? "ok " : "NO ", what,
		    good ? "" : ": ", text);
}

static const char *
told(const struct cx *cx, enum fault which)
{
	return cx->note.telling[0]  ? cx->note.telling
	       : cx->note.detail[0] ? cx->note.detail
				    : fault_text(which)->description;
}

/* --- the secret and the store -------------------------------------------- */

static void
look_at_secret(struct check *check)
{
	const char *path = gateway_secret_path(check->cx, &check->options);
	struct stat seen;

	if (stat(path, &seen) != 0) {
		find(check, false, "the secret file is there",
		    "%s cannot be looked at", path);
		return;
	}
	find(check, (seen.st_mode & 077) == 0,
	    "nobody else can read the secret file", "chmod 600 %s", path);
	find(check, seen.st_uid == geteuid(),
	    "the secret file belongs to who runs the gateway",
	    "chown %ld %s, or run this as the gateway's user", (long)geteuid(),
	    path);
}

static enum fault
find_record(struct db_session *session, struct cx *cx, void *arg)
{
	return secret_record_find(session, cx, arg);
}

static void
look_at_rotation(struct check *check)
{
	struct secret_record record;

	if (db_read(check->gateway->db, check->cx, find_record, &record))
		return;
	find(check,
	    record.phase != SECRET_NEXT && record.phase != SECRET_CHANGING,
	    "no rotation of the secret is half done", "%s",
	    "wait until \"ltigate secret rotate\" is over, or run it again");
}

/* Writes, and undoes it. */
static enum fault
try_to_write(struct db_session *session, struct cx *cx, void *arg)
{
	enum fault which = settings_replace(session, cx, "check", SPAN("{}"));

	*(bool *)arg = !which;
	return which ? which : FAULT_NO_ROUTE;
}

static void
look_at_store(struct check *check)
{
	struct cx *cx = check->cx;
	bool written = false;
	int64_t now = 0;
	enum fault which =
	    db_write(check->gateway->db, cx, try_to_write, &written);

	find(check, written, "the store can be written to",
	    "%s; look at its disk, its rights, and whether it is a replica",
	    told(cx, which));
	which = db_clock(check->gateway->db, cx, &now);
	if (which || !now)
		return;
	int64_t apart = llabs((long long)(now - clock_now()));
	find(check, apart <= CLOCK_MAX, "this clock and the store's agree",
	    "they are %lld seconds apart; use NTP on both machines",
	    (long long)apart);
}

/* --- our own certificate ------------------------------------------------- */

static void
look_at_certificate(struct check *check)
{
	const struct certificate_files *files = &check->server.tls;
	struct cx *cx = check->cx;
	struct certificate certificate;

	if (!files->certificate)
		return;
	enum fault which = certificate_look(cx, files, &certificate);
	if (!which)
		which = certificate_check_time(cx, files, &certificate);
	find(check, !which, "tls_cert and tls_key can be used", "%s",
	    which ? told(cx, which) : "");
	if (which)
		return;
	int64_t left = certificate.ends_at - cx->now;
	char ends[CLOCK_TEXT_SIZE];
	clock_write(certificate.ends_at, ends);
	struct span what =
	    arena_printf(cx->arena, "tls_cert holds for %lld days, until %s",
		(long long)(left / 86400), ends);
	find(check, left > CERTIFICATE_LEFT, arena_cstr(cx->arena, what), "%s",
	    "renew it; what is renewed is taken without a restart");
}

/* --- public_url ---------------------------------------------------------- */

static bool
resolves(struct check *check, const struct url *url)
{
	struct address_list addresses;
	enum fault which =
	    resolve(check->cx, net_dns_servers(check->gateway->net), url->host,
		fetch_deadline(), &addresses);

	find(check, !which, "the name of public_url can be resolved",
	    "%s; make a DNS record for %.*s", told(check->cx, which),
	    SPAN_ARGS(url->host));
	return !which;
}

static bool
is_about_tls(const struct cx *cx)
{
	return strstr(cx->note.detail, "SSL") ||
	       strstr(cx->note.detail, "certificate");
}

/* public_url is the operator's word, so it may be anywhere: by a door of its
 * own, that opens to this URL alone. */
static enum fault
ask(struct check *check, struct span url, struct fetch_answer *answer)
{
	struct net_options options = check->options.net;
	const struct fetch_request request = {
	    .url = url,
	    .method = "GET",
	    .accept = "application/json",
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_SERVICE,
	    .own = true,
	    .wants_certificate = true,
	};
	struct net *net;

	options.own_url = arena_cstr(check->cx->arena, url);
	enum fault which = net_open(check->cx, &options, &net);
	if (which)
		return which;
	which = fetch(net, check->cx, &request, answer);
	net_close(net);
	return which;
}

static bool
reaches(struct check *check, const struct url *url, enum fault which,
    const struct fetch_answer *answer)
{
	bool tls = which && url->https && is_about_tls(check->cx);
	int64_t end = which ? 0 : answer->certificate_ends_at;

	if (which && !tls) {
		find(check, false, "public_url is reached from here",
		    "%s; start the gateway, and look at proxy and firewall",
		    told(check->cx, which));
		return false;
	}
	if (tls)
		find(check, false, CERTIFICATE,
		    "%s; LMSs refuse it as well: install the whole chain for "
		    "this name, or outbound_ca for an authority of your own",
		    check->cx->note.detail);
	else if (end)
		find(check, end - check->cx->now > CERTIFICATE_LEFT,
		    CERTIFICATE, "it ends within 14 days; renew it");
	if (!tls)
		find(check, true, "public_url is reached from here", "%s", "");
	return !tls;
}

static bool
leads_here(struct check *check, struct span nonce,
    const struct fetch_answer *answer, const struct json_t **body)
{
	*body = NULL;
	bool read = answer->status == 200 &&
		    !jread_parse(check->cx, answer->body, body);
	bool ours =
	    read && digest_equal(proof_answer(check->gateway, check->cx, nonce),
			jread_text_or(jread_member(*body, "proof"), SPAN("")));

	find(check, ours, "public_url leads to this gateway",
	    "something else answers there (%d): look at the proxy's address "
	    "and path, and that its gateway has this store and this secret",
	    answer->status);
	return ours;
}

/* --- what the proxy makes of it ------------------------------------------ */

static void
look_at_forwarding(struct check *check, const struct json_t *body, bool https)
{
	struct span list =
	    jread_text_or(jread_member(body, "forwardedFor"), SPAN(""));
	struct span proto =
	    jread_text_or(jread_member(body, "forwardedProto"), SPAN(""));
	struct span peer = jread_text_or(jread_member(body, "peer"), SPAN(""));
	bool trusts = check->server.trusted_proxies.count > 0;
	bool counts = false;
	struct span one;

	for (struct span rest = list; span_next(&rest, ',', &one);)
		counts = counts || span_equal(span_trim(one), peer);
	if (list.length)
		find(check, counts, "X-Forwarded-For of the proxy counts",
		    "the proxy's address is not among the trusted ones; set "
		    "trusted_proxies = %.*s",
		    SPAN_ARGS(peer));
	else if (trusts)
		find(check, false, "the proxy tells whose requests it brings",
		    "%s",
		    "trusted_proxies is set and X-Forwarded-For does not "
		    "arrive; let the proxy set it (nginx: proxy_set_header "
		    "X-Forwarded-For $remote_addr)");
	if (proto.length)
		find(check, span_is(proto, https ? "https" : "http"),
		    "the proxy is asked as public_url says",
		    "X-Forwarded-Proto arrives as %.*s; let public_url say so "
		    "too, or redirect http to https before the proxy",
		    SPAN_ARGS(proto));
}

static void
look_at_headers(
    struct check *check, const struct fetch_answer *answer, bool https)
{
	const char *cookie = arena_cstr(check->cx->arena, answer->set_cookie);
	bool kept = answer->set_cookie.length &&
		    (!https || (strstr(cookie, "; Secure") &&
				   strstr(cookie, "SameSite=None")));
	int64_t date = fetch_date(check->cx, answer->date);
	int64_t apart = llabs((long long)(date - clock_now()));

	find(check, kept,
	    https ? "cookies arrive as they are set, Secure"
		  : "cookies arrive as they are set",
	    "the proxy changes or drops them (\"%s\"); let it leave Set-Cookie "
	    "alone",
	    cookie);
	find(check, !answer->frame_options.length,
	    "an LMS may show pages in its frame",
	    "the proxy adds X-Frame-Options: %.*s; take that out",
	    SPAN_ARGS(answer->frame_options));
	if (date)
		find(check, apart <= CLOCK_MAX,
		    "this clock and that of public_url agree",
		    "they are %lld seconds apart; use NTP on both machines",
		    (long long)apart);
}

static void
look_at_public_url(struct check *check)
{
	const struct network any[] = {{{{0}}, 0}};
	const struct url_policy policy = {{any, 1}};
	struct cx *cx = check->cx;
	struct span nonce = random_id(cx);
	struct span self = proof_url(check->gateway, cx, nonce);
	const struct json_t *body;
	struct fetch_answer answer;
	struct url url;

	if (url_read(cx, &policy, self, &url))
		return;
	find(check, url.https, "public_url is https", "%s",
	    "LMSs demand https outside of tests; set public_url");
	if (!resolves(check, &url))
		return;
	enum fault which = ask(check, self, &answer);
	if (!reaches(check, &url, which, &answer) ||
	    !leads_here(check, nonce, &answer, &body))
		return;
	look_at_forwarding(check, body, url.https);
	look_at_headers(check, &answer, url.https);
}

/* --- the tool ------------------------------------------------------------ */

static bool
has_text(const struct json_t *settings, const char *name)
{
	return jread_text_or(jread_member(settings, name), SPAN("")).length > 0;
}

static void
look_at_tool(struct check *check)
{
	const struct json_t *settings = NULL;
	struct tool_key_list keys = {0};
	enum fault which = tool_find(check->gateway, check->cx, &settings);

	if (!which)
		which = tool_keys_list(check->gateway, check->cx, &keys);
	find(check, !which, "the store can be read", "%s",
	    which ? told(check->cx, which) : "");
	if (which)
		return;
	find(check, has_text(settings, "name"), "the tool has a name", "%s",
	    "ltigate settings set name NAME");
	find(check, has_text(settings, "launchUrl"),
	    "the tool has a launch URL", "%s",
	    "ltigate settings set launchUrl URL");
	find(check, keys.count > 0, "there is a key to sign with", "%s",
	    "serve makes one when it starts");
}

/* --- the whole ----------------------------------------------------------- */

static void
look(struct check *check)
{
	enum fault which =
	    gateway_open(check->cx, &check->options, &check->gateway);

	look_at_certificate(check);
	find(check, !which, "the store is there, and its secret fits", "%s",
	    which ? told(check->cx, which) : "");
	if (which)
		return;
	look_at_secret(check);
	look_at_rotation(check);
	look_at_store(check);
	look_at_public_url(check);
	look_at_tool(check);
	gateway_close(check->gateway);
}

int
command_check(struct cx *cx, const struct config *config, int argc, char **argv)
{
	struct json_t *answer = jwrite_object(cx);
	struct check check = {
	    .cx = cx,
	    .findings = jwrite_inner_array(answer, "findings"),
	    .json = argc == 1 && strcmp(argv[0], "--json") == 0,
	};
	enum fault which = config_server(cx, config, &check.server);

	if (!which)
		which = config_gateway(cx, config, &check.options);
	if (which)
		local_complain(cx, (int)which);
	find(&check, !which, "the configuration can be read", "%s",
	    which ? told(cx, which) : "");
	if (!which)
		look(&check);
	if (check.json)
		local_print(cx, answer, true);
	return check.status;
}
