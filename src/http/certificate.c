/* certificate.c - a certificate and its key, from PEM files
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cx.h"

#define CERT "tls_cert"
#define KEY "tls_key"

/* --- refusals ------------------------------------------------------------ */

static enum fault
refuse_content(
    struct cx *cx, const char *setting, const char *file, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_error());
	enum fault which = fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "%s %s: not %s (%s)", setting, file, what, why ? why : "unknown");

	ERR_clear_error();
	return which;
}

static enum fault
check_readable(struct cx *cx, const char *setting, const char *file)
{
	if (access(file, R_OK) == 0)
		return FAULT_NONE;
	int why = errno;
	return fault_tell(cx, FAULT_CONFIG_REFUSED, "%s %s: %s%s", setting,
	    file, strerror(why),
	    why == EACCES
		? "; the user that runs ltigate must be allowed to read it, "
		  "and to enter the folders above it"
		: "");
}

/* --- the key ------------------------------------------------------------- */

/* OpenSSL would ask the terminal. */
static int
refuse_passphrase(char *buffer, int size, int for_writing, void *locked)
{
	(void)buffer, (void)size, (void)for_writing;
	*(bool *)locked = true;
	return -1;
}

static enum fault
read_key(struct cx *cx, const char *file, EVP_PKEY **out)
{
	bool locked = false;
	enum fault which = check_readable(cx, KEY, file);
	BIO *bio = which ? NULL : BIO_new_file(file, "r");

	if (which)
		return which;
	*out =
	    bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &locked)
		: NULL;
	BIO_free(bio);
	if (*out)
		return FAULT_NONE;
	if (!locked)
		return refuse_content(cx, KEY, file, "a private key in PEM");
	ERR_clear_error();
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    KEY " %s: locked with a passphrase, which nobody can type here; "
		"write the key without one",
	    file);
}

static enum fault
use_key(struct cx *cx, const struct certificate_files *files, SSL_CTX *context,
    EVP_PKEY *key)
{
	if (X509_check_private_key(SSL_CTX_get0_certificate(context), key) !=
	    1) {
		ERR_clear_error();
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    KEY " %s: not the key of the certificate in %s; both must "
			"be of the same renewal",
		    files->key, files->certificate);
	}
	if (SSL_CTX_use_PrivateKey(context, key) != 1)
		return refuse_content(
		    cx, KEY, files->key, "a key that can be used");
	return FAULT_NONE;
}

/* --- the certificate ----------------------------------------------------- */

static int64_t
read_time(const ASN1_TIME *text)
{
	struct tm parts = {0};

	return ASN1_TIME_to_tm(text, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

/* Certificates of today may have their names nowhere else. */
static void
describe_names(X509 *certificate, char *text, size_t size)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		if (name->type != GEN_DNS)
			continue;
		snprintf(text, size, "%.*s",
		    ASN1_STRING_length(name->d.dNSName),
		    (const char *)ASN1_STRING_get0_data(name->d.dNSName));
		break;
	}
	GENERAL_NAMES_free(names);
}

static void
describe_subject(X509 *certificate, char *text, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());

	X509_NAME_print_ex(
	    bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
	int length = BIO_read(bio, text, (int)size - 1);
	text[length > 0 ? length : 0] = '\0';
	BIO_free(bio);
	if (length <= 0)
		describe_names(certificate, text, size);
}

static void
describe(X509 *certificate, struct certificate *out)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
	const unsigned char *bytes = ASN1_STRING_get0_data(serial);

	*out = (struct certificate){
	    .begins_at = read_time(X509_get0_notBefore(certificate)),
	    .ends_at = read_time(X509_get0_notAfter(certificate)),
	};
	for (int i = 0; i < ASN1_STRING_length(serial) &&
			2 * i + 2 < (int)sizeof out->serial;
	     i++)
		snprintf(
		    out->serial + (size_t)2 * (size_t)i, 3, "%02X", bytes[i]);
	describe_subject(certificate, out->subject, sizeof out->subject);
}

/* --- both ---------------------------------------------------------------- */

enum fault
certificate_load(struct cx *cx, const struct certificate_files *files,
    void *context, struct certificate *out)
{
	EVP_PKEY *key = NULL;

	ERR_clear_error();
	enum fault which = check_readable(cx, CERT, files->certificate);
	if (which)
		return which;
	if (SSL_CTX_use_certificate_chain_file(context, files->certificate) !=
	    1)
		return refuse_content(
		    cx, CERT, files->certificate, "certificates in PEM");
	which = read_key(cx, files->key, &key);
	if (which)
		return which;
	which = use_key(cx, files, context, key);
	EVP_PKEY_free(key);
	if (!which)
		describe(SSL_CTX_get0_certificate(context), out);
	return which;
}

enum fault
certificate_look(struct cx *cx, const struct certificate_files *files,
    struct certificate *out)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context)
		return fault(cx, FAULT_CRYPTO_FAILED, "SSL_CTX_new");
	enum fault which = certificate_load(cx, files, context, out);
	SSL_CTX_free(context);
	return which;
}

enum fault
certificate_check_time(struct cx *cx, const struct certificate_files *files,
    const struct certificate *certificate)
{
	char text[CLOCK_TEXT_SIZE];

	if (certificate->ends_at <= cx->now) {
		clock_write(certificate->ends_at, text);
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    CERT " %s: expired at %s; renew it", files->certificate,
		    text);
	}
	if (certificate->begins_at > cx->now) {
		clock_write(certificate->begins_at, text);
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    CERT " %s: not good before %s; is this clock right?",
		    files->certificate, text);
	}
	return FAULT_NONE;
}
