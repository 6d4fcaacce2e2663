#include "command.h"
#include "ask.h"
#include "local.h"
#include "records.h"

#include "spool/control.h"

/* `git gitops cancel`, `pause`, `resume` and `approve`: they differ in a word. */

struct control_args {
	enum control_verb verb;
	const char *branch, *reason, *id;
	int local;
};

/* --- here */

struct found {
	const char *id; /* or the start of one */
	char *job, *branch;
	size_t nr;
};

static int match_job(const struct job *job, enum job_place place UNUSED, void *data)
{
	struct found *found = data;

	if (!starts_with(job->id, found->id))
		return 0;
	record_set(&found->job, job->id);
	record_set(&found->branch, job->branch);
	found->nr++;
	return 0;
}

static int ambiguous(const char *id, struct error *err)
{
	return error_set(err, ERROR_INVALID, "'%s' is the start of more than one id", id);
}

static bool is_over(const struct record *r)
{
	return r->status == RECORD_SUCCESS || r->status == RECORD_ERROR;
}

/* A deployment by its id. 1, 0: it is none, negative. */
static int find_deployment(struct records *records, const struct control_args *args,
			   struct control *control, struct strbuf *what, char **branch,
			   struct error *err)
{
	struct record_list list = RECORD_LIST_INIT;
	struct record_query query = { .id = args->id };
	const struct record *r;
	enum table_look look;
	int ret = -1;

	if (records_find(records, &query, &list, err) < 0)
		return -1;
	if (list.nr != 1) {
		ret = list.nr ? ambiguous(args->id, err) : 0;
		goto out;
	}
	r = &list.v[0];
	if (is_over(r) || !r->job) {
		error_set(err, ERROR_INVALID, "deployment %s is over: %s", r->id,
			  record_word(r, &look));
		if (args->verb == CONTROL_CANCEL && r->status == RECORD_SUCCESS)
			error_hint(err, "'git gitops rollback %s' goes back", r->prefix);
		goto out;
	}
	record_set(&control->job, r->job);
	record_set(&control->deployment, r->id);
	record_set(branch, r->branch);
	strbuf_add_printable(what, r->prefix, strlen(r->prefix));
	strbuf_addf(what, ", %s", record_word(r, &look));
	if (r->step)
		strbuf_addf(what, ", step %s", r->step);
	if (r->waiting)
		strbuf_addf(what, ", %s", r->waiting);
	ret = 1;
out:
	record_list_release(&list);
	return ret;
}

static int find_job(struct records *records, const struct control_args *args,
		    struct control *control, struct strbuf *what, char **branch, struct error *err)
{
	struct found found = { .id = args->id };
	int ret = spool_each_job(records->spool, match_job, &found, err);

	if (!ret && found.nr > 1)
		ret = ambiguous(args->id, err);
	if (!ret && !found.nr) {
		error_set(err, ERROR_NOT_FOUND, "there is no deployment or job '%s'", args->id);
		error_hint(err, "'git gitops status' and 'git gitops log' show them");
		ret = -1;
	}
	if (!ret) {
		record_set(&control->job, found.job);
		record_set(branch, found.branch);
		strbuf_addf(what, "all of job %s of '%s'", found.job, found.branch);
	}
	free(found.job);
	free(found.branch);
	return ret;
}

static int control_here(struct records *records, const struct control_args *args, struct error *err)
{
	struct control control = { .verb = args->verb };
	struct request request = REQUEST_INIT;
	struct strbuf what = STRBUF_INIT;
	char *branch = NULL;
	int ret = -1;

	if (request_open_in(&request, repo_git_dir(records->repo), err) < 0)
		goto out;
	if (!records->spool) {
		error_set(err, ERROR_DENIED, "the spool '%s' can't be read",
			  spool_dir(request.spool));
		goto out;
	}
	ret = find_deployment(records, args, &control, &what, &branch, err);
	if (!ret)
		ret = find_job(records, args, &control, &what, &branch, err);
	if (ret < 0)
		goto out;
	ret = -1;
	/* Who may push to one branch may not have a say in others. */
	if (args->branch && branch && !str_eq(args->branch, branch)) {
		error_set(err, ERROR_INVALID, "'%s' is of branch '%s'", args->id, branch);
		error_hint(err, "say so with '-b %s'", branch);
		goto out;
	}
	record_set(&control.actor, request_actor(&request));
	record_set(&control.reason, args->reason && *args->reason ? args->reason : NULL);
	if (spool_put_control(request.spool, &control, err) < 0)
		goto out;
	printf("asked to %s: %s\n", control_verb_name(args->verb), what.buf);
	ret = local_wake(&request, err);
out:
	control_release(&control);
	request_release(&request);
	strbuf_release(&what);
	free(branch);
	return ret;
}

