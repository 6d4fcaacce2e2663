#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "deploy/freeze.h"
#include "deploy/request.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <pwd.h>
#include <sys/stat.h>

#define WORKER_LOG_MAX	 (1 << 20)
#define OPTION_VALUE_MAX 4000

void push_options_release(struct push_options *options)
{
	free(options->reason);
	free(options->kind);
	free(options->override);
	free(options->what);
	*options = (struct push_options){ 0 };
}

/* The one that `text` is, or is to be taken for. */
static int find_option(const char *text, const char *const *names, size_t nr)
{
	size_t len = strcspn(text, "="), i;

	for (i = 0; i < nr; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], text, len))
			return (int)i;
	return -1;
}

static int unknown_option(const char *text, const char *const *names, size_t nr, struct error *err)
{
	struct strbuf shown = STRBUF_INIT;
	char *name = xmemdupz(text, strcspn(text, "="));
	const char *near = nearest_word(name, names, nr);

	/* As long as it is: what is not shown is not needed to see what was meant. */
	strbuf_add_printable(&shown, text, strnlen(text, 80));
	error_set(err, ERROR_INVALID, "push option '%s' is unknown", shown.buf);
	if (near)
		error_hint(err, "did you mean '%s'?", near);
	else
		error_hint(err, "there are gitops.wait, gitops.skip, gitops.dry-run, gitops.force "
				"and those that are in gitops-hooks(5)");
	strbuf_release(&shown);
	free(name);
	return -1;
}

static int take_value(struct push_options *options, char **value, const char *name,
		      const char *verb, const char *given, struct error *err)
{
	const char *c;

	if (!given || !*given)
		return error_set(err, ERROR_INVALID, "push option '%s' needs a value: '%s=...'",
				 name, name);
	for (c = given; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return error_set(err, ERROR_INVALID,
					 "the value of push option '%s' is not printable", name);
	if (strlen(given) > OPTION_VALUE_MAX)
		return error_set(err, ERROR_LIMIT,
				 "the value of push option '%s' has more than %d bytes", name,
				 OPTION_VALUE_MAX);
	if (*value && !str_eq(*value, given))
		return error_set(err, ERROR_INVALID,
				 "one push asks for one thing only: '%s' is one more", name);
	free(*value);
	*value = xstrdup(given);
	if (verb)
		options->verb = verb;
	return 1;
}

static int take_format(struct push_options *options, const char *value, struct error *err)
{
	if (!value || (!str_eq(value, "json") && !str_eq(value, "text"))) {
		error_set(err, ERROR_INVALID, "push option 'gitops.format' is text or json");
		return error_hint(err, "gitops.format=json");
	}
	options->json = str_eq(value, "json");
	return 1;
}

int push_options_take(struct push_options *options, const char *text, struct error *err)
{
	static const char *const names[] = {
		"gitops.wait",	   "gitops.skip",   "gitops.dry-run", "gitops.force",
		"gitops.commit",   "gitops.reason", "gitops.kind",    "gitops.override",
		"gitops.rollback", "gitops.hold",   "gitops.unhold",  "gitops.cancel",
		"gitops.pause",	   "gitops.resume", "gitops.approve", "gitops.format",
	};
	bool *const flags[] = { &options->wait, &options->skip, &options->dry_run, &options->force,
				&options->commit };
	const char *value;
	int at;

	if (!starts_with(text, "gitops."))
		return 0;
	at = find_option(text, names, ARRAY_SIZE(names));
	value = strchr(text, '=');
	if (at < 0 || (at < (int)ARRAY_SIZE(flags) && value))
		return unknown_option(text, names, ARRAY_SIZE(names), err);
	value = value ? value + 1 : NULL;
	if (at < (int)ARRAY_SIZE(flags)) {
		*flags[at] = true;
		return 1;
	}
	if (str_eq(names[at], "gitops.reason"))
		return take_value(options, &options->reason, names[at], NULL, value, err);
	if (str_eq(names[at], "gitops.format"))
		return take_format(options, value, err);
	if (str_eq(names[at], "gitops.kind"))
		return take_value(options, &options->kind, names[at], NULL, value, err);
	if (str_eq(names[at], "gitops.override"))
		return take_value(options, &options->override, names[at], NULL, value, err);
	if (options->verb && !str_eq(options->verb, names[at] + strlen("gitops.")))
		return error_set(err, ERROR_INVALID,
				 "one push asks for one thing only: '%s' is one more", names[at]);
	return take_value(options, &options->what, names[at], names[at] + strlen("gitops."), value,
			  err);
}

/* Who pushes, as the server knows it: from HTTP, gitolite, or the account. */
static char *find_actor(void)
{
	static const char *const names[] = { "REMOTE_USER", "GL_USER", "GL_USERNAME" };
	const struct passwd *pw;
	struct strbuf name = STRBUF_INIT;
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		value = getenv(names[i]);
		if (value && *value) {
			strbuf_add_printable(&name, value, strnlen(value, 200));
			return strbuf_detach(&name, NULL);
		}
	}
	pw = getpwuid(geteuid());
	return pw && *pw->pw_name ? xstrdup(pw->pw_name) : xstrfmt("uid %d", (int)geteuid());
}

