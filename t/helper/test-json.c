#include "test-tool.h"

#include "base/finding.h"
#include "base/json.h"

int tool_json(int argc UNUSED, const char **argv UNUSED)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *value;
	size_t i;

	if (strbuf_read(&in, 0) < 0)
		return 128;
	value = json_parse(&arena, in.buf, in.len, NULL, &problems);
	if (value) {
		json_write(&out, value, 0);
		puts(out.buf);
	}
	for (i = 0; i < problems.nr; i++) {
		unsigned line, column;

		text_position(in.buf, in.len, problems.v[i].off, &line, &column);
		printf("%u:%u: %s: %s\n", line, column, problems.v[i].rule, problems.v[i].message);
	}
	json_problems_release(&problems);
	arena_release(&arena);
	strbuf_release(&in);
	strbuf_release(&out);
	return value ? 0 : 1;
}
