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
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/instance.h"
#include "app/journal.h"
#include "base/b64url.h"
#include "base/clock.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "store/db.h"
#include "store/launches.h"
#include "store/settings.h"

enum { WRITTEN_MS = 200 }; /* thirty-two bytes, and on disk */

void
secret_file_clear(struct secret *secret)
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
	secret_file_clear(&key);
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

/* Of two that begin the same store at once, each with a file of its own, one
 * is first; the other is told. */
static enum fault
keep_check(struct db_session *session, struct cx *cx, void *arg)
{
	struct check *check = arg;
	enum fault which = find_check(session, cx, check);

	if (which || check->kept.length)
		return which;
	check->kept = check->ours;
	return settings_replace(session, cx, "secret", check->ours);
}

enum fault
secret_file_check(
    struct db_session *session, struct cx *cx, const struct secret *secret)
{
	struct check check = {.ours = check_value(cx, secret)};
	enum fault which = find_check(session, cx, &check);

	if (!which && !digest_equal(check.ours, check.kept))
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The store was sealed anew with another secret; give every "
		    "instance the same secret file");
	return which;
}

static const char *
next_path(struct cx *cx, const char *path)
{
	return arena_printf(cx->arena, "%s.new", path).at;
}

/* A rotation may have died between changing the store over and putting the
 * new file in the old one's place. */
static enum fault
finish_rotation(
    struct cx *cx, const char *path, struct span kept, struct secret *secret)
{
	const char *next = next_path(cx, path);
	struct secret candidate;
	bool absent;
	enum fault which = read_file(cx, next, &candidate, &absent);

	if (which || absent)
		return which;
	if (!digest_equal(check_value(cx, &candidate), kept)) {
		secret_file_clear(&candidate);
		return FAULT_NONE;
	}
	*secret = candidate;
	secret_file_clear(&candidate);
	if (rename(next, path) != 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s cannot be put in place: %s", next,
		    strerror(errno));
	return FAULT_NONE;
}

/* Another instance may begin the same store at this moment: its file is ours,
 * once it is written. */
static enum fault
make_first(struct cx *cx, const char *path, struct secret *out)
{
	enum fault which = make_file(cx, path, out);
	bool absent = false;

	if (!which || access(path, F_OK) != 0)
		return which;
	nanosleep(&(struct timespec){0, WRITTEN_MS * 1000000L}, NULL);
	return read_file(cx, path, out, &absent);
}

static enum fault
find_secret(struct cx *cx, struct db *db, const char *path, struct secret *out)
{
	struct check check = {0};
	bool absent;
	enum fault which = read_file(cx, path, out, &absent);

	if (!which)
		which = db_read(db, cx, find_check, &check);
	if (!which && check.kept.length &&
	    (absent || !digest_equal(check_value(cx, out), check.kept))) {
		which = finish_rotation(cx, path, check.kept, out);
		absent = absent && access(path, F_OK) != 0;
	}
	if (which)
		return which;
	if (absent && check.kept.length)
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The store is in use but its secret file %s is not there: "
		    "restore it from your backup",
		    path);
	if (absent)
		which = make_first(cx, path, out);
	if (which)
		return which;
	check.ours = check_value(cx, out);
	if (!check.kept.length)
		which = db_write(db, cx, keep_check, &check);
	if (which)
		return which;
	if (!digest_equal(check.ours, check.kept))
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The secret file %s is not the one that this store was "
		    "begun with",
		    path);
	return FAULT_NONE;
}

enum fault
secret_file_open(struct cx *cx, struct db *db, const char *path,
    struct secret *out, int *lock)
{
	enum fault which = find_secret(cx, db, path, out);

	if (which)
		return which;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || flock(file, LOCK_SH | LOCK_NB) != 0) {
		if (file >= 0)
			close(file);
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret is being rotated; try again in a moment");
	}
	/* A rotation may have ended between the reading and the lock. */
	which = find_secret(cx, db, path, out);
	if (which)
		close(file);
	else
		*lock = file;
	return which;
}

void
secret_file_close(struct secret *secret, int lock)
{
	secret_file_clear(secret);
	if (lock > 0)
		close(lock);
}

/* --- rotation ------------------------------------------------------------ */

struct rotation {
	const struct secret *old;
	struct secret new;
};

static enum fault
seal_anew(struct cx *cx, const struct rotation *rotation, const char *purpose,
    struct span sealed, struct span *out)
{
	struct span opened;
	enum fault which =
	    seal_read(cx, rotation->old, purpose, sealed, &opened);

