#ifndef DEPLOY_SETTINGS_H
#define DEPLOY_SETTINGS_H

#include "base/base.h"
#include "base/error.h"
#include "base/json.h"

/*
 * What _depdef.json or _lambdadepdef.json says, with the defaults filled in. Times in milliseconds;
 * the file has seconds, fractions allowed.
 */
enum shift_type {
	SHIFT_CANARY = 0,
	SHIFT_LINEAR,
	SHIFT_ALL_AT_ONCE
};

enum approval_point {
	APPROVAL_NONE = 0,
	APPROVAL_DEPLOY, /* before anything is changed */
	APPROVAL_SHIFT	 /* when the new side runs, before it gets traffic */
};

#define SETTINGS_LIST_MAX 100

struct settings {
	char *region;	/* environment.region, or NULL: AWS_REGION */
	char *account;	/* environment.account, or NULL: whichever it is */
	char *role_arn; /* environment.roleArn, or NULL: the caller's own permissions */

	struct {
		bool on; /* the object is there */
		enum shift_type type;
		int percent;	 /* 20 */
		int64_t wait_ms; /* 60 s */
	} shift;
	char **pairs; /* target groups: two for each of pairs_nr */
	size_t pairs_nr;
	char **alarms;
	size_t alarms_nr;
	bool delete_new_upon_shift_failure; /* true */

	struct {
		int64_t poll_ms;	     /* 30 s: the longest pause between two looks */
		int64_t timeout_ms;	     /* 300 s */
		int64_t timeout_per_task_ms; /* 0: none */
	} stability;
	struct {
		bool on;		   /* the object is there */
		int64_t threshold;	   /* 5 */
		int64_t threshold_percent; /* of the desired count; -1: none */
		bool rollback;		   /* true */
	} breaker;
	bool delete_new_upon_failure; /* true */
	bool replace_service;	      /* false: a service is never deleted to be created anew */
	bool fallback;		      /* fallbackCapacityProviderStrategy is there and not empty */

	/* settings-order.c */
	enum approval_point approval; /* where somebody has to approve */
	int64_t approval_timeout_ms;  /* 0: never */
	char **depends_on;	      /* path-prefixes or patterns of them */
	size_t depends_on_nr;
	struct {
		char *container; /* NULL: there is no such task */
		char **command;
		size_t command_nr;
		int64_t timeout_ms; /* 600 s */
	} before;

	/* settings-lambda.c */
	char *alias;
	struct {
		int64_t wait_ms; /* 10 s: the longest pause between two looks */
		int64_t retries; /* 5 */
	} readiness;
	int64_t keep_versions; /* 1: of those that were replaced */
	int64_t provisioned;   /* concurrency of the alias; -1: as it is */

	char *unknown; /* members that mean nothing here, "'a' (did you mean 'b'?), 'c'", or NULL */
};

#define SETTINGS_INIT \
	{             \
		0     \
	}

/* `doc` NULL: all defaults. Wrong types and ranges are errors that name the member. */
int settings_parse(struct settings *s, const struct json *doc, struct error *err) MUST_CHECK;
/* Of a function: `doc` must be there, and name an alias. */
int settings_parse_lambda(struct settings *s, const struct json *doc, struct error *err) MUST_CHECK;
void settings_release(struct settings *s);
/* Of these just what another object's deployment must know: `dependsOn`. */
int settings_parse_depends(struct settings *s, const struct json *doc,
			   struct error *err) MUST_CHECK;

/*
 * Can this version do what the definition and the settings ask for? Negative
 * with what is supported instead: nothing is ever quietly done another way.
 * `svcdef` is the rendered service definition.
 */
int settings_supported(const struct settings *s, const struct json *svcdef,
		       struct error *err) MUST_CHECK;

/* max(timeout, timeoutPerTask x desired) */
int64_t settings_timeout_ms(const struct settings *s, int64_t desired);
/* min(failureThreshold, percent of desired rounded up, at least 1); -1: breaker is off. */
int64_t settings_failure_threshold(const struct settings *s, int64_t desired);

#endif
