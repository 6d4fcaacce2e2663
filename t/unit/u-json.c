#include "base/base.h"
#include "base/json.h"
#include "tap.h"

static const struct {
	const char *text;
	const char *out; /* NULL: refused */
	const char *rule;
	size_t off;
	const char *message;
} cases[] = {
	{ "null", "null", NULL, 0, NULL },
	{ " [ 1 , true , \"x\" ] ", "[1,true,\"x\"]", NULL, 0, NULL },
	{ "{\"b\":1,\"a\":{}}", "{\"b\":1,\"a\":{}}", NULL, 0, NULL },
	{ "12345678901234567890123", "12345678901234567890123", NULL, 0, NULL },
	{ "[1.10, -0, 1E+2]", "[1.10,-0,1E+2]", NULL, 0, NULL },
	{ "\"a\\\\\\\"b\"", "\"a\\\\\\\"b\"", NULL, 0, NULL },
	{ "\"\\u00e9\\ud83d\\ude00\"", "\"\xc3\xa9\xf0\x9f\x98\x80\"", NULL, 0, NULL },
	{ "\"\\u0000\"", "\"\\u0000\"", NULL, 0, NULL },
	{ "{\"a\":1,\"b\":2,\"a\":3}", NULL, "json-duplicate", 13, "member \"a\" is here twice" },
	{ "{\"a\":{\"x\":1,\"\\u0078\":2}}", NULL, "json-duplicate", 12,
	  "member \"\\u0078\" is here twice" },
	{ "[\"\\ud800\"]", NULL, "json-surrogate", 2, "'\\ud800' is half of a surrogate pair" },
	{ "{\"\\udc00\":1}", NULL, "json-surrogate", 2, "'\\udc00' is half of a surrogate pair" },
	{ "", NULL, "json-syntax", 0, "the text is empty" },
	{ "  ", NULL, "json-syntax", 0, "the text is empty" },
	{ "{\"a\":1,}", NULL, "json-syntax", 7, "a comma stands before '}'" },
	{ "[1,]", NULL, "json-syntax", 3, "a comma stands before ']'" },
	{ "[1 2]", NULL, "json-syntax", 3, "found '2' where ',' or ']' is expected" },
	{ "{\"a\" 1}", NULL, "json-syntax", 5, "found '1' where ':' is expected" },
	{ "{a:1}", NULL, "json-syntax", 1,
	  "found 'a' where a member name in double quotes is expected" },
	{ "{'a':1}", NULL, "json-syntax", 1, "JSON strings take double quotes" },
	{ "[True]", NULL, "json-syntax", 1, "found 'True' where a value is expected" },
	{ "[01]", NULL, "json-syntax", 1, "a number can't begin with 0" },
	{ "[1.]", NULL, "json-syntax", 1, "digits are missing behind the point" },
	{ "[1e]", NULL, "json-syntax", 1, "digits are missing in the exponent" },
	{ "[-]", NULL, "json-syntax", 1, "a number needs digits" },
	{ "\"a\nb\"", NULL, "json-syntax", 0, "the string is not closed in its line" },
	{ "\"a\tb\"", NULL, "json-syntax", 2, "control character in a string" },
	{ "\"a\\qb\"", NULL, "json-syntax", 2, "unknown escape in a string" },
	{ "\"\\u12g4\"", NULL, "json-syntax", 1, "\\u needs four hexadecimal digits" },
	{ "\"a\xff\"", NULL, "json-syntax", 2, "not valid UTF-8" },
	{ "\"a\xc0\x80\"", NULL, "json-syntax", 2, "not valid UTF-8" },
	{ "\"abc", NULL, "json-syntax", 0, "the string is never closed" },
	{ "[[1]", NULL, "json-syntax", 4, "the text ends where ',' or ']' is expected" },
	{ "{} {}", NULL, "json-syntax", 3, "something follows the end of the JSON value" },
	{ "[1] // x", NULL, "json-syntax", 4, "something follows the end of the JSON value" },
	{ "[/* x */1]", NULL, "json-syntax", 1, "JSON has no comments" },
	{ "nul", NULL, "json-syntax", 0, "found 'nul' where a value is expected" },
	{ "NaN", NULL, "json-syntax", 0, "found 'NaN' where a value is expected" },
	{ "]", NULL, "json-syntax", 0, "found ']' where a value is expected" },
};

static void test_json__reads_what_is_json_and_explains_what_is_not(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_problems problems = JSON_PROBLEMS_INIT;
		struct strbuf out = STRBUF_INIT;
		struct arena arena = ARENA_INIT;
		const struct json *v;

		test_context("%s", cases[i].text);
		v = json_parse(&arena, cases[i].text, strlen(cases[i].text), NULL, &problems);
		if (cases[i].out) {
			if (check_ptr(v, !=, NULL)) {
				json_write(&out, v, 0);
				check_str(out.buf, cases[i].out);
			}
			check_uint(problems.nr, ==, 0);
		} else {
			check_ptr(v, ==, NULL);
			if (check_uint(problems.nr, ==, 1)) {
				check_str(problems.v[0].rule, cases[i].rule);
				check_uint(problems.v[0].off, ==, cases[i].off);
				check_str(problems.v[0].message, cases[i].message);
			}
		}
		json_problems_release(&problems);
		strbuf_release(&out);
		arena_release(&arena);
	}
}

