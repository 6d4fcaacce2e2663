#ifndef ARTIFACT_SERVICE_H
#define ARTIFACT_SERVICE_H

#include "artifact/code.h"
#include "artifact/name.h"
#include "artifact/plan.h"
#include "base/arena.h"
#include "base/finding.h"
#include "base/json.h"
#include "repo/snapshot.h"
#include "template/template.h"

/*
 * One service object, read and rendered from a snapshot: what check judges
 * and what deploy sends. All findings of one reading are reported at once,
 * at their places in the templates; what only follows from another finding is
 * not reported (an undefined variable is not a JSON error, too).
 */
struct document {
	bool present;	  /* the file is there */
	const char *path; /* of the file that is or would be there; NULL: the kind has no such role */
	struct strbuf source;	 /* the file as it is; empty when it could not be read */
	struct strbuf rendered;	 /* JSON text; may hold sensitive values */
	const struct json *json; /* of `rendered`, an object; NULL when it has findings */
	bool sensitive;		 /* some value in it came from a sensitive output */
	bool plain;		 /* no template: `rendered` is `source`, `map` is empty */
	struct template_map map;
};

struct service {
	enum artifact_kind kind;
	const char *prefix;
	struct document docs[ROLE_NR]; /* by enum artifact_role; ROLE_INPUT is not rendered */
	bool ok;		       /* no errors were found in any of them */
	struct arena arena;
	/* Of a function whose code stands in the snapshot, which must then outlive this. */
	struct code *code;
	/* SHA-256 over the rendered documents but settings, and that code; hex, "" unless ok. */
	char digest[65];
};

/* Returns 0 also when there are findings (then errors were added); negative: could not read. */
int service_load(struct service **service, struct snapshot *snapshot, enum artifact_kind kind,
		 const char *prefix, struct findings *findings, struct error *err) MUST_CHECK;
void service_free(struct service *service); /* wipes */

/*
 * The same for many objects of one snapshot: referenced files are read and
 * parsed once (and what is wrong in them is reported once), so are equal
 * templates. The memory of `service`, which begins as zeros, is used again.
 */
struct service_reader;
struct service_reader *service_reader_new(struct snapshot *snapshot);
void service_reader_free(struct service_reader *reader);

/* Call `fn` for each document made of a template, once it is read. */
struct inputs;
typedef void rendered_fn(const struct document *doc, const struct template_values *values,
			 const struct inputs *inputs, void *data);
void service_reader_on_rendered(struct service_reader *reader, rendered_fn *fn, void *data);

/* `known`: what the plan knows of the object's files, or NULL. No code is looked for, no digest made. */
int service_read(struct service *service, struct service_reader *reader, enum artifact_kind kind,
		 const char *prefix, const struct plan_object *known, struct findings *findings,
		 struct error *err) MUST_CHECK;
void service_release(struct service *service); /* wipes */

/*
 * The value by which the definition names code in the snapshot (see code.h),
 * or NULL; and what is to be told about it.
 */
const struct json *service_code_value(const struct service *service);
void service_code_finding(struct findings *findings, const struct service *service,
			  const struct code_problem *problem);

/* The document's text for people: sensitive values replaced by "(sensitive)". */
void document_masked(const struct document *doc, struct strbuf *out);

/* The bytes of `source` that produced the bytes [off, off + len) of `rendered`. */
void document_place(const struct document *doc, size_t off, size_t len, size_t *source_off,
		    size_t *source_len);

/* Add a finding at the place in the template that produced `value` of doc->json. */
struct finding *document_finding(struct findings *fs, const struct document *doc,
				 const struct json *value, enum severity severity, const char *rule,
				 const char *fmt, ...) PRINTF_LIKE(6, 7);
/* The same at the member's name. */
struct finding *document_member_finding(struct findings *fs, const struct document *doc,
					const struct json_member *member, enum severity severity,
					const char *rule, const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
