#include "check/internal.h"

#define RULE_KEY "gitops.rule.<id>"

struct choosing {
	struct finding_choice *v;
	size_t nr, alloc;
	struct findings *findings;
};

static const struct finding_rule *find_rule(const char *id)
{
	size_t i;

	for (i = 0; i < check_rules_nr; i++)
		if (str_eq(check_rules[i].id, id))
			return &check_rules[i];
	return NULL;
}

static const char *nearest_rule(const char *id)
{
	const char **ids = xcalloc(check_rules_nr, sizeof(*ids)), *near;
	size_t i;

	for (i = 0; i < check_rules_nr; i++)
		ids[i] = check_rules[i].id;
	near = nearest_word(id, ids, check_rules_nr);
	free(ids);
	return near;
}

/* A setting that can't be followed must not pass for one that is: it is told, and nothing changes. */
static void choose(const char *key, const char *value, void *data)
{
	static const char *const words[] = { "error", "warn", "ignore" };
	struct choosing *c = data;
	const char *id = key + strlen(RULE_KEY) - strlen("<id>"), *near;
	const struct finding_rule *rule = find_rule(id);
	size_t word, i;

	for (word = 0; word < ARRAY_SIZE(words); word++)
		if (!strcasecmp(value, words[word]))
			break;
	if (!rule) {
		near = nearest_rule(id);
		finding_hint(findings_add(c->findings, SEVERITY_WARNING, "rule-setting", NULL,
					  "the setting '%s' names no rule", key),
			     near ? "did you mean '%s'?" : "git gitops explain lists them", near);
		return;
	}
	if (word == ARRAY_SIZE(words)) {
		finding_hint(findings_add(c->findings, SEVERITY_WARNING, "rule-setting", NULL,
					  "the setting '%s' can't be '%s'", key, value),
			     "it may be error, warn, ignore");
		return;
	}
	if (rule->fixed && word) {
		finding_hint(findings_add(c->findings, SEVERITY_WARNING, "rule-setting", NULL,
					  "the setting '%s' has no effect", key),
			     "what this rule finds can't be deployed");
		return;
	}
	/* of one key, the last setting counts */
	for (i = 0; i < c->nr; i++)
		if (c->v[i].rule == rule->id)
			break;
	if (i == c->nr) {
		ALLOC_GROW(c->v, c->nr + 1, c->alloc);
		c->nr++;
	}
	c->v[i] = (struct finding_choice){ .rule = rule->id,
					   .ignore = word == 2,
					   .severity = word ? SEVERITY_WARNING : SEVERITY_ERROR };
}

struct finding_choice *check_choices(struct repo *repo, struct findings *findings)
{
	struct choosing c = { .findings = findings };
	char *prefix = xmemdupz(RULE_KEY, strlen(RULE_KEY) - strlen("<id>"));

	repo_config_each(repo, prefix, choose, &c);
	free(prefix);
	findings->choices = c.v;
	findings->choices_nr = c.nr;
	return c.v;
}

void check_rule_settings(struct repo *repo, struct findings *findings)
{
	free(check_choices(repo, findings));
	findings->choices = NULL;
	findings->choices_nr = 0;
}
