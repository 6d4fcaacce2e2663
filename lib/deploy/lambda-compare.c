#include "base/base.h"
#include "deploy/lambda.h"

/*
 * What differs between a definition and a function as Lambda shows it.
 *
 * Lambda adds to what it was given (a VPC's id, sizes of layers), so that what
 * is wanted must be in what is there, not equal to it; only maps are wanted as
 * a whole. Nothing, "", [], {} and what is made of these are the same.
 */

static bool is_empty(const struct json *v)
{
	size_t i;

	if (!v)
		return true;
	switch (v->type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return !v->u.boolean;
	case JSON_NUMBER:
		return false;
	case JSON_STRING:
		return !v->u.str.len;
	case JSON_ARRAY:
		return !v->u.array.nr;
	case JSON_OBJECT:
		break;
	}
	for (i = 0; i < v->u.object.nr; i++)
		if (!is_empty(&v->u.object.members[i].value))
			return false;
	return true;
}

static bool has_item(const struct json *list, const struct json *item)
{
	size_t i;

	for (i = 0; i < list->u.array.nr; i++)
		if (lambda_covers(&list->u.array.items[i], item))
			return true;
	return false;
}

/* Subnets, security groups: their order means nothing. That of layers does. */
static bool covers_list(const struct json *have, const struct json *want, bool ordered)
{
	size_t i;

	if (have->u.array.nr != want->u.array.nr)
		return false;
	for (i = 0; i < want->u.array.nr; i++)
		if (ordered ? !lambda_covers(&have->u.array.items[i], &want->u.array.items[i]) :
			      !has_item(have, &want->u.array.items[i]))
			return false;
	return true;
}

bool lambda_covers(const struct json *have, const struct json *want)
{
	double a, b;
	size_t i;

	if (is_empty(want))
		return is_empty(have);
	if (!have || have->type != want->type)
		return false;
	switch (want->type) {
	case JSON_NUMBER:
		return json_double(have, &a) && json_double(want, &b) && a >= b && a <= b;
	case JSON_ARRAY:
		return covers_list(have, want, true);
	case JSON_OBJECT:
		break;
	default:
		return json_equal(have, want);
	}
	for (i = 0; i < want->u.object.nr; i++)
		if (!lambda_covers(json_get(have, want->u.object.members[i].name),
				   &want->u.object.members[i].value))
			return false;
	return true;
}

/* --- members that Lambda shows otherwise than it takes them --- */

static bool same(const struct json *have, const struct json *want)
{
	return lambda_covers(have, want);
}

static bool same_environment(const struct json *have, const struct json *want)
{
	const struct json *a = json_get(have, "Variables"), *b = json_get(want, "Variables");

	/* Those that can't be decrypted are not shown. */
	if (json_get(have, "Error"))
		return false;
	return lambda_covers(a, b) && lambda_covers(b, a);
}

static bool same_vpc(const struct json *have, const struct json *want)
{
	static const char *const lists[] = { "SubnetIds", "SecurityGroupIds" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct json *a = json_get(have, lists[i]), *b = json_get(want, lists[i]);

		if (is_empty(a) != is_empty(b))
			return false;
		if (!is_empty(a) &&
		    (a->type != JSON_ARRAY || b->type != JSON_ARRAY || !covers_list(a, b, false)))
			return false;
	}
	return json_get_bool(have, "Ipv6AllowedForDualStack", false) ==
	       json_get_bool(want, "Ipv6AllowedForDualStack", false);
}

static bool same_layers(const struct json *have, const struct json *want)
{
	size_t i;

	if (is_empty(want) || is_empty(have))
		return is_empty(want) && is_empty(have);
	if (have->type != JSON_ARRAY || want->type != JSON_ARRAY ||
	    have->u.array.nr != want->u.array.nr)
		return false;
	for (i = 0; i < want->u.array.nr; i++) {
		const char *a = json_get_str(&have->u.array.items[i], "Arn");
		const char *b = json_str(&want->u.array.items[i]);

		if (!a || !b || !str_eq(a, b))
			return false;
	}
	return true;
}

static const struct json *have_member(const struct json *config, const char *name)
{
	if (str_eq(name, "ImageConfig"))
		return json_path(config, "ImageConfigResponse.ImageConfig");
	return json_get(config, name);
}

