#ifndef REPO_HOOK_CONFIG_H
#define REPO_HOOK_CONFIG_H

#include "base/base.h"
#include "base/error.h"

/*
 * gitops.* settings for hooks that need no more of a repository than these.
 * `git config` is asked, in the environment the hook was given: it costs a
 * third of what loading libgit2 does, and reads includes and all levels just
 * as git does.
 */
struct hook_setting {
	char *key;   /* section and last part in lower case, as git prints it */
	char *value; /* NULL: "[gitops] worker" without "=", which means true */
};

struct hook_config {
	struct hook_setting *v;
	size_t nr, alloc;
};

#define HOOK_CONFIG_INIT \
	{                \
		0        \
	}

int hook_config_read(struct hook_config *config, struct error *err) MUST_CHECK;
void hook_config_release(struct hook_config *config);
/* The last value, as git counts; NULL when unset. */
const char *hook_config_str(const struct hook_config *config, const char *key);
/* git's words for truth; anything else is the fallback. */
bool hook_config_bool(const struct hook_config *config, const char *key, bool fallback);

#endif
