#ifndef ARTIFACT_EXPLAIN_H
#define ARTIFACT_EXPLAIN_H

#include "artifact/service.h"

/*
 * Where each value comes from that was substituted into the documents of a
 * service object: what people ask when a value is wrong.
 */
struct explained_source {
	const char *name; /* the variable */
	const char *path; /* of the file that defines it */
	unsigned line, column;
	const char *member; /* of that file: vpc_id.value, Net.Subnets[1] */
	const char *type;   /* "TERRAFORM", "CDK", "JSON"; NULL: the input itself */
	bool overridden;    /* by the one before it */
};

struct explained {
	const char *path; /* of the template */
	unsigned line, column;
	const char *expression; /* as it stands there */
	const char *member;	/* of the rendered document that it is in; "": all of it */
	const char *value;	/* what it became; "(sensitive)" when that may not be seen */
	bool sensitive;
	bool more; /* values went into it that are not among the sources */
	const char *
		through; /* the variable of the template by which the sources were reached, or NULL */
	const char *undefined; /* what is not defined, so that default() counted, or NULL */
	struct explained_source *sources;
	size_t sources_nr; /* 0: it is made of the template alone */
};

struct explanation {
	struct arena arena;
	struct explained *v;
	size_t nr, alloc;
};

#define EXPLANATION_INIT \
	{                \
		0        \
	}

void explanation_release(struct explanation *ex);
/* Forget what is not about the template `path`; NULL: all is. */
void explanation_keep(struct explanation *ex, const char *path);

/*
 * service_load(), but for the digest, adding all substitutions to `ex`: by
 * document, in the order of the output. Sensitive values are not in it.
 */
int service_explain(struct service **service, struct explanation *ex, struct snapshot *snapshot,
		    enum artifact_kind kind, const char *prefix, struct findings *findings,
		    struct error *err) MUST_CHECK;

#endif