/*
 * All that UpdateFunctionConfiguration takes. `absent` is what the member is
 * set to where the definition leaves it out: what CreateFunction would make
 * of it; NULL: it is left alone, for it is required or no call takes it back.
 */
#define LOG_GROUP "" /* the function's own, in plain text */
static const struct {
	const char *name, *absent;
	bool (*same)(const struct json *have, const struct json *want);
} members[] = {
	{ "Role", NULL, same },
	{ "Handler", NULL, same },
	{ "Runtime", NULL, same },
	{ "Description", "\"\"", same },
	{ "Timeout", "3", same },
	{ "MemorySize", "128", same },
	{ "VpcConfig", "{\"SubnetIds\":[],\"SecurityGroupIds\":[]}", same_vpc },
	{ "Environment", "{\"Variables\":{}}", same_environment },
	{ "DeadLetterConfig", "{\"TargetArn\":\"\"}", same },
	{ "KMSKeyArn", "\"\"", same },
	{ "TracingConfig", "{\"Mode\":\"PassThrough\"}", same },
	{ "Layers", "[]", same_layers },
	{ "FileSystemConfigs", "[]", same },
	{ "ImageConfig", "{}", same },
	{ "EphemeralStorage", "{\"Size\":512}", same },
	{ "SnapStart", "{\"ApplyOn\":\"None\"}", same },
	{ "LoggingConfig", LOG_GROUP, same },
	{ "CapacityProviderConfig", NULL, same },
	{ "DurableConfig", NULL, same },
	{ "RuntimeConfig", NULL, same },
	{ "AcceleratorConfig", NULL, same },
};

/* What `absent` says, and what Lambda leaves out of its answer where it is so. */
static bool is_absent(const struct json *have, const char *text, size_t i)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *want = json_parse(&arena, text, strlen(text), NULL, &problems);
	bool ret = is_empty(have) || (want && members[i].same(have, want));

	json_problems_release(&problems);
	arena_release(&arena);
	return ret;
}

static char *absent_text(size_t i, const struct json *config)
{
	const char *function = json_get_str(config, "FunctionName");

	if (*members[i].absent)
		return xstrdup(members[i].absent);
	return xstrfmt("{\"LogFormat\":\"Text\",\"LogGroup\":\"/aws/lambda/%s\"}",
		       function ? function : "");
}

static void add_member(struct strbuf *out, const char *name, const struct json *want,
		       const char *text)
{
	strbuf_addf(out, "%s\"%s\":", out->len ? "," : "", name);
	if (want)
		json_write(out, want, 0);
	else
		strbuf_addstr(out, text);
}

size_t lambda_compare(struct strbuf *out, const struct json *definition, const struct json *config)
{
	size_t i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *want = json_get(definition, members[i].name);
		const struct json *have = have_member(config, members[i].name);
		char *text = NULL;

		if (want && want->type == JSON_NULL)
			want = NULL;
		if (want ? members[i].same(have, want) : !members[i].absent)
			continue;
		if (!want)
			text = absent_text(i, config);
		if (want || !is_absent(have, text, i)) {
			add_member(out, members[i].name, want, text);
			nr++;
		}
		free(text);
	}
	return nr;
}

bool lambda_can_share(const struct json *a, const struct json *b, const char **why)
{
	*why = "Role";
	if (!lambda_covers(json_get(a, *why), json_get(b, *why)))
		return false;
	*why = "DeadLetterConfig";
	return lambda_covers(json_get(a, *why), json_get(b, *why)) &&
	       lambda_covers(json_get(b, *why), json_get(a, *why));
}

const char *lambda_immutable(const struct json *definition, const struct json *config, bool *gone)
{
	/* Calls change these, but none takes them away. */
	static const char *const lasting[] = { "CapacityProviderConfig", "DurableConfig",
					       "AcceleratorConfig" };
	const char *want = json_get_str(definition, "PackageType");
	const char *have = json_get_str(config, "PackageType");
	size_t i;

	*gone = false;
	if (!str_eq(want ? want : "Zip", have ? have : "Zip"))
		return "PackageType";
	if (!lambda_covers(json_get(config, "TenancyConfig"),
			   json_get(definition, "TenancyConfig")))
		return "TenancyConfig";
	*gone = true;
	for (i = 0; i < ARRAY_SIZE(lasting); i++)
		if (is_empty(json_get(definition, lasting[i])) &&
		    !is_empty(json_get(config, lasting[i])))
			return lasting[i];
	return NULL;
}