/* --- on a server */

/* The branch, if the notes that were fetched tell. */
static char *known_branch(struct records *records, const char *id)
{
	struct record_list list = RECORD_LIST_INIT;
	struct record_query query = { .id = id };
	struct error err = ERROR_INIT;
	char *branch = NULL;

	if (!records_find(records, &query, &list, &err) && list.nr == 1)
		branch = xstrdup_or_null(list.v[0].branch);
	record_list_release(&list);
	error_release(&err);
	return branch;
}

static int control_there(struct repo *repo, const struct control_args *args, const char *branch,
			 const char *remote, struct error *err)
{
	struct ask ask = { .remote = ask_remote(repo, remote, branch), .branch = branch };
	char *option = xstrfmt("gitops.%s", control_verb_name(args->verb));
	int ret;

	ask_add(&ask, option, args->id);
	if (args->reason && *args->reason)
		ask_add(&ask, "gitops.reason", args->reason);
	ret = ask_server(&ask, err);
	ask_release(&ask);
	free(option);
	return ret;
}

static int control_anywhere(struct records *records, const struct control_args *args,
			    const char *remote, struct error *err)
{
	char *branch = args->branch ? xstrdup(args->branch) : known_branch(records, args->id);
	int ret = -1;

	if (!branch)
		branch = ask_branch(records->repo, NULL, err);
	if (branch)
		ret = ask_is_here(records->repo, remote, branch, args->local) ?
			      control_here(records, args, err) :
			      control_there(records->repo, args, branch, remote, err);
	free(branch);
	return ret;
}

static int run(enum control_verb verb, const char *const *usage, int argc, const char **argv)
{
	struct control_args args = { .verb = verb };
	struct records records = RECORDS_INIT;
	struct strbuf id = STRBUF_INIT;
	struct error err = ERROR_INIT;
	const struct option options[] = {
		OPT_STRING('b', "branch", &args.branch, "branch",
			   "the branch that is deployed (else the one that is known, or HEAD's)"),
		OPT_STRING('m', "reason", &args.reason, "text", "why; the record has it"),
		OPT_BOOL(0, "local", &args.local, "in this repository, not on its server"),
		OPT_END()
	};
	int ret = -1;
	size_t i;

	argc = parse_options(argc, argv, options, usage);
	if (argc < 1 || argc > 2)
		usage_with_options(usage, options, "the id of a deployment or a job is needed");
	for (i = 0; isalnum((unsigned char)argv[0][i]); i++)
		strbuf_addch(&id, (char)toupper((unsigned char)argv[0][i]));
	args.id = id.buf;
	if (!id.len || argv[0][i]) {
		error_set(&err, ERROR_INVALID, "'%s' is no id: an id has letters and digits",
			  argv[0]);
		error_hint(&err, "'git gitops status' and 'git gitops log' show the ids");
	} else if (!records_open(&records, &err))
		ret = control_anywhere(&records, &args, argc > 1 ? argv[1] : NULL, &err);
	if (ret < 0)
		ret = error_report(&err);
	records_release(&records);
	strbuf_release(&id);
	error_release(&err);
	return ret;
}

int cmd_cancel(int argc, const char **argv, struct context *ctx UNUSED)
{
	static const char *const usage[] = {
		"git gitops cancel [--local] [-b <branch>] [--reason=<text>] <id> [<remote>]", NULL
	};

	return run(CONTROL_CANCEL, usage, argc, argv);
}

int cmd_pause(int argc, const char **argv, struct context *ctx UNUSED)
{
	static const char *const usage[] = {
		"git gitops pause [--local] [-b <branch>] [--reason=<text>] <id> [<remote>]", NULL
	};

	return run(CONTROL_PAUSE, usage, argc, argv);
}

int cmd_resume(int argc, const char **argv, struct context *ctx UNUSED)
{
	static const char *const usage[] = {
		"git gitops resume [--local] [-b <branch>] [--reason=<text>] <id> [<remote>]", NULL
	};

	return run(CONTROL_RESUME, usage, argc, argv);
}

int cmd_approve(int argc, const char **argv, struct context *ctx UNUSED)
{
	static const char *const usage[] = {
		"git gitops approve [--local] [-b <branch>] [--reason=<text>] <id> [<remote>]", NULL
	};

	return run(CONTROL_APPROVE, usage, argc, argv);
}
