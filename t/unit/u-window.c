#include "base/base.h"
#include "base/window.h"
#include "base/zone.h"
#include "tap.h"

/* "2026-03-27 16:00" in UTC, in seconds. */
static int64_t at(const char *text)
{
	int y, mo, d, h, mi;

	if (sscanf(text, "%d-%d-%d %d:%d", &y, &mo, &d, &h, &mi) != 5)
		BUG("'%s' is no time", text);
	return day_of_date(y, mo, d) * 86400 + h * 3600 + mi * 60;
}

/* A zone file with this rule and nothing else. */
static struct zone *zone_with(const char *rule, struct error *err)
{
	static const char head[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\0\0\0LMT";
	struct strbuf file = STRBUF_INIT;
	struct zone *zone = NULL;

	strbuf_add(&file, head, sizeof(head) + 0);
	strbuf_add(&file, head, sizeof(head) + 0);
	strbuf_addf(&file, "\n%s\n", rule);
	if (zone_parse(&zone, file.buf, file.len, err) < 0)
		zone = NULL;
	strbuf_release(&file);
	return zone;
}

static void test_zone__dates(void)
{
	int64_t day;
	int y, m, d;

	check_int(day_of_date(1970, 1, 1), ==, 0);
	check_int(day_of_date(2000, 3, 1) - day_of_date(2000, 2, 28), ==, 2);
	check_int(day_of_date(2100, 3, 1) - day_of_date(2100, 2, 28), ==, 1);
	check_int(weekday_of_day(day_of_date(2026, 11, 26)), ==, 3);
	for (day = -1000; day < 80000; day += 13) {
		date_of_day(day, &y, &m, &d);
		if (!check_int(day_of_date(y, m, d), ==, day))
			break;
	}
}

static void test_zone__rules_of_the_future(void)
{
	static const struct {
		const char *rule, *utc;
		int offset;
		const char *abbr;
	} rows[] = {
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2040-03-25 00:59", 3600, "CET" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2040-03-25 01:00", 7200, "CEST" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2040-10-28 00:59", 7200, "CEST" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2040-10-28 01:00", 3600, "CET" },
		{ "EST5EDT,M3.2.0,M11.1.0", "2040-03-11 06:59", -18000, "EST" },
		{ "EST5EDT,M3.2.0,M11.1.0", "2040-03-11 07:00", -14400, "EDT" },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2040-01-01 00:00", 39600, "AEDT" },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2040-06-01 00:00", 36000, "AEST" },
		{ "<+0330>-3:30", "2040-06-01 00:00", 12600, "+0330" },
		{ "XXX3YYY,J60,J300", "2040-03-01 04:59", -10800, "XXX" },
		{ "XXX3YYY,J60,J300", "2040-03-01 05:00", -7200, "YYY" },
		{ "XXX3YYY,59/2,299", "2040-02-29 05:00", -7200, "YYY" },
	};
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct zone *zone = zone_with(rows[i].rule, &err);
		const char *abbr = NULL;

		test_context("%s at %s", rows[i].rule, rows[i].utc);
		if (!check_ptr(zone, !=, NULL))
			continue;
		check_int(zone_offset(zone, at(rows[i].utc), &abbr), ==, rows[i].offset);
		check_str(abbr, rows[i].abbr);
		zone_free(zone);
	}
	error_release(&err);
}

static void test_zone__refuses_what_is_none(void)
{
	static const char *const rules[] = { "CET",
					     "-1",
					     "CET-1CEST",
					     "CET-1CEST,M3.5.0",
					     "CET-1CEST,M13.5.0,M10.5.0",
					     "CET-1x,M3.5.7,M1.1.1",
					     "<+03-3",
					     "CET-1 ",
					     "CET-1CEST,J0,J3",
					     "ABCDEFGHIJKLMNOPQRSTUV-1" };
	static const char *const names[] = {
		"Europe/Nowhere", "../../etc/passwd", "/etc/passwd", "Europe", "",
		"A\nB",		  "zone.tab"
	};
	struct error err = ERROR_INIT;
	struct zone *zone;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		test_context("%s", rules[i]);
		check_ptr(zone_with(rules[i], &err), ==, NULL);
		error_release(&err);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		test_context("%s", names[i]);
		check_int(zone_open(&zone, names[i], &err), <, 0);
		error_release(&err);
	}
	check_int(zone_parse(&zone, "TZif2", 5, &err), <, 0);
	error_release(&err);
}

