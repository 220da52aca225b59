/* secret_file.c - the file with the secrets that seal what is stored
 *
 * The store keeps a check value of the secret that seals: with another file the
 * program refuses to start, before it seals anything that then could not be
 * opened.
 *
 * A lock is on an inode, and writing makes a new one: who reads the file locks
 * what it read, and who writes locks the new one before it is in place.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cx.h"
#include "base/log.h"
#include "store/db.h"

enum {
	WRITTEN_MS = 200, /* thirty-two bytes, and on disk */
	SIZE = sizeof(struct secret),
	/* An instance notices a rotation this much later, clocks and all. */
	NOTICED = 120,
	DAY = 86400,
	STALE_TRIES = 5,
};

/* --- reading ------------------------------------------------------------- */

/* An open and locked file; -1: there is none. */
struct held {
	int lock;
	struct secret_contents contents;
};

static enum fault
refuse_errno(struct cx *cx, const char *path, const char *what)
{
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "The secret file %s cannot be %s: %s", path, what, strerror(errno));
}

static enum fault
read_held(struct cx *cx, const char *path, struct held *held)
{
	struct secret_contents *contents = &held->contents;
	struct stat about;
	char extra;

	if (flock(held->lock, LOCK_SH | LOCK_NB) != 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret is being rotated; try again in a moment");
	if (fstat(held->lock, &about) != 0)
		return refuse_errno(cx, path, "read");
	ssize_t taken = read(held->lock, contents->at, sizeof contents->at);
	ssize_t more = taken < 0 ? 0 : read(held->lock, &extra, 1);
	if (taken < 0)
		return refuse_errno(cx, path, "read");
	if (about.st_mode & (S_IRWXG | S_IRWXO))
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s may be read by others: chmod 600 it",
		    path);
	if ((taken != SIZE && taken != 2 * SIZE) || more != 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s must hold exactly 32 bytes, or 64 "
		    "after a rotation",
		    path);
	contents->count = (size_t)taken / SIZE;
	return FAULT_NONE;
}

static void
let_go(struct held *held)
{
	secrets_clear(&held->contents, sizeof held->contents);
	if (held->lock >= 0)
		close(held->lock);
	held->lock = -1;
}

static enum fault
hold_once(struct cx *cx, const char *path, struct held *out)
{
	*out = (struct held){.lock = open(path, O_RDONLY | O_CLOEXEC)};
	if (out->lock < 0)
		return errno == ENOENT ? FAULT_NONE
				       : refuse_errno(cx, path, "read");
	enum fault which = read_held(cx, path, out);
	if (which)
		let_go(out);
	return which;
}

/* Written anew between the opening and the lock? */
static bool
is_stale(const char *path, const struct held *held)
{
	struct stat here, there;

	return held->lock >= 0 && fstat(held->lock, &here) == 0 &&
	       stat(path, &there) == 0 && here.st_ino != there.st_ino;
}

static enum fault
hold(struct cx *cx, const char *path, struct held *out)
{
	enum fault which = hold_once(cx, path, out);

	for (int i = 0; i < STALE_TRIES && !which && is_stale(path, out); i++) {
		let_go(out);
		which = hold_once(cx, path, out);
	}
	return which;
}

/* --- the first one ------------------------------------------------------- */

static bool
write_all(int file, const struct secret_contents *contents)
{
	size_t size = contents->count * SIZE;

	return write(file, contents->at, size) == (ssize_t)size &&
	       fsync(file) == 0;
}

static enum fault
make_file(struct cx *cx, const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct secret_contents first = {.count = 1};

	if (file < 0)
		return refuse_errno(cx, path, "made");
	cx->random(first.at[0].bytes, SIZE);
	bool kept = write_all(file, &first);
	secrets_clear(&first, sizeof first);
	close(file);
	if (kept)
		return FAULT_NONE;
	unlink(path);
	return refuse_errno(cx, path, "written");
}

/* Another instance may begin the same store at this moment: its file is ours,
 * once it is written. */
