#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/base.h"
#include "base/error.h"

/*
 * Time zones by their IANA names, from the system's TZif files (RFC 9636).
 * mktime(3) knows but one zone, that of the process, which threads share.
 *
 * Local times here are seconds since 1970-01-01T00:00 as the clock on the wall
 * shows it.
 */
struct zone;

/* "UTC" is known without a file. */
int zone_open(struct zone **zone, const char *name, struct error *err) MUST_CHECK;
/* What a file holds. Hostile text is refused, never followed. */
int zone_parse(struct zone **zone, const char *data, size_t len, struct error *err) MUST_CHECK;
void zone_free(struct zone *zone);

/* Seconds east of UTC at `utc`; `abbr`, when not NULL, is "CET", the zone's own. */
int zone_offset(const struct zone *zone, int64_t utc, const char **abbr);
/*
 * What `local` is in UTC. A time that comes twice when summer ends is its
 * first, or with `later` its second one; one that never comes when summer
 * begins is as long after the hour was skipped.
 */
int64_t zone_to_utc(const struct zone *zone, int64_t local, bool later);

/* Days since 1970-01-01 of a date, and back. `month` from 1. */
int64_t day_of_date(int year, int month, int day);
void date_of_day(int64_t day, int *year, int *month, int *mday);
/* 0: Monday. */
int weekday_of_day(int64_t day);
int days_in_month(int year, int month);

#endif
