#include "base/base.h"
#include "base/file.h"
#include "base/process.h"
#include "deploy/setup-internal.h"
#include "deploy/setup.h"

#include <sys/stat.h>

#define HOOK_MAX (1 << 20)
#define MARK	 "# Installed by 'git gitops init'; 'git gitops init --uninstall' takes it away.\n"
#define CHAINED	 ".gitops-chained"

static const char *const hook_names[] = { "post-receive", "proc-receive", "pre-receive" };

static void add_quoted(struct strbuf *out, const char *s)
{
	strbuf_addch(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			strbuf_addstr(out, "'\\''");
		else
			strbuf_addch(out, *s);
	}
	strbuf_addch(out, '\'');
}

/*
 * A stub, so that the program may be updated without touching repositories.
 * It finds the program where it was when init ran, else by PATH, and without
 * one it fails: a push that can't be checked is not let in. A hook that was
 * there before runs first, on the same input. proc-receive is a dialogue,
 * which can't be held twice.
 */
static void make_stub(struct strbuf *out, const char *name, const char *libexec)
{
	char *program = xstrfmt("%s/%s", libexec, name);

	strbuf_addstr(out, "#!/bin/sh\n" MARK "program=");
	add_quoted(out, program);
	strbuf_addf(
		out,
		"\n"
		"if test ! -x \"$program\"\n"
		"then\n"
		"	found=$(command -v git-gitops) &&\n"
		"	program=${found%%/*}/../libexec/git-gitops/%s\n"
		"fi\n"
		"if test ! -x \"$program\"\n"
		"then\n"
		"	echo \"gitops: cannot find '$program'\" >&2\n"
		"	echo \"gitops: hint: on the server, install git gitops again, then run 'git gitops init'\" >&2\n"
		"	exit 1\n"
		"fi\n",
		name);
	if (!str_eq(name, "proc-receive"))
		strbuf_addf(out,
			    "chained=$0" CHAINED "\n"
			    "if test -x \"$chained\"\n"
			    "then\n"
			    "	input=$(cat && echo .)\n"
			    "	printf %%s \"${input%%.}\" 2>/dev/null | \"$chained\" \"$@\"%s\n"
			    "	printf %%s \"${input%%.}\" 2>/dev/null | \"$program\" \"$@\"\n"
			    "	exit\n"
			    "fi\n",
			    str_eq(name, "pre-receive") ? " || exit" : "");
	strbuf_addstr(out, "exec \"$program\" \"$@\"\n");
	free(program);
}

int setup_hooks_dir(const char *git_dir, char **dir, struct error *err)
{
	const char *argv[] = { "git",	 "--git-dir",	   git_dir,
			       "config", "--show-scope",   "--type=path",
			       "--get",	 "core.hooksPath", NULL };
	struct strbuf out = STRBUF_INIT_MAX(PATH_MAX + 100);
	const char *path;
	int ret = process_run(argv, PROCESS_CAPTURE | PROCESS_NO_STDIN, &out, err);

	strbuf_chomp(&out);
	path = strchr(out.buf, '\t');
	if (ret < 0)
		goto out;
	if (ret || !path || !path[1]) {
		*dir = xstrfmt("%s/hooks", git_dir);
		ret = 0;
	} else if (!starts_with(out.buf, "local\t") && !starts_with(out.buf, "worktree\t")) {
		/* Hooks put there would run in every repository. */
		ret = error_set(err, ERROR_INVALID,
				"core.hooksPath sends the hooks of all repositories to '%s'",
				path + 1);
		error_hint(
			err,
			"give this one its own: git --git-dir '%s' config core.hooksPath '%s/hooks'",
			git_dir, git_dir);
	} else {
		/* git takes it from where hooks run, and in a push that is the git directory. */
		*dir = path[1] == '/' ? xstrdup(path + 1) : xstrfmt("%s/%s", git_dir, path + 1);
		ret = 0;
	}
out:
	strbuf_release(&out);
	return ret < 0 ? -1 : 0;
}

enum hook_state {
	HOOK_NONE = 0,
	HOOK_OURS,
	HOOK_FOREIGN
};

/* `text` gets the content of ours. Returns an enum hook_state, or negative. */
static int look_at_hook(const char *path, struct strbuf *text, struct error *err)
{
	struct stat st;

	strbuf_reset(text);
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? HOOK_NONE : error_errno(err, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_size > HOOK_MAX)
		return HOOK_FOREIGN;
	if (file_read(path, text, err) < 0)
		return -1;
	return strstr(text->buf, MARK) ? HOOK_OURS : HOOK_FOREIGN;
}

int setup_hooks_foreign_proc_receive(const char *dir, struct error *err)
{
	char *path = xstrfmt("%s/proc-receive", dir);
	struct strbuf text = STRBUF_INIT;
	int ret = look_at_hook(path, &text, err);

	strbuf_release(&text);
	free(path);
	return ret < 0 ? -1 : ret == HOOK_FOREIGN;
}

static int install_hook(const char *dir, const char *name, const char *libexec, struct strbuf *done,
			struct error *err)
{
	char *path = xstrfmt("%s/%s", dir, name), *chained = xstrfmt("%s" CHAINED, path);
	struct strbuf stub = STRBUF_INIT, text = STRBUF_INIT;
	int state = look_at_hook(path, &text, err), ret = -1;