static void test_zone__local_times_at_changes(void)
{
	struct error err = ERROR_INIT;
	struct zone *zone = zone_with("CET-1CEST,M3.5.0,M10.5.0/3", &err);

	if (!check_ptr(zone, !=, NULL))
		return;
	check_int(zone_to_utc(zone, at("2026-01-01 12:00"), false), ==, at("2026-01-01 11:00"));
	check_int(zone_to_utc(zone, at("2026-07-01 12:00"), true), ==, at("2026-07-01 10:00"));
	/* 02:30 never comes in March and comes twice in October. */
	check_int(zone_to_utc(zone, at("2026-03-29 02:30"), false), ==, at("2026-03-29 01:30"));
	check_int(zone_to_utc(zone, at("2026-10-25 02:30"), false), ==, at("2026-10-25 00:30"));
	check_int(zone_to_utc(zone, at("2026-10-25 02:30"), true), ==, at("2026-10-25 01:30"));
	zone_free(zone);
}

/* `end` NULL: not in it. */
static void test_window__covers(void)
{
	static const struct {
		const char *window, *utc, *end;
	} rows[] = {
		/* Over the week's end: Friday the 27th to Monday the 30th of November. */
		{ "Fri 16:00-Mon 08:00", "2026-11-27 15:59", NULL },
		{ "Fri 16:00-Mon 08:00", "2026-11-27 16:00", "2026-11-30 08:00" },
		{ "friday 16:00 - monday 8:00", "2026-11-29 23:59", "2026-11-30 08:00" },
		{ "Fri 16:00-Mon 08:00", "2026-11-30 07:59", "2026-11-30 08:00" },
		{ "Fri 16:00-Mon 08:00", "2026-11-30 08:00", NULL },
		{ "Mon 08:00-Mon 06:00", "2026-11-30 05:59", "2026-11-30 06:00" },
		{ "Mon 08:00-Mon 06:00", "2026-11-30 06:00", NULL },
		{ "Mon 08:00-Mon 06:00", "2026-11-30 08:00", "2026-12-07 06:00" },
		/* Past midnight. */
		{ "* 22:00-06:00", "2026-11-26 05:59", "2026-11-26 06:00" },
		{ "22:00-06:00 UTC", "2026-11-26 22:00", "2026-11-27 06:00" },
		{ "22:00-06:00", "2026-11-26 12:00", NULL },
		{ "Mon-Fri 22:00-06:00", "2026-11-28 05:00", "2026-11-28 06:00" },
		{ "Mon-Fri 22:00-06:00", "2026-11-28 23:00", NULL },
		{ "Mon-Fri 22:00-06:00", "2026-11-30 05:00", NULL },
		{ "Sat,Sun", "2026-11-28 00:00", "2026-11-29 00:00" },
		{ "Sat-Mon", "2026-11-30 23:59", "2026-12-01 00:00" },
		{ "Sat-Mon", "2026-12-01 00:00", NULL },
		/* Dates: the last day is in it. */
		{ "2026-12-20..2027-01-03", "2026-12-19 23:59", NULL },
		{ "2026-12-20..2027-01-03", "2026-12-20 00:00", "2027-01-04 00:00" },
		{ "2026-12-20..2027-01-03", "2027-01-03 23:59", "2027-01-04 00:00" },
		{ "2026-12-20 18:00..2027-01-03 08:00", "2027-01-03 07:59", "2027-01-03 08:00" },
		{ "2026-12-20T18:00..2027-01-03T08:00", "2026-12-20 17:59", NULL },
		{ "2026-12-24", "2026-12-24 12:00", "2026-12-25 00:00" },
		/* Each year, over its end, and with a leap day. */
		{ "12-24..01-02", "2026-12-24 00:00", "2027-01-03 00:00" },
		{ "12-24..01-02", "2029-01-02 12:00", "2029-01-03 00:00" },
		{ "12-24..01-02", "2029-01-03 00:00", NULL },
		{ "02-29", "2028-02-29 12:00", "2028-03-01 00:00" },
		{ "02-20..02-29", "2027-02-28 12:00", "2027-03-01 00:00" },
		{ "02-20..02-29", "2028-02-29 12:00", "2028-03-01 00:00" },
		{ "02-29..03-05", "2027-02-28 12:00", NULL },
		{ "02-29..03-05", "2027-03-01 00:00", "2027-03-06 00:00" },
		/* Clocks: Berlin's go back on the 25th of October at 01:00 UTC. */
		{ "Sun 01:00-Sun 04:00 Europe/Berlin", "2026-10-24 23:00", "2026-10-25 03:00" },
		{ "* 02:30-02:45 Europe/Berlin", "2026-10-25 00:30", "2026-10-25 01:45" },
		{ "* 02:30-02:45 Europe/Berlin", "2026-10-25 01:44", "2026-10-25 01:45" },
		{ "* 02:30-06:00 Europe/Berlin", "2026-03-29 01:30", "2026-03-29 04:00" },
		{ "Fri 16:00-Mon 08:00 Europe/Berlin", "2026-03-29 12:00", "2026-03-30 06:00" },
		{ "Fri 16:00-Mon 08:00 Europe/Berlin", "2026-03-27 14:59", NULL },
		{ "Fri 16:00-Mon 08:00 Europe/Berlin", "2026-03-27 15:00", "2026-03-30 06:00" },
		{ "Fri 16:00-Mon 08:00 America/New_York", "2045-07-10 12:00", NULL },
		{ "Fri 16:00-Mon 08:00 America/New_York", "2045-07-10 11:59", "2045-07-10 12:00" },
	};
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct window *window = NULL;
		int64_t end = 0;
		bool covers;

		test_context("%s at %s", rows[i].window, rows[i].utc);
		if (!check_int(window_parse(&window, rows[i].window, &err), ==, 0)) {
			printf("# %s\n", err.message);
			error_release(&err);
			continue;
		}
		covers = window_covers(window, at(rows[i].utc), &end);
		check_int(covers, ==, rows[i].end != NULL);
		if (covers && rows[i].end)
			check_int(end - at(rows[i].end), ==, 0);
		window_free(window);
	}
}

