/* pages.c - a list of any length, page by page
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/pages.h"

#include "app/gateway.h"
#include "base/cx.h"

/* Two contexts in turn: a key lives until the next page is there. */
enum fault
pages_walk(struct gateway *gateway, struct cx *cx, db_work *read,
    pages_visit *visit, void *arg)
{
	struct cx turns[2];
	enum fault which = FAULT_NONE;
	bool more = true;

	for (int i = 0; i < 2; i++)
		cx_init(&turns[i], cx->random);
	for (int now = 0; !which && more; now = !now) {
		struct cx *own = &turns[now];
		cx_reset(own);
		which = db_read(gateway->db, own, read, arg);
		if (!which)
			which = visit(own, arg, &more);
		if (which)
			cx->note = own->note;
	}
	for (int i = 0; i < 2; i++)
		cx_release(&turns[i]);
	return which;
}
