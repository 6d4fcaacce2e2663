#ifndef ARTIFACT_SERVICE_H
#define ARTIFACT_SERVICE_H

#include "artifact/name.h"
#include "base/arena.h"
#include "base/finding.h"
#include "base/json.h"
#include "repo/snapshot.h"

/*
 * One service object, read and rendered from a snapshot: what check judges
 * and what deploy sends. All findings of one reading are reported at once,
 * at their places in the templates.
 */
struct document {
	bool present;
	char *path;
	struct strbuf source;	 /* the file as it is */
	struct strbuf rendered;	 /* JSON text; may hold sensitive values */
	const struct json *json; /* of `rendered`; NULL when it has findings */
	bool sensitive;		 /* some value in it came from a sensitive output */
	struct template_map *map;
};

struct service {
	enum artifact_kind kind;
	char *prefix;
	struct document docs[ROLE_NR]; /* by enum artifact_role; ROLE_INPUT is not rendered */
	struct arena arena;
	char digest[65]; /* SHA-256 over the rendered documents but settings, hex */
};

/* Returns 0 also when there are findings (then errors were added); negative: could not read. */
int service_load(struct service **service, struct snapshot *snapshot, enum artifact_kind kind,
		 const char *prefix, struct findings *findings, struct error *err) MUST_CHECK;
void service_free(struct service *service); /* wipes */

/* The document's text for people: sensitive values replaced by "(sensitive)". */
void document_masked(const struct document *doc, struct strbuf *out);

/* Add a finding at the place in the template that produced `value` of doc->json. */
struct finding *document_finding(struct findings *fs, const struct document *doc,
				 const struct json *value, enum severity severity, const char *rule,
				 const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
