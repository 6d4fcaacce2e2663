#include "command.h"

#include "deploy/setup.h"

static const char *const init_usage[] = { "git gitops init [--branch <branch>]... [<dir>]",
					  "git gitops init --uninstall [<dir>]", NULL };

static void print_lines(const struct strbuf *lines, const char *prefix)
{
	const char *line = lines->buf;

	while (*line) {
		size_t len = strcspn(line, "\n");

		printf("%s%.*s\n", prefix, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static void print_next(struct repo *repo)
{
	const char *git_dir = repo_git_dir(repo);

	printf("\nnext, on this server:\n"
	       "  - give the account that receives pushes AWS credentials (or run 'git gitops worker' as another\n"
	       "    that has them, and 'git --git-dir %s config gitops.worker false')\n"
	       "  - for pushes over http: git --git-dir %s config http.receivepack true\n"
	       "and in a clone: commit your service's files, 'git gitops check', 'git push -o gitops.wait'\n",
	       git_dir, git_dir);
}

int cmd_init(int argc, const char **argv, struct context *ctx)
{
	struct option_strings branches = { 0 };
	int uninstall = 0, status = 0, ret;
	const struct option options[] = {
		OPT_STRINGS('b', "branch", &branches, "branch",
			    "a branch that deploys (else the one HEAD names)"),
		OPT_BOOL(0, "uninstall", &uninstall, "take everything back"), OPT_END()
	};
	struct setup setup = { .program = ctx->program, .done = STRBUF_INIT, .notes = STRBUF_INIT };
	struct error err = ERROR_INIT;

	argc = parse_options(argc, argv, options, init_usage);
	if (argc > 1)
		usage_with_options(init_usage, options, "too many arguments");
	if (uninstall && branches.nr)
		usage_with_options(init_usage, options, "--uninstall takes no branches");
	if (repo_open(&setup.repo, argc ? argv[0] : NULL, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	setup.branches = branches.v;
	setup.branches_nr = branches.nr;
	ret = uninstall ? setup_uninstall(&setup, &err) : setup_install(&setup, &err);
	print_lines(&setup.done, "");
	print_lines(&setup.notes, "note: ");
	if (ret < 0) {
		status = error_report(&err);
		goto out;
	}
	if (!setup.done.len)
		printf("nothing to do: '%s' %s\n", repo_git_dir(setup.repo),
		       uninstall ? "has nothing of ours" : "is set up already");
	else if (!uninstall)
		print_next(setup.repo);
out:
	repo_free(setup.repo);
	strbuf_release(&setup.done);
	strbuf_release(&setup.notes);
	option_strings_release(&branches);
	error_release(&err);
	return status;
}
