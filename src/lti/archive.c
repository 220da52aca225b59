/* archive.c - the files in a ZIP archive that somebody sent
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/archive.h"

#include <zip.h>

#include "base/cx.h"

struct archive {
	zip_t *handle;
	size_t unpacked; /* so far */
};

static enum fault
malformed(struct cx *cx, const char *why)
{
	return fault_tell(cx, FAULT_CARTRIDGE_MALFORMED, "%s", why);
}

/* It is never changed: there is nothing to write back. */
static void
discard(void *handle)
{
	zip_discard(handle);
}

enum fault
archive_open(struct cx *cx, struct span bytes, struct archive **out)
{
	zip_error_t error;

	/* To libzip nothing at all is an archive of nothing. */
	if (!bytes.length)
		return malformed(cx, "This is no ZIP archive");
	zip_error_init(&error);
	zip_source_t *source =
	    zip_source_buffer_create(bytes.at, bytes.length, 0, &error);
	zip_t *handle =
	    source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;

	zip_error_fini(&error);
	if (!handle) {
		zip_source_free(source);
		return malformed(cx, "This is no ZIP archive");
	}
	arena_own(cx->arena, discard, handle);
	zip_int64_t count = zip_get_num_entries(handle, 0);
	if (count < 0 || count > ARCHIVE_FILES_MAX)
		return malformed(cx, "The archive holds too many files");
	*out = arena_take(cx->arena, sizeof **out);
	(*out)->handle = handle;
	return FAULT_NONE;
}

/* The size that stands in the archive may be a lie: what comes is counted. */
static enum fault
unpack(struct cx *cx, zip_file_t *file, size_t size, struct span *out)
{
	char *bytes = arena_take(cx->arena, size + 1);
	size_t length = 0;
	zip_int64_t got = 0;

	while (length <= size &&
	       (got = zip_fread(file, bytes + length, size + 1 - length)) > 0)
		length += (size_t)got;
	if (got < 0 || length != size)
		return malformed(cx, "A file in the archive is damaged");
	*out = span_from(bytes, length);
	return FAULT_NONE;
}

enum fault
archive_read(
    struct cx *cx, struct archive *archive, struct span name, struct span *out)
{
	const zip_uint64_t wanted = ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD;
	zip_stat_t stat;

	zip_stat_init(&stat);
	if (zip_stat(archive->handle, arena_cstr(cx->arena, name),
		ZIP_FL_ENC_GUESS, &stat) != 0) {
		*out = SPAN_NONE;
		return FAULT_NONE;
	}
	if ((stat.valid & wanted) != wanted ||
	    stat.encryption_method != ZIP_EM_NONE)
		return malformed(cx, "The archive is encrypted");
	if (stat.size > ARCHIVE_FILE_MAX ||
	    archive->unpacked + stat.size > ARCHIVE_TOTAL_MAX)
		return malformed(cx, "A file in the archive is too large");
	zip_file_t *file = zip_fopen_index(archive->handle, stat.index, 0);
	if (!file)
		return malformed(cx, "A file in the archive cannot be read");
	enum fault which = unpack(cx, file, (size_t)stat.size, out);
	zip_fclose(file);
	archive->unpacked += (size_t)stat.size;
	return which;
}
