#ifndef CHECK_SEMANTICS_INTERNAL_H
#define CHECK_SEMANTICS_INTERNAL_H

#include "check/internal.h"

/*
 * Rules over the documents of one object: what AWS refuses, or what can't
 * work, although each document has the shape that AWS asks for.
 *
 * They judge what is certain only. A value that has a finding already does
 * not exist for them (sem_get()), and nothing is missing where a misspelt
 * member may have been it (sem_lacks()): never two findings for one mistake.
 * Where AWS might accept something, its rule warns.
 */
struct semantics {
	struct check *check;
	const struct plan_object *object;
	const struct service *service;
	struct arena arena; /* texts for messages */

	/* NULL: there is none that could be read */
	const struct document *definition, *taskdef, *sources, *settings;

	/* ECS; what follows from several documents, see semantics.c */
	enum controller {
		CONTROLLER_ECS,
		CONTROLLER_EXTERNAL,
		CONTROLLER_OTHER /* or not known */
	} controller;
	const struct json *containers; /* the list, or NULL */
	const char *network_mode;      /* NULL: not known; "bridge" where nothing is said */
	bool fargate;		       /* the task definition is certainly to fit Fargate */
	bool on_fargate;	       /* the service certainly runs there */
};

/* The member, or NULL: not there, or not worth judging. */
const struct json *sem_get(const struct semantics *s, const struct json *object, const char *name);
/* The same, of one type only. */
const struct json *sem_object(const struct semantics *s, const struct json *object,
			      const char *name);
const struct json *sem_list(const struct semantics *s, const struct json *object, const char *name);
const char *sem_str(const struct semantics *s, const struct json *object, const char *name);
bool sem_int(const struct semantics *s, const struct json *object, const char *name, int64_t *out);
bool sem_true(const struct semantics *s, const struct json *object, const char *name);
/* Is the object certainly without that member? */
bool sem_lacks(const struct semantics *s, const struct json *object, const char *name);
/* The i-th item where it is an object (or a string) worth judging; NULL else. `list` may be NULL. */
const struct json *sem_item(const struct semantics *s, const struct json *list, size_t i);
const char *sem_item_str(const struct semantics *s, const struct json *list, size_t i);
size_t sem_nr(const struct json *list); /* 0 for NULL and for what is no list */

/* For a message: printable, of a bounded length, a secret replaced. Lives as long as `s`. */
const char *sem_text(struct semantics *s, const struct document *doc, const struct json *value);

/* A finding at `value`, or at the name of `member`. */
struct finding *sem_report(struct semantics *s, const struct document *doc,
			   const struct json *value, enum severity severity, const char *rule,
			   const char *fmt, ...) PRINTF_LIKE(6, 7);
struct finding *sem_report_member(struct semantics *s, const struct document *doc,
				  const struct json *object, const char *member,
				  enum severity severity, const char *rule, const char *fmt, ...)
	PRINTF_LIKE(7, 8);

/* The container of that name: its index, or -1. `*sure`: all names are known. */
int sem_find_container(const struct semantics *s, const char *name, bool *sure);
/* Its name for a message: "container 'web'", or "container 2". */
const char *sem_container_name(struct semantics *s, size_t i);

void sem_containers(struct semantics *s);  /* semantics-containers.c */
void sem_ports(struct semantics *s);	   /* semantics-ports.c */
void sem_fargate(struct semantics *s);	   /* semantics-fargate.c */
void sem_environment(struct semantics *s); /* semantics-environment.c: images, secrets */
void sem_controller(struct semantics *s);  /* semantics-controller.c */
void sem_strategy(struct semantics *s);	   /* semantics-strategy.c: ECS's own deployments */
void sem_settings(struct semantics *s);	   /* semantics-settings.c */
void sem_arns(struct semantics *s);	   /* semantics-arns.c */
void sem_lambda(struct semantics *s);	   /* semantics-lambda.c */
void sem_changes(struct semantics *s);	   /* semantics-changes.c: of a function that runs */
void sem_sources(struct semantics *s);	   /* semantics-sources.c */
void sem_claims(struct semantics *s);	   /* semantics-claims.c */
void sem_identity(struct semantics *s);	   /* semantics-identity.c */
void sem_depends(struct semantics *s);	   /* semantics-depends.c */

#endif
