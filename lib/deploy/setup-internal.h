#ifndef DEPLOY_SETUP_INTERNAL_H
#define DEPLOY_SETUP_INTERNAL_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strmap.h"

/* gitops/init.json: what init did. */
struct setup_state {
	struct setup_setting {
		char *key, *value;
		char *old; /* what it replaced, or NULL */
	} * settings;
	size_t settings_nr, settings_alloc;
	char *config_before; /* the whole file as it was, or NULL: can't be restored as a whole */
	char *config_digest; /* of the file as init left it */
	bool changed;
};

int setup_state_read(struct setup_state *state, const char *path, struct error *err) MUST_CHECK;
int setup_state_write(const struct setup_state *state, const char *path, mode_t mode,
		      struct error *err) MUST_CHECK;
void setup_state_release(struct setup_state *state);

/* setup-config.c: <git-dir>/config */
int setup_config_install(struct setup_state *state, const char *git_dir,
			 const char *const *branches, size_t branches_nr, struct strbuf *done,
			 struct error *err) MUST_CHECK;
int setup_config_uninstall(struct setup_state *state, const char *git_dir, struct strbuf *done,
			   struct error *err) MUST_CHECK;
/* 1 with the value, 0 when unset in the file (NULL: anywhere), negative. */
int setup_config_get(const char *file, const char *git_dir, const char *type, const char *key,
		     struct strbuf *value, struct error *err) MUST_CHECK;

/* setup-hooks.c */
int setup_hooks_dir(const char *git_dir, char **dir, struct error *err) MUST_CHECK;
/* 1: a proc-receive hook of someone else's is in the way. */
int setup_hooks_foreign_proc_receive(const char *dir, struct error *err) MUST_CHECK;
int setup_hooks_install(const char *dir, const char *program, bool proc_receive,
			struct strbuf *done, struct error *err) MUST_CHECK;
int setup_hooks_uninstall(const char *dir, struct strbuf *done, struct strbuf *notes,
			  struct error *err) MUST_CHECK;

#endif
