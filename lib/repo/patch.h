#ifndef REPO_PATCH_H
#define REPO_PATCH_H

#include "base/error.h"
#include "base/strbuf.h"

/* Append how `before` becomes `after`, as `git diff` shows a file. Equal: nothing. */
int patch_text(struct strbuf *out, const char *path, const struct strbuf *before,
	       const struct strbuf *after, struct error *err) MUST_CHECK;
/* And how it shows that a file got another name. */
void patch_rename(struct strbuf *out, const char *path, const char *new_path);

#endif
