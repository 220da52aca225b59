/* tls.c - native TLS for the server
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/tls.h"

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>

#include "base/arena.h"
#include "base/cx.h"
#include "http/certificate.h"

/* An SSL keeps the SSL_CTX it was made of: who is connected goes on with the
 * certificate that was shown, and the last of them frees it. Tickets of an
 * earlier one end in a whole handshake. */
struct tls {
	struct certificate_files files;
	pthread_mutex_t lock; /* for what is below */
	SSL_CTX *context;
	struct certificate certificate;
	int watch; /* where an SSL keeps what tls_watch was given */
};

static void
on_ssl_freed(void *ssl, void *watched, CRYPTO_EX_DATA *others, int index,
    long number, void *state)
{
	bool *alive = watched;

	(void)ssl, (void)others, (void)index, (void)number, (void)state;
	if (alive)
		*alive = false;
}

static enum fault
make_context(struct cx *cx, const struct certificate_files *files,
    SSL_CTX **out, struct certificate *certificate)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context)
		return fault(cx, FAULT_CRYPTO_FAILED, "SSL_CTX_new");
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	enum fault which = certificate_load(cx, files, context, certificate);
	if (which) {
		SSL_CTX_free(context);
		return which;
	}
	*out = context;
	return FAULT_NONE;
}

enum fault
tls_open(struct cx *cx, const struct certificate_files *files, struct tls **out)
{
	struct certificate certificate;
	SSL_CTX *context = NULL;
	enum fault which = make_context(cx, files, &context, &certificate);

	if (which)
		return which;
	struct tls *tls = memory_take(sizeof *tls);
	tls->files = *files;
	tls->context = context;
	tls->certificate = certificate;
	tls->watch = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_freed);
	pthread_mutex_init(&tls->lock, NULL);
	*out = tls;
	return FAULT_NONE;
}

void
tls_close(struct tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	pthread_mutex_destroy(&tls->lock);
	memory_give_back(tls);
}

enum fault
tls_renew(struct cx *cx, struct tls *tls)
{
	struct certificate certificate;
	SSL_CTX *context = NULL;
	enum fault which =
	    make_context(cx, &tls->files, &context, &certificate);

	if (which)
		return which;
	which = certificate_check_time(cx, &tls->files, &certificate);
	if (!which) {
		pthread_mutex_lock(&tls->lock);
		SSL_CTX *before = tls->context;
		tls->context = context;
		tls->certificate = certificate;
		pthread_mutex_unlock(&tls->lock);
		context = before;
	}
	SSL_CTX_free(context);
	return which;
}

void
tls_tell(struct tls *tls, struct certificate *out)
{
	pthread_mutex_lock(&tls->lock);
	*out = tls->certificate;
	pthread_mutex_unlock(&tls->lock);
}

struct bufferevent *
tls_accept(struct tls *tls, struct event_base *base)
{
	pthread_mutex_lock(&tls->lock);
	SSL *ssl = SSL_new(tls->context);
	pthread_mutex_unlock(&tls->lock);
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
