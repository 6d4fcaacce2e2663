#ifndef SPOOL_CLAIM_INTERNAL_H
#define SPOOL_CLAIM_INTERNAL_H

#include "spool/internal.h"

/* claim-end.c */
/* It is no claim of ours any more; what stands in run/ stays. */
void claim_free(struct spool *spool, struct claim *claim);
/*
 * The end was recorded by a worker that died before it moved the files: 1, done
 * with it; 0: it has no end. `*claim` is NULL unless 0.
 */
int claim_finish_ended(struct spool *spool, struct claim **claim, struct error *err) MUST_CHECK;

#endif
