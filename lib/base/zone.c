#include "base/base.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/zone.h"

#define ZONE_FILE_MAX (256 * 1024)
#define ABBR_MAX      16
#define HEADER	      44
#define DAY	      86400

/* --- dates: the Gregorian calendar, counted from the 1st of March of year 0 */

int64_t day_of_date(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int m = (month + 9) % 12; /* March is 0 */

	/* 719468 days lie between 0000-03-01 and 1970-01-01. */
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

void date_of_day(int64_t day, int *year, int *month, int *mday)
{
	int y = (int)(1970 + day / 366), m = 12;

	while (day_of_date(y + 1, 1, 1) <= day)
		y++;
	while (day_of_date(y, 1, 1) > day)
		y--;
	while (day_of_date(y, m, 1) > day)
		m--;
	*year = y;
	*month = m;
	*mday = (int)(day - day_of_date(y, m, 1)) + 1;
}

int weekday_of_day(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static int64_t day_of(int64_t seconds)
{
	return seconds >= 0 ? seconds / DAY : -((-seconds + DAY - 1) / DAY);
}

/* --- a zone */

struct change_day {
	enum {
		CHANGE_MONTH,  /* Mm.w.d */
		CHANGE_JULIAN, /* Jn: 1 to 365, never the 29th of February */
		CHANGE_ZERO,   /* n: 0 to 365 */
	} kind;
	int month, week, day;
	int time; /* seconds after midnight, on that day's clock; may be negative */
};

struct zone {
	/* Changes of the past, and the type of what is after each. */
	int64_t *changes;
	unsigned char *types;
	size_t changes_nr;
	struct zone_type {
		int offset;
		char abbr[ABBR_MAX];
	} * type;
	size_t types_nr;
	/* What holds after the last one, as in the TZ variable. */
	bool has_rule, has_summer;
	struct zone_type standard, summer;
	struct change_day begin, end;
};

void zone_free(struct zone *zone)
{
	if (!zone)
		return;
	free(zone->changes);
	free(zone->types);
	free(zone->type);
	free(zone);
}

/* --- the rule: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX, with RFC 9636's hours) */

static bool read_number(const char **s, int max, int *out)
{
	int n = 0, digits = 0;

	for (; **s >= '0' && **s <= '9' && digits < 4; (*s)++, digits++)
		n = n * 10 + (**s - '0');
	*out = n;
	return digits && n <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **s, int *out)
{
	int sign = **s == '-' ? -1 : 1, hours, part = 0;

	if (**s == '-' || **s == '+')
		(*s)++;
	if (!read_number(s, 167, &hours))
		return false;
	*out = hours * 3600;
	if (**s == ':') {
		(*s)++;
		if (!read_number(s, 59, &part))
			return false;
		*out += part * 60;
	}
	if (**s == ':') {
		(*s)++;
		if (!read_number(s, 59, &part))
			return false;
		*out += part;
	}
	*out *= sign;
	return true;
}

static bool read_abbr(const char **s, char abbr[ABBR_MAX])
{
	bool quoted = **s == '<';
	size_t len = 0;

	if (quoted)
		(*s)++;
	for (; **s && (quoted ? **s != '>' : isalpha((unsigned char)**s)); (*s)++) {
		if (len + 1 == ABBR_MAX ||
		    !(isalnum((unsigned char)**s) || **s == '+' || **s == '-'))
			return false;
		abbr[len++] = **s;
	}
	abbr[len] = '\0';
	if (quoted && *(*s)++ != '>')
		return false;
	return len > 0;
}

static bool read_change(const char **s, struct change_day *c)
{
	if (*(*s)++ != ',')
		return false;
	if (**s == 'M') {
		(*s)++;
		c->kind = CHANGE_MONTH;
		if (!read_number(s, 12, &c->month) || c->month < 1 || *(*s)++ != '.' ||
		    !read_number(s, 5, &c->week) || c->week < 1 || *(*s)++ != '.' ||
		    !read_number(s, 6, &c->day))
			return false;
	} else if (**s == 'J') {
		(*s)++;
		c->kind = CHANGE_JULIAN;
		if (!read_number(s, 365, &c->day) || c->day < 1)
			return false;
	} else {
		c->kind = CHANGE_ZERO;
		if (!read_number(s, 365, &c->day))
			return false;
	}
	c->time = 2 * 3600;
	if (**s != '/')
		return true;
	(*s)++;
	return read_time(s, &c->time);
}

static bool read_rule(struct zone *zone, const char *s)
{
	int west;

	if (!read_abbr(&s, zone->standard.abbr) || !read_time(&s, &west))
		return false;
	zone->has_rule = true;
	zone->standard.offset = -west;
	if (!*s)
		return true;
	zone->has_summer = true;
	if (!read_abbr(&s, zone->summer.abbr))
		return false;
	zone->summer.offset = zone->standard.offset + 3600;
	if (*s && *s != ',') {
		if (!read_time(&s, &west))
			return false;
		zone->summer.offset = -west;
	}
	return read_change(&s, &zone->begin) && read_change(&s, &zone->end) && !*s;
}

/* When in `year`, on the clock on the wall. */
static int64_t change_in(const struct change_day *c, int year)
{
	int64_t day;
	int last;

	switch (c->kind) {
	case CHANGE_MONTH:
		/* POSIX counts weekdays from Sunday. */
		day = day_of_date(year, c->month, 1);
		last = days_in_month(year, c->month);
		day += (c->day + 6 - weekday_of_day(day)) % 7 + 7 * (c->week - 1);
		while (day >= day_of_date(year, c->month, 1) + last)
			day -= 7;
		break;
	case CHANGE_JULIAN:
		day = day_of_date(year, 1, 1) + c->day - 1;
		if (days_in_month(year, 2) == 29 && c->day >= 60)
			day++;
		break;
	default:
		day = day_of_date(year, 1, 1) + c->day;
		break;
	}
	return day * DAY + c->time;
}

static const struct zone_type *by_rule(const struct zone *zone, int64_t utc)
{
	int64_t begin, end;
	int year, month, mday;
	bool summer;

	if (!zone->has_summer)
		return &zone->standard;
	date_of_day(day_of(utc + zone->standard.offset), &year, &month, &mday);
	begin = change_in(&zone->begin, year) - zone->standard.offset;
	end = change_in(&zone->end, year) - zone->summer.offset;
	summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
	return summer ? &zone->summer : &zone->standard;
}

/* --- the file */

static uint64_t read_big(const char *p, size_t bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | (unsigned char)*p++;
	return n;
}

struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static bool read_header(const char *p, size_t len, struct counts *c)
{
	if (len < HEADER || memcmp(p, "TZif", 4))
		return false;
	c->isut = read_big(p + 20, 4);
	c->isstd = read_big(p + 24, 4);
	c->leap = read_big(p + 28, 4);
	c->time = read_big(p + 32, 4);
	c->type = read_big(p + 36, 4);
	c->chars = read_big(p + 40, 4);
	return c->isut <= 256 && c->isstd <= 256 && c->leap <= 1000 && c->time <= 20000 &&
	       c->type >= 1 && c->type <= 256 && c->chars >= 1 && c->chars <= 1024;
}

static size_t body_size(const struct counts *c, size_t time)
{
	return c->time * time + c->time + c->type * 6 + c->chars + c->leap * (time + 4) + c->isstd +
	       c->isut;
}

static bool read_body(struct zone *zone, const char *p, const struct counts *c)
{
	const char *types = p + c->time * 8, *infos = types + c->time, *chars = infos + c->type * 6;
	size_t i;

	zone->changes = xcalloc(c->time + 1, sizeof(*zone->changes));
	zone->types = xcalloc(c->time + 1, 1);
	zone->type = xcalloc(c->type, sizeof(*zone->type));
	zone->changes_nr = c->time;
	zone->types_nr = c->type;
	for (i = 0; i < c->time; i++) {
		zone->changes[i] = (int64_t)read_big(p + i * 8, 8);
		zone->types[i] = (unsigned char)types[i];
		if (zone->types[i] >= c->type || (i && zone->changes[i] <= zone->changes[i - 1]))
			return false;
	}
	for (i = 0; i < c->type; i++) {
		size_t at = (unsigned char)infos[i * 6 + 5];

		zone->type[i].offset = (int32_t)(uint32_t)read_big(infos + i * 6, 4);
		if (at >= c->chars || abs(zone->type[i].offset) > 26 * 3600)
			return false;
		snprintf(zone->type[i].abbr, ABBR_MAX, "%.*s", (int)MIN(c->chars - at, 15),
			 chars + at);
	}
	return true;
}

int zone_parse(struct zone **out, const char *data, size_t len, struct error *err)
{
	struct zone *zone = xcalloc(1, sizeof(*zone));
	struct counts c;
	size_t skip;
	char *rule = NULL;
	const char *end;

	/* The first part is for readers of 32 bit; since version 2 a better one follows. */
	if (!read_header(data, len, &c) || data[4] < '2')
		goto bad;
	skip = HEADER + body_size(&c, 4);
	if (skip >= len || !read_header(data + skip, len - skip, &c))
		goto bad;
	data += skip + HEADER;
	len -= skip + HEADER;
	if (body_size(&c, 8) >= len || !read_body(zone, data, &c))
		goto bad;
	data += body_size(&c, 8);
	len -= body_size(&c, 8);
	end = len >= 2 && *data == '\n' ? memchr(data + 1, '\n', len - 1) : NULL;
	if (!end)
		goto bad;
	rule = xmemdupz(data + 1, (size_t)(end - data - 1));
	if (*rule && !read_rule(zone, rule))
		goto bad;
	free(rule);
	*out = zone;
	return 0;
bad:
	free(rule);
	zone_free(zone);
	return error_set(err, ERROR_INVALID, "it is no time zone file of version 2 or later");
}

static bool is_zone_name(const char *name)
{
	const char *s;

	if (!isalpha((unsigned char)*name) || strlen(name) > 64 || strstr(name, ".."))
		return false;
	for (s = name; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_+-/", *s))
			return false;
	return true;
}

int zone_open(struct zone **zone, const char *name, struct error *err)
{
	static const char *const dirs[] = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo",
					    "/usr/share/lib/zoneinfo" };
	struct strbuf text = STRBUF_INIT_MAX(ZONE_FILE_MAX);
	char *path = NULL;
	size_t i;
	int ret;

	if (str_eq(name, "UTC")) {
		*zone = xcalloc(1, sizeof(**zone));
		(*zone)->has_rule = true;
		snprintf((*zone)->standard.abbr, ABBR_MAX, "UTC");
		return 0;
	}
	for (i = 0; is_zone_name(name) && i < ARRAY_SIZE(dirs); i++) {
		free(path);
		path = xstrfmt("%s/%s", dirs[i], name);
		if (!access(path, R_OK))
			break;
		FREE_AND_NULL(path);
	}
	if (!path) {
		error_set(err, ERROR_NOT_FOUND, "there is no time zone '%s'", name);
		return error_hint(
			err, access(dirs[0], F_OK) ?
				     "this system has no tzdata; install it, or use UTC" :
				     "zones are named as 'Europe/Berlin'; UTC when none is given");
	}
	ret = file_read(path, &text, err);
	if (!ret && zone_parse(zone, text.buf, text.len, err) < 0) {
		error_prefix(err, "cannot use '%s'", path);
		ret = -1;
	}
	free(path);
	strbuf_release(&text);
	return ret;
}

/* --- asking */

static const struct zone_type *type_at(const struct zone *zone, int64_t utc)
{
	size_t low = 0, high = zone->changes_nr;

	if (zone->has_rule && (!high || utc >= zone->changes[high - 1]))
		return by_rule(zone, utc);
	/* The last change that is not after `utc`; before the first one type 0 holds. */
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (zone->changes[mid] <= utc)
			low = mid + 1;
		else
			high = mid;
	}
	return &zone->type[low ? zone->types[low - 1] : 0];
}

int zone_offset(const struct zone *zone, int64_t utc, const char **abbr)
{
	const struct zone_type *type = type_at(zone, utc);

	if (abbr)
		*abbr = type->abbr;
	return type->offset;
}

int64_t zone_to_utc(const struct zone *zone, int64_t local, bool later)
{
	/* Offsets before and after a change that may be near: none has two within two days. */
	int before = zone_offset(zone, local - DAY, NULL),
	    after = zone_offset(zone, local + DAY, NULL);
	int64_t a = local - before, b = local - after;
	bool a_is = zone_offset(zone, a, NULL) == before,
	     b_is = zone_offset(zone, b, NULL) == after;

	if (a_is && b_is)
		return later ? MAX(a, b) : MIN(a, b);
	return b_is ? b : a;
}
