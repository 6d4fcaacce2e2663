#include "base/base.h"
#include "base/json.h"
#include "template/template.h"
#include "tap.h"

static struct arena arena = ARENA_INIT;
static struct strbuf out = STRBUF_INIT;
static struct template_errors errs = TEMPLATE_ERRORS_INIT;
static struct template_map map = TEMPLATE_MAP_INIT;

static struct template_values *values_of(const char *text)
{
	struct template_values *values = template_values_new();
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct json *json = json_parse(&arena, text, strlen(text), NULL, &problems);
	size_t i;

	json_problems_release(&problems);
	for (i = 0; json && i < json->u.object.nr; i++) {
		const struct json_member *m = &json->u.object.members[i];

		template_values_set(values, m->name, m->name_len, &m->value, "values.json",
				    starts_with(m->name, "secret"));
	}
	return values;
}

/* The text, or NULL with errors in `errs`. */
static const char *render_limited(const char *text, const char *values_text,
				  const struct template_limits *limits)
{
	struct template_values *values = values_of(values_text);
	struct template *t;
	int ret = -1;

	strbuf_reset(&out);
	template_errors_release(&errs);
	t = template_parse(text, strlen(text), &errs);
	if (t)
		ret = template_render(t, values, limits, &out, &map, &errs);
	template_free(t);
	template_values_free(values);
	return ret < 0 ? NULL : out.buf;
}

static const char *render(const char *text, const char *values_text)
{
	return render_limited(text, values_text, NULL);
}

static void test_template__numbers_keep_their_text(void)
{
	static const char *const numbers[] = {
		"0",
		"-1",
		"9223372036854775807",
		"-9223372036854775808",
		"9223372036854775808",
		"123456789012345678901234567890",
		"1.10",
		"1e3",
		"3.14159265358979323846264338327950288",
		"-0.0",
		"1E-7",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		char *values = xstrfmt("{\"x\": %s, \"l\": [%s]}", numbers[i], numbers[i]);
		char *expect =
			xstrfmt("%s %s [%s] [%s]", numbers[i], numbers[i], numbers[i], numbers[i]);

		test_context("%s", numbers[i]);
		check_str(render("{{ x }} {{ x | tojson }} {{ l }} {{ l | tojson }}", values),
			  expect);
		free(values);
		free(expect);
	}
}

static void test_template__all_problems_are_told_in_one_go(void)
{
	check_ptr(render("{{ a }} {{ b ~ c }}{% for i in d %}{{ i }}{{ e }}{% endfor %}"
			 "{% set x = f %}{{ x }}{{ 1 + 'a' }}",
			 "{}"),
		  ==, NULL);
	check_uint(errs.nr, ==, 7);
	check_uint(out.len, ==, 0);
	check_str(errs.v[0].rule, "template-undefined");
	check_uint(errs.v[0].off, ==, 3);
	check_str(errs.v[6].rule, "template-type");
}

static void test_template__an_error_in_a_loop_is_told_once(void)
{
	check_ptr(render("{% for i in range(1000) %}{{ i.nmae }}{% endfor %}", "{}"), ==, NULL);
	check_uint(errs.nr, ==, 1);
}

static void test_template__hints_name_what_is_near(void)
{
	check_ptr(render("{{ nmae }}", "{\"name\": 1}"), ==, NULL);
	check_str(errs.v[0].hint, "did you mean 'name', from values.json?");
	check_ptr(render("{{ x.nmae }}", "{\"x\": {\"name\": 1}}"), ==, NULL);
	check_str(errs.v[0].hint, "did you mean 'name'?");
	check_ptr(render("{{ x | defualt }}", "{}"), ==, NULL);
	check_str(errs.v[0].hint, "did you mean 'default'?");
	check_ptr(render("{% esle %}", "{}"), ==, NULL);
	check_str(errs.v[0].hint, "did you mean 'else'?");
}

static void test_template__hostile_ones_end_in_a_limit(void)
{
	static const char *const hostile[] = {
		"{{ 'x' * 10 ** 9 }}",
		"{{ range(10 ** 9) | list }}",
		"{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
		"{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
		"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"{{ 9 ** (9 ** 9) }}",
		"{{ 10 ** 100000 }}",
		"{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
		"{% set l = [] %}{% set _ = l.append(l) %}{{ l }}",
		"{% set l = [] %}{% for i in l %}{% endfor %}{% set _ = l.append(1) %}{% for i in l %}{% set _ = l.append(i) %}{% endfor %}",
		"{{ 'x' | center(10 ** 12) }}",
		"{{ '%1000000000d' % 1 }}",
		"{{ '{:1000000000}'.format(1) }}",
		"{{ [1] * 10 ** 9 }}",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hostile); i++) {
		test_context("%s", hostile[i]);
		check_ptr(render(hostile[i], "{}"), ==, NULL);
		if (check_uint(errs.nr, >=, 1))
			check_str(errs.v[errs.nr - 1].rule, "template-limit");
	}
}

