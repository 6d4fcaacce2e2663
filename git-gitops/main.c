#include "command.h"

#include "base/finding.h"

struct command {
	const char *name;
	command_fn *fn;
	const char *summary; /* NULL: not for people (hooks call it) */
};

/* clang-format off */
static const struct command commands[] = {
	{ "check",	cmd_check,	"find what is wrong with artifacts, as a push would" },
	{ "help",	cmd_help,	"show the manual page of a command" },
	{ "plan",	cmd_plan,	"show what a range of commits would deploy and delete" },
	{ "init",	cmd_init,	"make a repository a server that deploys" },
	{ "render",	cmd_render,	"render templates with their values" },
	{ "status",	cmd_status,	"show what runs where" },
	{ "log",	cmd_log,	"show deployments" },
	{ "show",	cmd_show,	"show one deployment, with its events" },
	{ "watch",	cmd_watch,	"follow running deployments" },
	{ "explain",	cmd_explain,	"tell what a rule of the check is about" },
	{ "doctor",	cmd_doctor,	"tell what git gitops knows and has" },
	{ "deploy",	cmd_deploy,	"deploy what a branch holds, without a push" },
	{ "rollback",	cmd_rollback,	"go back to what ran well before" },
	{ "hold",	cmd_hold,	"keep a service object from being deployed" },
	{ "unhold",	cmd_unhold,	"let it be deployed again" },
	{ "cancel",	cmd_cancel,	"end a deployment, and undo what it did" },
	{ "pause",	cmd_pause,	"let a deployment stand still" },
	{ "resume",	cmd_resume,	"let a paused deployment go on" },
	{ "approve",	cmd_approve,	"let a deployment through that waits for it" },
	{ "capacity",	cmd_capacity,	"move tasks to and from the fallback capacity" },
	{ "worker",	cmd_worker,	"carry out what was pushed" },
	{ "version",	cmd_version,	"show the version" },
};
/* clang-format on */

static void print_commands(FILE *out)
{
	size_t i;

	fputs("usage: git gitops [-h] [-C <dir>] <command> [<args>]\n\n"
	      "Deployments that live in git: checked on push, deployed by a worker, recorded in notes.\n\n",
	      out);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].summary)
			fprintf(out, "    %-12s%s\n", commands[i].name, commands[i].summary);
	fputs("\nSee 'git gitops help <command>' or 'git gitops <command> -h'.\n", out);
}

int cmd_version(int argc, const char **argv, struct context *ctx UNUSED)
{
	static const char *const usage[] = { "git gitops version", NULL };
	const struct option options[] = { OPT_END() };

	if (parse_options(argc, argv, options, usage))
		usage_with_options(usage, options, "too many arguments");
	puts("git gitops version " GITOPS_VERSION);
	return 0;
}

int cmd_help(int argc, const char **argv, struct context *ctx UNUSED)
{
	static const char *const usage[] = { "git gitops help [<command>]", NULL };
	const struct option options[] = { OPT_END() };
	char *page;

	argc = parse_options(argc, argv, options, usage);
	if (!argc) {
		print_commands(stdout);
		return 0;
	}
	page = str_eq(argv[0], "gitops") ? xstrdup("git-gitops") :
					   xstrfmt("git-gitops-%s", argv[0]);
	execlp("man", "man", page, (char *)NULL);
	fprintf(stderr, "fatal: cannot run 'man': %s\n", strerror(errno));
	free(page);
	return 128;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (str_eq(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands)], *near;
	size_t i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].summary)
			names[nr++] = commands[i].name;
	near = nearest_word(name, names, nr);
	fprintf(stderr, "git gitops: '%s' is not a command; see 'git gitops -h'\n", name);
	if (near)
		fprintf(stderr, "\nThe most similar command is\n\t%s\n", near);
	return 129;
}

int main(int argc, const char **argv)
{
	struct context ctx = { 0 };
	const struct command *command;
	char *self;
	int status;

	argv++;
	argc--;
	while (argc && argv[0][0] == '-') {
		if (str_eq(argv[0], "-h") || str_eq(argv[0], "--help")) {
			print_commands(stdout);
			return ui_finish_stdout();
		}
		if (str_eq(argv[0], "--version")) {
			puts("git gitops version " GITOPS_VERSION);
			return ui_finish_stdout();
		}
		if (str_eq(argv[0], "-C") && argc > 1) {
			if (chdir(argv[1]) < 0) {
				fprintf(stderr, "fatal: cannot change to '%s': %s\n", argv[1],
					strerror(errno));
				return 128;
			}
			argv += 2;
			argc -= 2;
			continue;
		}
		fprintf(stderr, "error: unknown option '%s'\n", argv[0]);
		print_commands(stderr);
		return 129;
	}
	if (!argc) {
		print_commands(stderr);
		return 129;
	}
	command = find_command(argv[0]);
	if (!command)
		return unknown_command(argv[0]);
	self = realpath("/proc/self/exe", NULL);
	ctx.program = self ? self : "git-gitops";
	status = command->fn(argc, argv, &ctx);
	free(self);
	return status ? status : ui_finish_stdout();
}
