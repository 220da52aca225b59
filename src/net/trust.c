/* trust.c - whose certificates are believed
 *
 * struct trust is OpenSSL's X509_STORE, which counts its users and guards
 * itself, so that threads share one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/trust.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/cx.h"

struct trust {
	X509_STORE *store;
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

	/* The system's paths, or SSL_CERT_FILE and SSL_CERT_DIR. A folder is
	 * read certificate by certificate, when one is needed. */
	if (!store || X509_STORE_set_default_paths(store) != 1) {
		X509_STORE_free(store);
		return refuse(cx, "the system");
	}
	if (ca_file && X509_STORE_load_file(store, ca_file) != 1) {
		X509_STORE_free(store);
		return refuse(cx, ca_file);
	}
	/* A missing system file is no error, and leaves one in the queue. */
	ERR_clear_error();
	struct trust *trust = memory_take(sizeof *trust);
	trust->store = store;
	*out = trust;
	return FAULT_NONE;
}

void
trust_close(struct trust *trust)
{
	if (!trust)
		return;
	X509_STORE_free(trust->store);
	memory_give_back(trust);
}

void
trust_use(struct trust *trust, void *ssl_ctx)
{
	/* set1 takes a reference, set would take ours. */
	SSL_CTX_set1_cert_store(ssl_ctx, trust->store);
}
