#include "check/semantics-internal.h"

/*
 * What can't be made of a function that is there. Its definition as it was
 * deployed last tells: an error where that runs, else a warning, for what was
 * only processed may never have come to be.
 */

struct change_of {
	struct semantics *s;
	const struct json *before, *now;
	enum severity severity;
};

static bool is_nothing(const struct json *value)
{
	return !value || value->type == JSON_NULL;
}

static bool is_same(const struct json *a, const struct json *b)
{
	return is_nothing(a) || is_nothing(b) ? is_nothing(a) && is_nothing(b) : json_equal(a, b);
}

/* Not where the member has a finding already. */
static bool differs(const struct change_of *c, const char *member)
{
	const struct json *now = json_get(c->now, member);

	if (now && !sem_get(c->s, c->now, member))
		return false;
	return !is_same(json_get(c->before, member), now);
}

static struct finding *report(const struct change_of *c, const char *member, const char *rule,
			      const char *text)
{
	return sem_report_member(c->s, c->s->definition, c->now, member, c->severity, rule,
				 "'%s' %s", member, text);
}

static void check_fixed(const struct change_of *c)
{
	static const struct {
		const char *member, *absent;
		bool given; /* it may come, and change; but not go */
	} members[] = {
		{ "PackageType", "Zip", false },	  { "TenancyConfig", NULL, false },
		{ "CapacityProviderConfig", NULL, true }, { "DurableConfig", NULL, true },
		{ "AcceleratorConfig", NULL, true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		const char *member = members[i].member, *absent = members[i].absent;
		const char *was = json_get_str(c->before, member);
		const char *is = json_get_str(c->now, member);

		if (absent ? !differs(c, member) || str_eq(was ? was : absent, is ? is : absent) :
		    members[i].given ? !sem_lacks(c->s, c->now, member) || !differs(c, member) :
				       !differs(c, member))
			continue;
		finding_hint(report(c, member, "lambda-immutable",
				    members[i].given ? "of the function that runs is not here any "
						       "more, and no call takes it away" :
						       "is another one than that of the function "
						       "that runs, and no call changes it"),
			     "give the function another name, or remove its definition in a push "
			     "before this one");
	}
}

static bool shifts_in_steps(const struct semantics *s)
{
	const struct json *shifting =
		s->settings ? sem_object(s, s->settings->json, "trafficShiftingConfig") : NULL;
	const char *type = sem_str(s, shifting, "type");
	int64_t percent = 20;

	if (!shifting || (!type && !sem_lacks(s, shifting, "type")))
		return false;
	if (!sem_int(s, shifting, "percent", &percent) && !sem_lacks(s, shifting, "percent"))
		return false;
	return !(type && str_eq(type, "ALL_AT_ONCE")) && percent < 100;
}

/* AWS Lambda Developer Guide, "Implement Lambda canary deployments using a weighted alias". */
static void check_shared(const struct change_of *c)
{
	static const char *const members[] = { "Role", "DeadLetterConfig" };
	size_t i;

	if (!shifts_in_steps(c->s))
		return;
	for (i = 0; i < ARRAY_SIZE(members); i++)
		if (differs(c, members[i]))
			finding_hint(
				report(c, members[i], "lambda-shift",
				       "is another one than that of the version that runs, and "
				       "only versions with the same share an alias's traffic"),
				"write \"type\": \"ALL_AT_ONCE\" in \"trafficShiftingConfig\" "
				"for this push");
}

/* "arn:aws:lambda:us-east-1:123456789012:function:web" is "web". */
static const char *short_name(const char *name)
{
	const char *p = strrchr(name, ':');

	return p ? p + 1 : name;
}

void sem_changes(struct semantics *s)
{
	const struct service *past;
	const struct json *settings;
	struct change_of c = { .s = s };
	const char *was, *is;
	bool runs;

	if (!s->definition || s->object->intent != INTENT_DEPLOY)
		return;
	past = check_past(s->check, s->object, &runs);
	if (!past)
		return;
	/* Somewhere else it is another function. */
	settings = past->docs[ROLE_SETTINGS].json;
	if (!is_same(json_get(settings, "environment"),
		     s->settings ? json_get(s->settings->json, "environment") : NULL))
		return;
	c.before = past->docs[ROLE_DEFINITION].json;
	c.now = s->definition->json;
	was = json_get_str(c.before, "FunctionName");
	is = sem_str(s, c.now, "FunctionName");
	if (!was || !is)
		return;
	if (!str_eq(short_name(was), short_name(is))) {
		c.severity = SEVERITY_WARNING;
		finding_hint(
			report(&c, "FunctionName", "lambda-renamed",
			       "is another one than before: that is another function, and the "
			       "first one stays"),
			"to have the first one deleted, remove its definition in a push before "
			"this one");
		return;
	}
	c.severity = runs ? SEVERITY_ERROR : SEVERITY_WARNING;
	check_fixed(&c);
	check_shared(&c);
}
