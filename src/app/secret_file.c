/* secret_file.c - the 32 bytes that seal what is stored
 *
 * The store keeps an HMAC of a fixed text under the secret: with another
 * file the program refuses to start, before it seals anything that then
 * could not be opened.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "store/db.h"
#include "store/settings.h"

void
secret_clear(struct secret *secret)
{
	OPENSSL_cleanse(secret, sizeof *secret);
}

static enum fault
make_file(struct cx *cx, const char *path, struct secret *out)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (file < 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s cannot be made: %s", path,
		    strerror(errno));
	cx->random(out->bytes, sizeof out->bytes);
	ssize_t written = write(file, out->bytes, sizeof out->bytes);
	bool kept = written == (ssize_t)sizeof out->bytes && fsync(file) == 0;
	close(file);
	if (kept)
		return FAULT_NONE;
	unlink(path);
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "The secret file %s cannot be written", path);
}

static enum fault
read_file(struct cx *cx, const char *path, struct secret *out, bool *absent)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	char extra;

	*absent = file < 0 && errno == ENOENT;
	if (*absent)
		return FAULT_NONE;
	if (file < 0 || fstat(file, &about) != 0) {
		if (file >= 0)
			close(file);
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s cannot be read: %s", path,
		    strerror(errno));
	}
	ssize_t taken = read(file, out->bytes, sizeof out->bytes);
	ssize_t more = read(file, &extra, 1);
	close(file);
	if (about.st_mode & (S_IRWXG | S_IRWXO))
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s may be read by others: chmod 600 it",
		    path);
	if (taken != (ssize_t)sizeof out->bytes || more != 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s must hold exactly 32 bytes", path);
	return FAULT_NONE;
}

static struct span
check_value(struct cx *cx, const struct secret *secret)
{
	unsigned char mac[DIGEST_SIZE];
	struct secret key;

	digest_derive(secret, "store check value", &key);
	digest_hmac(&key, SPAN("ltigate"), mac);
	secret_clear(&key);
	return b64url_encode(cx->arena, span_from(mac, sizeof mac));
}

struct check {
	struct span ours, kept;
};

static enum fault
find_check(struct db_session *session, struct cx *cx, void *arg)
{
	struct check *check = arg;
	return settings_find(session, cx, "secret", &check->kept);
}

static enum fault
keep_check(struct db_session *session, struct cx *cx, void *arg)
{
	struct check *check = arg;
	return settings_replace(session, cx, "secret", check->ours);
}

enum fault
secret_file_open(
    struct cx *cx, struct db *db, const char *path, struct secret *out)
{
	struct check check = {0};
	bool absent;
	enum fault which = read_file(cx, path, out, &absent);

	if (!which)
		which = db_read(db, cx, find_check, &check);
	if (which)
		return which;
	if (absent && check.kept.length)
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The store is in use but its secret file %s is not there: "
		    "restore it from your backup",
		    path);
	if (absent)
		which = make_file(cx, path, out);
	if (which)
		return which;
	check.ours = check_value(cx, out);
	if (!check.kept.length)
		return db_write(db, cx, keep_check, &check);
	if (!digest_equal(check.ours, check.kept))
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The secret file %s is not the one that this store was "
		    "begun with",
		    path);
	return FAULT_NONE;
}
