#ifndef DEPLOY_TARGET_H
#define DEPLOY_TARGET_H

#include "deploy/step.h"

/*
 * What a deployment changes (account, region, cluster and name of a service or
 * function) is its alone until it has left: two branches, or two path-prefixes,
 * may name the same one. Who comes second waits, in the order in which they
 * came; so does who finds it in the hands of another worker of the spool
 * (engine_events.lock).
 */
struct targets;

struct targets *targets_new(struct engine *engine);
/* Nobody holds or waits any more. */
void targets_free(struct targets *targets);

/* True: it is d's (also when it is not known what it is). False: d waits, and is woken then. */
bool target_take(struct deployment *d);
/* Let go of it, or of waiting for it. */
void target_leave(struct deployment *d);

#endif
