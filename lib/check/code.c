#include "check/internal.h"

void check_code_free(void *data)
{
	struct code_problem *problem = data;

	code_problem_release(problem);
	free(problem);
}

/* Many functions may share a directory: it is looked at once (by each thread). */
int check_code(struct check *check, const struct plan_object *object UNUSED,
	       const struct service *service)
{
	const struct json *value = service_code_value(service);
	struct code_problem *problem;

	if (!value)
		return 0;
	problem = strmap_get(&check->codes, json_str(value));
	if (!problem) {
		struct code *code;

		problem = xcalloc(1, sizeof(*problem));
		strmap_put(&check->codes, json_str(value), problem);
		if (code_find(&code, check->after, json_str(value), problem, check->err) < 0)
			return error_prefix(check->err, "cannot read the code of '%s'",
					    service->prefix);
		code_free(code);
	}
	if (problem->rule)
		service_code_finding(check->findings, service, problem);
	return 0;
}
