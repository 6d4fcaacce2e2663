#include "base/base.h"
#include "base/clock.h"

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		BUG("clock_gettime(%d): %s", (int)id, strerror(errno));
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t (*twist_wall)(int64_t wall_ms);

void clock_twist_wall(int64_t (*twist)(int64_t wall_ms))
{
	twist_wall = twist;
}

static int64_t system_wall_ms(void *data UNUSED)
{
	int64_t ms = read_clock(CLOCK_REALTIME);

	return twist_wall ? twist_wall(ms) : ms;
}

static int64_t system_mono_ms(void *data UNUSED)
{
	return read_clock(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
	static const struct clock system_clock = { system_wall_ms, system_mono_ms, NULL };

	return &system_clock;
}

static void split(int64_t wall_ms, struct tm *tm, int *ms)
{
	int64_t s = wall_ms / 1000;
	time_t t;

	*ms = (int)(wall_ms % 1000);
	if (*ms < 0) {
		*ms += 1000;
		s--;
	}
	t = (time_t)s;
	if (!gmtime_r(&t, tm))
		memset(tm, 0, sizeof(*tm));
}

void format_time_ms(struct strbuf *sb, int64_t wall_ms)
{
	struct tm tm;
	int ms;

	split(wall_ms, &tm, &ms);
	strbuf_addf(sb, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}

void format_time_basic(struct strbuf *sb, int64_t wall_ms)
{
	struct tm tm;
	int ms;

	split(wall_ms, &tm, &ms);
	strbuf_addf(sb, "%04d%02d%02dT%02d%02d%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static int to_wall(const int f[6], int ms, int64_t *wall_ms)
{
	struct tm tm = { .tm_year = f[0] - 1900,
			 .tm_mon = f[1] - 1,
			 .tm_mday = f[2],
			 .tm_hour = f[3],
			 .tm_min = f[4],
			 .tm_sec = f[5] };

	if (f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31 || f[3] > 23 || f[4] > 59 || f[5] > 60) {
		errno = EINVAL;
		return -1;
	}
	*wall_ms = (int64_t)timegm(&tm) * 1000 + ms;
	return 0;
}

/* Digits where the pattern has 'd', the character itself elsewhere. */
static bool match(const char *s, const char *pattern)
{
	for (; *pattern; s++, pattern++)
		if (*pattern == 'd' ? !(*s >= '0' && *s <= '9') : *s != *pattern)
			return false;
	return true;
}

static int digits(const char *s, int n)
{
	int v = 0;

	while (n--)
		v = v * 10 + (*s++ - '0');
	return v;
}

int parse_time_ms(const char *s, int64_t *wall_ms)
{
	int f[6], ms = 0, scale = 100;

	if (!match(s, "dddd-dd-ddTdd:dd:dd"))
		goto bad;
	f[0] = digits(s, 4);
	f[1] = digits(s + 5, 2);
	f[2] = digits(s + 8, 2);
	f[3] = digits(s + 11, 2);
	f[4] = digits(s + 14, 2);
	f[5] = digits(s + 17, 2);
	s += 19;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
			ms += (*s - '0') * scale;
	}
	if (!str_eq(s, "Z") && !str_eq(s, "+00:00"))
		goto bad;
	return to_wall(f, ms, wall_ms);
bad:
	errno = EINVAL;
	return -1;
}

int parse_time_basic(const char *s, int64_t *wall_ms)
{
	int f[6];

	if (!match(s, "ddddddddTddddddZ") || s[16]) {
		errno = EINVAL;
		return -1;
	}
	f[0] = digits(s, 4);
	f[1] = digits(s + 4, 2);
	f[2] = digits(s + 6, 2);
	f[3] = digits(s + 9, 2);
	f[4] = digits(s + 11, 2);
	f[5] = digits(s + 13, 2);
	return to_wall(f, 0, wall_ms);
}

void format_duration(struct strbuf *sb, int64_t ms)
{
	int64_t s = (ms + 500) / 1000;

	if (ms < 10000)
		strbuf_addf(sb, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
	else if (s < 60)
		strbuf_addf(sb, "%" PRId64 " s", s);
	else if (s < 3600)
		strbuf_addf(sb, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		strbuf_addf(sb, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
}
