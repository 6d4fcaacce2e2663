#include "base/base.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(const struct json *value, size_t from, size_t to)
{
	size_t i;

	if (value->off < from || value->off > to || !value->len || value->len > to - value->off)
		BUG("a value outside of what holds it");
	to = value->off + value->len;
	for (i = 0; value->type == JSON_ARRAY && i < value->u.array.nr; i++)
		check_places(&value->u.array.items[i], value->off, to);
	for (i = 0; value->type == JSON_OBJECT && i < value->u.object.nr; i++) {
		const struct json_member *m = &value->u.object.members[i];

		if (m->off < value->off || m->off + m->len > m->value.off)
			BUG("a name outside of what holds it");
		check_places(&m->value, m->off, to);
	}
}

/* What parses must come out, parse again and be the same; what doesn't must have a reason. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	struct strbuf out = STRBUF_INIT;
	const struct json *value, *again;
	size_t i;

	arena_init(&arena, 1 << 24);
	value = json_parse(&arena, (const char *)data, size, NULL, &problems);
	if (!value != !!problems.nr)
		BUG("a value and problems, or neither");
	for (i = 0; i < problems.nr; i++)
		if (problems.v[i].off > size || problems.v[i].len > size - problems.v[i].off)
			BUG("a problem outside the text");
	if (value) {
		check_places(value, 0, size);
		json_write(&out, value, 0);
		again = json_parse(&arena, out.buf, out.len, NULL, &problems);
		if (!again || !json_equal(value, again))
			BUG("'%s' reads differently", out.buf);
	}
	json_problems_release(&problems);
	strbuf_release(&out);
	arena_release(&arena);
	return 0;
}
