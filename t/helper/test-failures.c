#include "test-tool.h"

#include "deploy/explain.h"

/* The closed list: "category: meaning: hint", in order. */
int tool_failures(int argc UNUSED, const char **argv UNUSED)
{
	size_t i, nr;
	const struct failure_kind *kinds = failure_kinds(&nr);

	for (i = 0; i < nr; i++)
		printf("%s: %s: %s\n", kinds[i].category, kinds[i].meaning, kinds[i].hint);
	return 0;
}
