#include "command.h"
#include "ask.h"
#include "local.h"
#include "nearby.h"
#include "records.h"

#include "artifact/service.h"
#include "deploy/rollback.h"
#include "repo/write.h"

static const char *const rollback_usage[] = {
	"git gitops rollback [--local] [-b <branch>] [--kind=<kind>] [--to=<commit>] [--commit] "
	"[--reason=<text>] [--dry-run] [--wait] [--[no-]progress] [-q] <path-prefix> [<remote>]",
	NULL
};

struct rollback_args {
	const char *branch, *kind, *to, *reason, *prefix;
	int commit, dry_run, wait, local;
	struct progress_options show;
};

/* --- here */

struct here {
	const struct rollback_args *args;
	struct repo *repo;
	struct store *store;
	struct rollback rollback;
	struct request request;
	struct oid head, to;
	struct snapshot *at_head, *at_to;
};

static void here_release(struct here *here)
{
	snapshot_free(here->at_head);
	snapshot_free(here->at_to);
	rollback_release(&here->rollback);
	request_release(&here->request);
	store_free(here->store);
}

/* Only what the branch holds, or held once, was checked. */
static int find_commit(struct here *here, struct oid *commit, struct error *err)
{
	const struct rollback_args *args = here->args;
	int rc;

	if (repo_resolve(here->repo, args->to, commit, err) < 0)
		return -1;
	rc = repo_is_ancestor(here->repo, commit, &here->head, err);
	if (!rc)
		return error_set(err, ERROR_INVALID, "branch '%s' does not contain '%s'",
				 args->branch, args->to);
	return rc < 0 ? -1 : 0;
}

static int find_target(struct here *here, struct error *err)
{
	const struct rollback_args *args = here->args;
	const enum artifact_kind kind = args->kind && str_eq(args->kind, "lambda") ? KIND_LAMBDA :
										     KIND_ECS;
	char *ref = xstrfmt("refs/heads/%s", args->branch), *path = NULL;
	const struct record *to = &here->rollback.to;
	struct file_entry entry;
	int ret = -1, there;

	if (repo_resolve(here->repo, ref, &here->head, err) < 0 ||
	    (args->to && find_commit(here, &here->to, err) < 0) ||
	    rollback_find(&here->rollback, here->store, args->branch, args->kind ? &kind : NULL,
			  args->prefix, args->to ? &here->to : NULL, err) < 0)
		goto out;
	if (!oid_parse(&here->to, to->commit)) {
		error_set(err, ERROR_INVALID, "'%s' is no commit", to->commit);
		goto out;
	}
	if (snapshot_of_commit(&here->at_head, here->repo, &here->head, err) < 0 ||
	    snapshot_of_commit(&here->at_to, here->repo, &here->to, err) < 0) {
		error_prefix(err, "cannot go back to %.7s", to->commit);
		goto out;
	}
	path = xstrfmt("%s%s", args->prefix, artifact_suffix(to->kind, ROLE_DEFINITION));
	there = snapshot_get(here->at_to, path, &entry, err);
	if (!there)
		error_set(err, ERROR_NOT_FOUND, "at %.7s there is no '%s'", to->commit, path);
	ret = there > 0 ? 0 : -1;
out:
	free(ref);
	free(path);
	return ret;
}

static void tell_target(const struct here *here)
{
	const struct record *to = &here->rollback.to, *from = &here->rollback.from;
	struct strbuf out = STRBUF_INIT;

	strbuf_add_printable(&out, here->args->prefix, strlen(here->args->prefix));
	strbuf_addf(&out, ": back from %.7s to %.7s", from->commit ? from->commit : "nothing",
		    to->commit);
	if (here->rollback.known) {
		strbuf_addstr(&out, ", which went well ");
		add_time(&out, to->finished_at);
		if (to->revision) {
			strbuf_addstr(&out, " as ");
			strbuf_addstr(&out, short_revision(to->revision));
		}
	} else {
		strbuf_addstr(&out, ", which is not known to have run");
	}
	strbuf_addch(&out, '\n');
	print_buffer(&out);
	fflush(stdout);
	strbuf_release(&out);
}

static int after_queueing(struct here *here, struct job *job, struct error *err)
{
	printf("queued as job %s\n", job->id);
	fflush(stdout);
	if (local_wake(&here->request, err) < 0)
		return -1;
	if (!here->args->wait)
		return 0;
	return local_follow(&here->request, job, here->repo, &here->args->show, err);
}

