/*
 * cx.h - what every function that works for a request is given
 *
 * Layer  base
 * Gives  the arena, the time, randomness, the note of the last fault
 * Owns   its arena
 * Fails  never
 *
 * One cx per request, or per job of a background thread. The time is read
 * once (cx_wake reads it again after a wait).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_CX_H
#define BASE_CX_H

#include "base/arena.h"

enum {
	CX_REFERENCE_LENGTH = 10,
	CX_DETAIL_MAX = 600,
};

/* What is known of the last fault besides its name. */
struct fault_note {
	char detail[CX_DETAIL_MAX];  /* for the log */
	char telling[CX_DETAIL_MAX]; /* public; empty: the fault's own words */
	struct span body_received;   /* what an LMS answered, bounded */
	struct span external_url; /* where, without query; empty: not theirs */
	int external_status;      /* HTTP status of the LMS, or 0 */
	int64_t retry_after;      /* seconds until it is worth a try, or 0 */
	struct span way_back; /* URL of the LMS for who ends here; or empty */
	bool back_in_frame;   /* it is made for the frame this is in */
	struct span member;   /* of the body that is wrong, or empty */
};

struct cx {
	struct arena *arena;
	int64_t now; /* seconds since the epoch */
	void (*random)(void *bytes, size_t length);
	/* Shown on pages, written in logs: finds the event again. */
	char reference[CX_REFERENCE_LENGTH + 1];
	struct fault_note note;
	struct span actor; /* who is at work, for events; empty: the LMS, or
			    * the gateway itself */
};

void cx_init(struct cx *cx, void (*random)(void *bytes, size_t length));
void cx_reset(struct cx *cx); /* for the next request */
void cx_wake(struct cx *cx);  /* reads the clock again */
void cx_release(struct cx *cx);

#endif
