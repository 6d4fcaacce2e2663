#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/base.h"
#include "base/strbuf.h"

/*
 * The only place where time is read. Wall time is for people and signatures,
 * monotonic time for waiting. Both in milliseconds: since the epoch, and since
 * an arbitrary point. A step is tested with a clock in hand: give it a
 * `struct clock` of your own.
 */
struct clock {
	int64_t (*wall_ms)(void *data);
	int64_t (*mono_ms)(void *data);
	void *data;
};

/* The system's clock. */
const struct clock *clock_system(void);

/* For test-tool alone: what the system's wall clock shows is made something else. */
void clock_twist_wall(int64_t (*twist)(int64_t wall_ms));

static inline int64_t clock_wall_ms(const struct clock *c)
{
	return c->wall_ms(c->data);
}

static inline int64_t clock_mono_ms(const struct clock *c)
{
	return c->mono_ms(c->data);
}

/* 2026-11-21T02:03:04.567Z (RFC 3339, UTC, with milliseconds). */
void format_time_ms(struct strbuf *sb, int64_t wall_ms);
/* The reverse; seconds may lack the fraction. Negative with errno EINVAL on other text. */
int parse_time_ms(const char *s, int64_t *wall_ms) MUST_CHECK;
/* 20261121T020304Z, as SigV4 wants it. */
void format_time_basic(struct strbuf *sb, int64_t wall_ms);
int parse_time_basic(const char *s, int64_t *wall_ms) MUST_CHECK;

/* "3 s", "2 min 5 s", "1 h 2 min": for people. */
void format_duration(struct strbuf *sb, int64_t ms);

#endif