/* In a linked work tree, gitops/ is where the refs are. */
static char *find_git_dir(struct error *err)
{
	const char *env = getenv("GIT_DIR");
	char *dir = realpath(env && *env ? env : ".", NULL), *path, *common;
	struct strbuf text = STRBUF_INIT_MAX(PATH_MAX);

	if (!dir) {
		error_errno(err, "cannot find the repository '%s'", env ? env : ".");
		return NULL;
	}
	path = xstrfmt("%s/commondir", dir);
	if (!access(path, F_OK) && !file_read(path, &text, err)) {
		strbuf_rtrim(&text);
		free(path);
		path = text.buf[0] == '/' ? xstrdup(text.buf) : xstrfmt("%s/%s", dir, text.buf);
		common = realpath(path, NULL);
		if (common) {
			free(dir);
			dir = common;
		}
	}
	free(path);
	strbuf_release(&text);
	return dir;
}

int request_open(struct request *request, struct error *err)
{
	char *git_dir = find_git_dir(err);
	int ret = -1;

	*request = (struct request)REQUEST_INIT;
	if (git_dir)
		ret = request_open_in(request, git_dir, err);
	free(git_dir);
	return ret;
}

int request_open_in(struct request *request, const char *git_dir, struct error *err)
{
	char *path;
	int ret;

	*request = (struct request)REQUEST_INIT;
	request->git_dir = xstrdup(git_dir);
	if (hook_config_read(&request->config, err) < 0)
		return -1;
	path = xstrfmt("%s/gitops/spool", request->git_dir);
	ret = spool_open(&request->spool, path, err);
	free(path);
	return ret;
}

void request_release(struct request *request)
{
	spool_free(request->spool);
	hook_config_release(&request->config);
	free(request->git_dir);
	free(request->actor);
	*request = (struct request)REQUEST_INIT;
}

bool request_branch_deploys(const struct request *request, const char *branch)
{
	size_t i;

	for (i = 0; i < request->config.nr; i++) {
		const struct hook_setting *s = &request->config.v[i];

		if (str_eq(s->key, "gitops.branch") && s->value &&
		    !fnmatch(s->value, branch, FNM_PATHNAME))
			return true;
	}
	return false;
}

bool request_has_branches(const struct request *request)
{
	const char *value = hook_config_str(&request->config, "gitops.branch");

	return value && *value;
}

