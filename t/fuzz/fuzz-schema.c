#include "base/base.h"
#include "base/json.h"
#include "schema/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t len, nr;
	bool sensitive;
};

static void look(const struct schema_problem *p, void *data)
{
	struct seen *seen = data;
	size_t off = p->member ? p->member->off : p->value->off;
	size_t len = p->member ? p->member->len : p->value->len;

	if (off > seen->len || len > seen->len - off)
		BUG("a problem outside the document");
	if (!p->rule || !starts_with(p->rule, "schema-") || !*p->message)
		BUG("a problem without rule or message");
	seen->nr++;
}

static bool is_sensitive(const struct json *value UNUSED, void *data)
{
	return ((struct seen *)data)->sensitive;
}

/* The first byte chooses the shape, the rest is the document: secret or not, the same is found. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const allow[] = { "x", "containerDefinitions.x" };
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct seen open = { 0 }, secret = { .sensitive = true };
	const struct schema_visitor visitors[] = { { look, is_sensitive, &open },
						   { look, is_sensitive, &secret } };
	struct schema_matcher *matcher;
	struct arena arena = ARENA_INIT;
	const struct json *document;
	enum schema_input input;
	size_t i;

	if (!size)
		return 0;
	input = (enum schema_input)((unsigned)(data[0] - '0') % SCHEMA_INPUT_NR);
	open.len = secret.len = size - 1;
	arena_init(&arena, 1 << 24);
	document = json_parse(&arena, (const char *)data + 1, size - 1, NULL, &problems);
	matcher = schema_matcher_new();
	for (i = 0; document && i < ARRAY_SIZE(visitors); i++)
		schema_check(input, document, matcher, allow, ARRAY_SIZE(allow), &visitors[i]);
	if (open.nr != secret.nr)
		BUG("%zu problems, %zu where all is secret", open.nr, secret.nr);
	schema_matcher_free(matcher);
	json_problems_release(&problems);
	arena_release(&arena);
	return 0;
}
