/* confirm_ticket.c - what an LMS's frame knows, from form to form
 *
 * A ticket is the JSON object, sealed,
 *   {"r": <registrationId>, "u": <person>?, "o": <organisation>?, "q": true?,
 *    "b": true?, "until": <seconds>}
 * or, for a frame that waits, {"w": <handle>, "until": <seconds>}. The seal
 * draws its numbers by chance: far fewer are written than would let two meet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/confirm_ticket.h"

#include "app/gateway.h"
#include "base/cx.h"
#include "store/registrations.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Who signed in and went away does not leave the door open. A frame that
 * watches is told that its hour is over, also by a computer that slept. */
enum { SIGNED_IN_LIFE = 900, WATCH_LIFE = 86400 };

static const char ticket_purpose[] = "confirm ticket";

static int64_t
life_of(const struct confirm_ticket *ticket)
{
	if (ticket->watched.length)
		return WATCH_LIFE;
	return ticket->person.length ? SIGNED_IN_LIFE : REGISTRATION_LIFE;
}

enum fault
confirm_ticket_write(struct gateway *gateway, struct cx *cx,
    const struct confirm_ticket *ticket, struct span *out)
{
	struct json_t *box = jwrite_object(cx);

	jwrite_text_if(box, "r", ticket->registration);
	jwrite_text_if(box, "u", ticket->person);
	jwrite_text_if(box, "o", ticket->organization);
	jwrite_text_if(box, "w", ticket->watched);
	if (ticket->asked)
		jwrite_bool(box, "q", true);
	if (ticket->beside)
		jwrite_bool(box, "b", true);
	jwrite_integer(box, "until", cx->now + life_of(ticket));
	return secrets_seal(
	    gateway->secrets, cx, ticket_purpose, jwrite_bytes(cx, box), out);
}

enum fault
confirm_ticket_read(struct gateway *gateway, struct cx *cx, struct span text,
    struct confirm_ticket *out)
{
	const struct json_t *box;
	struct span opened;
	int64_t until = 0;

	if (secrets_unseal(
		gateway->secrets, cx, ticket_purpose, text, &opened) ||
	    jread_parse(cx, opened, &box))
		return fault(cx, FAULT_TICKET_REFUSED, "not a ticket of ours");
	(void)jread_integer(jread_member(box, "until"), &until);
	if (until <= cx->now)
		return fault(cx, FAULT_TICKET_REFUSED, "expired");
	*out = (struct confirm_ticket){
	    .registration = jread_text_or(jread_member(box, "r"), SPAN("")),
	    .person = jread_text_or(jread_member(box, "u"), SPAN("")),
	    .organization = jread_text_or(jread_member(box, "o"), SPAN("")),
	    .watched = jread_text_or(jread_member(box, "w"), SPAN("")),
	    .asked = jread_bool_or(jread_member(box, "q"), false),
	    .beside = jread_bool_or(jread_member(box, "b"), false),
	};
	return FAULT_NONE;
}
