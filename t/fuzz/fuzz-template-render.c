#include "base/base.h"
#include "base/json.h"
#include "base/utf8.h"
#include "template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char values_text[] =
	"{\"x\": 1, \"y\": 2, \"i\": 7, \"n\": [1, [2, [3, 4]], 5], \"f\": 2.5, \"big\": 12345678901234567890, "
	"\"s\": \"Hello, World\", \"u\": \"\\u00fc\\u00df\\ud83d\\ude42\", \"l\": [3, 1, 2], \"el\": [], "
	"\"d\": {\"b\": 2, \"a\": {\"c\": null}}, \"t\": true, \"secret\": \"hunter2\", "
	"\"us\": [{\"name\": \"bob\", \"age\": 30}, {\"name\": \"Al\", \"age\": 25}]}";

/*
 * A rendering ends within its limits; the map covers the output from end to
 * end; a second one comes to the same text.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template_limits limits = { .steps = 200000,
					  .iterations = 20000,
					  .output = 1 << 20,
					  .string = 1 << 18,
					  .memory = 32 << 20,
					  .depth = 100 };
	struct template_values *values = template_values_new();
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct template_errors errs = TEMPLATE_ERRORS_INIT;
	struct template_map map = TEMPLATE_MAP_INIT;
	struct strbuf out = STRBUF_INIT, again = STRBUF_INIT;
	const char *text = (const char *)data;
	struct arena arena = ARENA_INIT;
	struct template *t = NULL;
	const struct json *json;
	size_t i, off, len;

	if (utf8_validate(text, size) < size)
		goto out;
	json = json_parse(&arena, values_text, strlen(values_text), NULL, &problems);
	for (i = 0; i < json->u.object.nr; i++) {
		const struct json_member *m = &json->u.object.members[i];

		template_values_set(values, m->name, m->name_len, &m->value, "values.json",
				    str_eq(m->name, "secret"));
	}
	t = template_parse(text, size, &errs);
	if (!t)
		goto out;
	if (template_render(t, values, &limits, &out, &map, &errs) < 0) {
		if (!errs.nr || out.len)
			BUG("a failure without an error, or with a text");
		goto out;
	}
	if (utf8_validate(out.buf, out.len) < out.len)
		BUG("the output is not UTF-8");
	if (map.out_len != out.len)
		BUG("the map ends at %zu, the output at %zu", map.out_len, out.len);
	for (i = 0; i < out.len; i += 1 + out.len / 16)
		if (!template_map_find(&map, i, &off, &len) || off > size || len > size - off)
			BUG("output that comes from nowhere");
	if (template_render(t, values, &limits, &again, NULL, &errs) < 0 || again.len != out.len ||
	    memcmp(again.buf, out.buf, out.len))
		BUG("another text the second time");
out:
	template_free(t);
	template_values_free(values);
	template_errors_release(&errs);
	template_map_release(&map);
	json_problems_release(&problems);
	strbuf_release(&out);
	strbuf_release(&again);
	arena_release(&arena);
	return 0;
}
