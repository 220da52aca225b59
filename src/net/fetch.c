/* fetch.c - the one door through which anything leaves
 *
 *   URL judged -> permit -> name resolved -> every address judged
 *       -> addresses pinned -> libcurl -> address judged as the socket opens
 *
 * A name is resolved and judged for every fetch, but a kept connection leads
 * to an address that was judged when it was opened, at most IDLE_KEPT_MS
 * after its last use. The policy does not change while we run, so that what
 * was allowed then is allowed now.
 *
 * What a stranger can learn from us (A5): one public text for every
 * LMS_UNREACHABLE. Time tells nothing of private networks either, because
 * nothing is ever sent to an address that is refused; it tells whether a
 * public host listens, which anybody can find out alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "net/answer.h"
#include "net/idle.h"
#include "net/resolve.h"
#include "net/trust.h"

enum {
	FLOW_WAIT_MS = 15000,
	CONNECT_WAIT_MS = 5000, /* TCP and TLS */
	BEARER_MAX = 8 * 1024,  /* twice the longest registration token */
	HEADERS_SENT_MAX = 3 + FETCH_HEADERS_MAX,
};

struct net {
	struct url_policy policy;
	struct network *allowed; /* what policy points to */
	char *dns_servers;
	char *own_url;
	struct permits *permits;
	struct idle *handles; /* CURL * by scheme, host and port */
	struct trust *trust;
};

/* One request on its way; what the callbacks are given. */
struct exchange {
	const struct net *net;
	struct cx *cx;
	const struct fetch_request *request;
	const struct url *url;
	const struct url_policy *policy;
	struct address_list addresses;
	struct curl_slist headers[HEADERS_SENT_MAX];
	struct text bearer; /* its line, to be wiped */
	struct answer answer;
	unsigned target; /* for the counters */
	long status;
	char error[CURL_ERROR_SIZE];
};

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1}, /* one less parser */
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_HTTP_CONTENT_DECODING, 0},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_MAXCONNECTS, 2},
    /* Thousands may wait at once; documents have a few kilobytes. */
    {CURLOPT_BUFFERSIZE, 4096},
    {CURLOPT_UPLOAD_BUFFERSIZE, 16384},
    {CURLOPT_MAXAGE_CONN, IDLE_KEPT_MS / 1000},
};

static const struct {
	CURLoption option;
	const char *value;
} texts[] = {
    {CURLOPT_PROTOCOLS_STR, "http,https"},
    {CURLOPT_REDIR_PROTOCOLS_STR, "https"}, /* there are none */
    {CURLOPT_PROXY, ""},                    /* whatever the environment says */
    {CURLOPT_NOPROXY, "*"},
    {CURLOPT_USERAGENT, "ltigate/" LTIGATE_VERSION},
    /* Roots come from trust.c: no handle loads a bundle of its own. */
    {CURLOPT_CAINFO, NULL},
    {CURLOPT_CAPATH, NULL},
};

/* An option that is not set may be the one that keeps us safe. */
static void
must(CURLcode code)
{
	if (code != CURLE_OK)
		abort();
}

static size_t
take_header(char *at, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;

	return answer_add_header(&exchange->answer, span_from(at, size * count))
		   ? size * count
		   : 0;
}

static size_t
take_body(char *at, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;

	/* Anything but the length ends it, and an empty piece is 0 long. */
	return answer_add_body(&exchange->answer, span_from(at, size * count))
		   ? size * count
		   : size * count + 1;
}

/* The judgement of last resort: whatever libcurl decided to connect to, it
 * is one of the addresses that were judged, and is judged again. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct exchange *exchange = arg;
	const struct address_list *judged = &exchange->addresses;
	struct address address;
	bool known = false;

	if (purpose != CURLSOCKTYPE_IPCXN || !address_from(&to->addr, &address))
		return CURL_SOCKET_BAD;
	for (size_t i = 0; i < judged->count; i++)
		known |= memcmp(&judged->at[i], &address, sizeof address) == 0;
	if (!known ||
	    !url_guard_allows(exchange->policy, exchange->url->https, &address))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static CURLcode
use_trust(CURL *handle, void *ssl_ctx, void *arg)
{
	(void)handle;
	return trust_use(arg, ssl_ctx) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

static void
set_guards(CURL *handle, struct exchange *exchange)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		must(curl_easy_setopt(
		    handle, numbers[i].option, numbers[i].value));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		must(curl_easy_setopt(handle, texts[i].option, texts[i].value));
	must(curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket));
	must(curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, exchange));
	must(curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, use_trust));
	must(curl_easy_setopt(
	    handle, CURLOPT_SSL_CTX_DATA, exchange->net->trust));
	must(curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header));
	must(curl_easy_setopt(handle, CURLOPT_HEADERDATA, exchange));
	must(curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body));
	must(curl_easy_setopt(handle, CURLOPT_WRITEDATA, exchange));
	must(curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange->error));
}

/* The nodes and their texts live in the exchange and the arena: libcurl reads
 * the list and keeps no copy. */
