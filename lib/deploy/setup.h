#ifndef DEPLOY_SETUP_H
#define DEPLOY_SETUP_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "repo/repo.h"

/*
 * Make a repository a server that deploys, and take that back: hooks, the
 * spool, settings. What was done is noted in gitops/init.json, so that it can
 * be undone to the byte; running it again only does what is missing.
 */
struct setup {
	struct repo *repo;
	const char *program;	     /* absolute path of bin/git-gitops */
	const char *const *branches; /* to deploy; none: the one HEAD names, unless some are set */
	size_t branches_nr;
	/* Lines for people, each with a newline: what was done, what to know. */
	struct strbuf done, notes;
};

int setup_install(struct setup *setup, struct error *err) MUST_CHECK;
int setup_uninstall(struct setup *setup, struct error *err) MUST_CHECK;

/* Was it done, by this program's init, and is it as it was then? Nothing is changed. */
enum setup_hook {
	SETUP_HOOK_CURRENT = 0,
	SETUP_HOOK_OTHER,   /* ours, but not as `program` would write it now */
	SETUP_HOOK_FOREIGN, /* not ours */
	SETUP_HOOK_MISSING,
	SETUP_HOOK_DISABLED, /* not executable: git passes it over */
	SETUP_HOOK_BROKEN    /* what it runs isn't there */
};

typedef void setup_hook_fn(const char *name, enum setup_hook state, const char *path, void *data);
int setup_look_at_hooks(const char *git_dir, const char *program, setup_hook_fn *fn, void *data,
			struct error *err) MUST_CHECK;
/* A setting that init makes, and that isn't there. Negative also when git can't read the file. */
typedef void setup_missing_fn(const char *key, const char *value, void *data);
int setup_look_at_config(const char *git_dir, setup_missing_fn *fn, void *data,
			 struct error *err) MUST_CHECK;

#endif
