#include "test-tool.h"

#include "check/check.h"

static void paragraph(const char *text)
{
	const char *p;

	/* what asciidoc would take for markup is none here */
	for (p = text; *p; p++) {
		if (*p == '`' || *p == '*' || *p == '_' || *p == '{' || *p == '#')
			printf("&#%d;", *p);
		else
			putchar(*p);
	}
	putchar('\n');
}

/* Documentation/gitops-rules.adoc, from the table: what stands there between the two marks. */
int tool_rules(int argc UNUSED, const char **argv UNUSED)
{
	size_t i;

	for (i = 0; i < check_rules_nr; i++) {
		const struct finding_rule *rule = &check_rules[i];

		printf("=== %s\n\n", rule->id);
		paragraph(rule->summary);
		printf("\n%s%s. ", rule->severity == SEVERITY_ERROR ? "Error" : "Warning",
		       rule->fixed ? ", always" : "");
		paragraph(rule->about);
		if (rule->example)
			printf("\n----\n%s\n----\n", rule->example);
		putchar('\n');
		paragraph(rule->remedy);
		putchar('\n');
	}
	return 0;
}
