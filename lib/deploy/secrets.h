#ifndef DEPLOY_SECRETS_H
#define DEPLOY_SECRETS_H

#include "artifact/service.h"

/*
 * AWS repeats what it was told in its errors and in the reasons why tasks
 * stopped: the image that can't be pulled, the value that is too long. What
 * came from a sensitive output must not get into a record that way. So its
 * texts are kept (in memory only, wiped in the end), and masked wherever they
 * come up.
 */
struct secrets {
	struct secret {
		char *text;
		size_t len;
	} * v;
	size_t nr, alloc;
};

#define SECRETS_INIT \
	{            \
		0    \
	}

/* Shorter ones can't be told from other words, and are no secrets. */
#define SECRET_MIN 4

/* What the documents have of sensitive values. */
void secrets_collect(struct secrets *secrets, const struct service *service);
/* Put "(sensitive)" in place of each. */
void secrets_mask(const struct secrets *secrets, struct strbuf *text);
void secrets_release(struct secrets *secrets);

#endif