int request_describe_freeze(const struct request *request, const struct job *job,
			    struct strbuf *out, struct error *err)
{
	int64_t now = clock_wall_ms(clock_system());
	struct freezes freezes = FREEZES_INIT;
	struct frozen frozen;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < request->config.nr; i++) {
		const struct hook_setting *s = &request->config.v[i];

		if (str_eq(s->key, "gitops.freeze"))
			ret = freezes_add(&freezes, s->value ? s->value : "true", err);
	}
	if (ret < 0) {
		goto out;
	} else if (job_is_frozen(job, &freezes, now, &frozen)) {
		strbuf_addstr(out, "; ");
		frozen_describe(out, &frozen);
		goto out;
	}
	/* Which objects it has is not known here. */
	for (i = 0; !job->dry_run && !job->override && i < freezes.nr; i++) {
		if (!freeze_covers(&freezes.v[i], job->branch, now, &frozen))
			continue;
		strbuf_addf(out, "; '%s' is ", freezes.v[i].prefix);
		frozen_describe(out, &frozen);
	}
out:
	freezes_release(&freezes);
	return ret;
}

const char *request_actor(struct request *request)
{
	if (!request->actor)
		request->actor = find_actor();
	return request->actor;
}

static void fill_job(struct request *request, struct job *job, const char *branch,
		     const char *old_commit, const char *new_commit,
		     const struct push_options *options)
{
	job_init(job);
	job->git_dir = xstrdup(request->git_dir);
	job->ref = xstrfmt("refs/heads/%s", branch);
	job->branch = xstrdup(branch);
	job->old_commit = xstrdup(old_commit);
	job->new_commit = xstrdup(new_commit);
	job->actor = xstrdup(request_actor(request));
	job->force = options->force;
	job->dry_run = options->dry_run;
	job->reason = xstrdup_or_null(options->reason);
	job->override = xstrdup_or_null(options->override);
}

int request_queue(struct request *request, struct job *job, const char *ref, const char *old_commit,
		  const char *new_commit, const struct push_options *options, bool deploy,
		  struct error *err)
{
	const char *branch;

	if (!skip_prefix(ref, "refs/heads/", &branch))
		BUG("a job for '%s'", ref);
	fill_job(request, job, branch, old_commit, new_commit, options);
	job->deploy = deploy;
	return spool_put(request->spool, job, err);
}

int request_queue_rollback(struct request *request, struct job *job, const char *branch,
			   const char *from, const char *to, const char *kind, const char *prefix,
			   const struct push_options *options, struct error *err)
{
	fill_job(request, job, branch, from, to, options);
	job->rollback_kind = xstrdup(kind);
	job->rollback_prefix = xstrdup(prefix);
	return spool_put(request->spool, job, err);
}

/* bin/git-gitops next to libexec/git-gitops/<hook>, or in PATH. */
char *request_program(void)
{
	char *self = realpath("/proc/self/exe", NULL), *program = NULL;
	int i;

	for (i = 0; self && i < 3; i++) {
		char *slash = strrchr(self, '/');

		if (!slash)
			break;
		*slash = '\0';
	}
	if (self && i == 3)
		program = xstrfmt("%s/bin/git-gitops", self);
	free(self);
	if (program && access(program, X_OK) < 0)
		FREE_AND_NULL(program);
	return program ? program : xstrdup("git-gitops");
}

/* Two files of a megabyte at most, rotated when a worker starts. */
static char *rotated_log(struct request *request)
{
	char *log = xstrfmt("%s/gitops/worker.log", request->git_dir);
	struct stat st;

	if (!stat(log, &st) && st.st_size > WORKER_LOG_MAX) {
		char *old = xstrfmt("%s.1", log);

		if (rename(log, old) < 0)
			unlink(log);
		free(old);
	}
	return log;
}

int request_wake(struct request *request, bool always, struct error *err)
{
	char *program, *log;
	struct stat st;
	int ret = spool_has_worker(request->spool, err);

	if (ret)
		return ret < 0 ? -1 : WAKE_RUNS;
	if (!always && !hook_config_bool(&request->config, "gitops.worker", true))
		return WAKE_OFF;
	program = request_program();
	log = rotated_log(request);
	{
		const char *argv[] = { program, "worker", "--drain", request->git_dir, NULL };
		mode_t mode = stat(spool_dir(request->spool), &st) < 0 ? 0600 : st.st_mode & 0666;

		ret = process_start_detached(argv, log, mode, err);
	}
	free(program);
	free(log);
	return ret < 0 ? -1 : WAKE_STARTED;
}
