#ifndef SPOOL_OWNER_H
#define SPOOL_OWNER_H

#include "base/strmap.h"
#include "spool/internal.h"

/*
 * Whose the jobs in run/ are: links to leases, each with the generation of the
 * claim; see spool.h. Of one job the highest counts.
 */
struct owner {
	unsigned generation;
	bool is_free; /* it was let go of */
};

struct owners {
	struct strmap by_job; /* id -> struct owner */
};

void owners_init(struct owners *owners);
void owners_release(struct owners *owners);
/* A name in run/. False: it is no such link. */
bool owners_add(struct owners *owners, const char *name);

enum owned {
	OWNED,		   /* by a worker that lives, or by us */
	OWNED_BY_NOBODY,   /* any more */
	OWNED_BY_THE_STUCK /* whose lease was taken away; his process may come to life again */
};
/* `generation`: of the claim that was, 0: there was none. */
enum owned owner_look(struct spool *spool, const struct owners *owners, const char *id,
		      unsigned *generation);
/* Make the job ours. 1; 0: somebody else was quicker; negative. */
int owner_take(struct spool *spool, const char *id, unsigned generation,
	       struct error *err) MUST_CHECK;
/* It has no end yet and stays in run/. */
void owner_let_go(struct spool *spool, const char *id, unsigned generation);
/* It has left run/. */
void owner_forget(struct spool *spool, const char *id, unsigned generation);
char *owner_path(const struct spool *spool, const char *id, unsigned generation,
		 const char *suffix);

#endif
