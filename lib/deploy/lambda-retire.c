#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/*
 * After the alias was moved: versions that were replaced go, but for the newest 'keepVersions' of them. Which ones were
 * is in the alias's description, so that versions of other tools, and those
 * that other aliases name, are never touched.
 */

#define DESCRIPTION	"git gitops"
#define REPLACED	", replaced: "
#define DESCRIPTION_MAX 256
#define REPLACED_MAX	32

/* --- the description --- */

bool lambda_replaced_read(struct strbuf *out, const char *description)
{
	const char *p;

	if (!description || !*description)
		return true;
	if (!starts_with(description, DESCRIPTION))
		return false;
	p = description + strlen(DESCRIPTION);
	if (!*p)
		return true;
	if (!starts_with(p, REPLACED))
		return false;
	p += strlen(REPLACED);
	if (strspn(p, "0123456789 ") != strlen(p))
		return false;
	strbuf_addstr(out, p);
	return true;
}

/* Version numbers, the oldest first; they point into `text`. */
struct versions {
	char *text;
	const char *v[REPLACED_MAX];
	size_t nr;
};

static void add_version(struct versions *list, const char *version)
{
	if (list->nr == REPLACED_MAX)
		memmove(list->v, list->v + 1, --list->nr * sizeof(*list->v));
	list->v[list->nr++] = version;
}

static bool is_number(const char *s)
{
	return s && *s && strspn(s, "0123456789") == strlen(s);
}

/* All that were replaced once our version is the alias's. */
static void list_replaced(struct versions *list, const struct deployment *d)
{
	const char *known = deploy_id_get(d, ID_REPLACED), *old = deploy_id_get(d, ID_OLD_VERSION);
	const char *version = deploy_id_get(d, ID_VERSION);
	char *save = NULL, *word;

	memset(list, 0, sizeof(*list));
	list->text = xstrdup(known ? known : "");
	for (word = strtok_r(list->text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (!str_eq(word, version) && !(old && str_eq(word, old)))
			add_version(list, word);
	if (is_number(old) && !str_eq(old, version))
		add_version(list, old);
}

static size_t to_delete(const struct versions *list, const struct deployment *d)
{
	size_t keep = (size_t)d->settings.keep_versions;

	return list->nr > keep ? list->nr - keep : 0;
}

static char *describe(const struct versions *list, size_t from)
{
	struct strbuf out = STRBUF_INIT;
	size_t i;

	strbuf_addstr(&out, DESCRIPTION);
	for (i = from; i < list->nr; i++)
		if (out.len + strlen(list->v[i]) + strlen(REPLACED) < DESCRIPTION_MAX)
			strbuf_addf(&out, "%s%s", i == from ? REPLACED : " ", list->v[i]);
	return strbuf_detach(&out, NULL);
}

char *lambda_description(const struct deployment *d)
{
	struct versions list;
	char *ret;

	if (!deploy_id_get(d, ID_REPLACED) && deploy_id_get(d, ID_OLD_VERSION))
		return NULL;
	list_replaced(&list, d);
	ret = describe(&list, to_delete(&list, d));
	free(list.text);
	return ret;
}

char *lambda_old_description(const struct deployment *d)
{
	const char *known = deploy_id_get(d, ID_REPLACED);

	if (!known)
		return NULL;
	return *known ? xstrfmt(DESCRIPTION REPLACED "%s", known) : xstrdup(DESCRIPTION);
}

/* --- old versions --- */

static enum step_result delete_version(struct deployment *d, const char *version, int phase)
{
	d->call = lambda_delete_function(d->client, d->record->name, version, deploy_on_result, d);
	return deploy_await(d, phase);
}

/* What became of it; STEP_WAIT: it is tried again, at `again`. */
static enum step_result version_deleted(struct deployment *d, const char *version, int again)
{
	if (d->result->outcome == AWS_OK || lambda_refusal(d->result) == LAMBDA_MISSING) {
		deploy_event(d, "version '%s' is deleted", version);
		return STEP_DONE;
	}
	if (lambda_refusal(d->result) == LAMBDA_IN_USE) {
		deploy_event(d, "version '%s' stays: an alias names it", version);
		return STEP_DONE;
	}
	if ((lambda_refusal(d->result) == LAMBDA_BUSY || result_is_transient(d->result)) &&
	    d->at.retries++ < 10)
		return deploy_sleep(d, 500 * (int64_t)d->at.retries, again);
	deploy_event(d, "cannot delete version '%s': %s", version, d->result->err.message);
	return STEP_DONE;
}

/* The new version serves: what stays of the old ones makes no failure of it. */
enum step_result lambda_retire(struct deployment *d)
{
	enum {
		START,
		SENT
	};
	struct versions list;
	enum step_result ret = STEP_DONE;

	if (!lambda_moves(d))
		return STEP_DONE;
	list_replaced(&list, d);
	if (d->phase == SENT) {
		ret = version_deleted(d, list.v[d->at.looks], START);
		if (ret == STEP_DONE) {
			d->at.looks++;
			d->at.retries = 0;
		}
	}
	if (ret == STEP_DONE && d->at.looks < to_delete(&list, d))
		ret = delete_version(d, list.v[d->at.looks], SENT);
	free(list.text);
	return ret;
}

/* --- the way back --- */

static bool is_kept(struct deployment *d)
{
	bool shifting = d->record->failure.step && str_eq(d->record->failure.step, "shift");
	bool keep = shifting ? !d->settings.delete_new_upon_shift_failure :
			       !d->settings.delete_new_upon_failure;

	/* Whoever cancels it wants nothing left of it. */
	keep = keep && !deploy_is_cancelled(d);
	if (keep)
		deploy_event(d, "the new version is kept: '%s' is false",
			     shifting ? "deleteNewUponTrafficShiftFailure" :
					"deleteNewUponFailure");
	return keep;
}

/* A function that never came to have the alias serves nobody. */
static bool is_unborn(const struct deployment *d)
{
	return deploy_id_get(d, ID_CREATED) && !deploy_id_get(d, ID_TRAFFIC_STEP);
}

enum step_result lambda_delete_new(struct deployment *d)
{
	enum {
		START,
		AGAIN,
		SENT
	};
	const char *version = deploy_id_get(d, ID_VERSION);

	if (d->phase == START) {
		if ((!is_unborn(d) && !deploy_id_get(d, ID_PUBLISHED)) || is_kept(d))
			return STEP_DONE;
		if (!is_unborn(d) && !deploy_id_get(d, ID_OLD_VERSION)) {
			deploy_event(d, "version '%s' stays: there is nothing to go back to",
				     version);
			return STEP_DONE;
		}
	}
	if (d->phase != SENT)
		return delete_version(d, is_unborn(d) ? NULL : version, SENT);
	if (!is_unborn(d))
		return version_deleted(d, version, AGAIN);
	if (d->result->outcome == AWS_OK || lambda_refusal(d->result) == LAMBDA_MISSING) {
		deploy_event(d, "function '%s', which is new, is deleted", d->record->name);
		return STEP_DONE;
	}
	if ((lambda_refusal(d->result) == LAMBDA_BUSY || result_is_transient(d->result)) &&
	    d->at.retries++ < 30)
		return deploy_sleep(d, 500 * (int64_t)d->at.retries, AGAIN);
	return deploy_fail_result(d, d->result, "delete the function, which is new");
}
