#ifndef ARTIFACT_EXPRESSION_H
#define ARTIFACT_EXPRESSION_H

#include "base/json.h"
#include "base/strbuf.h"

/*
 * An expression of a template, as text: which variables it names, and which
 * of their members. Good enough to say where a value comes from; what the
 * expression means is the template's business.
 */
struct expression {
	const char *p, *end;
	bool is_member; /* what comes next follows a '.', '|' or "is" */
};

struct variable {
	const char *name;
	size_t len;
};

/*
 * From a part of an expression (a filter, as errors point at it) to all that
 * stands in its {{ }}. Left alone where there are none around it.
 */
void expression_whole(const char *source, size_t source_len, const char **text, size_t *len);

/* The next variable; false at the end. */
bool expression_next(struct expression *e, struct variable *variable);
/* Does it fall back to a default when something is undefined? */
bool expression_has_default(const char *text, size_t len);

/*
 * Follow the members that stand behind a variable (`e` is where it left off)
 * into its value as far as they are constant, onto `path` as ".a[1]". `*off`
 * becomes the place of the last one. False when a member is not there; `path`
 * ends with it then.
 */
bool expression_follow(const struct expression *e, const struct json *value, struct strbuf *path,
		       uint32_t *off);
/* ".name", or ["na-me"] where that is no name. The first one has no dot. */
void add_member(struct strbuf *path, const char *name, size_t len);

#endif