static void test_template__nesting_is_limited(void)
{
	struct strbuf deep = STRBUF_INIT;
	size_t i;

	strbuf_addstr(&deep, "{{ ");
	strbuf_addchars(&deep, '(', 100000);
	check_ptr(render(deep.buf, "{}"), ==, NULL);
	check_str(errs.v[0].rule, "template-limit");

	strbuf_reset(&deep);
	strbuf_addstr(&deep, "{{ 1");
	for (i = 0; i < 100000; i++)
		strbuf_addstr(&deep, " + 1");
	strbuf_addstr(&deep, " }}");
	check_ptr(render(deep.buf, "{}"), ==, NULL);
	check_str(errs.v[0].rule, "template-limit");

	strbuf_reset(&deep);
	for (i = 0; i < 100000; i++)
		strbuf_addstr(&deep, "{% if x %}");
	check_ptr(render(deep.buf, "{}"), ==, NULL);
	check_str(errs.v[0].rule, "template-limit");
	strbuf_release(&deep);
}

static void test_template__output_is_limited(void)
{
	struct template_limits limits = TEMPLATE_LIMITS_DEFAULT;

	limits.output = 10;
	check_str(render_limited("{{ 'x' * 10 }}", "{}", &limits), "xxxxxxxxxx");
	check_ptr(render_limited("{{ 'x' * 11 }}", "{}", &limits), ==, NULL);
	check_str(errs.v[0].rule, "template-limit");
	check_ptr(render_limited("plain text of some length", "{}", &limits), ==, NULL);
}

/* The text of the template that made the output at `off`. */
static void check_origin(const char *text, size_t off, const char *expect)
{
	size_t tmpl_off, tmpl_len;
	char *got;

	if (!check_ptr(template_map_find(&map, off, &tmpl_off, &tmpl_len), !=, NULL))
		return;
	got = xmemdupz(text + tmpl_off, tmpl_len);
	check_str(got, expect);
	free(got);
}

static void test_template_map__output_leads_to_the_template(void)
{
	const char *text = "ab{{ x }}cd\r\nef{% for i in l %}<{{ i + 1 }}>{% endfor %}";

	check_str(render(text, "{\"x\": \"XYZ\", \"l\": [1, 2]}"), "abXYZcd\nef<2><3>");
	check_origin(text, 0, "a");
	check_origin(text, 1, "b");
	check_origin(text, 2, "x");
	check_origin(text, 4, "x");
	check_origin(text, 6, "d");
	check_origin(text, 8, "e");
	check_origin(text, 11, "i + 1");
	check_origin(text, 14, "i + 1");
	check_origin(text, 1000, ">");
	check_uint(map.out_len, ==, 16);
}

