#include "base/base.h"
#include "aws/xml.h"
#include "tap.h"

static void test_xml__becomes_a_tree(void)
{
	static const struct {
		const char *xml, *json;
	} cases[] = {
		{ "<a/>", "{\"a\":\"\"}" },
		{ "<a></a>", "{\"a\":\"\"}" },
		{ "<a>x</a>", "{\"a\":\"x\"}" },
		{ "<?xml version=\"1.0\"?>\n<!-- c --><a b=\"c>\" d='/'> x </a>\n",
		  "{\"a\":\" x \"}" },
		{ "<a>\n  <b>1</b>\n  <c><d>2</d></c>\n</a>",
		  "{\"a\":{\"b\":\"1\",\"c\":{\"d\":\"2\"}}}" },
		{ "<a><member>1</member></a>", "{\"a\":[\"1\"]}" },
		{ "<a><member>1</member><member><b>2</b></member></a>",
		  "{\"a\":[\"1\",{\"b\":\"2\"}]}" },
		{ "<a><b>1</b><c/><b>2</b></a>", "{\"a\":{\"b\":[\"1\",\"2\"],\"c\":\"\"}}" },
		{ "<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&#x1F600;</a>",
		  "{\"a\":\"<>&\\\"'A\xe2\x82\xac\xf0\x9f\x98\x80\"}" },
		{ "<a><![CDATA[<b>&]]>]</a>", "{\"a\":\"<b>&]\"}" },
		{ "<x:a xmlns:x=\"u\"><x:b>1</x:b></x:a>", "{\"x:a\":{\"x:b\":\"1\"}}" },
		{ "\xef\xbb\xbf<a>\xc3\xa9</a>", "{\"a\":\"\xc3\xa9\"}" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = ARENA_INIT;
		struct error err = ERROR_INIT;
		struct strbuf out = STRBUF_INIT;
		const struct json *value;

		test_context("%s", cases[i].xml);
		value = xml_parse(&arena, cases[i].xml, strlen(cases[i].xml), &err);
		if (check_ptr(value, !=, NULL)) {
			json_write(&out, value, 0);
			check_str(out.buf, cases[i].json);
		}
		strbuf_release(&out);
		arena_release(&arena);
		error_release(&err);
	}
}

static void test_xml__refuses_what_is_not_well_formed(void)
{
	static const char *const cases[] = {
		"",
		" ",
		"x",
		"<",
		"<a",
		"<a>",
		"<a></b>",
		"<a></a",
		"<a><b></a></b>",
		"<a/><b/>",
		"<a/>x",
		"<a>&nbsp;</a>",
		"<a>&#0;</a>",
		"<a>&#xD800;</a>",
		"<a>&#x110000;</a>",
		"<a>&#12",
		"<a>&",
		"<a b=\"></a>",
		"<>x</>",
		"<a><![CDATA[</a>",
		"<a><!-- </a>",
		"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
		"<a><!ENTITY b \"c\"></a>",
		"<a><?php ?></a>",
		"<a>\xff</a>",
		"<a>&#99999999999;</a>",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = ARENA_INIT;
		struct error err = ERROR_INIT;

		test_context("%s", cases[i]);
		check_ptr(xml_parse(&arena, cases[i], strlen(cases[i]), &err), ==, NULL);
		check_ptr(err.message, !=, NULL);
		arena_release(&arena);
		error_release(&err);
	}
}

static const struct json *parse_many(struct arena *arena, const char *part, const char *end,
				     size_t n, struct error *err)
{
	struct strbuf text = STRBUF_INIT;
	const struct json *value;
	size_t i;

	strbuf_addstr(&text, "<r>");
	for (i = 0; i < n; i++)
		strbuf_addstr(&text, part);
	for (i = 0; *end && i < n; i++)
		strbuf_addstr(&text, end);
	strbuf_addstr(&text, "</r>");
	value = xml_parse(arena, text.buf, text.len, err);
	strbuf_release(&text);
	return value;
}

static void test_xml__depth_and_size_have_an_end(void)
{
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;

	check_ptr(parse_many(&arena, "<a>", "</a>", 20, &err), !=, NULL);
	check_ptr(parse_many(&arena, "<a>", "</a>", 100000, &err), ==, NULL);
	error_release(&err);
	check_ptr(parse_many(&arena, "<member>x</member>", "", 50000, &err), !=, NULL);
	check_ptr(parse_many(&arena, "<member/>", "", 200000, &err), ==, NULL);
	error_release(&err);
	check_ptr(parse_many(&arena, "<a/>", "", 5000, &err), ==, NULL);
	error_release(&err);
	arena_release(&arena);
}

int main(void)
{
	TEST(xml__becomes_a_tree);
	TEST(xml__refuses_what_is_not_well_formed);
	TEST(xml__depth_and_size_have_an_end);
	return test_done();
}
