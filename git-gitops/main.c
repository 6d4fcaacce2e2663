#include "command.h"

#include "base/finding.h"

struct command {
	const char *name;
	command_fn *fn;
	const char *summary;
};

/* A row without a function is a heading. */
/* clang-format off */
static const struct command commands[] = {
	{ "before a push", NULL, NULL },
	{ "check",	cmd_check,	"find what is wrong with artifacts, as a push would" },
	{ "explain",	cmd_explain,	"tell what a rule of the check is about" },
	{ "plan",	cmd_plan,	"show what a range of commits would deploy and delete" },
	{ "render",	cmd_render,	"render templates with their values" },
	{ "deploying, and having a say in it", NULL, NULL },
	{ "deploy",	cmd_deploy,	"deploy what a branch holds, without a push" },
	{ "watch",	cmd_watch,	"follow running deployments" },
	{ "approve",	cmd_approve,	"let a deployment through that waits for it" },
	{ "pause",	cmd_pause,	"let a deployment stand still" },
	{ "resume",	cmd_resume,	"let a paused deployment go on" },
	{ "cancel",	cmd_cancel,	"end a deployment, and undo what it did" },
	{ "rollback",	cmd_rollback,	"go back to what ran well before" },
	{ "hold",	cmd_hold,	"keep a service object from being deployed" },
	{ "unhold",	cmd_unhold,	"let it be deployed again" },
	{ "capacity",	cmd_capacity,	"move tasks to and from the fallback capacity" },
	{ "looking back", NULL, NULL },
	{ "status",	cmd_status,	"show what runs where" },
	{ "log",	cmd_log,	"show deployments" },
	{ "show",	cmd_show,	"show one deployment, with its events" },
	{ "on the server", NULL, NULL },
	{ "init",	cmd_init,	"make a repository a server that deploys" },
	{ "worker",	cmd_worker,	"carry out what was pushed" },
	{ "about itself", NULL, NULL },
	{ "doctor",	cmd_doctor,	"check up on a repository, its settings and its workers" },
	{ "help",	cmd_help,	"show the manual page of a command" },
	{ "version",	cmd_version,	"show the version" },
};

/* Pages of the manual that are no command's: gitops-<name>(5), and git-gitops-config(5). */
static const char *const guides[] = {
	"artifacts", "aws", "config", "deployments", "failures", "hooks", "rules", "templates",
};
/* clang-format on */

static void print_commands(FILE *out)
{
	size_t i;

	fputs("usage: git gitops [-h] [-C <dir>] <command> [<args>]\n\n"
	      "Deployments that live in git: checked on push, deployed by a worker, recorded in notes.\n",
	      out);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].fn)
			fprintf(out, "    %-12s%s\n", commands[i].name, commands[i].summary);
		else
			fprintf(out, "\n%s\n", commands[i].name);
	fputs("\nSee 'git gitops help <command>' or 'git gitops <command> -h', and 'git gitops help' with\n",
	      out);
	for (i = 0; i < ARRAY_SIZE(guides); i++)
		fprintf(out, "%s%s", guides[i],
			i + 2 < ARRAY_SIZE(guides) ? ", " :
			i + 1 < ARRAY_SIZE(guides) ? " or " :
						     ".\n");
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

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].fn && str_eq(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* Says so on stderr; returns 129. */
static int unknown(const char *name, bool or_guide)
{
	const char *names[ARRAY_SIZE(commands) + ARRAY_SIZE(guides)], *near;
	size_t i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].fn)
			names[nr++] = commands[i].name;
	for (i = 0; or_guide && i < ARRAY_SIZE(guides); i++)
		names[nr++] = guides[i];
	near = nearest_word(name, names, nr);
	fprintf(stderr, "git gitops: '%s' is not a command%s; see 'git gitops -h'\n", name,
		or_guide ? " or a guide" : "");
	if (near)
		fprintf(stderr, "\nThe most similar %s is\n\t%s\n", or_guide ? "one" : "command",
			near);
	return 129;
}

/* The page that is meant, or NULL: "status", "git-gitops-status", "gitops", "artifacts", ... */
static char *find_page(const char *name)
{
	size_t i;

	if (str_eq(name, "gitops") || str_eq(name, "git-gitops"))
		return xstrdup("git-gitops");
	if (starts_with(name, "git-"))
		name += strlen("git-");
	if (starts_with(name, "gitops-"))
		name += strlen("gitops-");
	if (find_command(name) || str_eq(name, "config"))
		return xstrfmt("git-gitops-%s", name);
	for (i = 0; i < ARRAY_SIZE(guides); i++)
		if (str_eq(guides[i], name))
			return xstrfmt("gitops-%s", name);
	return NULL;
}

static int show_page(const char *name)
{
	struct error err = ERROR_INIT;
	char *page = find_page(name);

	if (!page)
		return unknown(name, true);
	execlp("man", "man", page, (char *)NULL);
	error_errno(&err, "cannot run 'man' to show '%s'", page);
	free(page);
	return error_report(&err);
}

int cmd_help(int argc, const char **argv, struct context *ctx UNUSED)
{
	static const char *const usage[] = { "git gitops help [<command> | <guide>]", NULL };
	const struct option options[] = { OPT_END() };

	argc = parse_options(argc, argv, options, usage);
	if (argc > 1)
		usage_with_options(usage, options, "too many arguments");
	if (!argc) {
		print_commands(stdout);
		return 0;
	}
	return show_page(argv[0]);
}

static bool asks_for_manual(int argc, const char **argv)
{
	int i;

	for (i = 1; i < argc && !str_eq(argv[i], "--"); i++)
		if (str_eq(argv[i], "--help"))
			return true;
	return false;
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
		return unknown(argv[0], false);
	self = realpath("/proc/self/exe", NULL);
	ctx.program = self ? self : "git-gitops";
	/* As git has it: with -h the usage, with --help the manual. */
	status = asks_for_manual(argc, argv) ? show_page(command->name) :
					       command->fn(argc, argv, &ctx);
	free(self);
	return status ? status : ui_finish_stdout();
}
