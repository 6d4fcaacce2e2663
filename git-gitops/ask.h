#ifndef ASK_H
#define ASK_H

#include "repo/repo.h"

/*
 * Asking a server, by a push to refs/gitops/deploy/<branch>, a ref that never
 * comes to be; see gitops-hooks(5), proc-receive.
 */
#define ASK_OPTIONS_MAX 8

struct ask {
	const char *remote; /* NULL: there is none, which is an error */
	const char *branch;
	const char *commit; /* NULL: the server's head of the branch */
	char *options[ASK_OPTIONS_MAX];
	size_t nr;
};

#define ASK_INIT  \
	{         \
		0 \
	}

/* Add a push option: "gitops.force", or with `value` "gitops.hold=<value>". */
void ask_add(struct ask *ask, const char *option, const char *value);
void ask_release(struct ask *ask);
/* 0: done or queued; 1: the deployment was waited for and failed; negative. */
int ask_server(const struct ask *ask, struct error *err) MUST_CHECK;

/* The branch that is given, or the one that HEAD names; to be freed. NULL: error. */
char *ask_branch(struct repo *repo, const char *given, struct error *err);
/* The remote that is given, or the one that the branch follows; else "origin", if there is one. NULL: none.
 * Owned by `repo`. */
const char *ask_remote(struct repo *repo, const char *given, const char *branch);
/*
 * Is it meant for this very repository? With --local, and without where it is
 * a server's: it has no such remote, but jobs of its own.
 */
bool ask_is_here(struct repo *repo, const char *given, const char *branch, bool local);

#endif
