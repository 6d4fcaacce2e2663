#ifndef DEPLOY_FREEZE_H
#define DEPLOY_FREEZE_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/window.h"
#include "spool/spool.h"

/*
 * When nothing is to be deployed: gitops.freeze, each value
 * "<branch>[:<path-prefix>] <window>", both patterns; see base/window.h.
 * Loads no library: hooks ask, too.
 */
struct freeze {
	char *text;	       /* the setting's value */
	char *branch, *prefix; /* `prefix` NULL: all of the branch */
	struct window *window;
};

struct freezes {
	struct freeze *v;
	size_t nr, alloc;
};

#define FREEZES_INIT \
	{            \
		0    \
	}

int freezes_add(struct freezes *freezes, const char *value, struct error *err) MUST_CHECK;
void freezes_release(struct freezes *freezes);

struct frozen {
	const struct freeze *by; /* the one that ends last */
	int64_t until, now;	 /* seconds; `until` may be WINDOW_NEVER */
};

/*
 * Is it frozen? With `prefix` NULL by what is for whole branches, else by what
 * is for path-prefixes. `until` is when no window covers it any more.
 */
bool freezes_cover(const struct freezes *freezes, const char *branch, const char *prefix,
		   int64_t now_ms, struct frozen *frozen);
/* The same of one, whatever path-prefix it is for. */
bool freeze_covers(const struct freeze *freeze, const char *branch, int64_t now_ms,
		   struct frozen *frozen);
/* "frozen until Mon 08:00 CET (gitops.freeze 'main Fri 16:00-Mon 08:00 Europe/Berlin')" */
void frozen_describe(struct strbuf *out, const struct frozen *frozen);

/*
 * Has this job to wait before it begins? What changes nothing doesn't, nor what
 * goes back, nor what overrides it. One that was put to deploy what was frozen
 * waits as long as all of that is.
 */
bool job_is_frozen(const struct job *job, const struct freezes *freezes, int64_t now_ms,
		   struct frozen *frozen);

#endif
