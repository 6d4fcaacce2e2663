#ifndef CHECK_INTERNAL_H
#define CHECK_INTERNAL_H

#include "base/base.h"
#include "artifact/plan.h"
#include "artifact/service.h"
#include "base/strmap.h"
#include "check/check.h"
#include "schema/schema.h"

/* A value that AWS's shapes have a finding for. */
struct bad_value {
	const struct json *value;
	bool unknown; /* the name of the member is at fault: another was meant */
	bool whole;   /* nothing in it is worth judging */
};

/* That an object deploys something. */
struct claim {
	char *key; /* what, see semantics-claims.c */
	size_t key_len;
	size_t before;	       /* behind so many of the part's findings */
	struct findings place; /* one: where the object says so */
};

/* What was found in some objects that follow each other in the plan. */
struct check_part {
	struct findings findings;
	size_t objects;
	struct claim *claims;
	size_t claims_nr, claims_alloc;
	struct error err;
};

/* What the parts are put together to. */
struct check_whole {
	struct findings *findings;
	size_t max, objects;
	const struct finding_choice *choices;
	size_t choices_nr;
	struct strmap claims;  /* to the path of who has it */
	struct claims *others; /* of objects that the plan leaves alone; NULL: not known */
	struct strmap told;    /* keys of findings_once */
	struct error *err;
};

/* What the names of the plan say when they are looked at together. */
struct plan_names {
	const struct plan_object **twins; /* by index: one before it whose name differs in case */
	const struct plan_object *search_until; /* the last one whose definition is searched for */
};

/* A run over a plan, or a thread's share of it. */
struct check {
	const struct plan *plan;
	const struct plan_names *names;
	struct snapshot *after;
	struct check_part *part;   /* the one at hand */
	struct findings *findings; /* its */
	struct service_reader *reader;
	struct strmap codes; /* paths of code to their struct code_problem */
	struct schema_matcher *matcher;
	const char **schema_allow; /* gitops.schemaAllow */
	size_t schema_allow_nr;
	struct bad_value *bad; /* of the object at hand: values that a finding was about already */
	size_t bad_nr, bad_alloc;
	const struct check_options *options; /* or NULL */
	struct past *past;		     /* what was deployed before; past.c */
	struct depends *depends; /* all objects, and what they wait for; semantics-depends.c */
	struct error *err;
};

/*
 * A pass judges one object. `service` is read and rendered; a document that
 * has findings already has no `json`, and a pass leaves it alone: never two
 * findings for one mistake. Negative when git can't be read.
 */
struct check_pass {
	const char *name;
	int (*run)(struct check *check, const struct plan_object *object,
		   const struct service *service);
};

/* part.c: note a claim; its `place` is the caller's to fill. */
struct claim *check_part_claim(struct check_part *part, const char *key, size_t len);
/* Append a part to the whole; frees it. Non-zero and whole->err: git could not be read. */
int check_part_take(void *whole, void *part);
void check_part_free(void *part);

void plan_names_init(struct plan_names *names, const struct plan *plan);
void plan_names_release(struct plan_names *names);

/* names.c: groups without definition, names that differ in case only, empty names. */
int check_names(struct check *check, const struct plan_object *object,
		const struct service *service);
/* Once for the plan: files that are nearly artifacts by their names. */
void check_near_misses(struct check *check);

/* native.c: AWS's own shapes, and those of the settings. */
int check_native(struct check *check, const struct plan_object *object,
		 const struct service *service);

/*
 * meant.c: what AWS's shapes see as many mistakes and is one. A document that is
 * a whole answer of AWS is reported; true: there is nothing more to say of it.
 */
bool meant_answer(struct check *check, enum schema_input input, const struct document *doc);
/* Problems of one document that are put aside, and reported together in the end. */
#define MEANT_MAX 32
struct meant {
	const struct json_member *members[MEANT_MAX]; /* of an answer */
	size_t nr;
	const struct json *pairs; /* target groups that should be pairs, or NULL */
};
/* Is it one of those? */
bool meant_takes(struct meant *meant, enum schema_input input, const struct document *doc,
		 const struct schema_problem *problem);
void meant_report(struct check *check, const struct meant *meant, enum schema_input input,
		  const struct document *doc);

/* fixes.c: `text` instead of `value`, where that stands as it was written. `f` may be NULL. */
void check_set_text(struct finding *f, const struct document *doc, const struct json *value,
		    const char *text, size_t len);
/* fixes.c: where the text stands that problem->fix is to replace. `f` may be NULL. */
void check_set_fix(struct finding *f, const struct service *service, const struct document *doc,
		   const struct schema_problem *problem);

/*
 * past.c: the object as it was deployed last, or NULL: it was not, or that is
 * not known. `*runs`: that deployment went well, and it runs now. Valid until
 * the next call.
 */
const struct service *check_past(struct check *check, const struct plan_object *object, bool *runs);
void check_past_free(struct past *past);

void check_depends_free(struct depends *depends);

/* semantics.c: what AWS's shapes don't say: members that contradict or miss each other. */
int check_semantics(struct check *check, const struct plan_object *object,
		    const struct service *service);

/* code.c: code that stands in the repository. */
int check_code(struct check *check, const struct plan_object *object,
	       const struct service *service);
void check_code_free(void *problem); /* of check->codes */

/*
 * severity.c: what gitops.rule.<id> chooses, as findings->choices; a setting
 * that means nothing is a finding. The result is the caller's, free() it.
 */
struct finding_choice *check_choices(struct repo *repo, struct findings *findings);

#endif
