/*
 * archive.h - the files in a ZIP archive that somebody sent
 *
 * Layer  lti (pure)
 * Gives  one file by its name, whole and bounded
 * Owns   libzip's handle, until the arena is emptied; nothing touches a disk
 * Fails  CARTRIDGE_MALFORMED, told: no archive, encrypted, a file that is
 *        larger than it may be, or damaged
 * Spec   PKWARE APPNOTE 6.3 (ZIP)
 *
 * Only what is asked for is unpacked, and never more than it may be: an
 * archive that would unpack to terabytes costs nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_ARCHIVE_H
#define LTI_ARCHIVE_H

#include "base/fault.h"
#include "base/span.h"

struct archive;
struct cx;

enum {
	ARCHIVE_FILES_MAX = 20000,
	ARCHIVE_FILE_MAX = 4 << 20,   /* a manifest of ten thousand links */
	ARCHIVE_TOTAL_MAX = 32 << 20, /* unpacked, of all that is asked for */
};

/* bytes must live as long as the arena. */
enum fault archive_open(
    struct cx *cx, struct span bytes, struct archive **out) MUST_USE;
/* SPAN_NONE: there is no such file. */
enum fault archive_read(struct cx *cx, struct archive *archive,
    struct span name, struct span *out) MUST_USE;

#endif
