/* trust.c - whose certificates are believed
 *
 * struct trust is OpenSSL's X509_STORE, which counts its users and guards
 * itself, so that threads share one.
 *
 * The system's bundle takes 30 ms to read, half of a start: whoever needs it
 * first reads it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/trust.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/cx.h"

struct trust {
	X509_STORE *store;
	pthread_mutex_t lock;
	bool complete; /* with the system's */
};

static enum fault
refuse(struct cx *cx, const char *what)
{
	char why[256];

	ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
	ERR_clear_error();
	return fault(cx, FAULT_CONFIG_REFUSED,
	    "root certificates cannot be read from %s: %s", what, why);
}

enum fault
trust_open(struct cx *cx, const char *ca_file, struct trust **out)
{
	X509_STORE *store = X509_STORE_new();

	if (!store || (ca_file && X509_STORE_load_file(store, ca_file) != 1)) {
		X509_STORE_free(store);
		return refuse(cx, ca_file ? ca_file : "memory");
	}
	struct trust *trust = memory_take(sizeof *trust);
	trust->store = store;
	pthread_mutex_init(&trust->lock, NULL);
	*out = trust;
	return FAULT_NONE;
}

void
trust_close(struct trust *trust)
{
	if (!trust)
		return;
	X509_STORE_free(trust->store);
	pthread_mutex_destroy(&trust->lock);
	memory_give_back(trust);
}

/* The system's paths, or SSL_CERT_FILE and SSL_CERT_DIR. A folder is read
 * certificate by certificate, when one is needed. */
static bool
add_system(struct trust *trust)
{
	pthread_mutex_lock(&trust->lock);
	if (!trust->complete) {
		trust->complete =
		    X509_STORE_set_default_paths(trust->store) == 1;
		/* A missing file is no error, and leaves one in the queue. */
		ERR_clear_error();
	}
	bool complete = trust->complete;
	pthread_mutex_unlock(&trust->lock);
	return complete;
}

bool
trust_use(struct trust *trust, void *ssl_ctx)
{
	if (!add_system(trust))
		return false;
	/* set1 takes a reference, set would take ours. */
	SSL_CTX_set1_cert_store(ssl_ctx, trust->store);
	return true;
}