/* A text that fails at its very end, cut everywhere: never a crash, always a reason. */
static void test_json__every_cut_is_explained(void)
{
	static const char text[] = "{\"a\": [1.5e+3, \"\\u00e9\\n\", {\"b\": null}], \"c\": false}";
	size_t cut;

	for (cut = 0; cut < sizeof(text) - 1; cut++) {
		struct json_problems problems = JSON_PROBLEMS_INIT;
		struct arena arena = ARENA_INIT;
		/* an exact copy, so that a read beyond the end is seen */
		char *copy = xmalloc(cut);

		memcpy(copy, text, cut);
		test_context("cut at %zu", cut);
		check_ptr(json_parse(&arena, copy, cut, NULL, &problems), ==, NULL);
		check_uint(problems.nr, ==, 1);
		free(copy);
		json_problems_release(&problems);
		arena_release(&arena);
	}
}

static void test_json__values_know_their_place(void)
{
	static const char text[] = "{ \"a\\\"\" : [ 10, \"x\\\\\" ], \"t\":true }";
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *v = json_parse(&arena, text, sizeof(text) - 1, NULL, &problems);
	const struct json_member *m;

	if (!check_ptr(v, !=, NULL))
		return;
	m = json_get_member(v, "a\"");
	check_uint(v->off, ==, 0);
	check_uint(v->len, ==, sizeof(text) - 1);
	check_uint(m->off, ==, 2);
	check_uint(m->len, ==, 5);
	check_mem(text + m->value.off, m->value.len, "[ 10, \"x\\\\\" ]", 13);
	check_mem(text + m->value.u.array.items[0].off, m->value.u.array.items[0].len, "10", 2);
	check_mem(text + m->value.u.array.items[1].off, m->value.u.array.items[1].len, "\"x\\\\\"",
		  5);
	check_mem(text + json_get(v, "t")->off, json_get(v, "t")->len, "true", 4);
	/* nothing follows it that would end it */
	v = json_parse(&arena, " -12", 4, NULL, &problems);
	if (check_ptr(v, !=, NULL)) {
		check_uint(v->off, ==, 1);
		check_uint(v->len, ==, 3);
	}
	arena_release(&arena);
}

static void test_json__limits_hold(void)
{
	struct json_limits limits = { .max_depth = 3, .max_nodes = 5 };
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;

	check_ptr(json_parse(&arena, "[[[1]]]", 7, &limits, &problems), !=, NULL);
	check_ptr(json_parse(&arena, "[[[[1]]]]", 9, &limits, &problems), ==, NULL);
	check_str(problems.v[0].rule, "json-depth");
	json_problems_release(&problems);
	check_ptr(json_parse(&arena, "[1,2,3,4,5]", 11, &limits, &problems), ==, NULL);
	check_str(problems.v[0].rule, "json-size");
	json_problems_release(&problems);
	arena_release(&arena);

	arena_init(&arena, 64);
	check_ptr(json_parse(&arena, "[1,2,3]", 7, NULL, &problems), ==, NULL);
	check_str(problems.v[0].rule, "json-size");
	json_problems_release(&problems);
	arena_release(&arena);
}

static void test_json__whole_numbers_are_exact(void)
{
	static const struct {
		const char *text;
		bool whole;
		int64_t value;
	} numbers[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "3.0", true, 3 },
		{ "3e2", true, 300 },
		{ "3.5", false, 0 },
		{ "1e400", false, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct json_problems problems = JSON_PROBLEMS_INIT;
		struct arena arena = ARENA_INIT;
		int64_t n = 0;

		test_context("%s", numbers[i].text);
		check_int(json_int(json_parse(&arena, numbers[i].text, strlen(numbers[i].text),
					      NULL, &problems),
				   &n),
			  ==, numbers[i].whole);
		check_int(n, ==, numbers[i].value);
		arena_release(&arena);
	}
}

static void test_json__a_writer_writes_what_the_parser_reads(void)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 2);
	struct arena arena = ARENA_INIT;

	jw_object(&jw, NULL);
	jw_str(&jw, "s", "a\"\\\n\x01\xff\xc3\xa9");
	jw_str(&jw, "n", NULL);
	jw_array(&jw, "list");
	jw_int(&jw, NULL, -5);
	jw_bool(&jw, NULL, true);
	jw_end(&jw);
	jw_object(&jw, "empty");
	jw_end(&jw);
	jw_end(&jw);
	check_str(out.buf,
		  "{\n  \"s\": \"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\",\n  \"n\": null,\n"
		  "  \"list\": [\n    -5,\n    true\n  ],\n  \"empty\": {}\n}");
	check_ptr(json_parse(&arena, out.buf, out.len, NULL, &problems), !=, NULL);
	arena_release(&arena);
	strbuf_release(&out);
}

int main(void)
{
	TEST(json__reads_what_is_json_and_explains_what_is_not);
	TEST(json__every_cut_is_explained);
	TEST(json__values_know_their_place);
	TEST(json__limits_hold);
	TEST(json__whole_numbers_are_exact);
	TEST(json__a_writer_writes_what_the_parser_reads);
	return test_done();
}
