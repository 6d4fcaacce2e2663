#ifndef ARTIFACT_NAME_H
#define ARTIFACT_NAME_H

#include "base/base.h"

/*
 * What a file is, by its name. Longest suffix first; case matters.
 */
enum artifact_kind { KIND_ECS = 0, KIND_LAMBDA };

enum artifact_role {
	ROLE_DEFINITION = 0, /* _svcdef.json, _lambdadef.json */
	ROLE_TASK_DEFINITION, /* _taskdef.json */
	ROLE_EVENT_SOURCES, /* _lambdaeventsourcedef.json */
	ROLE_SETTINGS, /* _depdef.json, _lambdadepdef.json */
	ROLE_INPUT, /* _input.json, _lambdainput.json */
	ROLE_NR
};

struct artifact_name {
	enum artifact_kind kind;
	enum artifact_role role;
	const char *suffix; /* static */
	size_t prefix_len; /* of the path: the path-prefix */
};

/* False: no artifact. A path-prefix that is empty or ends in '/' is still one (check refuses it). */
bool artifact_name(const char *path, struct artifact_name *name);
const char *artifact_kind_name(enum artifact_kind kind); /* "ecs", "lambda" */
const char *artifact_suffix(enum artifact_kind kind, enum artifact_role role); /* NULL: has none */

/* The suffix that was probably meant by a .json file that is no artifact, or NULL. */
const char *artifact_near_miss(const char *path);

#endif