static struct text
add_header(struct exchange *exchange, size_t *count, const char *name,
    struct span value)
{
	struct text line =
	    text_begin(exchange->cx->arena, (size_t)2 * BEARER_MAX);
	struct curl_slist *node = &exchange->headers[*count];

	text_printf(&line, "%s%.*s", name, SPAN_ARGS(value));
	*node = (struct curl_slist){line.at, NULL};
	if (*count)
		node[-1].next = node;
	(*count)++;
	return line;
}

static void
set_headers(CURL *handle, struct exchange *exchange)
{
	const struct fetch_request *request = exchange->request;
	size_t count = 0;

	if (request->accept)
		add_header(
		    exchange, &count, "Accept: ", span_of(request->accept));
	/* Empty: libcurl would call a body a form. */
	add_header(exchange, &count,
	    request->content_type ? "Content-Type: " : "Content-Type:",
	    span_of(request->content_type));
	for (int i = 0; i < FETCH_HEADERS_MAX && request->headers[i].name; i++)
		add_header(exchange, &count,
		    arena_printf(
			exchange->cx->arena, "%s: ", request->headers[i].name)
			.at,
		    request->headers[i].value);
	if (request->bearer.length)
		exchange->bearer = add_header(exchange, &count,
		    "Authorization: Bearer ", request->bearer);
	must(curl_easy_setopt(handle, CURLOPT_HTTPHEADER, exchange->headers));
}

static void
set_request(CURL *handle, struct exchange *exchange)
{
	const struct fetch_request *request = exchange->request;

	must(curl_easy_setopt(handle, CURLOPT_URL,
	    arena_cstr(exchange->cx->arena, exchange->url->text)));
	set_headers(handle, exchange);
	if (strcmp(request->method, "GET") == 0) {
		must(curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L));
		return;
	}
	must(curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)request->body.length));
	must(curl_easy_setopt(handle, CURLOPT_POSTFIELDS,
	    request->body.length ? request->body.at : ""));
	must(curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method));
	/* libcurl sends again, whatever the method, when a kept connection
	 * ends before a byte of answer. A registration token is good for one
	 * POST, and that one may have arrived: never on a kept connection.
	 * The TLS session is resumed nevertheless. */
	if (!request->repeatable)
		must(curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L));
}

static void
set_addresses(CURL *handle, struct exchange *exchange, struct curl_slist *pin)
{
	char *line = resolve_pin(exchange->cx, exchange->url->host,
	    exchange->url->port, &exchange->addresses);

	if (!line)
		return;
	*pin = (struct curl_slist){line, NULL};
	must(curl_easy_setopt(handle, CURLOPT_RESOLVE, pin));
}

static enum fault
check_bearer(struct cx *cx, struct span bearer)
{
	/* Whoever made the request has refused such a token long before. */
	if (bearer.length > BEARER_MAX || span_has_control(bearer))
		return fault(cx, FAULT_LMS_UNREACHABLE,
		    "a bearer token that cannot be sent");
	return FAULT_NONE;
}

/* Nothing was sent, or it may have arrived? libcurl counts the bytes of the
 * request that the kernel (or TLS) took; one is doubt enough. */
static enum fault
explain(struct exchange *exchange, CURL *handle, CURLcode code)
{
	const struct url *url = exchange->url;
	const char *why = exchange->answer.stopped ? exchange->answer.stopped
			  : exchange->error[0]     ? exchange->error
						   : curl_easy_strerror(code);
	long sent = 1, status = 0;

	curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	exchange->cx->note.external_status = (int)status;
	return fault(exchange->cx,
	    sent ? FAULT_LMS_NO_ANSWER : FAULT_LMS_UNREACHABLE,
	    "%s %.*s%.*s: %s", exchange->request->method,
	    SPAN_ARGS(url->authority), SPAN_ARGS(span_first(url->path, 200)),
	    why);
}

/* "Expire date:Nov 21 03:46:05 2027 GMT", of the first of the chain. */
static int64_t
certificate_end(struct exchange *exchange, CURL *handle)
{
	struct curl_certinfo *chain = NULL;
	const struct curl_slist *line = NULL;
	static const char name[] = "Expire date:";

	if (!exchange->request->wants_certificate ||
	    curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    !chain || chain->num_of_certs < 1)
		return 0;
	for (line = chain->certinfo[0]; line; line = line->next)
		if (span_starts(span_of(line->data), name))
			return fetch_date(
			    exchange->cx, span_from_offset(span_of(line->data),
					      sizeof name - 1));
	return 0;
}