static enum fault
make_first(struct cx *cx, const char *path, struct held *out)
{
	enum fault which = make_file(cx, path);

	if (which && access(path, F_OK) != 0)
		return which;
	if (which)
		nanosleep(&(struct timespec){0, WRITTEN_MS * 1000000L}, NULL);
	which = hold(cx, path, out);
	if (!which && out->lock < 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s was removed just now", path);
	return which;
}

/* --- which does what ----------------------------------------------------- */

static enum fault
find_record(struct db_session *session, struct cx *cx, void *arg)
{
	return secret_record_find(session, cx, arg);
}

struct beginning {
	struct secret_record record;
	struct span check;
};

/* Of two that begin the same store at once, each with a file of its own, one
 * is first; the other is told. */
static enum fault
begin_store(struct db_session *session, struct cx *cx, void *arg)
{
	struct beginning *beginning = arg;
	enum fault which = secret_record_find(session, cx, &beginning->record);

	if (which || beginning->record.sealing.length)
		return which;
	beginning->record.sealing = beginning->check;
	return secret_record_keep(session, cx, &beginning->record);
}

const struct secret *
secret_file_find(
    struct cx *cx, const struct secret_contents *contents, struct span check)
{
	for (size_t i = 0; check.length && i < contents->count; i++)
		if (digest_equal(
			secrets_check_text(cx, &contents->at[i]), check))
			return &contents->at[i];
	return NULL;
}

static int64_t
counted_until(const struct secret_record *record)
{
	int64_t noticed = record->changed_at + NOTICED;

	return noticed - noticed % DAY + DAY;
}

static struct secret_pair
pair_of(struct cx *cx, const struct secret_record *record,
    const struct secret_contents *contents, const struct secret *own)
{
	const struct secret *other =
	    secret_file_find(cx, contents, record->other);
	struct secret_pair pair = {.own = *own};
	bool next = record->phase == SECRET_NEXT;

	pair.has_other = other && record->phase != SECRET_ALONE &&
			 record->phase != SECRET_GONE;
	if (pair.has_other) {
		pair.other = *other;
		pair.accepted_until = next ? INT64_MAX : record->until;
		pair.counted_until = next ? 0 : counted_until(record);
	}
	return pair;
}

static enum fault
refuse_contents(struct cx *cx, const struct secret_record *record,
    const struct secret_contents *contents, const char *path)
{
	bool other = secret_file_find(cx, contents, record->other) != NULL;

	if (other && record->phase == SECRET_NEXT)
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The secret file %s holds the next secret alone, which "
		    "seals nothing yet: copy the whole file (64 bytes) from "
		    "where \"ltigate secret rotate\" was run",
		    path);
	if (other)
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The secret file %s holds the secret from before the last "
		    "rotation alone: copy the file from a machine whose "
		    "gateway runs, or where \"ltigate secret rotate\" was run",
		    path);
	return fault_tell(cx, FAULT_SECRET_WRONG,
	    "The secret file %s is not the one that this store was begun with, "
	    "or it is older than the last rotation: put the present one there",
	    path);
}

/* Texts of the record die with the request. */
static void
note_record(struct secret_file *file, const struct secret_record *record)
{
	file->record = *record;
	file->record.sealing = file->record.other = SPAN("");
}

/* --- writing ------------------------------------------------------------- */

/* A link is not replaced, but what it leads to. */
static const char *
real_path(struct cx *cx, const char *path)
{
	char real[PATH_MAX];

	return realpath(path, real) ? arena_printf(cx->arena, "%s", real).at
				    : path;
}

static int
open_folder(struct cx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder =
	    slash
		? arena_printf(cx->arena, "%.*s/", (int)(slash - path), path).at
		: ".";

	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum fault
secret_file_reserve(struct secret_file *file, struct cx *cx, int *out)
{
	int folder = open_folder(cx, real_path(cx, file->path));

	if (folder < 0)
		return refuse_errno(cx, file->path, "reserved in its folder");
	if (flock(folder, LOCK_EX | LOCK_NB) != 0) {
		close(folder);
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "Another rotation is under way with the secret file %s; "
		    "wait until it is over",
		    file->path);
	}
	*out = folder;
	return FAULT_NONE;
}

void
secret_file_unreserve(int reserved)
{
	close(reserved);
}

