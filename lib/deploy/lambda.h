#ifndef DEPLOY_LAMBDA_H
#define DEPLOY_LAMBDA_H

#include "aws/lambda.h"
#include "deploy/internal.h"
#include "deploy/step.h"

/*
 * Steps of Lambda deployments. What there is is compared with what is wanted,
 * and only the calls for what differs are made; so a step that is begun again
 * finds what it did. The table stands in lambda.c.
 *
 * Source: AWS Lambda Developer Guide, "Lambda function states", "Lambda
 * function versions", "Implement Lambda canary deployments using a weighted
 * alias"; API Reference, CreateFunction and the calls it takes to change what
 * CreateFunction made.
 */

/* The settings, the client, record->name and region. */
enum step_result lambda_setup(struct deployment *d);

/* --- reading --- */

/* GetFunction of `qualifier` (NULL: $LATEST); it comes at `phase`. */
enum step_result lambda_read(struct deployment *d, const char *qualifier,
			     enum aws_priority priority, int phase);

enum lambda_state {
	LAMBDA_READY,
	LAMBDA_CHANGING,      /* wait: it takes no changes now */
	LAMBDA_FAILED_UPDATE, /* the last update; the next one may do better */
	LAMBDA_FAILED	      /* for good: it was never there */
};
/* `config` is a function's or version's, as all calls answer it. */
enum lambda_state lambda_state(const struct json *config);
/* AWS's reason, and the category it belongs to; `what`: "version '3'". */
enum step_result lambda_fail_state(struct deployment *d, const struct json *config,
				   const char *what);
/* d->result is GetFunction's: STEP_DONE when it is ready; else it is read at `again`, or fails. */
enum step_result lambda_check_read(struct deployment *d, int again);
/* How long $LATEST may take to become ready, and a version, ms. */
int64_t lambda_patience(const struct deployment *d);
int64_t lambda_version_patience(const struct deployment *d);
/* Look again at `phase`, or fail: `what` is not ready since d->at.deadline. */
enum step_result lambda_wait(struct deployment *d, const char *what, int phase);
/* The call of this step failed, but maybe not for good: at `phase` again, or fail. */
enum step_result lambda_retry(struct deployment *d, const char *doing, int phase);

/* --- comparing (lambda-compare.c) --- */

/*
 * UpdateFunctionConfiguration's members for what differs between the
 * definition and `config`, as text: "\"Timeout\":3,\"Role\":..."; what the
 * definition leaves out is set to what CreateFunction would make of it.
 * Returns how many.
 */
size_t lambda_compare(struct strbuf *members, const struct json *definition,
		      const struct json *config);
/* Is what is wanted in what is there? "", [], {} and nothing are the same. */
bool lambda_covers(const struct json *have, const struct json *want);
/* May versions of both get traffic at once? False: `why` is a member's name. */
bool lambda_can_share(const struct json *a, const struct json *b, const char **why);
/* A member that no call changes, or (`*gone`) takes away; NULL: all differences can be made. */
const char *lambda_immutable(const struct json *definition, const struct json *config, bool *gone);

/* --- what is named by something that moves (lambda-resolve.c) --- */

/*
 * Ask for the next layer `:latest`, or image with a tag, of the definition that
 * is not known yet; STEP_DONE: all are, and the definition names them.
 */
enum step_result lambda_resolve(struct deployment *d, int phase);
/* Take its answer; STEP_DONE: ask for the next. */
enum step_result lambda_resolved(struct deployment *d);
/* What was found out before is put into the definition. */
void lambda_apply_resolved(struct deployment *d);

/* --- tags (lambda-tags.c) --- */

#define LAMBDA_TAG_CODE	       "gitops:code"	   /* see lambda_code_mark() */
#define LAMBDA_TAG_DEPLOYMENT  "gitops:deployment" /* that made it: its id */
#define LAMBDA_TAG_OWN	       "gitops:tags"	   /* which tags are the definition's */
#define LAMBDA_TAG_URL	       "gitops:url"	   /* the alias that we made a URL for */
#define LAMBDA_TAG_URL_ENCODED "gitops%3Aurl"
/* Of an event source mapping that was made again: where it was to start. */
#define LAMBDA_TAG_POSITION "gitops:starting-position"
#define LAMBDA_TAG_SIGNING  "gitops:signing" /* the code signing is the definition's */

struct lambda_tags {
	struct strbuf body;    /* TagResource's, for those that are missing */
	struct strbuf drop;    /* UntagResource's query, for those that the definition had */
	size_t missing, extra; /* how many */
};
#define LAMBDA_TAGS_INIT                                 \
	{                                                \
		.body = STRBUF_INIT, .drop = STRBUF_INIT \
	}
/* What differs between the definition, with `mark` (or NULL), and the function's tags, or NULL. */
void lambda_tags_compare(struct lambda_tags *out, const struct json *definition, const char *mark,
			 const struct json *have);
void lambda_tags_release(struct lambda_tags *tags);
/* All of the definition's, and what is told by tags beside them, as members. */
void lambda_tags_write(struct json_writer *jw, const struct json *definition);

/* --- code (lambda-code.c) --- */

