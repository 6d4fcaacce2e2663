#include "test-tool.h"

static const struct {
	const char *name;
	tool_fn *fn;
	const char *summary;
} tools[] = {
	{ "aws-call", tool_aws_call, "one call to AWS" },
	{ "aws-endpoint", tool_aws_endpoint, "where services are asked" },
	{ "deploy", tool_deploy, "deploy rendered documents, resume from a journal" },
	{ "aws-storm", tool_aws_storm, "many calls to AWS at once" },
	{ "code", tool_code, "code of functions that stands in the repository" },
	{ "crash", tool_crash, "kill a command at one of its system calls" },
	{ "failures", tool_failures, "why deployments fail, the closed list" },
	{ "json", tool_json, "parse JSON on stdin, print it or what is wrong" },
	{ "notes", tool_notes, "read and write notes" },
	{ "claims", tool_claims, "write the index of who deploys what on a branch" },
	{ "ref-index", tool_ref_index, "write the index of references of a branch" },
	{ "rules", tool_rules, "print the rules as they stand in gitops-rules(5)" },
	{ "schema", tool_schema, "compare documents with what AWS accepts" },
	{ "repo", tool_repo, "look into a repository" },
	{ "state", tool_state, "put and find records, live refs" },
	{ "template-bench", tool_template_bench, "how long renderings take" },
	{ "template-batch", tool_template_batch, "render a case per line" },
	{ "spool", tool_spool, "look at a spool" },
	{ "worker", tool_worker, "a worker whose wall clock is set by others" },
	{ "sigv4", tool_sigv4, "sign a raw HTTP request on stdin" },
};

int main(int argc, const char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < ARRAY_SIZE(tools); i++) {
		int status;

		if (!str_eq(tools[i].name, argv[1]))
			continue;
		status = tools[i].fn(argc - 1, argv + 1);
		return status ? status : ui_finish_stdout();
	}
	fputs("usage: test-tool <tool> [<args>]\n\n", stderr);
	for (i = 0; i < ARRAY_SIZE(tools); i++)
		fprintf(stderr, "    %-16s%s\n", tools[i].name, tools[i].summary);
	return 129;
}