static enum fault
perform(struct exchange *exchange, CURL *handle, int64_t left_ms)
{
	struct curl_slist pin;

	set_guards(handle, exchange);
	set_request(handle, exchange);
	set_addresses(handle, exchange, &pin);
	if (exchange->request->wants_certificate)
		must(curl_easy_setopt(handle, CURLOPT_CERTINFO, 1L));
	must(curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)left_ms));
	must(curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
	    left_ms < CONNECT_WAIT_MS ? (long)left_ms : CONNECT_WAIT_MS));
	CURLcode code = curl_easy_perform(handle);
	if (exchange->bearer.length)
		explicit_bzero(exchange->bearer.at, exchange->bearer.length);
	/* To libcurl a head that breaks off is an answer without a body. */
	if (code == CURLE_OK && !exchange->answer.headers_over)
		code = CURLE_PARTIAL_FILE;
	if (code != CURLE_OK)
		return explain(exchange, handle, code);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &exchange->status);
	exchange->answer.taken.certificate_ends_at =
	    certificate_end(exchange, handle);
	return FAULT_NONE;
}

/* Where it leads, as far as it may be told. */
static unsigned
target_of(const struct exchange *exchange)
{
	const struct net *net = exchange->net;
	const struct address_list *addresses = &exchange->addresses;

	if (exchange->policy != &net->policy)
		return TARGETS_OWN;
	return addresses->count &&
		       network_list_holds(
			   net->policy.outbound_allow, &addresses->at[0])
		   ? TARGETS_PRIVATE
		   : TARGETS_PUBLIC;
}

static void
count(const struct exchange *exchange, int64_t begun_us, enum fault which)
{
	const unsigned kind = exchange->request->kind;
	const unsigned answer = which == FAULT_LMS_NO_ANSWER ? ANSWERS_LOST
				: which ? ANSWERS_UNREACHABLE
				: exchange->status < 600
				    ? (unsigned)exchange->status / 100
				    : ANSWERS_LOST;

	counters_count(COUNTERS_AT(OUTBOUND, kind, exchange->target, answer),
	    exchange->cx);
	counters_time(COUNTERS_AT(OUTBOUND_TIME, kind),
	    clock_monotonic_us() - begun_us, exchange->cx);
}

static enum fault
run(struct exchange *exchange)
{
	const struct url *url = exchange->url;
	const struct net *net = exchange->net;

	enum fault failure = resolve(exchange->cx, net->dns_servers, url->host,
	    exchange->request->deadline_ms, &exchange->addresses);
	if (failure)
		return failure;
	failure = url_guard_check(exchange->cx, exchange->policy, url,
	    exchange->addresses.at, exchange->addresses.count);
	if (failure)
		return failure;
	exchange->target = target_of(exchange);
	int64_t left_ms = exchange->request->deadline_ms - clock_monotonic_ms();
	if (left_ms <= 0)
		return fault(exchange->cx, FAULT_LMS_UNREACHABLE,
		    "no time left for %.*s", SPAN_ARGS(url->host));
	/* A connection that was opened by the operator's word is never lent to
	 * what an LMS says. */
	struct span name = arena_printf(exchange->cx->arena, "%s%d %.*s %u",
	    exchange->policy == &net->policy ? "" : "own ", url->https,
	    SPAN_ARGS(url->host), url->port);
	CURL *handle = idle_take(net->handles, name);
	if (!handle)
		handle = curl_easy_init();
	if (!handle)
		abort();
	failure = perform(exchange, handle, left_ms);
	/* What failed may be in any state: not kept. */
	if (failure) {
		curl_easy_cleanup(handle);
		return failure;
	}
	/* Options point into this request; connections stay. */
	curl_easy_reset(handle);
	idle_give(net->handles, name, handle);
	return FAULT_NONE;
}

void
fetch_note(struct cx *cx, struct span url, const struct fetch_answer *answer)
{
	const char *query = url.length ? memchr(url.at, '?', url.length) : NULL;

	if (query)
		url = span_first(url, (size_t)(query - url.at));
	cx->note.external_url = arena_copy(cx->arena, url);
	if (!answer)
		return;
	cx->note.external_status = answer->status;
	cx->note.body_received = span_first(answer->body, FETCH_NOTE_MAX);
}

