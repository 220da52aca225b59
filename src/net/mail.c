/* mail.c - the one door through which mail leaves
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/mail.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/text.h"
#include "net/fetch.h"
#include "net/resolve.h"
#include "net/trust.h"

enum { SEND_WAIT_MS = 20000, CONNECT_WAIT_MS = 5000 };

/* --- the server ---------------------------------------------------------- */

static struct span
take_part(struct cx *cx, CURLU *parts, CURLUPart which, unsigned flags)
{
	char *text = NULL;

	if (curl_url_get(parts, which, &text, flags) != CURLUE_OK)
		return SPAN("");
	struct span copy = arena_copy(cx->arena, span_of(text));
	explicit_bzero(text, strlen(text));
	curl_free(text);
	return copy;
}

static bool
take_apart(
    struct cx *cx, struct span text, CURLU *parts, struct mail_server *out)
{
	int64_t port;

	if (curl_url_set(parts, CURLUPART_URL, arena_cstr(cx->arena, text),
		CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		return false;
	struct span scheme = take_part(cx, parts, CURLUPART_SCHEME, 0);
	struct span path = take_part(cx, parts, CURLUPART_PATH, 0);
	struct span number = take_part(cx, parts, CURLUPART_PORT, 0);
	struct mail_server server = {
	    .tls = span_is(scheme, "smtps"),
	    .host = take_part(cx, parts, CURLUPART_HOST, 0),
	    .user = take_part(cx, parts, CURLUPART_USER, CURLU_URLDECODE),
	    .password =
		take_part(cx, parts, CURLUPART_PASSWORD, CURLU_URLDECODE),
	};
	if (!server.tls && !span_is(scheme, "smtp"))
		return false;
	if (span_starts(server.host, "[") && span_ends(server.host, "]"))
		server.host =
		    span_from(server.host.at + 1, server.host.length - 2);
	port = server.tls ? 465 : 587;
	if (number.length && !span_number(number, 65535, &port))
		return false;
	server.port = (unsigned)port;
	*out = server;
	return server.host.length && (!path.length || span_is(path, "/"));
}

enum fault
mail_server_read(struct cx *cx, struct span text, struct mail_server *out)
{
	CURLU *parts = curl_url();
	bool good = parts && !span_has_control(text) &&
		    take_apart(cx, text, parts, out);

	curl_url_cleanup(parts);
	return good ? FAULT_NONE
		    : fault_tell(cx, FAULT_CONFIG_REFUSED,
			  "smtp_url must be of the form "
			  "smtps://USER:PASSWORD@HOST:PORT or smtp://");
}

/* --- sending ------------------------------------------------------------- */

struct sending {
	struct cx *cx;
	const struct mail_server *server;
	struct net *net;
	struct address_list addresses;
	struct span rest; /* of the message */
	char error[CURL_ERROR_SIZE];
};

static void
must(CURLcode code)
{
	if (code != CURLE_OK)
		abort();
}

static size_t
give_text(char *to, size_t size, size_t count, void *arg)
{
	struct sending *sending = arg;
	struct span part = span_first(sending->rest, size * count);

	memcpy(to, part.at, part.length);
	sending->rest = span_from_offset(sending->rest, part.length);
	return part.length;
}

static bool
is_known(const struct sending *sending, const struct address *address)
{
	for (size_t i = 0; i < sending->addresses.count; i++)
		if (memcmp(&sending->addresses.at[i], address,
			sizeof *address) == 0)
			return true;
	return false;
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct address address;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !address_from(&to->addr, &address) || !is_known(arg, &address))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static CURLcode
use_trust(CURL *handle, void *ssl_ctx, void *arg)
{
	(void)handle;
	return trust_use(arg, ssl_ctx) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/* Nobody listens between this machine and itself. */
static bool
is_this_machine(const struct address_list *list)
{
	struct network_list own;
	struct span bad;
	struct arena *arena = arena_open();
	bool all =
	    network_list_read(arena, SPAN("127.0.0.0/8,::1/128"), &own, &bad);

	for (size_t i = 0; i < list->count; i++)
		all = all && network_list_holds(own, &list->at[i]);
	arena_close(arena);
	return all;
}

static void
set_address(CURL *handle, struct sending *sending, struct curl_slist *pin)
{
	char *line = resolve_pin(sending->cx, sending->server->host,
	    sending->server->port, &sending->addresses);

	if (!line)
		return;
	*pin = (struct curl_slist){line, NULL};
	must(curl_easy_setopt(handle, CURLOPT_RESOLVE, pin));
}

/* The path is the name that EHLO tells: that of who sends, not of this
 * machine. */
static void
set_server(CURL *handle, struct sending *sending, struct span domain)
{
	const struct mail_server *server = sending->server;
	struct arena *arena = sending->cx->arena;
	bool six = memchr(server->host.at, ':', server->host.length) != NULL;
	bool secret = server->user.length > 0;
	long tls = secret && !is_this_machine(&sending->addresses)
		       ? CURLUSESSL_ALL
		       : CURLUSESSL_TRY;

	must(curl_easy_setopt(handle, CURLOPT_URL,
	    arena_printf(arena, "%s://%s%.*s%s:%u/%.*s",
		server->tls ? "smtps" : "smtp", six ? "[" : "",
		SPAN_ARGS(server->host), six ? "]" : "", server->port,
		SPAN_ARGS(domain))
		.at));
	must(curl_easy_setopt(handle, CURLOPT_USE_SSL, tls));
	if (!secret)
		return;
	must(curl_easy_setopt(
	    handle, CURLOPT_USERNAME, arena_cstr(arena, server->user)));
	must(curl_easy_setopt(
	    handle, CURLOPT_PASSWORD, arena_cstr(arena, server->password)));
}

static void
set_guards(CURL *handle, struct sending *sending)
{
	must(curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L));
	must(curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps"));
	must(curl_easy_setopt(handle, CURLOPT_PROXY, ""));
	must(curl_easy_setopt(handle, CURLOPT_NOPROXY, "*"));
	must(curl_easy_setopt(
	    handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
	must(curl_easy_setopt(handle, CURLOPT_CAINFO, NULL));
	must(curl_easy_setopt(handle, CURLOPT_CAPATH, NULL));
	must(curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, use_trust));
	must(curl_easy_setopt(
	    handle, CURLOPT_SSL_CTX_DATA, net_trust(sending->net)));
	must(curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket));
	must(curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, sending));
	must(curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, sending->error));
	must(curl_easy_setopt(
	    handle, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_WAIT_MS));
	must(curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)SEND_WAIT_MS));
}

