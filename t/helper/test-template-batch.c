#include "test-tool.h"

#include "base/json.h"
#include "template/template.h"

/*
 * Many renderings in one process: each line of stdin is {"template": "...",
 * "values": {...}}, each line of stdout {"out": "..."} or {"errors": [...]}.
 */
static void render_case(const char *line, size_t len, struct strbuf *reply)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct json_limits limits = { .max_depth = 1000 };
	struct template_errors errs = TEMPLATE_ERRORS_INIT;
	struct template_map map = TEMPLATE_MAP_INIT;
	struct template_values *values = template_values_new();
	struct json_writer jw = JSON_WRITER_INIT(reply, 0);
	struct strbuf out = STRBUF_INIT;
	struct template *t = NULL;
	struct arena arena = ARENA_INIT;
	const struct json *json = json_parse(&arena, line, len, &limits, &problems), *text, *vars;
	bool ok = false;
	size_t i;

	text = json_get(json, "template");
	vars = json_get(json, "values");
	for (i = 0; vars && vars->type == JSON_OBJECT && i < vars->u.object.nr; i++) {
		const struct json_member *m = &vars->u.object.members[i];

		template_values_set(values, m->name, m->name_len, &m->value, NULL, false);
	}
	if (text && text->type == JSON_STRING) {
		t = template_parse(text->u.str.s, text->u.str.len, &errs);
		ok = t && !template_render(t, values, NULL, &out, &map, &errs);
	}
	jw_object(&jw, NULL);
	if (ok) {
		jw_strn(&jw, "out", out.buf, out.len);
	} else {
		jw_array(&jw, "errors");
		for (i = 0; i < errs.nr; i++) {
			jw_object(&jw, NULL);
			jw_str(&jw, "rule", errs.v[i].rule);
			jw_int(&jw, "off", (int64_t)errs.v[i].off);
			jw_int(&jw, "len", (int64_t)errs.v[i].len);
			jw_str(&jw, "message", errs.v[i].message);
			jw_str(&jw, "hint", errs.v[i].hint);
			jw_end(&jw);
		}
		for (i = 0; i < problems.nr; i++) {
			jw_object(&jw, NULL);
			jw_str(&jw, "rule", "batch");
			jw_str(&jw, "message", problems.v[i].message);
			jw_end(&jw);
		}
		jw_end(&jw);
	}
	jw_end(&jw);
	strbuf_addch(reply, '\n');
	template_free(t);
	template_values_free(values);
	template_errors_release(&errs);
	template_map_release(&map);
	json_problems_release(&problems);
	strbuf_release(&out);
	arena_release(&arena);
}

static int list_names(void)
{
	size_t i;

	for (i = 0; template_filter_name(i); i++)
		printf("filter %s\n", template_filter_name(i));
	for (i = 0; template_test_name(i); i++)
		printf("test %s\n", template_test_name(i));
	return 0;
}

/* test-tool template-batch [names] */
int tool_template_batch(int argc, const char **argv)
{
	struct strbuf reply = STRBUF_INIT;
	char *line = NULL;
	size_t alloc = 0;
	ssize_t len;

	if (argc == 2 && str_eq(argv[1], "names"))
		return list_names();
	while ((len = getline(&line, &alloc, stdin)) > 0) {
		if (line[len - 1] == '\n')
			len--;
		strbuf_reset(&reply);
		render_case(line, (size_t)len, &reply);
		fwrite(reply.buf, 1, reply.len, stdout);
	}
	free(line);
	strbuf_release(&reply);
	return 0;
}
