#ifndef DEPLOY_CAPACITY_H
#define DEPLOY_CAPACITY_H

#include "base/base.h"
#include "base/error.h"
#include "state/record.h"

/*
 * Moving tasks between the two task sets of a service that was deployed with
 * 'fallbackCapacityProviderStrategy': back to Spot, say, when there is room
 * again. The one that is to have more grows first, and only when its tasks run
 * the other shrinks, so that at no time fewer run than are wanted.
 */
struct aws_loop;
struct aws_client;

struct capacity {
	struct aws_loop *loop;
	struct aws_client *client;
	const struct record *record; /* of the deployment that made them: cluster, name, ids */
	int64_t poll_ms, timeout_ms;
	/* What is done, one line each; may be NULL. */
	void (*tell)(void *data, const char *text);
	void *data;
};

/* Has the deployment two task sets, and so something to be moved? */
bool capacity_has_fallback(const struct record *record);
/*
 * `primary` and `fallback`: tasks that each is to have. Their sum must be what
 * the service is to have. Negative: as it was before, or the message says what
 * could not be set back.
 */
int capacity_move(const struct capacity *c, int64_t primary, int64_t fallback,
		  struct error *err) MUST_CHECK;

#endif
