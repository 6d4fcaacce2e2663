#ifndef NEARBY_H
#define NEARBY_H

#include "repo/repo.h"

/*
 * A path-prefix that nothing has: which one was meant? One of the service
 * objects at the revision `rev` that has it for its end, that lies in the
 * directory of that name, or whose name is near; with a suffix, `given` is a
 * file. To be freed; NULL: none, or the revision can't be read.
 */
char *nearby_prefix(struct repo *repo, const char *rev, const char *given);
/* The same as the hint of `err`, where it has none. Returns -1. */
int nearby_hint(struct error *err, struct repo *repo, const char *rev, const char *given);

#endif
