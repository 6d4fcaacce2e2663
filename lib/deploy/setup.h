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

#endif