	return which ? which
		     : seal_write(cx, &rotation->new, purpose, opened, out);
}

/* What is sealed, whose, and under which purpose: as tool_keys.c,
 * platform_record.c, register.c, service_access.c and scoring.c seal it. */
static const struct {
	const char *purpose, *find, *change;
} sealed_columns[] = {
    {"tool key",
	"SELECT id, private_sealed FROM tool_keys WHERE id > $1"
	" ORDER BY id LIMIT $2",
	"UPDATE tool_keys SET private_sealed = $2 WHERE id = $1"},
    {"management of platform",
	"SELECT id, management_sealed FROM platforms"
	" WHERE management_sealed <> '' AND id > $1 ORDER BY id LIMIT $2",
	"UPDATE platforms SET management_sealed = $2 WHERE id = $1"},
    {"registration",
	"SELECT handle, sealed FROM registrations WHERE sealed <> ''"
	" AND handle > $1 ORDER BY handle LIMIT $2",
	"UPDATE registrations SET sealed = $2 WHERE handle = $1"},
    {"service key",
	"SELECT id, key_sealed FROM service_keys WHERE id > $1"
	" ORDER BY id LIMIT $2",
	"UPDATE service_keys SET key_sealed = $2 WHERE id = $1"},
    {"score",
	"SELECT id, body_sealed FROM scores WHERE body_sealed <> ''"
	" AND id > $1 ORDER BY id LIMIT $2",
	"UPDATE scores SET body_sealed = $2 WHERE id = $1"},
};

enum { ROTATED_AT_ONCE = 1000 };

static enum fault
rotate_row(struct db_session *session, struct cx *cx,
    const struct rotation *rotation, size_t column, struct span id,
    struct span sealed)
{
	const char *purpose = arena_printf(
	    cx->arena, "%s %.*s", sealed_columns[column].purpose, SPAN_ARGS(id))
				  .at;
	struct span anew;
	enum fault which = seal_anew(cx, rotation, purpose, sealed, &anew);

	return which ? which
		     : DB_RUN(session, cx, NULL, sealed_columns[column].change,
			   DB_TEXT(id), DB_TEXT(anew));
}

static enum fault
rotate_column(struct db_session *session, struct cx *cx,
    const struct rotation *rotation, size_t column)
{
	struct span id = SPAN("");
	struct db_rows rows;
	enum fault which;

	do {
		which = DB_RUN(session, cx, &rows, sealed_columns[column].find,
		    DB_TEXT(id), DB_INTEGER(ROTATED_AT_ONCE));
		for (size_t i = 0; !which && i < rows.count; i++) {
			id = db_text(&rows, i, 0);
			which = rotate_row(session, cx, rotation, column, id,
			    db_text(&rows, i, 1));
		}
	} while (!which && rows.count == ROTATED_AT_ONCE);
	return which;
}

static enum fault
rotate(struct db_session *session, struct cx *cx, void *arg)
{
	const struct rotation *rotation = arg;
	int64_t others = 0;
	enum fault which = instance_count(session, cx, &others);

	if (!which && others)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "A gateway is running on this store; stop it first. One "
		    "that was killed counts for %d seconds more",
		    INSTANCE_LEASE + CLOCK_SKEW);
	for (size_t i = 0;
	     !which && i < sizeof sealed_columns / sizeof *sealed_columns; i++)
		which = rotate_column(session, cx, rotation, i);
	/* Nobody's ltik holds any more: what they opened goes with them. */
	if (!which)
		which = launches_forget(session, cx);
	if (!which)
		which = settings_replace(
		    session, cx, "secret", check_value(cx, &rotation->new));
	const struct journal_entry entry = {
	    .level = LOG_INFO, .kind = "secret", .message = "secret rotated"};
	return which ? which : journal_add(session, cx, &entry);
}

enum fault
secret_file_rotate(struct cx *cx, struct db *db, const char *path,
    const struct secret *old, int lock)
{
	struct rotation rotation = {.old = old};
	const char *next = next_path(cx, path);
	enum fault which;

	if (flock(lock, LOCK_EX | LOCK_NB) != 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "A gateway is running on this store; stop it first, or it "
		    "would go on sealing with the old secret");
	unlink(next); /* of a rotation that died before it changed anything */
	which = make_file(cx, next, &rotation.new);
	test_point("rotate-made");
	if (!which)
		which = db_write(db, cx, rotate, &rotation);
	test_point("rotate-stored");
	if (!which && rename(next, path) != 0)
		which = fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s cannot be put in place: %s", next,
		    strerror(errno));
	secret_file_clear(&rotation.new);
	return which;
}
