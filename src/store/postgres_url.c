/* postgres_url.c - is this the URL of a PostgreSQL database
 *
 * libpq quotes what it cannot read, and the name of a host that it cannot
 * find. With "p@ss" or "pa/ss" for a password, these are parts of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/postgres_url.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <string.h>

#include "base/cx.h"

static const struct {
	const char *name;
	const char *only, *never; /* characters, or NULL */
} rules[] = {
    {"host", NULL, "@"},
    {"port", "0123456789,", NULL},
};

static bool
holds(const PQconninfoOption *option)
{
	if (!option->val)
		return true;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (strcmp(option->keyword, rules[i].name) != 0)
			continue;
		if (rules[i].only &&
		    option->val[strspn(option->val, rules[i].only)])
			return false;
		if (rules[i].never && strpbrk(option->val, rules[i].never))
			return false;
	}
	return true;
}

enum fault
postgres_url_check(struct cx *cx, const char *url)
{
	PQconninfoOption *list = PQconninfoParse(url, NULL);
	bool good = list != NULL;

	for (size_t i = 0; good && list[i].keyword; i++)
		good = holds(&list[i]);
	PQconninfoFree(list);
	if (good)
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "store is no URL of a PostgreSQL database; in a name or a password "
	    "write @ as %%40, / as %%2F, : as %%3A, %% as %%25");
}
