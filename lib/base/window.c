#include "base/base.h"
#include "base/window.h"
#include "base/zone.h"

#define DAY 86400

static const char *const weekdays[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
					"Friday", "Saturday", "Sunday" };

struct point {
	bool has_year;
	int year, month, mday; /* month 0: no date */
	int time;	       /* seconds after midnight, -1: none */
};

struct window {
	enum {
		WINDOW_ALWAYS,
		WINDOW_SPAN,  /* of a week: from day[0] at from to day[1] at to */
		WINDOW_DAYS,  /* of `days`: from..to, the next day's where to is not later */
		WINDOW_DATES, /* once, or each year */
	} kind;
	int day[2];
	unsigned days; /* bits, Monday's is 1 */
	int from, to;
	struct point begin, end;
	struct zone *zone;
};

void window_free(struct window *window)
{
	if (window)
		zone_free(window->zone);
	free(window);
}

/* --- reading */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(const char **s)
{
	*s += strspn(*s, " \t");
}

static bool read_digits(const char **s, size_t nr, int *out)
{
	size_t i;

	*out = 0;
	for (i = 0; i < nr; i++) {
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return false;
		*out = *out * 10 + ((*s)[i] - '0');
	}
	*s += nr;
	return true;
}

/* h:mm or hh:mm, to 24:00. */
static bool read_time(const char **s, int *out)
{
	const char *p = *s;
	size_t digits = strspn(p, "0123456789");
	int hour, minute;

	if (digits < 1 || digits > 2 || p[digits] != ':' || !read_digits(&p, digits, &hour) ||
	    !read_digits((p++, &p), 2, &minute) || (*p >= '0' && *p <= '9') || minute > 59 ||
	    hour * 60 + minute > 24 * 60)
		return false;
	*out = hour * 3600 + minute * 60;
	*s = p;
	return true;
}

/* "Mon" or "Monday". */
static bool read_weekday(const char **s, int *day)
{
	size_t len = 0;
	int i;

	while (isalpha((unsigned char)(*s)[len]))
		len++;
	for (i = 0; i < 7; i++) {
		if ((len == 3 || len == strlen(weekdays[i])) &&
		    !strncasecmp(*s, weekdays[i], len)) {
			*day = i;
			*s += len;
			return true;
		}
	}
	return false;
}

/* [YYYY-]MM-DD [[T]hh:mm] */
static int read_point(const char **s, struct point *p, struct error *err)
{
	size_t digits = strspn(*s, "0123456789");
	const char *start = *s, *at;
	int max;

	p->time = -1;
	p->has_year = digits == 4;
	p->year = 2000; /* which has a 29th of February */
	if (p->has_year && (!read_digits(s, 4, &p->year) || *(*s)++ != '-'))
		goto bad;
	if (!read_digits(s, 2, &p->month) || *(*s)++ != '-' || !read_digits(s, 2, &p->mday))
		goto bad;
	if (p->month < 1 || p->month > 12 || (p->has_year && p->year < 1970))
		goto bad;
	max = days_in_month(p->year, p->month);
	if (p->mday < 1 || p->mday > max)
		goto bad;
	at = *s;
	if (*at == 'T')
		at++;
	else
		skip_blanks(&at);
	if (at > *s && read_time(&at, &p->time))
		*s = at;
	return 0;
bad:
	return error_set(err, ERROR_INVALID, "'%.*s' is no date", (int)strcspn(start, " \t"),
			 start);
}

static int64_t local_of(const struct point *p, int year, bool is_end)
{
	int mday = MIN(p->mday, days_in_month(year, p->month));
	int64_t day = day_of_date(year, p->month, mday);

	/* From a 29th that is none on, the next day counts. */
	if (!is_end && mday < p->mday)
		day++;
	return day * DAY + (p->time >= 0 ? p->time : is_end ? DAY : 0);
}

static int read_dates(struct window *w, const char **s, struct error *err)
{
	w->kind = WINDOW_DATES;
	if (read_point(s, &w->begin, err) < 0)
		return -1;
	w->end = w->begin;
	skip_blanks(s);
	if (skip_prefix(*s, "..", s)) {
		skip_blanks(s);
		if (read_point(s, &w->end, err) < 0)
			return -1;
	} else if (w->begin.time >= 0) {
		return error_set(
			err, ERROR_INVALID,
			"a date with a time needs an end: '2026-12-20 18:00..2026-12-21 08:00'");
	}
	if (w->begin.has_year != w->end.has_year)
		return error_set(err, ERROR_INVALID, "both dates have a year, or none has");
	if (w->begin.has_year &&
	    local_of(&w->end, w->end.year, true) <= local_of(&w->begin, w->begin.year, false))
		return error_set(err, ERROR_INVALID, "it ends before it begins");
	return 0;
}

/* "Mon-Fri,Sun": 1, with bits; 0: there are none; negative. */
static int read_days(const char **s, unsigned *days, int *first, struct error *err)
{
	int from, to, nr = 0;

	*days = 0;
	if (**s == '*') {
		(*s)++;
		*days = 0x7f;
		return 1;
	}
	while (read_weekday(s, &from)) {
		const char *at = *s;

		*first = to = from;
		if (*at == '-' && (at++, read_weekday(&at, &to)))
			*s = at;
		for (nr++; from != to; from = (from + 1) % 7)
			*days |= 1U << from;
		*days |= 1U << to;
		if (**s != ',')
			return 1;
		(*s)++;
	}
	return nr ? error_set(err, ERROR_INVALID, "a weekday is missing after ','") : 0;
}

