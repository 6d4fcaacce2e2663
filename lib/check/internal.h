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
};

/* One run over a plan. */
struct check {
	const struct plan *plan;
	struct snapshot *after;
	struct findings *findings;
	struct service_reader *reader;
	struct schema_matcher *matcher;
	const char **schema_allow; /* gitops.schemaAllow */
	size_t schema_allow_nr;
	struct bad_value *bad; /* of the object at hand: values that a finding was about already */
	size_t bad_nr, bad_alloc;
	struct strmap claims; /* who deploys what, see semantics-claims.c */
	struct strmap folded; /* lower-case kind and prefix to plan_object, see names.c */
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

/* names.c: groups without definition, names that differ in case only, empty names. */
int check_names(struct check *check, const struct plan_object *object,
		const struct service *service);
/* Once for the plan: files that are nearly artifacts by their names. */
void check_near_misses(struct check *check);

/* native.c: AWS's own shapes, and those of the settings. */
int check_native(struct check *check, const struct plan_object *object,
		 const struct service *service);

/* fixes.c: where the text stands that problem->fix is to replace. `f` may be NULL. */
void check_set_fix(struct finding *f, const struct service *service, const struct document *doc,
		   const struct schema_problem *problem);

/* semantics.c: what AWS's shapes don't say: members that contradict or miss each other. */
int check_semantics(struct check *check, const struct plan_object *object,
		    const struct service *service);

/*
 * severity.c: what gitops.rule.<id> chooses, as findings->choices; a setting
 * that means nothing is a finding. The result is the caller's, free() it.
 */
struct finding_choice *check_choices(struct repo *repo, struct findings *findings);

#endif
