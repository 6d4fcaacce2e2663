#ifndef ARTIFACT_CODE_INTERNAL_H
#define ARTIFACT_CODE_INTERNAL_H

#include "artifact/code.h"

/* What code.c wants of code-zip.c. */

/* How large the zip file can get: nothing of it can be made smaller. */
uint64_t zip_bound(const struct code *code);
/*
 * Why that is no zip file that Lambda would take, as the end of a sentence
 * ("is no zip file"); or NULL, and how much its directory says is in it.
 */
const char *zip_refused(const char *data, size_t len, uint64_t *unzipped);

#endif