/* The new file belongs to whom the old one belongs: the gateway must go on
 * reading it when root rotates. */
static bool
keep_owner(int file, const char *path)
{
	struct stat old, new;

	if (stat(path, &old) != 0 || fstat(file, &new) != 0)
		return false;
	return (old.st_uid == new.st_uid &&old.st_gid == new.st_gid) ||
	       fchown(file, old.st_uid, old.st_gid) == 0;
}

static bool
fill_and_place(int file, const char *next, const char *path,
    const struct secret_contents *contents, bool alone)
{
	return keep_owner(file, path) && write_all(file, contents) &&
	       flock(file, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 &&
	       rename(next, path) == 0;
}

enum fault
secret_file_write(struct secret_file *file, struct cx *cx,
    const struct secret_contents *contents, bool alone)
{
	const char *path = real_path(cx, file->path);
	const char *next = arena_printf(cx->arena, "%s.new", path).at;

	unlink(next); /* of one that died */
	int lock = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (lock < 0)
		return refuse_errno(cx, next, "made");
	if (!fill_and_place(lock, next, path, contents, alone)) {
		enum fault which = refuse_errno(cx, path, "replaced");
		close(lock);
		unlink(next);
		return which;
	}
	int folder = open_folder(cx, path);
	if (folder >= 0) {
		(void)fsync(folder);
		close(folder);
	}
	close(file->lock);
	file->lock = lock;
	return FAULT_NONE;
}

enum fault
secret_file_seclude(struct secret_file *file, struct cx *cx)
{
	if (flock(file->lock, LOCK_EX | LOCK_NB) == 0)
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "A gateway or a command is running with this secret file; stop it "
	    "first, or it would go on sealing with the old secret");
}

enum fault
secret_file_contents(
    struct secret_file *file, struct cx *cx, struct secret_contents *out)
{
	struct held held;
	enum fault which = hold(cx, file->path, &held);

	if (!which && held.lock < 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s is gone", file->path);
	if (!which)
		*out = held.contents;
	let_go(&held);
	return which;
}

/* What opens nothing any more goes from the file. One that the store does not
 * name stays: it may be another store's. */
static enum fault
trim(struct secret_file *file, struct cx *cx,
    const struct secret_record *record, struct secret_contents *contents)
{
	const struct secret *own =
	    secret_file_find(cx, contents, record->sealing);
	int folder = -1;

	if (record->phase != SECRET_GONE || contents->count < 2 || !own ||
	    !secret_file_find(cx, contents, record->other))
		return FAULT_NONE;
	/* A rotation writes it itself. */
	if (secret_file_reserve(file, cx, &folder))
		return FAULT_NONE;
	struct secret_contents now = {.count = 0};
	struct secret_contents one = {.at = {*own}, .count = 1};
	enum fault which = secret_file_contents(file, cx, &now);
	if (!which && now.count == contents->count &&
	    memcmp(now.at, contents->at, sizeof now.at) == 0)
		which = secret_file_write(file, cx, &one, false);
	secrets_clear(&now, sizeof now);
	secrets_clear(&one, sizeof one);
	secret_file_unreserve(folder);
	return which;
}

/* --- open, look again ---------------------------------------------------- */

static enum fault
find_first(struct cx *cx, struct db *db, const char *path, struct held *held)
{
	struct secret_record record = {.phase = SECRET_ALONE};
	enum fault which = hold(cx, path, held);

	if (which || held->lock >= 0)
		return which;
	which = db_read(db, cx, find_record, &record);
	if (!which && record.sealing.length)
		return fault_tell(cx, FAULT_SECRET_WRONG,
		    "The store is in use but its secret file %s is not there: "
		    "restore it from your backup",
		    path);
	return which ? which : make_first(cx, path, held);
}

/* The record is looked at under the lock: a rotation may have ended just
 * before. */
static enum fault
judge(struct secret_file *file, struct cx *cx, const struct held *held,
    struct secret_record *record)
{
	struct beginning beginning = {
	    .check = secrets_check_text(cx, &held->contents.at[0])};
	enum fault which =
	    db_read(file->db, cx, find_record, &beginning.record);