static void test_template_map__what_is_sensitive_stays_so(void)
{
	static const struct {
		const char *text;
		bool sensitive;
	} rows[] = {
		{ "{{ open }}", false },
		{ "{{ secret }}", true },
		{ "{{ secret | upper | replace('A', 'b') }}", true },
		{ "{{ 'a' ~ secret }}", true },
		{ "{{ secret_list[0] }}", true },
		{ "{% for x in secret_list %}{{ x }}{% endfor %}", true },
		{ "{% for k, v in secret_map.items() %}{{ k }}{% endfor %}", true },
		{ "{% for x in secret_list if x %}{{ x }}{% endfor %}", true },
		{ "{% set x = secret %}{{ x }}", true },
		{ "{% set x %}{{ secret }}{% endset %}{{ x }}", true },
		{ "{% set x = [secret] %}{{ x[0] }}", true },
		{ "{% set ns = namespace(x=1) %}{% set ns.x = secret %}{{ ns.x }}", true },
		{ "{% set l = [] %}{% set _ = l.append(secret) %}{{ l | join }}", true },
		{ "{% set d = {} %}{% set _ = d.update(a=secret) %}{{ d.a }}", true },
		{ "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(secret) }}", true },
		{ "{% macro m() %}{{ secret }}{% endmacro %}{{ m() }}", true },
		{ "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ secret }}{% endcall %}",
		  true },
		{ "{% filter upper %}{{ secret }}{% endfilter %}", true },
		{ "{% with x = secret %}{{ x }}{% endwith %}", true },
		{ "{{ secret_list | map('upper') | join }}", true },
		{ "{% for x in secret_list recursive %}{{ x }}{% endfor %}", true },
		{ "{% set x = secret %}{{ open }}", false },
		{ "{% if secret %}{{ open }}{% endif %}", false },
		{ "{% macro m(x) %}{{ x }}{% endmacro %}{% set y = m(secret) %}{{ m(open) }}",
		  false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_context("%s", rows[i].text);
		check_ptr(render(rows[i].text,
				 "{\"open\": \"o\", \"secret\": \"ab\", \"secret_list\": [\"x\"], "
				 "\"secret_map\": {\"k\": \"v\"}}"),
			  !=, NULL);
		check_int(template_map_sensitive(&map, 0, out.len), ==, rows[i].sensitive);
	}
}

static void test_template_map__values_are_known(void)
{
	struct template_value v;
	struct template_values *values = values_of("{\"a\": \"1\", \"b\": [\"2\"]}");
	size_t off, len;
	const struct template_run *run;

	check_ptr(render("{{ b[0] ~ a }}{% for x in b %}{{ x }}{% endfor %}",
			 "{\"a\": \"1\", \"b\": [\"2\"]}"),
		  !=, NULL);
	run = template_map_find(&map, 0, &off, &len);
	check_uint(run->values_nr, ==, 2);
	template_values_at(values, run->values[0], &v);
	check_str(v.name, "b");
	check_str(v.origin, "values.json");
	run = template_map_find(&map, 2, &off, &len);
	check_uint(run->values_nr, ==, 1);
	check_uint(run->values[0], ==, 1);
	template_values_free(values);
}

static void test_template__messages_hold_no_secrets(void)
{
	static const char *const bad[] = {
		"{{ secret + 1 }}",	     "{{ {}[secret] }}",
		"{{ secret.nope }}",	     "{{ secret_map.nope }}",
		"{{ {}.pop(secret) }}",	     "{{ [] | sort(secret) }}{{ secret | int + '' }}",
		"{{ 'x' is test(secret) }}", "{{ secret % 1 }}",
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		test_context("%s", bad[i]);
		check_ptr(render(bad[i],
				 "{\"secret\": \"hunter2\", \"secret_map\": {\"hunter2\": 1}}"),
			  ==, NULL);
		for (k = 0; k < errs.nr; k++) {
			check_ptr(strstr(errs.v[k].message, "hunter2"), ==, NULL);
			if (errs.v[k].hint)
				check_ptr(strstr(errs.v[k].hint, "hunter2"), ==, NULL);
		}
	}
}

static void test_template__later_values_win(void)
{
	static const struct json one = { .type = JSON_BOOL, .u.boolean = true };
	static const struct json two = { .type = JSON_NULL };
	struct template_values *values = template_values_new();
	struct template *t;
	int i;

	strbuf_reset(&out);
	template_errors_release(&errs);
	for (i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i % 50);
		template_values_set(values, name, strlen(name), i < 50 ? &one : &two, NULL, false);
	}
	check_uint(template_values_nr(values), ==, 50);
	t = template_parse("{{ n0 }}{{ n49 }}", 17, &errs);
	check_int(template_render(t, values, NULL, &out, NULL, &errs), ==, 0);
	check_str(out.buf, "NoneNone");
	template_free(t);
	template_values_free(values);
}

static void test_template__names_are_those_of_values(void)
{
	const char *text = "{{ a }}{% set b = c %}{{ b }}{% for d in e %}{{ d }}{{ loop.index }}"
			   "{% endfor %}{{ range(f) }}";
	const char *const *names;
	struct template *t = template_parse(text, strlen(text), &errs);

	check_uint(template_names(t, &names), ==, 4);
	template_free(t);
	t = template_parse("{ plain }", 9, &errs);
	check_int(template_is_plain(t), ==, true);
	template_free(t);
}

int main(void)
{
	TEST(template__numbers_keep_their_text);
	TEST(template__all_problems_are_told_in_one_go);
	TEST(template__an_error_in_a_loop_is_told_once);
	TEST(template__hints_name_what_is_near);
	TEST(template__hostile_ones_end_in_a_limit);
	TEST(template__nesting_is_limited);
	TEST(template__output_is_limited);
	TEST(template_map__output_leads_to_the_template);
	TEST(template_map__what_is_sensitive_stays_so);
	TEST(template_map__values_are_known);
	TEST(template__messages_hold_no_secrets);
	TEST(template__later_values_win);
	TEST(template__names_are_those_of_values);
	template_errors_release(&errs);
	template_map_release(&map);
	strbuf_release(&out);
	arena_release(&arena);
	return test_done();
}