struct lambda_code {
	struct strbuf members; /* of FunctionCode, as text: "\"S3Bucket\":..." */
	struct code *own;      /* it stands in the repository: a ZipFile to be made; or NULL */
	char *sha256; /* the CodeSha256 it will have, or an image's digest in hex; NULL: not known */
	char *mark;   /* names what never changes, for the tag that tells; or NULL */
};
#define LAMBDA_CODE_INIT               \
	{                              \
		.members = STRBUF_INIT \
	}
/* Where code is needed: from the definition's `Code`. Negative: it says why. */
int lambda_code_prepare(struct lambda_code *code, const struct deployment *d,
			struct error *err) MUST_CHECK;
/* See to it that code of the repository has its sha256, too: a zip file is made for that. */
int lambda_code_digest(struct lambda_code *code, struct error *err) MUST_CHECK;
void lambda_code_release(struct lambda_code *code);
/* Is it other code (by its digest), or another architecture, than what GetFunction answered? */
bool lambda_code_differs(const struct lambda_code *code, const struct deployment *d,
			 const struct json *function);
/* How many bytes it adds to a request, at most. */
size_t lambda_code_size(const struct lambda_code *code);
/* FunctionCode's members; negative when the zip file can't be made. */
int lambda_code_write_members(struct strbuf *body, const struct lambda_code *code,
			      struct error *err) MUST_CHECK;
/* UpdateFunctionCode's body. */
int lambda_code_write(struct strbuf *body, const struct lambda_code *code,
		      const struct json *definition, const char *revision,
		      struct error *err) MUST_CHECK;
/* The tag's value with which `function` (of GetFunction) has that code; false: it is not marked. */
bool lambda_code_mark(struct strbuf *out, const struct lambda_code *code, const char *sha256);

/* --- steps --- */

enum step_result lambda_create(struct deployment *d); /* lambda-update.c */
enum step_result lambda_configure(struct deployment *d);
enum step_result lambda_update_code(struct deployment *d);
enum step_result lambda_sign(struct deployment *d); /* lambda-tags.c */
enum step_result lambda_tag(struct deployment *d);
enum step_result lambda_publish(struct deployment *d); /* lambda-publish.c */
enum step_result lambda_await(struct deployment *d);
enum step_result lambda_shift(struct deployment *d);	  /* lambda-alias.c */
enum step_result lambda_shift_back(struct deployment *d); /* lambda-alias-back.c */
enum step_result lambda_warm(struct deployment *d);	  /* lambda-warm.c */
enum step_result lambda_warm_back(struct deployment *d);
enum step_result lambda_retire(struct deployment *d); /* lambda-retire.c */
enum step_result lambda_delete_new(struct deployment *d);
enum step_result lambda_pull(struct deployment *d); /* lambda-events.c: event source mappings */
enum step_result lambda_pull_back(struct deployment *d); /* lambda-events-back.c */
enum step_result lambda_pull_gone(struct deployment *d); /* lambda-events-gone.c */
/* What invokes the alias by itself: is all of it there? (lambda-callers.c) */
enum step_result lambda_look_at_callers(struct deployment *d);
enum step_result lambda_push(struct deployment *d); /* lambda-push.c: who may invoke the alias */
enum step_result lambda_push_back(struct deployment *d);
enum step_result lambda_register(struct deployment *d); /* lambda-groups.c */
enum step_result lambda_register_back(struct deployment *d);
enum step_result lambda_point_routes(struct deployment *d);  /* lambda-routes.c */
enum step_result lambda_deploy_stages(struct deployment *d); /* lambda-stages.c */
enum step_result lambda_routes_back(struct deployment *d);   /* lambda-routes-back.c */
enum step_result lambda_push_gone(struct deployment *d);     /* lambda-callers-gone.c */
/* Some of these are left out where there is nothing for them to do. */
bool lambda_step_applies(const struct deployment *d, const struct deploy_step *step);
enum step_result lambda_url(struct deployment *d); /* lambda-url.c */
enum step_result lambda_url_back(struct deployment *d);

/* $LATEST is what the definition says: its steps have nothing to do. */
bool lambda_is_done(const struct deployment *d);
/* Parts of $LATEST that were what the definition says: their steps don't look again. */
#define LAMBDA_SAME_CONFIGURATION "configuration"
#define LAMBDA_SAME_CODE	  "code"
#define LAMBDA_SAME_TAGS	  "tags"
bool lambda_is_same(const struct deployment *d, const char *part);
/* The alias is, or will be, moved: it doesn't name our version alone already. */
bool lambda_moves(const struct deployment *d);

/* --- the alias (lambda-alias.c) --- */

/* GetAlias; it comes at `phase`. */
enum step_result lambda_read_alias(struct deployment *d, enum aws_priority priority, int phase);
/* Does it give any traffic to `version`? */
bool lambda_alias_names(const struct json *alias, const char *version);

/* --- versions that were replaced (lambda-retire.c) --- */

/*
 * The alias's description names them, so that the next deployment knows which
 * versions it may delete: "git gitops, replaced: 3 4". False: the description
 * is somebody else's, and stays.
 */
bool lambda_replaced_read(struct strbuf *out, const char *description);
/* The description for when our version is the alias's; NULL: somebody else's. */
char *lambda_description(const struct deployment *d);
/* As it was. */
char *lambda_old_description(const struct deployment *d);

#endif