static int deploy_back(struct here *here, struct error *err)
{
	struct push_options options = { .reason = (char *)here->args->reason };
	const struct record *to = &here->rollback.to, *from = &here->rollback.from;
	struct job job = JOB_INIT;
	int ret = request_queue_rollback(&here->request, &job, here->args->branch, from->commit,
					 to->commit, artifact_kind_name(to->kind),
					 here->args->prefix, &options, err);

	if (!ret)
		ret = after_queueing(here, &job, err);
	job_release(&job);
	return ret;
}

/* --- --commit: the branch goes back, and that is deployed like any push */

static char *commit_message(const struct here *here)
{
	const struct rollback_args *args = here->args;
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "Roll back %s to %.7s\n\n", args->prefix, here->rollback.to.commit);
	if (args->reason && *args->reason)
		strbuf_addf(&text, "%s\n\n", args->reason);
	strbuf_addf(&text, "Its files are those of commit %s again.\n", here->rollback.to.commit);
	return strbuf_detach(&text, NULL);
}

/* As pre-receive does with a push. 1: it has errors. */
static int check_commit(struct here *here, struct snapshot *after, struct error *err)
{
	const struct plan_options options = { 0 };
	struct plan plan = PLAN_INIT;
	int ret = plan_make(&plan, here->at_head, after, &options, err);

	if (!ret)
		ret = local_check(here->repo, &plan, after, err);
	plan_release(&plan);
	return ret;
}

/* What its files refer to may have changed since. */
static int compare_content(const struct here *here, struct snapshot *after, struct error *err)
{
	struct findings findings = FINDINGS_INIT;
	struct service *service = NULL;
	const struct record *to = &here->rollback.to;
	int ret = service_load(&service, after, to->kind, here->args->prefix, &findings, err);

	if (!ret && to->digest && !str_eq(service->digest, to->digest))
		ui_warn("this is not what ran at %.7s: files that it refers to have changed since",
			to->commit);
	service_free(service);
	findings_release(&findings);
	return ret;
}

/* A work tree would be left behind, as if its user had undone the commit. */
static int check_not_checked_out(const struct here *here, struct error *err)
{
	char *head = repo_work_dir(here->repo) ? repo_head_branch(here->repo) : NULL;
	bool checked_out = head && str_eq(head, here->args->branch);

	free(head);
	if (!checked_out)
		return 0;
	error_set(err, ERROR_INVALID, "branch '%s' is checked out here", here->args->branch);
	return error_hint(err, "git checkout %.7s -- '%s_*', and commit that",
			  here->rollback.to.commit, here->args->prefix);
}

static int commit_back(struct here *here, struct error *err)
{
	const struct push_options options = { 0 };
	char *ref = xstrfmt("refs/heads/%s", here->args->branch), *message = commit_message(here);
	char from[OID_HEXSZ + 1], to[OID_HEXSZ + 1];
	struct arena arena = ARENA_INIT;
	struct snapshot *after = NULL;
	struct file_entry *files;
	struct job job = JOB_INIT;
	struct oid commit;
	size_t nr;
	int ret = -1;

	if (check_not_checked_out(here, err) < 0 ||
	    rollback_files(&files, &nr, &arena, here->at_head, here->at_to, here->rollback.to.kind,
			   here->args->prefix, err) < 0)
		goto out;
	if (!nr) {
		error_set(err, ERROR_EXISTS, "the files of '%s' are the same at %.7s and on '%s'",
			  here->args->prefix, here->rollback.to.commit, here->args->branch);
		error_hint(err, "what they refer to differs; without '--commit' that counts, too");
		goto out;
	}
	if (repo_commit_files(here->repo, &here->head, files, nr, request_actor(&here->request),
			      message, &commit, err) < 0 ||
	    snapshot_of_commit(&after, here->repo, &commit, err) < 0)
		goto out;
	ret = check_commit(here, after, err);
	if (ret > 0)
		ret = error_set(err, ERROR_INVALID,
				"the commit would be refused, so it is not made");
	if (!ret)
		ret = compare_content(here, after, err);
	if (ret < 0 || here->args->dry_run)
		goto out;
	ret = repo_ref_update(here->repo, ref, &commit, &here->head, "gitops: rollback", err);
	if (ret < 0)
		goto out;
	oid_hex(from, &here->head);
	oid_hex(to, &commit);
	printf("'%s' is at %.7s now\n", here->args->branch, to);
	ret = request_queue(&here->request, &job, ref, from, to, &options, false, err);
	if (!ret)
		ret = after_queueing(here, &job, err);
out:
	job_release(&job);
	snapshot_free(after);
	arena_release(&arena);
	free(message);
	free(ref);
	return ret;
}