	if (state < 0)
		goto out;
	make_stub(&stub, name, libexec);
	if (state == HOOK_OURS && str_eq(text.buf, stub.buf)) {
		ret = 0;
		goto out;
	}
	if (state == HOOK_FOREIGN) {
		if (!access(chained, F_OK)) {
			error_set(err, ERROR_EXISTS, "cannot keep '%s' as '%s': that exists", path,
				  chained);
			error_hint(err, "merge the two by hand, then run this again");
			goto out;
		}
		/* A moment without a hook would let a push in unchecked: link, then replace. */
		if (link(path, chained) < 0 && rename(path, chained) < 0) {
			error_errno(err, "cannot rename '%s' to '%s'", path, chained);
			goto out;
		}
	}
	if (file_write_atomic(path, NULL, stub.buf, stub.len, 0755, err) < 0)
		goto out;
	strbuf_addf(done, "%s the %s hook", state == HOOK_OURS ? "updated" : "installed", name);
	if (state == HOOK_FOREIGN)
		strbuf_addf(done, "; the one that was there runs first, as '%s" CHAINED "'", name);
	strbuf_addch(done, '\n');
	ret = 0;
out:
	strbuf_release(&stub);
	strbuf_release(&text);
	free(path);
	free(chained);
	return ret;
}

/* .../bin/git-gitops: what belongs to it is in .../libexec. NULL: it can't be told. */
static char *find_libexec(const char *program, struct error *err)
{
	const char *slash = strrchr(program, '/');
	size_t len = slash ? (size_t)(slash - program) : 0;

	if (!slash) {
		error_set(err, ERROR_FAILED, "cannot tell where '%s' is installed", program);
		return NULL;
	}
	if (ends_with(program, "/bin/git-gitops"))
		len = strlen(program) - strlen("/bin/git-gitops");
	return xstrfmt("%.*s/libexec/git-gitops", (int)len, program);
}

int setup_hooks_install(const char *dir, const char *program, bool proc_receive,
			struct strbuf *done, struct error *err)
{
	char *libexec = find_libexec(program, err);
	size_t i;
	int ret = -1;

	if (!libexec)
		return -1;
	if (make_dirs(dir, 0777, err) < 0)
		goto out;
	for (i = 0; i < ARRAY_SIZE(hook_names); i++) {
		if (str_eq(hook_names[i], "proc-receive") && !proc_receive)
			continue;
		if (install_hook(dir, hook_names[i], libexec, done, err) < 0)
			goto out;
	}
	ret = 0;
out:
	free(libexec);
	return ret;
}

/* An enum setup_hook, or negative. */
static int judge_hook(const char *path, const char *name, const char *libexec, struct error *err)
{
	struct strbuf stub = STRBUF_INIT, text = STRBUF_INIT;
	char *program = xstrfmt("%s/%s", libexec, name);
	int ret = look_at_hook(path, &text, err);

	make_stub(&stub, name, libexec);
	if (ret >= 0)
		ret = ret == HOOK_NONE		  ? SETUP_HOOK_MISSING :
		      ret == HOOK_FOREIGN	  ? SETUP_HOOK_FOREIGN :
		      access(path, X_OK) < 0	  ? SETUP_HOOK_DISABLED :
		      !str_eq(text.buf, stub.buf) ? SETUP_HOOK_OTHER :
		      access(program, X_OK) < 0	  ? SETUP_HOOK_BROKEN :
						    SETUP_HOOK_CURRENT;
	strbuf_release(&stub);
	strbuf_release(&text);
	free(program);
	return ret;
}

int setup_look_at_hooks(const char *git_dir, const char *program, setup_hook_fn *fn, void *data,
			struct error *err)
{
	char *libexec = find_libexec(program, err), *dir = NULL;
	size_t i;
	int ret = -1;

	if (libexec && !setup_hooks_dir(git_dir, &dir, err))
		ret = 0;
	for (i = 0; ret >= 0 && i < ARRAY_SIZE(hook_names); i++) {
		char *path = xstrfmt("%s/%s", dir, hook_names[i]);

		ret = judge_hook(path, hook_names[i], libexec, err);
		if (ret >= 0)
			fn(hook_names[i], (enum setup_hook)ret, path, data);
		free(path);
	}
	free(libexec);
	free(dir);
	return ret < 0 ? -1 : 0;
}

static int uninstall_hook(const char *dir, const char *name, struct strbuf *done,
			  struct strbuf *notes, struct error *err)
{
	char *path = xstrfmt("%s/%s", dir, name), *chained = xstrfmt("%s" CHAINED, path);
	struct strbuf text = STRBUF_INIT;
	int state = look_at_hook(path, &text, err), ret = state < 0 ? -1 : 0;
	bool has_chained = !access(chained, F_OK);

	if (state == HOOK_OURS && has_chained) {
		if (rename(chained, path) < 0)
			ret = error_errno(err, "cannot rename '%s' to '%s'", chained, path);
		else
			strbuf_addf(done, "put back the %s hook that was there before\n", name);
	} else if (state == HOOK_OURS) {
		if (unlink(path) < 0)
			ret = error_errno(err, "cannot remove '%s'", path);
		else
			strbuf_addf(done, "removed the %s hook\n", name);
	} else if (has_chained) {
		strbuf_addf(notes, "'%s' is not ours any more: left alone, and '%s', too\n", path,
			    chained);
	}
	strbuf_release(&text);
	free(path);
	free(chained);
	return ret;
}

int setup_hooks_uninstall(const char *dir, struct strbuf *done, struct strbuf *notes,
			  struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hook_names); i++)
		if (uninstall_hook(dir, hook_names[i], done, notes, err) < 0)
			return -1;
	return 0;
}
