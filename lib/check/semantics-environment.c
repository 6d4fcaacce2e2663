#include "check/semantics-internal.h"

/* --- images ----------------------------------------------------------------------- */

static void check_image(struct semantics *s, const struct document *doc, const struct json *image)
{
	const char *text = json_str(image), *slash;

	if (!text || !*text)
		return;
	slash = strrchr(text, '/');
	if (strchr(slash ? slash : text, ':') || strchr(text, '@'))
		return;
	finding_hint(sem_report(s, doc, image, SEVERITY_WARNING, "image-tag",
				"the image '%s' has neither tag nor digest",
				sem_text(s, doc, image)),
		     "without, it is whatever is called latest when a task starts");
}

/* --- secrets ---------------------------------------------------------------------- */

/* Last words of a name that is given to secrets; the words before it don't matter. */
static const char *const secret_words[] = {
	"PASSWORD",  "PASSWD",	    "PASSPHRASE",  "SECRET",	     "TOKEN",	    "APIKEY",
	"API_KEY",   "ACCESSKEY",   "ACCESS_KEY",  "SECRET_KEY",     "PRIVATE_KEY", "PRIVATEKEY",
	"SECRETKEY", "CREDENTIALS", "SIGNING_KEY", "ENCRYPTION_KEY",
};

/* "dbPassword", "DB_PASSWORD" and "db-password" alike. */
static void fold_name(struct strbuf *out, const char *name)
{
	const char *p;

	for (p = name; *p && out->len < 300; p++) {
		if (isupper((unsigned char)*p) && p > name && islower((unsigned char)p[-1]))
			strbuf_addch(out, '_');
		strbuf_addch(out, *p == '-' || *p == '.' ? '_' : (char)toupper((unsigned char)*p));
	}
}

static bool is_secret_name(const char *name)
{
	struct strbuf folded = STRBUF_INIT;
	bool found = false;
	size_t i;

	fold_name(&folded, name);
	for (i = 0; !found && i < ARRAY_SIZE(secret_words); i++) {
		size_t len = strlen(secret_words[i]);

		found = ends_with(folded.buf, secret_words[i]) &&
			(folded.len == len || folded.buf[folded.len - len - 1] == '_');
	}
	strbuf_release(&folded);
	return found;
}

/* Where a secret is, or a switch, or nothing: what may stand in the open. */
static bool is_harmless(const char *value)
{
	static const char *const words[] = { "true", "false", "yes",  "no",	  "on",
					     "off",  "none",  "null", "disabled", "enabled" };
	size_t i;

	if (strlen(value) < 4 || starts_with(value, "arn:") || *value == '/' || *value == '$' ||
	    starts_with(value, "file:") || starts_with(value, "{{") || *value == '<')
		return true;
	if (!value[strspn(value, "0123456789")] && strlen(value) < 8)
		return true;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(value, words[i]))
			return true;
	return false;
}

/* Values that are secrets whatever they are called. */
static bool is_secret_value(const char *value)
{
	const char *at, *colon, *scheme = strstr(value, "://");

	if ((starts_with(value, "AKIA") || starts_with(value, "ASIA")) && strlen(value) == 20 &&
	    !value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")])
		return true;
	if (starts_with(value, "-----BEGIN ") && strstr(value, "PRIVATE KEY-----"))
		return true;
	if (starts_with(value, "ghp_") || starts_with(value, "github_pat_") ||
	    starts_with(value, "xoxb-"))
		return strlen(value) > 20;
	/* scheme://user:password@host, the password not a placeholder */
	if (!scheme)
		return false;
	scheme += 3;
	at = strchr(scheme, '@');
	colon = strchr(scheme, ':');
	return at && colon && colon < at && at - colon > 1 && colon[1] != '$' && colon[1] != '<' &&
	       !memchr(scheme, '/', (size_t)(at - scheme));
}

static void check_secret(struct semantics *s, const struct document *doc, const char *name,
			 const struct json *value, const char *hint)
{
	const char *text = json_str(value);
	struct strbuf shown = STRBUF_INIT;
	struct finding *f;
	bool sensitive;

	if (!name || !text)
		return;
	sensitive = doc->sensitive && template_map_sensitive(&doc->map, value->off, value->len);
	if (!sensitive && !is_secret_value(text) && (!is_secret_name(name) || is_harmless(text)))
		return;
	strbuf_add_printable(&shown, name, MIN(strlen(name), (size_t)100));
	f = sem_report(s, doc, value, SEVERITY_WARNING, "plain-secret",
		       sensitive ? "'%s' gets a sensitive value as plain text" :
				   "'%s' looks like a secret in plain text",
		       shown.buf);
	finding_hint(f, "%s", hint);
	/* the line would show it */
	if (f)
		FREE_AND_NULL(f->source);
	strbuf_release(&shown);
}

static void check_containers(struct semantics *s)
{
	size_t i, k;

	for (i = 0; i < sem_nr(s->containers); i++) {
		const struct json *container = sem_item(s, s->containers, i);
		const struct json *list = sem_list(s, container, "environment");

		check_image(s, s->taskdef, sem_get(s, container, "image"));
		for (k = 0; k < sem_nr(list); k++) {
			const struct json *item = sem_item(s, list, k);

			check_secret(s, s->taskdef, sem_str(s, item, "name"),
				     sem_get(s, item, "value"),
				     "keep it in Secrets Manager or Parameter Store, and name it "
				     "under \"secrets\"");
		}
	}
}

static void check_function(struct semantics *s)
{
	const struct json *root = s->definition->json;
	const struct json *environment = sem_object(s, root, "Environment");
	const struct json *variables = sem_object(s, environment, "Variables");
	size_t i;

	check_image(s, s->definition, sem_get(s, sem_object(s, root, "Code"), "ImageUri"));
	for (i = 0; variables && i < variables->u.object.nr; i++) {
		const struct json_member *m = &variables->u.object.members[i];

		check_secret(s, s->definition, m->name, sem_get(s, variables, m->name),
			     "keep it in Secrets Manager or Parameter Store, and have the function "
			     "fetch it");
	}
}

void sem_environment(struct semantics *s)
{
	if (s->object->kind == KIND_ECS && s->taskdef)
		check_containers(s);
	else if (s->object->kind == KIND_LAMBDA && s->definition)
		check_function(s);
}