	if (!which && !beginning.record.sealing.length)
		which = db_write(file->db, cx, begin_store, &beginning);
	if (which)
		return which;
	*record = beginning.record;
	const struct secret *own =
	    secret_file_find(cx, &held->contents, record->sealing);
	if (!own)
		return refuse_contents(cx, record, &held->contents, file->path);
	struct secret_pair pair = pair_of(cx, record, &held->contents, own);
	secrets_replace(file->secrets, &pair);
	secrets_clear(&pair, sizeof pair);
	note_record(file, record);
	return FAULT_NONE;
}

enum fault
secret_file_open(
    struct cx *cx, struct db *db, const char *path, struct secret_file **out)
{
	struct secret_record record;
	struct held held = {.lock = -1};
	enum fault which = find_first(cx, db, path, &held);

	if (which)
		return which;
	struct secret_file *file = memory_take(sizeof *file);
	*file = (struct secret_file){.db = db,
	    .secrets = secrets_open(),
	    .lock = held.lock,
	    .arena = arena_open()};
	file->path = arena_printf(file->arena, "%s", path).at;
	which = judge(file, cx, &held, &record);
	secrets_clear(&held.contents, sizeof held.contents);
	if (which)
		secret_file_close(file);
	else
		*out = file;
	return which;
}

void
secret_file_close(struct secret_file *file)
{
	if (!file)
		return;
	secrets_close(file->secrets);
	close(file->lock);
	arena_close(file->arena);
	memory_give_back(file);
}

static void
complain(struct secret_file *file, struct cx *cx)
{
	if (!file->complained)
		LOG_FOR(cx, LOG_ERROR, "the secret file is not as it should be",
		    {"detail", span_of(cx->note.detail)});
	file->complained = true;
}

/* Without the file, what is known goes on; the store may have changed between
 * the two. */
static enum fault
refresh_from_memory(struct secret_file *file, struct cx *cx)
{
	struct secret_contents known = {.count = 0};
	struct secret_record record;
	struct secret_pair pair;
	enum fault which = db_read(file->db, cx, find_record, &record);

	if (which)
		return which;
	secrets_copy(file->secrets, &pair);
	known.at[known.count++] = pair.own;
	if (pair.has_other)
		known.at[known.count++] = pair.other;
	const struct secret *own = secret_file_find(cx, &known, record.sealing);
	if (own) {
		pair = pair_of(cx, &record, &known, own);
		secrets_replace(file->secrets, &pair);
		note_record(file, &record);
	} else
		which = refuse_contents(cx, &record, &known, file->path);
	secrets_clear(&pair, sizeof pair);
	secrets_clear(&known, sizeof known);
	return which;
}

enum fault
secret_file_refresh(struct secret_file *file, struct cx *cx)
{
	struct secret_record record;
	struct held held;
	enum fault which = hold(cx, file->path, &held);

	if (!which && held.lock < 0)
		which = fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The secret file %s is gone: put it there again",
		    file->path);
	if (!which)
		which = judge(file, cx, &held, &record);
	if (which == FAULT_CONFIG_REFUSED || which == FAULT_SECRET_WRONG) {
		let_go(&held);
		complain(file, cx);
		return refresh_from_memory(file, cx);
	}
	if (which) {
		let_go(&held);
		return which;
	}
	close(file->lock);
	file->lock = held.lock;
	if (trim(file, cx, &record, &held.contents))
		complain(file, cx);
	else
		file->complained = false;
	secrets_clear(&held.contents, sizeof held.contents);
	return FAULT_NONE;
}

enum fault
secret_file_check(
    struct db_session *session, struct cx *cx, const struct secret_file *file)
{
	struct secret_record record;
	enum fault which = secret_record_find(session, cx, &record);

	if (which)
		return which;
	struct span rest = secrets_known(file->secrets, cx), check;
	while (span_next(&rest, ' ', &check))
		if (digest_equal(check, record.sealing))
			return FAULT_NONE;
	return fault_tell(cx, FAULT_SECRET_WRONG,
	    "The store was sealed anew with another secret; give every "
	    "instance the same secret file");
}
