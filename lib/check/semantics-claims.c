#include "check/semantics-internal.h"

/*
 * Two objects that deploy one service would undo each other's work for ever.
 * Noted here; part.c compares.
 * Compared are the objects of the plan, which costs no reading: all of the
 * branch with `git gitops check --all` and in a first push, else those that
 * changed. Where region or account are not said, objects that don't say them
 * either are compared.
 */

/* The name, or the last part of an ARN that ends in it. */
static const char *last_part(const char *text)
{
	const char *slash = starts_with(text, "arn:") ? strrchr(text, '/') : NULL;

	return slash ? slash + 1 : text;
}

static bool make_key(struct semantics *s, struct strbuf *key, const struct json **name)
{
	const struct json *root = s->definition->json;
	const struct json *environment =
		s->settings ? sem_object(s, s->settings->json, "environment") : NULL;
	const char *region = sem_str(s, environment, "region");
	const char *account = sem_str(s, environment, "account");
	const char *role = sem_str(s, environment, "roleArn"), *cluster = "default", *text;

	*name = sem_get(s, root, s->object->kind == KIND_ECS ? "serviceName" : "FunctionName");
	text = json_str(*name);
	/* settings that can't be read may say anything */
	if (!text || (s->service->docs[ROLE_SETTINGS].present && !s->settings))
		return false;
	if (s->object->kind == KIND_ECS && !sem_lacks(s, root, "cluster")) {
		cluster = sem_str(s, root, "cluster");
		if (!cluster)
			return false;
	}
	/* names don't hold control characters: no key is that of another */
	strbuf_addf(key, "%d\1%s\1%s\1%s\1%s\1%s", s->object->kind, region ? region : "",
		    account ? account : "", role ? role : "",
		    s->object->kind == KIND_ECS ? last_part(cluster) : "", text);
	return true;
}

void sem_claims(struct semantics *s)
{
	struct strbuf key = STRBUF_INIT;
	const struct json *name;
	struct claim *claim;

	if (!s->definition || !make_key(s, &key, &name)) {
		strbuf_release(&key);
		return;
	}
	claim = check_part_claim(s->check->part, key.buf, key.len);
	/* kept for the case that somebody else has it already: all but who that is */
	document_finding(&claim->place, s->definition, name, SEVERITY_ERROR, "claimed-twice",
			 "%s '%s'", s->object->kind == KIND_ECS ? "service" : "function",
			 sem_text(s, s->definition, name));
	strbuf_release(&key);
}
