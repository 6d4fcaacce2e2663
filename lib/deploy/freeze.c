#include "base/base.h"
#include "deploy/freeze.h"
#include "repo/pattern.h"

#include <fnmatch.h>

/* So many windows one after the other, and there is no end to be seen. */
#define CHAIN_MAX 800

void freezes_release(struct freezes *freezes)
{
	size_t i;

	for (i = 0; i < freezes->nr; i++) {
		free(freezes->v[i].text);
		free(freezes->v[i].branch);
		free(freezes->v[i].prefix);
		window_free(freezes->v[i].window);
	}
	free(freezes->v);
	*freezes = (struct freezes)FREEZES_INIT;
}

static int parse(struct freeze *freeze, const char *value, struct error *err)
{
	const char *s = value + strspn(value, " \t"), *colon;
	size_t len = strcspn(s, " \t");

	freeze->branch = xmemdupz(s, len);
	colon = strchr(freeze->branch, ':');
	if (colon) {
		freeze->prefix = xstrdup(colon + 1);
		freeze->branch[colon - freeze->branch] = '\0';
	}
	if (!*freeze->branch || (freeze->prefix && !*freeze->prefix))
		return error_set(err, ERROR_INVALID,
				 "it begins with no '<branch>' or '<branch>:<path-prefix>'");
	if (!s[len + strspn(s + len, " \t")])
		return error_set(err, ERROR_INVALID, "it does not say when");
	return window_parse(&freeze->window, s + len, err);
}

int freezes_add(struct freezes *freezes, const char *value, struct error *err)
{
	struct freeze freeze = { 0 };
	struct strbuf shown = STRBUF_INIT;
	int ret = parse(&freeze, value, err);

	if (ret < 0) {
		strbuf_add_printable(&shown, value, strnlen(value, 200));
		error_prefix(err, "gitops.freeze '%s'", shown.buf);
		if (!err->hint)
			error_hint(
				err,
				"it is as 'main Fri 16:00-Mon 08:00 Europe/Berlin' or "
				"'main:prod/** 2026-12-20..2027-01-03'; see git-gitops-config(5)");
		strbuf_release(&shown);
		free(freeze.branch);
		free(freeze.prefix);
		return -1;
	}
	freeze.text = xstrdup(value);
	ALLOC_GROW(freezes->v, freezes->nr + 1, freezes->alloc);
	freezes->v[freezes->nr++] = freeze;
	return 0;
}

static bool is_for(const struct freeze *freeze, const char *branch, const char *prefix)
{
	if (!freeze->prefix != !prefix || fnmatch(freeze->branch, branch, FNM_PATHNAME))
		return false;
	return !prefix || pattern_match(freeze->prefix, prefix);
}

bool freezes_cover(const struct freezes *freezes, const char *branch, const char *prefix,
		   int64_t now_ms, struct frozen *frozen)
{
	int64_t now = now_ms / 1000, end;
	bool longer = true;
	size_t i, nr = 0;

	*frozen = (struct frozen){ .until = now, .now = now };
	/* Where one window ends another one may be on. */
	while (longer && frozen->until != WINDOW_NEVER) {
		longer = false;
		for (i = 0; i < freezes->nr && frozen->until != WINDOW_NEVER; i++) {
			if (!is_for(&freezes->v[i], branch, prefix) ||
			    !window_covers(freezes->v[i].window, frozen->until, &end))
				continue;
			frozen->by = &freezes->v[i];
			frozen->until = ++nr > CHAIN_MAX ? WINDOW_NEVER : end;
			longer = true;
		}
	}
	return frozen->by != NULL;
}

bool freeze_covers(const struct freeze *freeze, const char *branch, int64_t now_ms,
		   struct frozen *frozen)
{
	*frozen = (struct frozen){ .by = freeze, .now = now_ms / 1000 };
	return !fnmatch(freeze->branch, branch, FNM_PATHNAME) &&
	       window_covers(freeze->window, frozen->now, &frozen->until);
}

void frozen_describe(struct strbuf *out, const struct frozen *frozen)
{
	strbuf_addstr(out, "frozen");
	if (frozen->until != WINDOW_NEVER) {
		strbuf_addstr(out, " until ");
		window_add_time(out, frozen->by->window, frozen->until, frozen->now);
	}
	strbuf_addstr(out, " (gitops.freeze '");
	strbuf_add_printable(out, frozen->by->text, strlen(frozen->by->text));
	strbuf_addstr(out, "')");
}

bool job_is_frozen(const struct job *job, const struct freezes *freezes, int64_t now_ms,
		   struct frozen *frozen)
{
	struct frozen one;
	size_t i;

	if (job->dry_run || job->rollback_prefix || job->override)
		return false;
	if (freezes_cover(freezes, job->branch, NULL, now_ms, frozen))
		return true;
	for (i = 0; i < job->thaw_nr; i++) {
		if (!freezes_cover(freezes, job->branch, job->thaw[i], now_ms, &one))
			return false;
		if (!i || one.until < frozen->until)
			*frozen = one;
	}
	return job->thaw_nr != 0;
}