static int read_week(struct window *w, const char **s, struct error *err)
{
	int first = 0, there;
	bool one;

	there = read_days(s, &w->days, &first, err);
	if (there < 0)
		return -1;
	one = there && w->days == 1U << first;
	if (!there)
		w->days = 0x7f;
	skip_blanks(s);
	w->kind = WINDOW_DAYS;
	w->to = DAY;
	if (!read_time(s, &w->from)) {
		if (there)
			return 0;
		return error_set(err, ERROR_INVALID, "'%.*s' is no weekday, time or date",
				 (int)strcspn(*s, " \t"), *s);
	}
	skip_blanks(s);
	if (*(*s) != '-')
		return error_set(err, ERROR_INVALID, "it has no end: '-hh:mm' is missing");
	(*s)++;
	skip_blanks(s);
	if (read_weekday(s, &w->day[1])) {
		if (!one)
			return error_set(
				err, ERROR_INVALID,
				"what ends on a weekday begins on one: 'Fri 16:00-Mon 08:00'");
		w->kind = WINDOW_SPAN;
		w->day[0] = first;
		skip_blanks(s);
	}
	if (!read_time(s, &w->to))
		return error_set(err, ERROR_INVALID, "its end is no time: '%.*s'",
				 (int)strcspn(*s, " \t"), *s);
	if (w->kind == WINDOW_DAYS && w->from == w->to)
		return error_set(err, ERROR_INVALID,
				 "it ends when it begins; 00:00-24:00 is a whole day");
	return 0;
}

int window_parse(struct window **out, const char *text, struct error *err)
{
	struct window *w = xcalloc(1, sizeof(*w));
	const char *s = text, *rest;
	char *zone = NULL;
	int ret = 0;

	skip_blanks(&s);
	if (skip_prefix(s, "always", &rest) && (!*rest || is_blank(*rest))) {
		w->kind = WINDOW_ALWAYS;
		s = rest;
	} else if (strspn(s, "0123456789") >= 1 && s[strspn(s, "0123456789")] == '-') {
		ret = read_dates(w, &s, err);
	} else {
		ret = read_week(w, &s, err);
	}
	if (!ret && *s && !is_blank(*s) && !is_blank(s[-1]))
		ret = error_set(err, ERROR_INVALID, "'%.*s' is not understood",
				(int)strcspn(s, " \t"), s);
	if (!ret) {
		skip_blanks(&s);
		zone = xmemdupz(s, strcspn(s, " \t"));
		s += strlen(zone);
		skip_blanks(&s);
		if (*s)
			ret = error_set(err, ERROR_INVALID, "'%s' comes after the time zone", s);
		else
			ret = zone_open(&w->zone, *zone ? zone : "UTC", err);
	}
	free(zone);
	if (ret < 0)
		window_free(w);
	else
		*out = w;
	return ret;
}

/* --- asking */

static bool is_within(const struct window *w, int64_t begin, int64_t end, int64_t utc,
		      int64_t *until)
{
	end = zone_to_utc(w->zone, end, true);
	if (utc < zone_to_utc(w->zone, begin, false) || utc >= end)
		return false;
	*until = end;
	return true;
}

static bool week_covers(const struct window *w, int64_t today, int64_t utc, int64_t *end)
{
	int64_t day, to;

	/* What began a week ago may be on. */
	for (day = today - 8; day <= today + 1; day++) {
		int weekday = weekday_of_day(day);

		if (w->kind == WINDOW_SPAN) {
			if (weekday != w->day[0])
				continue;
			to = day * DAY + (w->day[1] - w->day[0] + 7) % 7 * DAY + w->to;
			if (to <= day * DAY + w->from)
				to += 7 * DAY;
		} else {
			if (!(w->days & 1U << weekday))
				continue;
			to = day * DAY + w->to + (w->to <= w->from ? DAY : 0);
		}
		if (is_within(w, day * DAY + w->from, to, utc, end))
			return true;
	}
	return false;
}

static bool dates_cover(const struct window *w, int year, int64_t utc, int64_t *end)
{
	int y;

	if (w->begin.has_year)
		return is_within(w, local_of(&w->begin, w->begin.year, false),
				 local_of(&w->end, w->end.year, true), utc, end);
	for (y = year - 1; y <= year + 1; y++) {
		int64_t begin = local_of(&w->begin, y, false), to = local_of(&w->end, y, true);

		if (to <= begin)
			to = local_of(&w->end, y + 1, true);
		if (is_within(w, begin, to, utc, end))
			return true;
	}
	return false;
}

bool window_covers(const struct window *w, int64_t utc, int64_t *end)
{
	int64_t local = utc + zone_offset(w->zone, utc, NULL);
	int64_t today = local >= 0 ? local / DAY : -((-local + DAY - 1) / DAY);
	int year, month, mday;

	if (w->kind == WINDOW_ALWAYS) {
		*end = WINDOW_NEVER;
		return true;
	}
	if (w->kind != WINDOW_DATES)
		return week_covers(w, today, utc, end);
	date_of_day(today, &year, &month, &mday);
	return dates_cover(w, year, utc, end);
}

void window_add_time(struct strbuf *out, const struct window *w, int64_t utc, int64_t now)
{
	const char *abbr;
	int64_t local = utc + zone_offset(w->zone, utc, &abbr), day = local / DAY;
	int year, month, mday, time = (int)(local - day * DAY);

	strbuf_addf(out, "%.3s ", weekdays[weekday_of_day(day)]);
	if (utc - now > 6 * DAY) {
		date_of_day(day, &year, &month, &mday);
		strbuf_addf(out, "%04d-%02d-%02d ", year, month, mday);
	}
	strbuf_addf(out, "%02d:%02d %s", time / 3600, time / 60 % 60, abbr);
}
