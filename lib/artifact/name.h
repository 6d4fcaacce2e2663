#ifndef ARTIFACT_NAME_H
#define ARTIFACT_NAME_H

#include "base/base.h"

/*
 * What a file is, by its name. Longest suffix first; case matters.
 */
enum artifact_kind {
	KIND_ECS = 0,
	KIND_LAMBDA,
	KIND_NR
};

enum artifact_role {
	ROLE_DEFINITION = 0,  /* _svcdef.json, _lambdadef.json */
	ROLE_TASK_DEFINITION, /* _taskdef.json */
	ROLE_EVENT_SOURCES,   /* _lambdaeventsourcedef.json */
	ROLE_SETTINGS,	      /* _depdef.json, _lambdadepdef.json */
	ROLE_INPUT,	      /* _input.json, _lambdainput.json */
	ROLE_NR
};

struct artifact_name {
	enum artifact_kind kind;
	enum artifact_role role;
	const char *suffix; /* static */
	size_t prefix_len;  /* of the path: the path-prefix */
};

/* False: no artifact. A path-prefix that is empty or ends in '/' is still one (check refuses it). */
bool artifact_name(const char *path, struct artifact_name *name);
const char *artifact_kind_name(enum artifact_kind kind);		       /* "ecs", "lambda" */
const char *artifact_suffix(enum artifact_kind kind, enum artifact_role role); /* NULL: has none */

/*
 * A .json file that is no artifact but was probably meant to be one: its name
 * ends in something near a suffix. Not `sure`: the name is an ordinary one too
 * (task-definition.json, test_inputs.json); it is worth a word only where the
 * rest of a service object of that path-prefix is.
 */
struct artifact_near_miss {
	const char *suffix; /* static: what was meant */
	size_t prefix_len;  /* of the path: the path-prefix that was meant */
	bool sure;
};

bool artifact_near_miss(const char *path, struct artifact_near_miss *miss);

#endif
