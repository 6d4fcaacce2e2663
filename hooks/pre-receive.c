/*
 * git's pre-receive hook: reject a push whose artifacts are wrong, with all
 * that is wrong. Reads "<old> <new> <ref>" lines, looks at the objects in
 * git's quarantine, writes nothing, reaches no network. Whatever it can't
 * make sense of is rejected: a push that was not checked is not let in.
 */
#include "base/base.h"

#include <fnmatch.h>
#include <signal.h>

#include "artifact/plan.h"
#include "artifact/ref-index.h"
#include "base/strbuf.h"
#include "check/check.h"
#include "artifact/claims.h"
#include "deploy/freeze.h"
#include "deploy/request.h"
#include "hook.h"
#include "spool/look.h"
#include "ui/findings.h"

/* A push of a million refs; git itself gives each at most 64 kB. */
#define INPUT_MAX   ((size_t)256 << 20)
#define OPTIONS_MAX 1000
/* git's option is as long as a pkt-line: what is longer is not shown. */
#define SHOWN_MAX 80

#define DEPLOY_REFS    "refs/gitops/deploy/"
#define PROCESSED_REFS "refs/gitops/processed/"

struct update {
	struct oid old_oid, new_oid;
	const char *ref;
};

struct updates {
	struct update *v;
	size_t nr, alloc;
};

static int rejected(struct error *err)
{
	hook_say("the push is rejected: %s", err->message);
	if (err->hint)
		hook_say("hint: %s", err->hint);
	error_release(err);
	return 1;
}

/* "<old> SP <new> SP <ref>", split in place. */
static bool parse_line(char *line, struct update *update)
{
	char *first = strchr(line, ' '), *second = first ? strchr(first + 1, ' ') : NULL;

	if (!second)
		return false;
	*first = *second = '\0';
	update->ref = second + 1;
	return oid_parse(&update->old_oid, line) && oid_parse(&update->new_oid, first + 1) &&
	       starts_with(update->ref, "refs/") && !strpbrk(update->ref, " \t\r");
}

static int bad_line(size_t number, const char *line, struct error *err)
{
	size_t hex = strspn(line, "0123456789abcdef");

	error_set(err, ERROR_INVALID,
		  "line %zu on the hook's standard input is not '<old> <new> <ref>'", number);
	if (hex == 64)
		error_hint(err, "repositories with SHA-256 object names are not supported");
	else
		error_hint(err, "git writes these lines; is the hook called by something else?");
	return -1;
}

static int read_updates(struct updates *updates, struct strbuf *in, struct error *err)
{
	char *line, *end;
	size_t number = 0;

	if (strbuf_read(in, STDIN_FILENO) < 0)
		return error_errno(err, "cannot read the hook's standard input");
	line = in->buf;
	for (end = in->buf + in->len; line < end; number++) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		struct update update;

		if (!newline)
			return error_set(err, ERROR_INVALID,
					 "the hook's standard input ends within line %zu",
					 number + 1);
		*newline = '\0';
		if (strlen(line) != (size_t)(newline - line) || !parse_line(line, &update))
			return bad_line(number + 1, line, err);
		ALLOC_GROW(updates->v, updates->nr + 1, updates->alloc);
		updates->v[updates->nr++] = update;
		line = newline + 1;
	}
	return 0;
}

/* An option of ours that we don't know is refused: it was meant to change something. */
static int check_options(struct push_options *options, struct error *err)
{
	const char *text = getenv("GIT_PUSH_OPTION_COUNT");
	uint64_t nr = 0, i;
	int rc = 0;

	if (!text)
		return 0;
	if (!parse_uint(text, 0, OPTIONS_MAX, &nr))
		return error_set(err, ERROR_INVALID, "there are more than %d push options",
				 OPTIONS_MAX);
	for (i = 0; rc >= 0 && i < nr; i++) {
		char *name = xstrfmt("GIT_PUSH_OPTION_%" PRIu64, i);
		const char *option = getenv(name);

		if (option)
			rc = push_options_take(options, option, err);
		else
			rc = error_set(err, ERROR_INVALID, "%s is not in the environment", name);
		free(name);
	}
	return rc < 0 ? -1 : 0;
}

/* Refs that only this program writes; and requests go alone, or their options would mean two things. */
static int check_ref(const struct update *update, const struct push_options *options,
		     struct error *err)
{
	const char *ref = update->ref;
	struct strbuf shown = STRBUF_INIT;

