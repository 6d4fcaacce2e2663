#include "test-tool.h"

#include "base/json.h"
#include "schema/schema.h"

static void print_problem(const struct schema_problem *p, void *data UNUSED)
{
	printf("  %s: %s%s%s\n", p->rule, p->message, p->hint ? " | " : "", p->hint ? p->hint : "");
}

/*
 * Lines on stdin: the name of an operation ("ecs:CreateService"), a tab, a
 * document. A line each: "ok", "bad", or "bad 2" where two problems are told;
 * with -v the problems behind it.
 */
static void count_problem(const struct schema_problem *p, void *data)
{
	if (!p->warning)
		++*(int *)data;
}

int tool_schema(int argc, const char **argv)
{
	static const char *const usage[] = { "test-tool schema [-v]", NULL };
	char *line = NULL;
	size_t alloc = 0;
	ssize_t len;
	struct schema_matcher *matcher = schema_matcher_new();
	int verbose = 0, bad;
	const struct schema_visitor count = { .report = count_problem, .data = &bad };
	const struct schema_visitor print = { .report = print_problem };
	const struct option options[] = {
		OPT_BOOL('v', "verbose", &verbose, "print the problems"),
		OPT_END(),
	};

	parse_options(argc, argv, options, usage);
	while ((len = getline(&line, &alloc, stdin)) > 0) {
		struct json_problems problems = JSON_PROBLEMS_INIT;
		struct arena arena = ARENA_INIT;
		const struct json *document;
		char *tab = strchr(line, '\t');
		int input;

		bad = 0;
		if (!tab)
			return 129;
		*tab++ = '\0';
		for (input = 0; input < SCHEMA_INPUT_NR; input++)
			if (str_eq(schema_input_name((enum schema_input)input), line))
				break;
		if (input == SCHEMA_INPUT_NR) {
			fprintf(stderr, "fatal: no operation '%s'\n", line);
			return 129;
		}
		document = json_parse(&arena, tab, (size_t)(line + len - tab), NULL, &problems);
		if (document)
			schema_check((enum schema_input)input, document, matcher, NULL, 0, &count);
		else
			bad = 1;
		if (bad > 1)
			printf("bad %d\n", bad);
		else
			puts(bad ? "bad" : "ok");
		if (verbose && document)
			schema_check((enum schema_input)input, document, matcher, NULL, 0, &print);
		json_problems_release(&problems);
		arena_release(&arena);
	}
	schema_matcher_free(matcher);
	free(line);
	return 0;
}
