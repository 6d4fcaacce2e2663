#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "base/base.h"
#include "base/json.h"

/*
 * What AWS accepts, offline: the input shapes of the operations whose inputs
 * artifacts hold, and our own settings formats in the same terms. The tables
 * are compiled in (tables.c, made by generate.py) and need no set-up.
 */
enum schema_input {
	SCHEMA_CREATE_SERVICE = 0,
	SCHEMA_REGISTER_TASK_DEFINITION,
	SCHEMA_CREATE_TASK_SET,
	SCHEMA_UPDATE_SERVICE,
	SCHEMA_CREATE_FUNCTION,
	SCHEMA_CREATE_EVENT_SOURCE_MAPPING,
	SCHEMA_CREATE_FUNCTION_URL_CONFIG,
	SCHEMA_ECS_SETTINGS,
	SCHEMA_LAMBDA_SETTINGS,
	SCHEMA_LAMBDA_EVENT_SOURCES,
	SCHEMA_INPUT_NR
};

/* One mistake: never two for the same one. Texts live until the callback returns. */
struct schema_problem {
	const char *
		rule; /* static: schema-unknown, -type, -required, -enum, -range, -length, -pattern, -union */
	bool warning;
	const struct json *value;	  /* at fault; of a missing member: the object */
	const struct json_member *member; /* its name is at fault, or NULL */
	const char *message;
	const char *hint; /* or NULL */
	const char *fix; /* the one text that would be right instead of the name or value, or NULL */
};

struct schema_visitor {
	void (*report)(const struct schema_problem *problem, void *data);
	/* Must what this value says stay out of messages? NULL: nothing must. */
	bool (*is_sensitive)(const struct json *value, void *data);
	void *data;
};

/*
 * The patterns that were needed so far, compiled. Kept by whoever checks many
 * documents; for one thread at a time.
 */
struct schema_matcher;
struct schema_matcher *schema_matcher_new(void);
void schema_matcher_free(struct schema_matcher *matcher);

/*
 * Compare `document` with what the operation takes: unknown members, types,
 * required members, enumerations, ranges, lengths, patterns; every problem is
 * reported. `allow` lists member paths without indexes
 * ("containerDefinitions.newMember") that newer APIs have and the tables
 * don't know. Recursion is bounded by the parser's depth.
 */
void schema_check(enum schema_input input, const struct json *document,
		  struct schema_matcher *matcher, const char *const *allow, size_t allow_nr,
		  const struct schema_visitor *visitor);

/* "ecs:CreateService" */
const char *schema_input_name(enum schema_input input);
/* What the tables were made from: "botocore 1.44.5". */
extern const char schema_source[];
extern const char schema_released[]; /* when that came out, "2026-11-17" */

/* Does the operation know this top-level member? For telling which call takes what. */
bool schema_has_member(enum schema_input input, const char *name);

#endif
