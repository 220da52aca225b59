/* tls.c - native TLS for the server
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/tls.h"

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/arena.h"

struct tls {
	SSL_CTX *context;
	int watch; /* where an SSL keeps what tls_watch was given */
};

static enum fault
refuse(struct cx *cx, const char *setting, const char *file)
{
	char why[160];

	ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
	ERR_clear_error();
	return fault_tell(
	    cx, FAULT_CONFIG_REFUSED, "%s %s: %s", setting, file, why);
}

static enum fault
load(struct cx *cx, SSL_CTX *context, const char *certificate_file,
    const char *key_file)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1)
		return refuse(cx, "tls_cert", certificate_file);
	if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) !=
	    1)
		return refuse(cx, "tls_key", key_file);
	if (SSL_CTX_check_private_key(context) != 1)
		return refuse(cx, "tls_key", key_file);
	return FAULT_NONE;
}

static void
on_ssl_freed(void *ssl, void *watched, CRYPTO_EX_DATA *others, int index,
    long number, void *state)
{
	bool *alive = watched;

	(void)ssl, (void)others, (void)index, (void)number, (void)state;
	if (alive)
		*alive = false;
}

enum fault
tls_open(struct cx *cx, const char *certificate_file, const char *key_file,
    struct tls **out)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context)
		return fault(cx, FAULT_CRYPTO_FAILED, "SSL_CTX_new");
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	enum fault failure = load(cx, context, certificate_file, key_file);
	if (failure) {
		SSL_CTX_free(context);
		return failure;
	}
	*out = memory_take(sizeof **out);
	(*out)->context = context;
	(*out)->watch = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_freed);
	return FAULT_NONE;
}

void
tls_close(struct tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	memory_give_back(tls);
}

struct bufferevent *
tls_accept(struct tls *tls, struct event_base *base)
{
	SSL *ssl = SSL_new(tls->context);

	if (!ssl)
		return NULL;
	struct bufferevent *bufferevent = bufferevent_openssl_socket_new(
	    base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (!bufferevent) {
		SSL_free(ssl);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(bufferevent, 1);
	return bufferevent;
}

void
tls_watch(struct tls *tls, struct bufferevent *bufferevent, bool *alive)
{
	SSL_set_ex_data(
	    bufferevent_openssl_get_ssl(bufferevent), tls->watch, alive);
}

void
tls_say_goodbye(struct bufferevent *bufferevent)
{
	SSL_shutdown(bufferevent_openssl_get_ssl(bufferevent));
	ERR_clear_error();
}
