/*
 * lms.h - LMSs that answer at once, or never
 *
 * Layer  tests/bench
 * Gives  one LMS an address, 127.0.0.1 and up, all on one port
 * Owns   its listeners, and the connections to them
 * Fails  ends the program
 * Spec   LTI Dynamic Registration 1.0, 3.4, 3.6; the document is Moodle 4.5's
 *
 * An LMS has three configurations: one whose registration is answered, one
 * whose registration is taken and never answered, and one that is itself
 * never answered.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_LMS_H
#define BENCH_LMS_H

#include "base/span.h"

struct lms;
struct wire;

struct lms *lms_open(struct wire *wire, unsigned port, unsigned hosts);
void lms_close(struct lms *lms);

enum lms_manner { LMS_ANSWERS, LMS_HANGS_EARLY, LMS_HANGS_LATE };

/* For the query of a registration's URL: percent-encoded. */
void lms_write_configuration_url(const struct lms *lms, size_t number,
    enum lms_manner manner, char *out, size_t size);

/* How many requests were taken and left without an answer. */
size_t lms_held(const struct lms *lms);

#endif
