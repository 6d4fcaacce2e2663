#include "base/base.h"
#include "base/file.h"
#include "base/process.h"
#include "deploy/request.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <pwd.h>
#include <sys/stat.h>

#define WORKER_LOG_MAX (1 << 20)

int push_options_take(struct push_options *options, const char *text, struct error *err)
{
	static const char *const names[] = { "gitops.wait", "gitops.skip", "gitops.dry-run",
					     "gitops.force" };
	bool *const values[] = { &options->wait, &options->skip, &options->dry_run,
				 &options->force };
	struct strbuf shown = STRBUF_INIT;
	const char *near;
	size_t i;

	if (!starts_with(text, "gitops."))
		return 0;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq(text, names[i])) {
			*values[i] = true;
			return 1;
		}
	}
	/* As long as it is: what is not shown is not needed to see what was meant. */
	strbuf_add_printable(&shown, text, strnlen(text, 80));
	error_set(err, ERROR_INVALID, "push option '%s' is unknown", shown.buf);
	near = nearest_word(text, names, ARRAY_SIZE(names));
	if (near)
		error_hint(err, "did you mean '%s'?", near);
	else
		error_hint(err,
			   "there are gitops.wait, gitops.skip, gitops.dry-run and gitops.force");
	strbuf_release(&shown);
	return -1;
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

int request_queue(struct request *request, struct job *job, const char *ref, const char *old_commit,
		  const char *new_commit, const struct push_options *options, bool deploy,
		  struct error *err)
{
	const char *branch;

	job_init(job);
	if (!skip_prefix(ref, "refs/heads/", &branch))
		BUG("a job for '%s'", ref);
	if (!request->actor)
		request->actor = find_actor();
	job->git_dir = xstrdup(request->git_dir);
	job->ref = xstrdup(ref);
	job->branch = xstrdup(branch);
	job->old_commit = xstrdup(old_commit);
	job->new_commit = xstrdup(new_commit);
	job->actor = xstrdup(request->actor);
	job->force = options->force;
	job->dry_run = options->dry_run;
	job->deploy = deploy;
	return spool_put(request->spool, job, err);
}

/* bin/git-gitops next to libexec/git-gitops/<hook>, or in PATH. */
static char *find_program(void)
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
	program = find_program();
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
