#ifndef BASE_JSON_DIAGNOSE_H
#define BASE_JSON_DIAGNOSE_H

#include "base/base.h"

/*
 * Where and why a text is not JSON, in words for its author. The parser only
 * says that it failed; this second look runs on rejected texts alone.
 * `message` is static or points into `buf`; `hint` is static or NULL.
 */
struct json_diagnosis {
	size_t off, len;
	const char *message;
	const char *hint;
	char buf[96];
};

/* True when it found the fault. Iterative: depth costs no stack. */
bool json_diagnose(const char *text, size_t len, struct json_diagnosis *d);

#endif
