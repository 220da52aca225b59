/* clock.c - the only place that asks what time it is
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef LTIGATE_TEST_HOOKS
static int64_t
offset(void)
{
	const char *path = getenv("LTIGATE_TEST_CLOCK");
	long long seconds = 0;
	FILE *file = path ? fopen(path, "r") : NULL;

	if (!file)
		return 0;
	if (fscanf(file, "%lld", &seconds) != 1)
		seconds = 0;
	fclose(file);
	return seconds;
}
#else
static int64_t
offset(void)
{
	return 0;
}
#endif

int64_t
clock_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec + offset();
}

int64_t
clock_now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec + offset()) * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
clock_write(int64_t seconds, char text[CLOCK_TEXT_SIZE])
{
	time_t when = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&when, &parts) ||
	    !strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts))
		text[0] = '\0';
}

/* As many digits as asked for, and nothing else. */
static bool
take_digits(struct span *rest, size_t count, int *out)
{
	int64_t number;
	struct span digits = span_first(*rest, count);

	if (digits.length != count || !span_number(digits, 9999, &number))
		return false;
	*rest = span_from_offset(*rest, count);
	*out = (int)number;
	return true;
}

static bool
take_char(struct span *rest, char c)
{
	if (!rest->length || rest->at[0] != c)
		return false;
	*rest = span_from_offset(*rest, 1);
	return true;
}

/* "Z", "+01:00" or "-0330". */
static bool
take_offset(struct span *rest, int64_t *seconds)
{
	int hours, minutes;
	bool minus = rest->length && rest->at[0] == '-';

	*seconds = 0;
	if (take_char(rest, 'Z') || take_char(rest, 'z'))
		return true;
	if (!take_char(rest, minus ? '-' : '+') ||
	    !take_digits(rest, 2, &hours))
		return false;
	take_char(rest, ':');
	if (!take_digits(rest, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = (minus ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool
take_time(struct span *rest, struct tm *parts, int64_t *offset)
{
	if (!take_char(rest, 'T') && !take_char(rest, 't'))
		return false;
	if (!take_digits(rest, 2, &parts->tm_hour) || !take_char(rest, ':') ||
	    !take_digits(rest, 2, &parts->tm_min) || !take_char(rest, ':') ||
	    !take_digits(rest, 2, &parts->tm_sec))
		return false;
	if (take_char(rest, '.'))
		while (rest->length && rest->at[0] >= '0' && rest->at[0] <= '9')
			*rest = span_from_offset(*rest, 1);
	return take_offset(rest, offset) && parts->tm_hour < 24 &&
	       parts->tm_min < 60 && parts->tm_sec < 61;
}

bool
clock_read(struct span text, int64_t *seconds)
{
	struct tm parts = {0};
	int64_t offset = 0;
	int year, month;

	if (!take_digits(&text, 4, &year) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, &month) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, &parts.tm_mday) || year < 1970 ||
	    month < 1 || month > 12 || parts.tm_mday < 1 || parts.tm_mday > 31)
		return false;
	if (text.length && (!take_time(&text, &parts, &offset) || text.length))
		return false;
	parts.tm_year = year - 1900;
	parts.tm_mon = month - 1;
	int mday = parts.tm_mday;
	time_t at = timegm(&parts);
	/* The 31st of a shorter month would be another day. */
	if (parts.tm_mday != mday && !(parts.tm_sec == 60))
		return false;
	*seconds = (int64_t)at - offset;
	return true;
}
