#include "base/base.h"
#include "state/record.h"
#include "tap.h"

#define ID "01JD5Z3N8RABCDEFGHJKMNPQRS"

static const char full[] =
	"{\"id\":\"" ID "\",\"job\":\"01JD5Z3N8R0000000000000000\",\"repo\":\"shop\","
	"\"branch\":\"main\",\"commit\":\"1234567890123456789012345678901234567890\","
	"\"previousCommit\":\"0987654321098765432109876543210987654321\","
	"\"supersededBy\":\"5555554321098765432109876543210987654321\",\"kind\":\"lambda\","
	"\"prefix\":\"dev/\\u0001\\\"q\\\"/fn\",\"account\":\"123456789012\","
	"\"region\":\"eu-west-1\",\"cluster\":\"prod\",\"name\":\"fn\",\"strategy\":\"rolling\","
	"\"status\":\"PROCESSED_ERROR\",\"step\":\"stabilize\","
	"\"createdAt\":\"2026-11-21T02:03:04.567Z\",\"startedAt\":\"2026-11-21T02:03:05.000Z\","
	"\"finishedAt\":\"2026-11-21T02:04:05.001Z\",\"actor\":\"alice\",\"revision\":\"fn:7\","
	"\"digest\":\"abc\",\"failure\":{\"category\":\"image\",\"step\":\"register\",\"message\":\"not found\","
	"\"hint\":\"push it\"},\"events\":[{\"time\":\"2026-11-21T02:03:05.000Z\","
	"\"step\":\"register\",\"message\":\"registered\"},{\"time\":\"2026-11-21T02:03:06.000Z\","
	"\"message\":\"waiting\"}],\"ids\":{\"a\":1.10,\"b\":[true,null]}}";

static const char least[] = "{\"id\":\"" ID
			    "\",\"kind\":\"ecs\",\"prefix\":\"a\",\"status\":\"QUEUED\"}";

static void test_record__comes_out_as_it_went_in(void)
{
	const char *texts[] = { full, least };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct strbuf out = STRBUF_INIT;
		struct error err = ERROR_INIT;
		struct record r;

		test_context("row %zu", i);
		if (!check_int(record_parse(&r, texts[i], strlen(texts[i]), &err), ==, 0)) {
			error_release(&err);
			continue;
		}
		record_write(&out, &r);
		check_str(out.buf, texts[i]);
		strbuf_release(&out);
		record_release(&r);
	}
}

static void test_record__members_are_read(void)
{
	struct error err = ERROR_INIT;
	struct record r;

	if (!check_int(record_parse(&r, full, strlen(full), &err), ==, 0))
		return;
	check_int(r.kind, ==, KIND_LAMBDA);
	check_int(r.status, ==, RECORD_ERROR);
	check_int(r.finished_at - r.started_at, ==, 60001);
	check_int(r.events_nr, ==, 2);
	check_ptr(r.events[1].step, ==, NULL);
	check_str(r.failure.hint, "push it");
	record_release(&r);
}

static void test_record__what_is_wrong_is_named(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "a record is no JSON" },
		{ "[]", "a record is a JSON object, not array" },
		{ "{}", "a record has no valid 'id'" },
		{ "{\"id\":\"x\"}", "a record has no valid 'id'" },
		{ "{\"id\":7}", "a record has no valid 'id'" },
		{ "{\"id\":\"" ID "\",\"kind\":\"eks\"}", "a record has no valid 'kind'" },
		{ "{\"id\":\"" ID "\",\"kind\":\"ecs\",\"status\":\"MAYBE\"}",
		  "a record has no valid 'status'" },
		{ "{\"id\":\"" ID "\",\"kind\":\"ecs\",\"status\":\"QUEUED\"}",
		  "a record has no valid 'prefix'" },
		{ "{\"id\":\"" ID "\",\"kind\":\"ecs\",\"status\":\"QUEUED\",\"prefix\":\"a\","
		  "\"createdAt\":\"yesterday\"}",
		  "a record has no valid 'createdAt'" },
		{ "{\"id\":\"" ID "\",\"kind\":\"ecs\",\"status\":\"QUEUED\",\"prefix\":\"a\","
		  "\"events\":{}}",
		  "a record has no valid 'events'" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct record r;

		test_context("'%s'", cases[i].text);
		if (!check_int(record_parse(&r, cases[i].text, strlen(cases[i].text), &err), <, 0))
			continue;
		check_int(err.kind, ==, ERROR_INVALID);
		check(starts_with(err.message, cases[i].message));
		error_release(&err);
	}
}

static void test_record__first_and_last_events_are_kept(void)
{
	struct record r;
	char text[16];
	int i;

	record_init(&r);
	for (i = 0; i < RECORD_EVENTS_MAX + 50; i++)
		record_add_event(&r, i, "step", "event %d", i);
	check_int(r.events_nr, ==, RECORD_EVENTS_MAX);
	check_str(r.events[9].message, "event 9");
	check_str(r.events[10].message, "event 60");
	snprintf(text, sizeof(text), "event %d", RECORD_EVENTS_MAX + 49);
	check_str(r.events[RECORD_EVENTS_MAX - 1].message, text);
	record_release(&r);
}

static void test_record__ids_sort_by_time(void)
{
	struct record a, b;

	record_init(&a);
	record_init(&b);
	record_new_id(&a, 1795226584567);
	record_new_id(&b, 1795226584568);
	check_int(strlen(a.id), ==, 26);
	check_int(strcmp(a.id, b.id), <, 0);
	record_release(&a);
	record_release(&b);
}

int main(void)
{
	TEST(record__comes_out_as_it_went_in);
	TEST(record__members_are_read);
	TEST(record__what_is_wrong_is_named);
	TEST(record__first_and_last_events_are_kept);
	TEST(record__ids_sort_by_time);
	return test_done();
}
