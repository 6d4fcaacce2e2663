/*
 * Unit tests in TAP. A program is a list of facts:
 *
 *	#include "base/base.h"
 *	#include "base/strbuf.h"
 *	#include "tap.h"
 *
 *	static void test_strbuf__starts_empty(void)
 *	{
 *		struct strbuf buf = STRBUF_INIT;
 *
 *		check_int(buf.len, ==, 0);
 *		check_str(buf.buf, "");
 *		strbuf_release(&buf);
 *	}
 *
 *	int main(void)
 *	{
 *		TEST(strbuf__starts_empty);
 *		return test_done();
 *	}
 *
 * TEST(x) runs test_x() and prints "ok 1 - strbuf: starts empty". A check
 * that fails prints where and what, marks the running test as failed and
 * goes on; every check returns whether it held, for where going on makes no
 * sense: `if (!check_ptr(p, !=, NULL)) return;`. A table of inputs calls
 * test_context() so that a failure names its row.
 */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* One program, one header: the counters of the program that includes this. */
static struct {
	int count;
	int failed_tests;
	bool failed; /* the running test */
	char context[256];
} tap;

__attribute__((format(printf, 3, 4))) static inline bool tap_check(const char *file, int line,
								   const char *format, ...)
{
	va_list args;

	tap.failed = true;
	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (tap.context[0])
		printf(" [%s]", tap.context);
	putchar('\n');
	return false;
}

/* Name the row of a table that is being looked at, until the test ends. */
__attribute__((format(printf, 1, 2))) static inline void test_context(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(tap.context, sizeof(tap.context), format, args);
	va_end(args);
}

/* Text on a TAP diagnostic line: control characters are made visible. */
static inline void tap_text(const char *label, const char *text)
{
	printf("#   %s: ", label);
	if (!text) {
		printf("NULL\n");
		return;
	}
	for (putchar('"'); *text; text++) {
		if (*text == '\n')
			printf("\\n");
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			printf("\\%03o", (unsigned)(unsigned char)*text);
		else
			putchar(*text);
	}
	printf("\"\n");
}

static inline bool tap_str(const char *file, int line, const char *expr, const char *got,
			   const char *want)
{
	if (got == want || (got && want && !strcmp(got, want)))
		return true;
	tap_check(file, line, "'%s' is not as expected", expr);
	tap_text("got ", got);
	tap_text("want", want);
	return false;
}

static inline bool tap_mem(const char *file, int line, const char *expr, const void *got,
			   size_t got_len, const void *want, size_t want_len)
{
	size_t i;

	if (got_len == want_len && (!got_len || !memcmp(got, want, got_len)))
		return true;
	for (i = 0; i < got_len && i < want_len; i++)
		if (((const char *)got)[i] != ((const char *)want)[i])
			break;
	return tap_check(file, line, "'%s': %zu bytes, want %zu; differs at %zu", expr, got_len,
			 want_len, i);
}

static inline bool tap_holds(const char *op, int order)
{
	switch (op[0]) {
	case '=':
		return order == 0;
	case '!':
		return order != 0;
	case '<':
		return order < 0 || (op[1] && order == 0);
	default:
		return order > 0 || (op[1] && order == 0);
	}
}

static inline bool tap_int(const char *file, int line, const char *expr, const char *op, intmax_t a,
			   intmax_t b)
{
	return tap_holds(op, (a > b) - (a < b)) ||
	       tap_check(file, line, "'%s' does not hold: %jd, %jd", expr, a, b);
}

static inline bool tap_uint(const char *file, int line, const char *expr, const char *op,
			    uintmax_t a, uintmax_t b)
{
	return tap_holds(op, (a > b) - (a < b)) ||
	       tap_check(file, line, "'%s' does not hold: %ju, %ju", expr, a, b);
}

static inline bool tap_ptr(const char *file, int line, const char *expr, const char *op,
			   const void *a, const void *b)
{
	return tap_holds(op, ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b)) ||
	       tap_check(file, line, "'%s' does not hold: %p, %p", expr, a, b);
}

static inline bool tap_true(const char *file, int line, const char *expr, bool holds)
{
	return holds || tap_check(file, line, "'%s' does not hold", expr);
}

#define check(expr) tap_true(__FILE__, __LINE__, #expr, (expr))

/* check_int(a, ==, b), with any comparison; for enums and bools too. */
#define check_int(a, op, b) \
	tap_int(__FILE__, __LINE__, #a " " #op " " #b, #op, (intmax_t)(a), (intmax_t)(b))
#define check_uint(a, op, b) \
	tap_uint(__FILE__, __LINE__, #a " " #op " " #b, #op, (uintmax_t)(a), (uintmax_t)(b))
#define check_ptr(a, op, b)  tap_ptr(__FILE__, __LINE__, #a " " #op " " #b, #op, (a), (b))
#define check_str(got, want) tap_str(__FILE__, __LINE__, #got, (got), (want))
#define check_mem(got, got_len, want, want_len) \
	tap_mem(__FILE__, __LINE__, #got, (got), (got_len), (want), (want_len))

static inline void tap_run(const char *name, void (*function)(void))
{
	bool after_room = false;

	tap.failed = false;
	tap.context[0] = '\0';
	function();
	if (tap.failed)
		tap.failed_tests++;
	printf("%s %d - ", tap.failed ? "not ok" : "ok", ++tap.count);
	for (; *name; name++) {
		if (!after_room && name[0] == '_' && name[1] == '_') {
			printf(": ");
			after_room = true;
			name++;
		} else {
			putchar(*name == '_' ? ' ' : *name);
		}
	}
	putchar('\n');
	fflush(stdout);
}

#define TEST(name) tap_run(#name, test_##name)

/* Print the plan. Returns the exit status for main(). */
static inline int test_done(void)
{
	printf("1..%d\n", tap.count);
	return tap.failed_tests ? 1 : 0;
}

#endif
