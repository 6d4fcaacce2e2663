#ifndef SPOOL_LEASE_H
#define SPOOL_LEASE_H

#include "base/base.h"
#include "base/error.h"

/*
 * Leases: how long a worker's claims hold when it does nothing any more.
 *
 * A worker that ends lets go of what it has, however it ends: the kernel
 * frees its locks. One that stands still (stopped, stuck in a file system,
 * its host asleep) does not. So its claims and targets hang on a lease, the
 * file leases/<ULID>: locked for as long as the process lives, and with a
 * count in it that the worker raises again and again from its one loop.
 * Others watch the count, each by its own clock. Who sees it stand still for
 * as long as the lease says takes the lease away for good, by a rename, and
 * may then take over what hung on it.
 *
 * No clock of one host is compared with that of another, and no wall clock
 * with anything: what somebody sets it to changes nothing. The clock is the
 * one that goes on while the host sleeps (CLOCK_BOOTTIME).
 *
 * A renewal is "raise the count, then look whether the file still has its
 * name"; taking away is "rename it, then look whether the count still stands".
 * Whichever comes first, one of them sees the other. Three quarters of its
 * time a lease is good without looking; after that nothing may be done
 * before it was renewed.
 */
struct spool;

#define LEASE_DEFAULT_S 60
#define LEASE_MIN_S	3
#define LEASE_MAX_S	3600

/* For how long; before the first claim. Those who watch go by what the lease says. */
void spool_set_lease(struct spool *spool, unsigned seconds);
/*
 * Is it still ours? Renews it when a quarter of its time has passed, so it is
 * cheap to call before each act, and must be: before each change of the spool,
 * of notes and refs, and of AWS. False is for good; the log says why.
 * True when there is none yet: then there are no claims, either.
 */
bool spool_keep_lease(struct spool *spool);
/* The same, as an error. */
int spool_check_lease(struct spool *spool, struct error *err) MUST_CHECK;
/* Call spool_keep_lease() at least this often, in ms. */
int64_t spool_lease_step(const struct spool *spool);
/*
 * After spool_claim(): in how many ms to try again, although nothing happens;
 * -1: only when something happens.
 */
int64_t spool_look_again(const struct spool *spool);
/* The last spool_claim() met a worker with jobs that seems to stand still. */
bool spool_has_suspect(const struct spool *spool);

/* For tests: another clock than the system's, in ms. */
typedef int64_t lease_clock_fn(void);
void spool_set_lease_clock(struct spool *spool, lease_clock_fn *clock);

#endif