static CURLcode
perform(CURL *handle, struct sending *sending, const struct mail *mail)
{
	struct arena *arena = sending->cx->arena;
	char *to = arena_take(arena, mail->to.length + sizeof "<>");
	struct curl_slist recipient = {to, NULL}, pin;

	to[0] = '<';
	memcpy(to + 1, mail->to.at, mail->to.length);
	to[mail->to.length + 1] = '>';
	set_guards(handle, sending);
	set_server(handle, sending, mail_text_domain(mail->from));
	set_address(handle, sending, &pin);
	must(curl_easy_setopt(handle, CURLOPT_MAIL_FROM,
	    arena_printf(arena, "<%.*s>", SPAN_ARGS(mail->from)).at));
	must(curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, &recipient));
	must(curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_text));
	must(curl_easy_setopt(handle, CURLOPT_READDATA, sending));
	must(curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L));
	return curl_easy_perform(handle);
}

static void
count(const struct cx *cx, int64_t begun_us, bool taken)
{
	counters_count(COUNTERS_AT(OUTBOUND, KINDS_MAIL, TARGETS_OWN,
			   taken ? 2 : ANSWERS_UNREACHABLE),
	    cx);
	counters_time(COUNTERS_AT(OUTBOUND_TIME, KINDS_MAIL),
	    clock_monotonic_us() - begun_us, cx);
}

enum fault
mail_send(struct net *net, struct cx *cx, const struct mail_server *server,
    const struct mail *mail)
{
	struct sending sending = {.cx = cx,
	    .server = server,
	    .net = net,
	    .rest = mail_text_write(cx, mail)};
	long status = 0;

	if (resolve(cx, net_dns_servers(net), server->host,
		clock_monotonic_ms() + SEND_WAIT_MS, &sending.addresses))
		return fault_as(cx, FAULT_NOTICE_NOT_DELIVERED);
	CURL *handle = curl_easy_init();
	if (!handle)
		abort();
	int64_t begun_us = clock_monotonic_us();
	CURLcode code = perform(handle, &sending, mail);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(handle);
	count(cx, begun_us, code == CURLE_OK);
	if (code == CURLE_OK)
		return FAULT_NONE;
	return fault(cx, FAULT_NOTICE_NOT_DELIVERED,
	    "mail by %.*s:%u: %s (%ld)", SPAN_ARGS(server->host), server->port,
	    sending.error[0] ? sending.error : curl_easy_strerror(code),
	    status);
}