static void test_window__refuses_what_it_does_not_understand(void)
{
	static const struct {
		const char *window, *message;
	} rows[] = {
		{ "", "'' is no weekday, time or date" },
		{ "Fry 16:00-Mon 08:00", "'Fry' is no weekday, time or date" },
		{ "Fri 16:00", "it has no end: '-hh:mm' is missing" },
		{ "Fri 16:00-Mon", "its end is no time: ''" },
		{ "Fri 16:00-25:00", "its end is no time: '25:00'" },
		{ "Fri 16:00-Mon 08:60", "its end is no time: '08:60'" },
		{ "Fri-Sun 16:00-Mon 08:00",
		  "what ends on a weekday begins on one: 'Fri 16:00-Mon 08:00'" },
		{ "Fri, 16:00-17:00", "a weekday is missing after ','" },
		{ "10:00-10:00", "it ends when it begins; 00:00-24:00 is a whole day" },
		{ "2026-02-29", "'2026-02-29' is no date" },
		{ "2026-13-01..2026-12-01", "'2026-13-01..2026-12-01' is no date" },
		{ "2026-12-20..2026-12-19", "it ends before it begins" },
		{ "2026-12-20..12-24", "both dates have a year, or none has" },
		{ "2026-12-20 18:00",
		  "a date with a time needs an end: '2026-12-20 18:00..2026-12-21 08:00'" },
		{ "2026-12-20 8pm..2026-12-21", "there is no time zone '8pm..2026-12-21'" },
		{ "Sat Mars/Olympus", "there is no time zone 'Mars/Olympus'" },
		{ "Sat UTC please", "'please' comes after the time zone" },
		{ "Sat;Sun", "';Sun' is not understood" },
		{ "always-ish", "'always-ish' is no weekday, time or date" },
	};
	struct error err = ERROR_INIT;
	struct window *window;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_context("%s", rows[i].window);
		if (check_int(window_parse(&window, rows[i].window, &err), <, 0))
			check_str(err.message, rows[i].message);
		else
			window_free(window);
		error_release(&err);
	}
}

static void test_window__tells_its_end(void)
{
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT;
	struct window *window = NULL;

	if (!check_int(window_parse(&window, "always Europe/Berlin", &err), ==, 0))
		return;
	window_add_time(&text, window, at("2026-11-30 07:00"), at("2026-11-27 16:00"));
	check_str(text.buf, "Mon 08:00 CET");
	strbuf_reset(&text);
	window_add_time(&text, window, at("2026-07-05 22:00"), at("2026-06-20 16:00"));
	check_str(text.buf, "Mon 2026-07-06 00:00 CEST");
	strbuf_release(&text);
	window_free(window);
}

int main(void)
{
	TEST(zone__dates);
	TEST(zone__rules_of_the_future);
	TEST(zone__refuses_what_is_none);
	TEST(zone__local_times_at_changes);
	TEST(window__covers);
	TEST(window__refuses_what_it_does_not_understand);
	TEST(window__tells_its_end);
	return test_done();
}
