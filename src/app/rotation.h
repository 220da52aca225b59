/*
 * rotation.h - another secret, while the gateways run
 *
 * Layer  app
 * Gives  the rotation, step by step; what housekeeping does at its end
 * Owns   nothing
 * Fails  CONFIG_REFUSED: not now, and what to do; as secret_file.h and db.h.
 *        Wherever it fails, or is killed, everything opens, and running it
 *        again goes on
 *
 * The record in the store (secret_record.h) says how far it is:
 *
 *   next      a second secret is in the file; every instance has to know it
 *   changing  it seals; every instance has to seal with it, and every row is
 *             sealed anew
 *   before    the one before opens what it signed
 *   gone      until that is over
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_ROTATION_H
#define APP_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct cx;
struct gateway;

enum { ROTATION_WAIT = 180 }; /* longer than the dead are counted */

struct rotation {
	/* With everything stopped: the old secret opens nothing any more. */
	bool at_once;
	int64_t wait_seconds;           /* for the instances, in each step */
	void (*tell)(const char *line); /* what is waited for */
};

struct rotation_report {
	int64_t resealed, unopened; /* rows */
	int64_t until;              /* the old one opens; 0: nothing */
};

enum fault rotation_run(struct gateway *gateway, struct cx *cx,
    const struct rotation *rotation, struct rotation_report *out) MUST_USE;

/* Ends what the secret before opens once its time is over. For the thread that
 * refreshes the secret file, of one instance. */
enum fault rotation_tidy(struct gateway *gateway, struct cx *cx) MUST_USE;

#endif
