/*
 * confirm_ticket.h - what an LMS's frame knows, from form to form
 *
 * Layer  app
 * Gives  writing and reading a ticket: sealed, good for an hour; for 15 minutes
 *        once somebody signed in; to watch with, for a day
 * Owns   nothing
 * Fails  TICKET_REFUSED: not one of ours, or expired
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_CONFIRM_TICKET_H
#define APP_CONFIRM_TICKET_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;

struct confirm_ticket {
	struct span registration; /* secret registrationId */
	struct span person, organization;
	struct span watched; /* handle: good for looking alone */
	bool asked;          /* the question was; organization is decided then,
			      * be it nobody's */
	bool beside; /* for the window beside the frame, which may say one
		      * thing alone */
};

enum fault confirm_ticket_write(struct gateway *gateway, struct cx *cx,
    const struct confirm_ticket *ticket, struct span *out) MUST_USE;
enum fault confirm_ticket_read(struct gateway *gateway, struct cx *cx,
    struct span text, struct confirm_ticket *out) MUST_USE;

#endif