int64_t
fetch_retry_after(struct cx *cx, const struct fetch_answer *answer)
{
	int64_t seconds;

	if (!answer->retry_after.length)
		return 0;
	if (!span_number(answer->retry_after, INT64_MAX, &seconds)) {
		time_t at = curl_getdate(
		    arena_cstr(cx->arena, answer->retry_after), NULL);
		seconds = at > cx->now ? (int64_t)at - cx->now : 0;
	}
	return seconds < FETCH_RETRY_AFTER_MAX ? seconds
					       : FETCH_RETRY_AFTER_MAX;
}

int64_t
fetch_date(struct cx *cx, struct span date)
{
	time_t at = curl_getdate(arena_cstr(cx->arena, date), NULL);

	return at > 0 ? (int64_t)at : 0;
}

static const struct url_policy *
policy_for(const struct net *net, const struct fetch_request *request)
{
	/* All of IPv6, and all of IPv4. */
	static const struct network any[] = {
	    {{{0}}, 0}, {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255}}, 96}};
	static const struct url_policy anywhere = {{any, 2}};
	bool own =
	    request->own && net->own_url && span_is(request->url, net->own_url);

	return own ? &anywhere : &net->policy;
}

static enum fault
count_unsent(struct cx *cx, const struct fetch_request *request,
    unsigned answer, enum fault which)
{
	counters_count(
	    COUNTERS_AT(OUTBOUND, request->kind, TARGETS_NONE, answer), cx);
	return which;
}

enum fault
fetch(struct net *net, struct cx *cx, const struct fetch_request *request,
    struct fetch_answer *out)
{
	struct permit *permit;
	struct url url;

	cx->note.external_url = cx->note.body_received = SPAN_NONE;
	cx->note.external_status = 0;
	const struct url_policy *policy = policy_for(net, request);
	enum fault failure = url_read(cx, policy, request->url, &url);
	if (!failure)
		failure = check_bearer(cx, request->bearer);
	if (failure)
		return count_unsent(cx, request, ANSWERS_REFUSED, failure);
	failure = permit_take(net->permits, cx, request->kind, url.host,
	    request->client, request->deadline_ms, &permit);
	if (failure)
		return count_unsent(cx, request, ANSWERS_BUSY, failure);
	int64_t begun_us = clock_monotonic_us();
	struct exchange exchange = {.net = net,
	    .cx = cx,
	    .request = request,
	    .url = &url,
	    .policy = policy,
	    .target = TARGETS_NONE,
	    .answer = answer_begin(cx, request->answer_max)};
	failure = run(&exchange);
	count(&exchange, begun_us, failure);
	permit_give(net->permits, permit);
	if (failure) {
		fetch_note(cx, url.text, NULL);
		return failure;
	}
	*out = answer_end(&exchange.answer, (int)exchange.status);
	return FAULT_NONE;
}

int64_t
fetch_deadline(void)
{
	return clock_monotonic_ms() + FLOW_WAIT_MS;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_library(void)
{
	must(curl_global_init(CURL_GLOBAL_DEFAULT));
}

static char *
copy_text(const char *text)
{
	struct span from = span_of(text);

	if (!text)
		return NULL;
	char *copy = memory_take(from.length + 1);
	memcpy(copy, from.at, from.length);
	return copy;
}

enum fault
net_open(struct cx *cx, const struct net_options *options, struct net **out)
{
	struct network_list allow = options->policy.outbound_allow;
	struct trust *trust;

	pthread_once(&once, start_library);
	enum fault failure = trust_open(cx, options->ca_file, &trust);
	if (failure)
		return failure;
	struct net *net = memory_take(sizeof *net);
	net->trust = trust;
	net->allowed = memory_take(allow.count * sizeof *allow.at);
	if (allow.count)
		memcpy(net->allowed, allow.at, allow.count * sizeof *allow.at);
	net->policy.outbound_allow =
	    (struct network_list){net->allowed, allow.count};
	net->dns_servers = copy_text(options->dns_servers);
	net->own_url = copy_text(options->own_url);
	net->permits = permits_open(&options->limits);
	net->handles = idle_open(curl_easy_cleanup);
	*out = net;
	return FAULT_NONE;
}

void
net_close(struct net *net)
{
	if (!net)
		return;
	idle_close(net->handles);
	permits_close(net->permits);
	trust_close(net->trust);
	memory_give_back(net->dns_servers);
	memory_give_back(net->own_url);
	memory_give_back(net->allowed);
	memory_give_back(net);
}

const struct url_policy *
net_policy(const struct net *net)
{
	return &net->policy;
}

struct trust *
net_trust(const struct net *net)
{
	return net->trust;
}

const char *
net_dns_servers(const struct net *net)
{
	return net->dns_servers;
}
