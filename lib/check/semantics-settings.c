#include "check/semantics-internal.h"

static void check_percent(struct semantics *s, const struct json *shifting)
{
	const struct json *percent = sem_get(s, shifting, "percent");
	const char *type = sem_str(s, shifting, "type");
	bool linear;
	int64_t number;

	if (!type && !sem_lacks(s, shifting, "type"))
		return;
	if (!json_int(percent, &number) || number)
		return;
	linear = type && str_eq(type, "LINEAR");
	finding_hint(sem_report(s, s->settings, percent, linear ? SEVERITY_ERROR : SEVERITY_WARNING,
				"shift-percent",
				linear ? "steps of 0 percent would never end" :
					 "0 percent shifts nothing in the first step"),
		     "20 is what it is by default");
}

static void check_poll(struct semantics *s)
{
	const struct json *stability = sem_object(s, s->settings->json, "stabilityCheck");
	int64_t poll, timeout;

	if (!sem_int(s, stability, "pollInterval", &poll) ||
	    !sem_int(s, stability, "timeout", &timeout) || poll <= timeout ||
	    !sem_lacks(s, stability, "timeoutPerTask"))
		return;
	sem_report(s, s->settings, sem_get(s, stability, "pollInterval"), SEVERITY_WARNING,
		   "stability-poll", "'pollInterval' is longer than 'timeout'");
}

/* How many pairs hold `group`; `*sure` is cleared where that can't be known. */
static size_t pairs_with(const struct semantics *s, const struct json *pairs, const char *group,
			 bool *sure)
{
	size_t i, k, found = 0;

	*sure = true;
	for (i = 0; i < sem_nr(pairs); i++) {
		const struct json *pair = &pairs->u.array.items[i];
		bool here = false;

		if (sem_nr(pair) != 2)
			*sure = false;
		for (k = 0; k < sem_nr(pair); k++) {
			const char *arn = sem_item_str(s, pair, k);

			if (!arn)
				*sure = false;
			else
				here |= str_eq(arn, group);
		}
		found += here;
	}
	return found;
}

static void check_own_group(struct semantics *s, const struct json *pairs)
{
	const struct json *list = sem_list(s, s->definition->json, "loadBalancers");
	const struct json *group;
	size_t i, found = 0, most = 0;
	bool sure;

	if (!pairs && !sem_lacks(s, s->settings->json, "targetGroupArnPairs"))
		return;
	if (!sem_nr(pairs)) {
		if (sem_nr(list))
			finding_hint(sem_report_member(s, s->settings, s->settings->json,
						       "trafficShiftingConfig", SEVERITY_ERROR,
						       "shift-pairs",
						       "shifting traffic needs "
						       "'targetGroupArnPairs'"),
				     "add it: lists of two target groups, one of them that of the "
				     "service");
		return;
	}
	for (i = 0; i < sem_nr(list); i++) {
		group = sem_get(s, sem_item(s, list, i), "targetGroupArn");
		if (!json_str(group))
			return;
		found = pairs_with(s, pairs, json_str(group), &sure);
		if (!sure)
			return;
		most = MAX(most, found);
	}
	if (!sem_nr(list))
		return;
	group = sem_get(s, sem_item(s, list, 0), "targetGroupArn");
	if (!most)
		finding_hint(sem_report_member(s, s->settings, s->settings->json,
					       "targetGroupArnPairs", SEVERITY_ERROR, "shift-pairs",
					       "no pair holds the service's own target group"),
			     "it is %s", sem_text(s, s->definition, group));
	else if (most > 1)
		sem_report_member(s, s->settings, s->settings->json, "targetGroupArnPairs",
				  SEVERITY_WARNING, "shift-pairs",
				  "several pairs hold the service's own target group");
}

static void check_pairs(struct semantics *s, const struct json *pairs)
{
	size_t i;

	for (i = 0; i < sem_nr(pairs); i++) {
		const struct json *pair = &pairs->u.array.items[i];
		const char *a, *b;

		if (sem_nr(pair) != 2)
			continue;
		a = sem_item_str(s, pair, 0);
		b = sem_item_str(s, pair, 1);
		if (a && b && str_eq(a, b))
			sem_report(s, s->settings, pair, SEVERITY_ERROR, "shift-pairs",
				   "a pair needs two different target groups");
	}
}

static void check_shifting(struct semantics *s)
{
	const struct json *svcdef = s->definition->json;

	if (s->controller == CONTROLLER_ECS)
		finding_hint(sem_report_member(s, s->settings, s->settings->json,
					       "trafficShiftingConfig", SEVERITY_WARNING,
					       "shift-unused",
					       "a rolling update has no traffic to shift"),
			     "write \"deploymentController\": {\"type\": \"EXTERNAL\"} in '%s', or "
			     "remove this",
			     s->definition->path);
	else if (s->controller == CONTROLLER_EXTERNAL && sem_lacks(s, svcdef, "loadBalancers"))
		sem_report_member(s, s->settings, s->settings->json, "trafficShiftingConfig",
				  SEVERITY_WARNING, "shift-unused",
				  "a service without load balancer has no traffic to shift");
	else if (s->controller == CONTROLLER_EXTERNAL)
		check_own_group(s, sem_list(s, s->settings->json, "targetGroupArnPairs"));
}

void sem_settings(struct semantics *s)
{
	const struct json *shifting;

	if (!s->settings)
		return;
	shifting = sem_object(s, s->settings->json, "trafficShiftingConfig");
	if (shifting)
		check_percent(s, shifting);
	if (s->object->kind != KIND_ECS)
		return;
	check_poll(s);
	check_pairs(s, sem_list(s, s->settings->json, "targetGroupArnPairs"));
	if (shifting && s->definition)
		check_shifting(s);
}