	if (options->verb && !starts_with(ref, DEPLOY_REFS)) {
		error_set(err, ERROR_INVALID,
			  "push option 'gitops.%s' is for a push to " DEPLOY_REFS "<branch>",
			  options->verb);
		return error_hint(err, "'git gitops %s' makes it", options->verb);
	}
	if (starts_with(ref, DEPLOY_REFS) ||
	    (!starts_with(ref, "refs/gitops/") && !starts_with(ref, "refs/notes/gitops/")))
		return 0;
	strbuf_add_printable(&shown, ref, strnlen(ref, SHOWN_MAX));
	error_set(err, ERROR_DENIED, "'%s' can't be pushed: the worker keeps its records there",
		  shown.buf);
	error_hint(err, "to deploy without a change, use git gitops deploy");
	strbuf_release(&shown);
	return -1;
}

/* Which branches are checked: those that post-receive deploys, and no others. */
struct branches {
	const char **patterns;
	size_t nr;
};

static bool is_checked(const struct branches *branches, const char *branch)
{
	size_t i;

	for (i = 0; i < branches->nr; i++)
		if (!fnmatch(branches->patterns[i], branch, FNM_PATHNAME))
			return true;
	return false;
}

static void print_findings(const char *branch, const struct findings *findings,
			   const struct check_summary *summary)
{
	struct findings_style style = { .width = FINDINGS_REMOTE_WIDTH };
	struct strbuf out = STRBUF_INIT;

	findings_text(&out, findings, &style);
	fwrite(out.buf, 1, out.len, stderr);
	strbuf_reset(&out);
	findings_summary(&out, findings);
	if (findings->errors)
		hook_say("the push of '%s' is rejected: %s", branch, out.buf);
	else if (summary->objects)
		hook_say("'%s': %zu service object%s checked, %s", branch, summary->objects,
			 summary->objects == 1 ? "" : "s", findings->nr ? out.buf : "no errors");
	strbuf_release(&out);
}

struct accepted {
	const char *ref;
	char commit[OID_HEXSZ + 1];
	bool found;
};

static int on_job(const struct job *job, enum job_place place UNUSED, void *data)
{
	struct accepted *accepted = data;

	accepted->found = str_eq(job->ref, accepted->ref) &&
			  str_eq(job->new_commit, accepted->commit);
	return accepted->found;
}

/*
 * Was this commit let in by a push that waits for a worker or is deployed now?
 * Then it was checked by us, which can't be said of whatever a branch holds.
 */
static bool was_accepted(const struct repo *repo, const char *ref, const struct oid *commit)
{
	char *dir = xstrfmt("%s/gitops/spool", repo_git_dir(repo));
	struct accepted accepted = { .ref = ref };
	struct error err = ERROR_INIT;
	struct spool *spool = NULL;

	oid_hex(accepted.commit, commit);
	if (!spool_open(&spool, dir, &err) && spool_each_job(spool, on_job, &accepted, &err) < 0)
		accepted.found = false;
	spool_free(spool);
	error_release(&err); /* then more is checked than needed */
	free(dir);
	return accepted.found;
}

/*
 * What the branch is compared with: what was processed last or, when workers
 * are behind, what the push before brought. 1, 0: nothing, all counts as
 * added, negative.
 */
static int find_base(struct repo *repo, const struct update *update, const char *branch,
		     struct oid *base, struct error *err)
{
	char *ref = xstrfmt(PROCESSED_REFS "%s", branch);
	int rc = repo_ref_read(repo, ref, base, err);

	free(ref);
	if (rc < 0 || oid_is_null(&update->old_oid) || (rc && oid_eq(base, &update->old_oid)))
		return rc;
	if (was_accepted(repo, update->ref, &update->old_oid)) {
		*base = update->old_oid;
		rc = 1;
	}
	return rc;
}

/* 1: rejected, 0: fine, negative: it could not be checked. */
static int check_branch(struct repo *repo, const struct update *update, const char *branch,
			struct error *err)
{
	struct findings findings = { .max = CHECK_MAX_FINDINGS };
	struct snapshot *before = NULL, *after = NULL;
	struct check_summary summary = { 0 };
	struct strbuf index = STRBUF_INIT, claims = STRBUF_INIT;
	struct plan plan = PLAN_INIT;
	struct plan_options options = { 0 };
	struct oid base;
	int rc;

