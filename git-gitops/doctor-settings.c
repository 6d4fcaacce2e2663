#include "command.h"
#include "doctor.h"

#include "base/finding.h"
#include "base/strmap.h"
#include "check/check.h"
#include "deploy/freeze.h"
#include "spool/lease.h"

/* As git-gitops-config(5) has them. */
enum kind {
	ANY = 0,
	BRANCH,
	FREEZE,
	TRUTH,
	NUMBER
};

static const struct known {
	const char *key;
	enum kind kind;
	int64_t min, max;
} known[] = {
	{ "gitops.branch", BRANCH, 0, 0 },
	{ "gitops.freeze", FREEZE, 0, 0 },
	{ "gitops.freezeOverride", TRUTH, 0, 0 },
	{ "gitops.jobs", NUMBER, 1, INT64_MAX },
	{ "gitops.lease", NUMBER, LEASE_MIN_S, LEASE_MAX_S },
	{ "gitops.maxArtifactSize", NUMBER, 1, UINT32_MAX },
	{ "gitops.maxRefFileSize", NUMBER, 1, UINT32_MAX },
	{ "gitops.schemaAllow", ANY, 0, 0 },
	{ "gitops.checkThreads", NUMBER, 1, INT64_MAX },
	{ "gitops.worker", TRUTH, 0, 0 },
};

struct keys {
	struct doctor *doctor;
	struct strmap seen;
};

static const struct known *find_known(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcasecmp(known[i].key, key))
			return &known[i];
	return NULL;
}

static void say_unknown(struct doctor *doctor, const char *key)
{
	const char *names[ARRAY_SIZE(known)], *near;
	char *hint;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		names[i] = known[i].key;
	near = nearest_word(key, names, ARRAY_SIZE(known));
	hint = near ? xstrfmt("did you mean '%s'?", near) :
		      xstrdup("git-gitops-config(5) has all settings");
	doctor_say(doctor, DOCTOR_WARNING, "settings", hint, "'%s' is no setting of git gitops",
		   key);
	free(hint);
}

static void take_key(const char *key, const char *value UNUSED, void *data)
{
	struct keys *keys = data;

	/* Those of rules are looked at by who follows them. */
	if (!strmap_put(&keys->seen, key, keys) && !starts_with(key, "gitops.rule.") &&
	    !find_known(key))
		say_unknown(keys->doctor, key);
}

/* A malformed one passes for unset: with two fallbacks it comes out twice. */
static void check_truth(struct doctor *doctor, const char *key)
{
	if (repo_config_str(doctor->repo, key) &&
	    repo_config_bool(doctor->repo, key, false) != repo_config_bool(doctor->repo, key, true))
		doctor_say(doctor, DOCTOR_WARNING, "settings", "it may be true or false",
			   "%s can't be '%s': it is taken for unset", key,
			   repo_config_str(doctor->repo, key));
}

static void check_number(struct doctor *doctor, const struct known *k)
{
	/* A worker ends for this one; what is wrong with others is passed over. */
	bool ends = str_eq(k->key, "gitops.lease");
	const char *text = repo_config_str(doctor->repo, k->key);
	int64_t low, high;
	char *hint;

	if (!text)
		return;
	low = repo_config_int(doctor->repo, k->key, INT64_MIN);
	high = repo_config_int(doctor->repo, k->key, INT64_MAX);
	if (low == high && low >= k->min && low <= k->max)
		return;
	/* That is no number at all: then a worker takes the default. */
	ends = ends && low == high;
	hint = k->max == INT64_MAX ?
		       xstrfmt("it is a number from %" PRId64 " on", k->min) :
		       xstrfmt("it is a number from %" PRId64 " to %" PRId64, k->min, k->max);
	doctor_say(doctor, ends ? DOCTOR_ERROR : DOCTOR_WARNING, "settings", hint,
		   "%s can't be '%s': %s", k->key, text,
		   ends ? "no worker starts" : "it is taken for unset");
	free(hint);
}

static void check_branches(struct doctor *doctor)
{
	const char **values;
	size_t nr, i;

	values = repo_config_all(doctor->repo, "gitops.branch", &nr);
	if (!nr && doctor->server)
		doctor_say(doctor, DOCTOR_ERROR, "settings", "git config --add gitops.branch main",
			   "gitops.branch is not set: nothing is checked nor deployed");
	for (i = 0; i < nr; i++) {
		const char *name;

		if (!*values[i])
			doctor_say(doctor, DOCTOR_WARNING, "settings",
				   "give the name of a branch, or a pattern of names",
				   "gitops.branch has an empty value");
		else if (skip_prefix(values[i], "refs/heads/", &name))
			doctor_say(doctor, DOCTOR_WARNING, "settings",
				   "branches are named without 'refs/heads/'",
				   "gitops.branch '%s' names no branch", values[i]);
	}
	free(values);
}

static void check_freezes(struct doctor *doctor)
{
	struct freezes freezes = FREEZES_INIT;
	const char **values;
	size_t nr, i;

	values = repo_config_all(doctor->repo, "gitops.freeze", &nr);
	for (i = 0; i < nr; i++) {
		struct error err = ERROR_INIT;

		if (freezes_add(&freezes, values[i], &err) < 0)
			doctor_say_error(doctor, "settings", &err);
	}
	freezes_release(&freezes);
	free(values);
}

static void look_at_rules(struct doctor *doctor)
{
	struct findings findings = FINDINGS_INIT;
	size_t i;

	check_rule_settings(doctor->repo, &findings);
	for (i = 0; i < findings.nr; i++)
		doctor_say(doctor, DOCTOR_WARNING, "settings", findings.v[i].hint, "%s",
			   findings.v[i].message);
	findings_release(&findings);
}

void doctor_look_at_settings(struct doctor *doctor)
{
	struct keys keys = { .doctor = doctor, .seen = STRMAP_INIT };
	size_t i, before = doctor->nr;

	repo_config_each(doctor->repo, "gitops.", take_key, &keys);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (known[i].kind == BRANCH)
			check_branches(doctor);
		else if (known[i].kind == FREEZE)
			check_freezes(doctor);
		else if (known[i].kind == TRUTH)
			check_truth(doctor, known[i].key);
		else if (known[i].kind == NUMBER)
			check_number(doctor, &known[i]);
	}
	look_at_rules(doctor);
	if (doctor->nr == before)
		doctor_say(doctor, DOCTOR_OK, "settings", NULL,
			   "%zu under gitops.*, all understood", keys.seen.nr);
	strmap_release(&keys.seen, NULL);
}
