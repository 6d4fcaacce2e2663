#include "base/base.h"
#include "deploy/traffic-internal.h"
#include "aws/xml.h"
#include "tap.h"

/* Shares, weights and health: what the steps of traffic.h reckon with. */

static void test_traffic__shares_by_type(void)
{
	static const struct {
		bool on;
		enum shift_type type;
		int percent;
		const char *want;
	} rows[] = {
		{ true, SHIFT_CANARY, 20, "20 100" },
		{ true, SHIFT_CANARY, 0, "0 100" },
		{ true, SHIFT_CANARY, 100, "100" },
		{ true, SHIFT_LINEAR, 20, "20 40 60 80 100" },
		{ true, SHIFT_LINEAR, 30, "30 60 90 100" },
		{ true, SHIFT_LINEAR, 50, "50 100" },
		{ true, SHIFT_LINEAR, 99, "99 100" },
		{ true, SHIFT_LINEAR, 100, "100" },
		{ true, SHIFT_LINEAR, 0, "100" },
		{ true, SHIFT_ALL_AT_ONCE, 20, "100" },
		{ false, SHIFT_CANARY, 20, "100" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings s = { .shift = { .on = rows[i].on,
						 .type = rows[i].type,
						 .percent = rows[i].percent } };
		struct strbuf out = STRBUF_INIT;
		unsigned n = 0;
		int share;

		do {
			share = traffic_share(&s, n);
			strbuf_addf(&out, "%s%d", n++ ? " " : "", share);
		} while (share < 100 && n < 200);
		test_context("row %zu", i);
		check_str(out.buf, rows[i].want);
		strbuf_release(&out);
	}
}

static void test_traffic__a_hundred_steps_of_one_percent_end(void)
{
	struct settings s = { .shift = { .on = true, .type = SHIFT_LINEAR, .percent = 1 } };

	check_int(traffic_share(&s, 98), ==, 99);
	check_int(traffic_share(&s, 99), ==, 100);
	check_int(traffic_share(&s, UINT_MAX), ==, 100);
}

static void test_traffic__splits_a_sum(void)
{
	static const struct {
		struct traffic_weights now;
		int share;
		struct traffic_weights want;
	} rows[] = {
		{ { 100, 0 }, 20, { 80, 20 } },	  { { 80, 20 }, 100, { 0, 100 } },
		{ { 999, 0 }, 33, { 669, 330 } }, { { 0, 0 }, 100, { 0, 100 } },
		{ { 0, 100 }, 0, { 100, 0 } },	  { { 333, 0 }, 50, { 166, 167 } },
		{ { 1, 0 }, 20, { 1, 0 } },	  { { 100, 0 }, 0, { 100, 0 } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct traffic_weights got = traffic_split(&rows[i].now, rows[i].share);

		test_context("row %zu", i);
		check_int(got.old, ==, rows[i].want.old);
		check_int(got.new, ==, rows[i].want.new);
	}
}

static void test_traffic__makes_room_and_keeps_proportions(void)
{
	/* The first two are ours; -1: it is not there. */
	static const struct {
		int64_t before[4], after[4];
	} rows[] = {
		{ { 1, 0, -1 }, { 100, 0, -1 } },
		{ { 100, 0, -1 }, { 100, 0, -1 } },
		{ { 999, 0, -1 }, { 999, 0, -1 } },
		{ { 1, -1 }, { 100, -1 } },
		{ { 1, 0, 3, -1 }, { 100, 0, 300, -1 } },
		{ { 50, 0, 100, -1 }, { 100, 0, 200, -1 } },
		{ { 1, 0, 500, -1 }, { 1, 0, 500, -1 } },
		{ { 2, 0, 100, -1 }, { 18, 0, 900, -1 } },
		{ { 1, 1, 0, -1 }, { 50, 50, 0, -1 } },
		{ { 0, 0, 7, -1 }, { 0, 0, 7, -1 } },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct elb_forward f = { .nr = 0 };

		for (j = 0; j < 4 && rows[i].before[j] >= 0; j++)
			f.v[f.nr++].weight = rows[i].before[j];
		traffic_make_room(&f, 0, f.nr > 1 ? 1 : -1);
		for (j = 0; j < f.nr; j++) {
			test_context("row %zu, group %zu", i, j);
			check_int(f.v[j].weight, ==, rows[i].after[j]);
		}
	}
}

static void test_traffic__weights_are_written_and_read(void)
{
	static const char *const bad[] = {
		"", ":", "1", "1:", ":1", "-1:2", "1:2:3", "a:b", "1: 2"
	};
	struct traffic_weights w = { 80, 20 };
	char text[48];
	size_t i;

	traffic_weights_write(text, &w);
	check_str(text, "80:20");
	w = (struct traffic_weights){ 0, 0 };
	check(traffic_weights_parse(&w, text));
	check_int(w.old, ==, 80);
	check_int(w.new, ==, 20);
	check(!traffic_weights_parse(&w, NULL));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		test_context("%s", bad[i]);
		check(!traffic_weights_parse(&w, bad[i]));
	}
}

#define TARGET(state, more)                                                                     \
	"<member><Target><Id>10.0.0.1</Id></Target><TargetHealth><State>" state "</State>" more \
	"</TargetHealth></member>"
#define TIMEOUT "<Reason>Target.Timeout</Reason><Description>Request timed out</Description>"

static void test_traffic__counts_healthy_targets(void)
{
	static const struct {
		const char *xml;
		unsigned healthy, total;
		const char *why;
	} rows[] = {
		{ "", 0, 0, "" },
		{ TARGET("healthy", "") TARGET("healthy", ""), 2, 2, "" },
		{ TARGET("healthy", "") TARGET("draining", "") TARGET("unhealthy.draining", ""), 1,
		  1, "" },
		{ TARGET("unhealthy", TIMEOUT)
			  TARGET("initial", "<Reason>Elb.RegistrationInProgress</Reason>")
				  TARGET("unhealthy", TIMEOUT) TARGET("healthy", ""),
		  1, 4,
		  "Target.Timeout (Request timed out) (2 times), Elb.RegistrationInProgress" },
		{ TARGET("unused", ""), 0, 1, "unused" },
		/* Health checks that are switched off are no reason to wait for ever. */
		{ TARGET("unavailable", "<Reason>Target.HealthCheckDisabled</Reason>"), 1, 1, "" },
		{ TARGET("unavailable", "<Reason>Elb.InternalError</Reason>"), 0, 1,
		  "Elb.InternalError" },
		{ "<member>x</member>", 0, 1, "unknown" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *xml =
			xstrfmt("<R><TargetHealthDescriptions>%s</TargetHealthDescriptions></R>",
				rows[i].xml);
		struct arena arena = ARENA_INIT;
		struct error err = ERROR_INIT;
		struct traffic_health health;

		test_context("row %zu", i);
		traffic_health_read(&health,
				    json_get(xml_parse(&arena, xml, strlen(xml), &err), "R"));
		check_uint(health.healthy, ==, rows[i].healthy);
		check_uint(health.total, ==, rows[i].total);
		check_str(health.why.buf, rows[i].why);
		traffic_health_release(&health);
		error_release(&err);
		arena_release(&arena);
		free(xml);
	}
}

static void test_traffic__names_are_short(void)
{
	static const struct {
		const char *arn, *want;
	} rows[] = {
		{ "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web-a/0123", "web-a" },
		{ "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/lb/0123", "lb" },
		{ "web", "web" },
		{ "a/b", "a/b" },
		{ "/", "/" },
		{ "", "" },
		{ NULL, "" },
		{ "x/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	};
	char buf[TRAFFIC_NAME_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_str(traffic_name(buf, rows[i].arn), rows[i].want);
}

int main(void)
{
	TEST(traffic__shares_by_type);
	TEST(traffic__a_hundred_steps_of_one_percent_end);
	TEST(traffic__splits_a_sum);
	TEST(traffic__makes_room_and_keeps_proportions);
	TEST(traffic__weights_are_written_and_read);
	TEST(traffic__counts_healthy_targets);
	TEST(traffic__names_are_short);
	return test_done();
}
