#ifndef ASK_H
#define ASK_H

#include "repo/repo.h"
#include "ui/progress.h"

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
	struct progress progress;
	bool shows; /* by `progress`; else all that the server says goes to stderr */
};

#define ASK_INIT  \
	{         \
		0 \
	}

/* Add a push option: "gitops.force", or with `value` "gitops.hold=<value>". */
void ask_add(struct ask *ask, const char *option, const char *value);
/*
 * Wait for the end, and show it on stderr: on a board where there can be one.
 * `color_ui` is the value of the configuration color.ui, or NULL.
 */
void ask_wait(struct ask *ask, const struct progress_options *options, const char *color_ui);
void ask_release(struct ask *ask);
/* 0: done or queued; 1: the deployment was waited for and failed; negative. */
int ask_server(struct ask *ask, struct error *err) MUST_CHECK;

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
