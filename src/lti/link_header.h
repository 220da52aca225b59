/*
 * link_header.h - the pages that an LMS's Link header names
 *
 * Layer  lti (pure)
 * Gives  link_header_read
 * Owns   nothing: spans point into the header
 * Fails  never: what cannot be read names nothing
 * Spec   RFC 8288, 3; Names and Role Provisioning Services 2.0, 2.4.2 (paging)
 *
 * Moodle writes rel=“next” with curly quotes. A URL may be relative to the
 * one that was asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_LINK_HEADER_H
#define LTI_LINK_HEADER_H

#include "base/span.h"

/* As they stand between the angle brackets; absent is SPAN_NONE. */
struct link_pages {
	struct span next, prev, first, last, differences;
};

/* The values of all the answer's Link headers, joined by ", ". */
struct link_pages link_header_read(struct span value);

#endif