static int rollback_here(struct repo *repo, const struct rollback_args *args, struct error *err)
{
	struct here here = { .args = args, .repo = repo };
	int ret = -1;

	if (store_open_notes(&here.store, repo, err) < 0 ||
	    request_open_in(&here.request, repo_git_dir(repo), err) < 0)
		goto out;
	if (find_target(&here, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			nearby_hint(err, repo, args->branch, args->prefix);
		goto out;
	}
	tell_target(&here);
	if (args->commit)
		ret = commit_back(&here, err);
	else
		ret = args->dry_run ? 0 : deploy_back(&here, err);
out:
	here_release(&here);
	return ret;
}

/* --- on a server */

static int rollback_there(struct repo *repo, const struct rollback_args *args, const char *remote,
			  struct error *err)
{
	struct ask ask = { .remote = ask_remote(repo, remote, args->branch),
			   .branch = args->branch };
	char hex[OID_HEXSZ + 1];
	struct oid to;
	int ret = -1;

	if (args->to) {
		if (repo_resolve(repo, args->to, &to, err) < 0)
			goto out;
		oid_hex(hex, &to);
		ask.commit = hex;
	}
	ask_add(&ask, "gitops.rollback", args->prefix);
	if (args->kind)
		ask_add(&ask, "gitops.kind", args->kind);
	if (args->reason && *args->reason)
		ask_add(&ask, "gitops.reason", args->reason);
	if (args->commit)
		ask_add(&ask, "gitops.commit", NULL);
	if (args->dry_run)
		ask_add(&ask, "gitops.dry-run", NULL);
	if (args->wait)
		ask_add(&ask, "gitops.wait", NULL);
	ret = ask_server(&ask, err);
out:
	ask_release(&ask);
	return ret;
}

int cmd_rollback(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct rollback_args args = { .show = PROGRESS_OPTIONS_INIT };
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	const char *remote;
	char *branch = NULL;
	int ret = -1;
	const struct option options[] = {
		OPT_STRING('b', "branch", &args.branch, "branch",
			   "the branch it is deployed from (else the one HEAD names)"),
		OPT_STRING(0, "kind", &args.kind, "kind", "ecs or lambda, where there are both"),
		OPT_STRING(0, "to", &args.to, "commit",
			   "go back to it (else to what went well before)"),
		OPT_BOOL(0, "commit", &args.commit, "write the way back to the branch"),
		OPT_STRING('m', "reason", &args.reason, "text", "why; the record has it"),
		OPT_BOOL('n', "dry-run", &args.dry_run, "only say where it would go"),
		OPT_BOOL('w', "wait", &args.wait, "show the deployment until its end"),
		OPT_BOOL(0, "local", &args.local, "in this repository, not on its server"),
		PROGRESS_OPTIONS(&args.show),
		OPT_END()
	};

	argc = parse_options(argc, argv, options, rollback_usage);
	if (argc < 1 || argc > 2)
		usage_with_options(rollback_usage, options, "one path-prefix is needed");
	if (args.kind && !str_eq(args.kind, "ecs") && !str_eq(args.kind, "lambda"))
		usage_with_options(rollback_usage, options, "a kind is ecs or lambda");
	args.prefix = argv[0];
	remote = argc > 1 ? argv[1] : NULL;
	if (repo_open(&repo, NULL, &err) < 0)
		goto out;
	branch = ask_branch(repo, args.branch, &err);
	if (!branch)
		goto out;
	args.branch = branch;
	ret = ask_is_here(repo, remote, branch, args.local) ?
		      rollback_here(repo, &args, &err) :
		      rollback_there(repo, &args, remote, &err);
out:
	if (ret < 0)
		ret = error_report(&err);
	free(branch);
	repo_free(repo);
	error_release(&err);
	return ret;
}
