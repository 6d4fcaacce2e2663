#ifndef SPOOL_LEASE_INTERNAL_H
#define SPOOL_LEASE_INTERNAL_H

#include "spool/internal.h"

#include <sys/stat.h>

#define LEASE_TEXT_MAX 4096

/*
 * A lease's text: a line of JSON that says whose it is, and one with the count
 * and the holder's clock when it was raised, both of fixed width, so that they
 * are written in place: that works on a full disk, too.
 */
struct holder {
	char id[27];
	char host[65];
	char boot[128]; /* of the kernel, and of the namespaces that pid and clock are of; "": unknown */
	int64_t pid, started;
	int64_t ms;	 /* how long it holds */
	char beat[64];	 /* the second line */
	int64_t beat_at; /* by the holder's clock */
};

/* lease-holder.c */
/* What identifies this process among all that ever ran. */
void holder_describe(struct holder *holder, const char *id, int64_t ms);
void holder_write(struct strbuf *out, const struct holder *holder);
int holder_parse(struct holder *holder, const char *text, size_t len) MUST_CHECK;
/* On this boot of this host, with the same process numbers and the same clock. */
bool holder_is_near(const struct holder *holder);
/* Kill it if, and only if, that process is proven to be the holder. */
bool holder_kill(const struct holder *holder);

/* lease.c */
/* The lease is taken when there is none. Negative also when it was lost. */
int lease_take(struct spool *spool, struct error *err) MUST_CHECK;
void lease_drop(struct spool *spool);
bool lease_is_own(const struct spool *spool, const struct stat *st);
const char *lease_id(const struct spool *spool); /* NULL: none */
/* "leases/<id><suffix>" of our own. */
char *lease_path(const struct spool *spool, const char *suffix);
int64_t lease_now(const struct spool *spool);
void lease_forget_watched(struct spool *spool);

/* lease-watch.c */
enum lease_look {
	LEASE_DEAD,  /* nobody holds it */
	LEASE_TAKEN, /* its holder stood still; it is taken away from him */
	LEASE_HELD,
	LEASE_OWN
};
/* Look at a lease by any of its names. What can't be read is held by somebody. */
enum lease_look lease_look(struct spool *spool, const char *path);
enum lease_stand {
	STAND_NONE, /* nobody holds it */
	STAND_LIVES,
	STAND_STILL /* somebody on this host does, who doesn't renew it */
};
/* As far as one look can tell, without taking anything away. `holder`: who it is, or NULL. */
enum lease_stand lease_stand_of(const struct spool *spool, const char *path, struct holder *holder);
/*
 * Do all workers that have a lease stand still, as far as one look can tell?
 * It can for those of this host. False: one doesn't, or there is none.
 */
bool lease_all_stand_still(const struct spool *spool);
/* By its id, whether it was taken away or not. */
enum lease_look lease_look_id(struct spool *spool, const char *id);
/*
 * Something that has no lease to look at shows `value`: 1 when it has shown
 * the same for as long as a lease of ours lasts.
 */
bool lease_watch_value(struct spool *spool, const char *key, const char *value);
/* Try again in so many ms. */
void lease_again(struct spool *spool, int64_t ms);

/* claim-lock.c */
/* 1: `fd` holds it until it is closed; 0: somebody else has it; negative. */
int claim_lock(struct spool *spool, int *fd, struct error *err) MUST_CHECK;

#endif