	ref_index_path(&index, repo_git_dir(repo), branch);
	options.ref_index = index.buf;
	claims_path(&claims, repo_git_dir(repo), branch);
	rc = find_base(repo, update, branch, &base, err);
	if (rc < 0)
		goto out;
	rc = snapshot_of_commit(&before, repo, rc ? &base : NULL, err);
	if (!rc)
		rc = snapshot_of_commit(&after, repo, &update->new_oid, err);
	if (!rc)
		rc = plan_make(&plan, before, after, &options, err);
	if (!rc)
		rc = check_plan(&findings, &summary, &plan, after,
				&(struct check_options){ claims.buf, before, branch }, err);
	if (rc < 0)
		goto out;
	print_findings(branch, &findings, &summary);
	rc = findings.errors > 0;
out:
	findings_release(&findings);
	plan_release(&plan);
	snapshot_free(before);
	snapshot_free(after);
	strbuf_release(&index);
	strbuf_release(&claims);
	return rc;
}

/* A freeze that isn't understood must not be one that isn't there. */
static int check_freezes(struct repo *repo, const struct push_options *options, struct error *err)
{
	struct freezes freezes = FREEZES_INIT;
	const char **values;
	size_t nr, i;
	int rc = 0;

	if (options->override && !repo_config_bool(repo, "gitops.freezeOverride", true)) {
		error_set(err, ERROR_DENIED, "no push may override a freeze here");
		return error_hint(err, "gitops.freezeOverride of the server says so");
	}
	values = repo_config_all(repo, "gitops.freeze", &nr);
	for (i = 0; !rc && i < nr; i++)
		rc = freezes_add(&freezes, values[i], err);
	freezes_release(&freezes);
	free(values);
	return rc;
}

/* Requests to deploy bring no commit that has to be checked. */
static int check_requests(const struct push_options *options, struct error *err)
{
	struct repo *repo = NULL;
	int rc = repo_open(&repo, NULL, err);

	if (!rc)
		rc = check_freezes(repo, options, err);
	repo_free(repo);
	return rc;
}

static int check_updates(const struct updates *updates, const struct push_options *options,
			 struct error *err)
{
	struct branches branches = { 0 };
	struct repo *repo = NULL;
	size_t i;
	int rc, status = 0;

	rc = repo_open(&repo, NULL, err);
	if (rc < 0)
		goto out;
	branches.patterns = repo_config_all(repo, "gitops.branch", &branches.nr);
	for (i = 0; rc >= 0 && i < updates->nr; i++) {
		const struct update *update = &updates->v[i];
		const char *branch;

		if (!skip_prefix(update->ref, "refs/heads/", &branch) ||
		    !is_checked(&branches, branch))
			continue;
		/* what this means is said by post-receive, when it has happened */
		if (oid_is_null(&update->new_oid))
			continue;
		rc = check_freezes(repo, options, err);
		if (rc < 0)
			break;
		rc = check_branch(repo, update, branch, err);
		if (rc < 0)
			error_prefix(err, "cannot check '%s'", branch);
		else
			status |= rc;
	}
out:
	free(branches.patterns);
	repo_free(repo);
	return rc < 0 ? -1 : status;
}

int main(void)
{
	struct strbuf in = STRBUF_INIT_MAX(INPUT_MAX);
	struct updates updates = { 0 };
	struct push_options options = { 0 };
	struct error err = ERROR_INIT;
	bool branches = false, requests = false;
	size_t i;
	int status;

	/* a pusher who has gone away gets no message, and the check goes on */
	signal(SIGPIPE, SIG_IGN);
	status = read_updates(&updates, &in, &err);
	if (!status)
		status = check_options(&options, &err);
	for (i = 0; !status && i < updates.nr; i++) {
		status = check_ref(&updates.v[i], &options, &err);
		branches |= starts_with(updates.v[i].ref, "refs/heads/");
		requests |= starts_with(updates.v[i].ref, DEPLOY_REFS);
	}
	/* What is none to deploy, a rollback or a cancel, is never frozen. */
	if (!status && requests && !options.verb)
		status = check_requests(&options, &err);
	if (!status && branches)
		status = check_updates(&updates, &options, &err);
	if (status < 0)
		status = rejected(&err);
	push_options_release(&options);
	free(updates.v);
	strbuf_release(&in);
	return status;
}
