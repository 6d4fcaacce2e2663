#include "test-tool.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "template/template.h"

/*
 * test-tool template-bench <n> <template> <values>: parse the template once,
 * render it <n> times, the values made anew each time. Prints the CPU time in
 * milliseconds and the bytes of all output.
 */
int tool_template_bench(int argc, const char **argv)
{
	struct template_errors errs = TEMPLATE_ERRORS_INIT;
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct strbuf text = STRBUF_INIT, values_text = STRBUF_INIT, out = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	const struct json *json;
	struct template *t;
	uint64_t n, i, bytes = 0;
	clock_t start;
	size_t k;

	if (argc != 4 || !parse_uint(argv[1], 1, 100000000, &n))
		return 129;
	if (file_read(argv[2], &text, &err) < 0 || file_read(argv[3], &values_text, &err) < 0)
		return error_report(&err);
	json = json_parse(&arena, values_text.buf, values_text.len, NULL, &problems);
	start = clock();
	t = template_parse(text.buf, text.len, &errs);
	for (i = 0; t && json && i < n; i++) {
		struct template_values *values = template_values_new();

		for (k = 0; k < json->u.object.nr; k++) {
			const struct json_member *m = &json->u.object.members[k];

			template_values_set(values, m->name, m->name_len, &m->value, NULL, false);
		}
		strbuf_reset(&out);
		if (template_render(t, values, NULL, &out, NULL, &errs) < 0)
			break;
		bytes += out.len;
		template_values_free(values);
	}
	printf("%.3f %" PRIu64 "\n", (double)(clock() - start) * 1000 / CLOCKS_PER_SEC, bytes);
	for (k = 0; k < errs.nr; k++)
		fprintf(stderr, "%s\n", errs.v[k].message);
	template_free(t);
	json_problems_release(&problems);
	arena_release(&arena);
	strbuf_release(&text);
	strbuf_release(&values_text);
	strbuf_release(&out);
	i = errs.nr;
	template_errors_release(&errs);
	return i || !json ? 1 : 0;
}
