#ifndef BASE_WINDOW_H
#define BASE_WINDOW_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"

/*
 * Times that come again, or once, as people write them:
 *
 *	Fri 16:00-Mon 08:00			each week, from one to the other
 *	Mon-Fri 22:00-06:00			on each of these days; past midnight
 *	Sat,Sun					whole days
 *	* 22:00-06:00, 22:00-06:00		every day
 *	2026-12-20..2027-01-03			once; the last day is in it
 *	2026-12-20 18:00..2027-01-03 08:00	once
 *	12-24..01-02				each year
 *	always
 *
 * each followed by the name of a time zone, or UTC is meant. Where clocks are
 * changed a window is rather longer than shorter.
 */
struct window;

int window_parse(struct window **window, const char *text, struct error *err) MUST_CHECK;
void window_free(struct window *window);

#define WINDOW_NEVER INT64_MAX
/* Is `utc` (seconds) in it? Then set `end` to when it is over (WINDOW_NEVER: it isn't). */
bool window_covers(const struct window *window, int64_t utc, int64_t *end);
/* "Mon 08:00 CET"; more than six days ahead, "Mon 2027-01-04 00:00 CET". */
void window_add_time(struct strbuf *out, const struct window *window, int64_t utc, int64_t now);

#endif
