#include "command.h"
#include "nearby.h"
#include "ask.h"
#include "records.h"

#include "base/clock.h"
#include "base/json.h"
#include "deploy/request.h"
#include "repo/snapshot.h"
#include "state/hold.h"

static const char *const hold_usage[] = {
	"git gitops hold [--local] [-b <branch>] [--kind=<kind>] [--reason=<text>] <path-prefix> [<remote>]",
	"git gitops hold [-b <branch>] [--format=(text|json)]", NULL
};

static const char *const unhold_usage[] = {
	"git gitops unhold [--local] [-b <branch>] [--kind=<kind>] <path-prefix> [<remote>]", NULL
};

struct hold_args {
	const char *branch, *kind, *reason, *prefix;
	int local;
};

/* --- what is held, as far as it is known here */

struct listing {
	const char *branch; /* NULL: all */
	struct table table;
	struct json_writer jw;
	bool json;
	size_t nr;
};

static int list_one(const struct hold *hold, void *data)
{
	struct listing *listing = data;
	struct strbuf text = STRBUF_INIT;

	if (listing->branch && !str_eq(listing->branch, hold->branch))
		return 0;
	listing->nr++;
	if (listing->json) {
		hold_write(&text, hold);
		jw_raw(&listing->jw, NULL, text.buf);
	} else {
		table_cell(&listing->table, TABLE_PLAIN, artifact_kind_name(hold->kind));
		table_cell(&listing->table, TABLE_BOLD, hold->prefix);
		table_cell(&listing->table, TABLE_PLAIN, hold->branch);
		hold_describe(&text, hold);
		table_cell(&listing->table, TABLE_YELLOW, text.buf);
	}
	strbuf_release(&text);
	return 0;
}

static int list_holds(struct repo *repo, const char *branch, bool json, struct error *err)
{
	struct strbuf out = STRBUF_INIT;
	struct listing listing = { .branch = branch, .json = json };
	const struct table_style plain = { 0 };
	int ret;

	listing.jw = (struct json_writer)JSON_WRITER_INIT(&out, 0);
	table_init(&listing.table, 4);
	if (json) {
		jw_object(&listing.jw, NULL);
		jw_array(&listing.jw, "holds");
	}
	ret = hold_each(repo, list_one, &listing, err);
	if (json) {
		jw_end(&listing.jw);
		jw_end(&listing.jw);
		strbuf_addch(&out, '\n');
	} else if (listing.nr) {
		table_print(&out, &listing.table, &plain);
	} else {
		strbuf_addstr(&out, "nothing is held\n");
		if (repo_config_str(repo, "remote.origin.url"))
			strbuf_addstr(&out,
				      "hint: the server may know more: git fetch --prune origin "
				      "'+refs/gitops/hold/*:refs/gitops/hold/*'\n");
	}
	if (!ret)
		print_buffer(&out);
	table_release(&listing.table);
	strbuf_release(&out);
	return ret;
}

/* --- here */

/* Which kind has a definition at the branch's head, if that tells. */
static int find_kind(struct repo *repo, const struct hold_args *args, enum artifact_kind *kind,
		     struct error *err)
{
	struct snapshot *head = NULL;
	bool found[KIND_NR] = { false };
	char *ref = xstrfmt("refs/heads/%s", args->branch);
	struct oid commit;
	int k, ret;

	ret = repo_resolve(repo, ref, &commit, err);
	if (!ret)
		ret = snapshot_of_commit(&head, repo, &commit, err);
	for (k = 0; !ret && k < KIND_NR; k++) {
		char *path = xstrfmt("%s%s", args->prefix,
				     artifact_suffix((enum artifact_kind)k, ROLE_DEFINITION));
		struct file_entry entry;
		int there = snapshot_get(head, path, &entry, err);

		found[k] = there > 0;
		if (there < 0)
			ret = -1;
		free(path);
	}
	snapshot_free(head);
	free(ref);
	if (ret < 0)
		return -1;
	if (args->kind) {
		*kind = str_eq(args->kind, "lambda") ? KIND_LAMBDA : KIND_ECS;
		found[!*kind] = false;
	}
	if (found[KIND_ECS] && found[KIND_LAMBDA]) {
		error_set(err, ERROR_INVALID, "'%s' is an ECS service and a Lambda function",
			  args->prefix);
		return error_hint(err, "say which one with '--kind=ecs' or '--kind=lambda'");
	}
	if (!found[KIND_ECS] && !found[KIND_LAMBDA]) {
		error_set(err, ERROR_NOT_FOUND, "there is no service object '%s' on '%s'",
			  args->prefix, args->branch);
		nearby_hint(err, repo, args->branch, args->prefix);
		return error_hint(err, "a path-prefix is what comes before '_svcdef.json'");
	}
	*kind = found[KIND_LAMBDA] ? KIND_LAMBDA : KIND_ECS;
	return 0;
}

static int hold_here(struct repo *repo, const struct hold_args *args, struct error *err)
{
	struct request request = REQUEST_INIT;
	struct hold hold = { 0 };
	enum artifact_kind kind = KIND_ECS;
	int ret = -1;

	if (find_kind(repo, args, &kind, err) < 0 ||
	    request_open_in(&request, repo_git_dir(repo), err) < 0 ||
	    hold_read(repo, args->branch, kind, args->prefix, &hold, err) < 0)
		goto out;
	record_set(&hold.branch, args->branch);
	record_set(&hold.prefix, args->prefix);
	hold.kind = kind;
	record_set(&hold.actor, request_actor(&request));
	record_set(&hold.reason, args->reason && *args->reason ? args->reason : NULL);
	/* Whatever a rollback held back: from now on it is everything. */
	record_set(&hold.digest, NULL);
	record_set(&hold.commit, NULL);
	record_set(&hold.deployment, NULL);
	hold.since = clock_wall_ms(clock_system());
	if (hold_place(repo, &hold, err) < 0)
		goto out;
	printf("'%s' is held: nothing of '%s' deploys it until 'git gitops unhold'\n", args->prefix,
	       args->branch);
	ret = 0;
out:
	hold_release(&hold);
	request_release(&request);
	return ret;
}

static int unhold_here(struct repo *repo, const struct hold_args *args, struct error *err)
{
	int k, rc = 0, lifted = 0;

	for (k = 0; rc >= 0 && k < KIND_NR; k++) {
		struct hold hold;

		if (args->kind && !str_eq(args->kind, artifact_kind_name((enum artifact_kind)k)))
			continue;
		rc = hold_read(repo, args->branch, (enum artifact_kind)k, args->prefix, &hold, err);
		if (rc > 0 && (rc = hold_lift(repo, &hold, err)) == 0)
			lifted++;
		hold_release(&hold);
	}
	if (rc < 0)
		return -1;
	if (!lifted) {
		error_set(err, ERROR_NOT_FOUND, "'%s' is not held on '%s'", args->prefix,
			  args->branch);
		nearby_hint(err, repo, args->branch, args->prefix);
		return error_hint(err, "'git gitops hold' lists what is");
	}
	printf("'%s' is not held any more; 'git gitops deploy -b %s' deploys what was held back\n",
	       args->prefix, args->branch);
	return 0;
}

/* --- */

static int hold_there(struct repo *repo, const char *verb, const struct hold_args *args,
		      const char *remote, struct error *err)
{
	struct ask ask = { .remote = ask_remote(repo, remote, args->branch),
			   .branch = args->branch };
	int ret;

	ask_add(&ask, verb, args->prefix);
	if (args->kind)
		ask_add(&ask, "gitops.kind", args->kind);
	if (args->reason && *args->reason)
		ask_add(&ask, "gitops.reason", args->reason);
	ret = ask_server(&ask, err);
	ask_release(&ask);
	return ret;
}

static int run(struct hold_args *args, bool unhold, int argc, const char **argv, int format)
{
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	char *branch = NULL;
	int ret = -1;

	if (repo_open(&repo, NULL, &err) < 0)
		goto out;
	if (!argc) {
		ret = list_holds(repo, args->branch, format == UI_FORMAT_JSON, &err);
		goto out;
	}
	branch = ask_branch(repo, args->branch, &err);
	if (!branch)
		goto out;
	args->branch = branch;
	args->prefix = argv[0];
	if (!ask_is_here(repo, argc > 1 ? argv[1] : NULL, branch, args->local))
		ret = hold_there(repo, unhold ? "gitops.unhold" : "gitops.hold", args,
				 argc > 1 ? argv[1] : NULL, &err);
	else if (unhold)
		ret = unhold_here(repo, args, &err);
	else
		ret = hold_here(repo, args, &err);
out:
	if (ret < 0)
		ret = error_report(&err);
	free(branch);
	repo_free(repo);
	error_release(&err);
	return ret;
}

static bool is_kind(const char *kind)
{
	return !kind || str_eq(kind, "ecs") || str_eq(kind, "lambda");
}

int cmd_hold(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct hold_args args = { 0 };
	int format = UI_FORMAT_TEXT;
	const struct option options[] = {
		OPT_STRING('b', "branch", &args.branch, "branch",
			   "the branch it is deployed from (else the one HEAD names)"),
		OPT_STRING(0, "kind", &args.kind, "kind", "ecs or lambda, where there are both"),
		OPT_STRING('m', "reason", &args.reason, "text", "why; status shows it"),
		OPT_BOOL(0, "local", &args.local, "in this repository, not on its server"),
		OPT_FORMAT(&format),
		OPT_END()
	};

	argc = parse_options(argc, argv, options, hold_usage);
	if (argc > 2 || !is_kind(args.kind))
		usage_with_options(hold_usage, options,
				   argc > 2 ? "too many arguments" : "a kind is ecs or lambda");
	return run(&args, false, argc, argv, format);
}

int cmd_unhold(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct hold_args args = { 0 };
	const struct option options[] = {
		OPT_STRING('b', "branch", &args.branch, "branch",
			   "the branch it is deployed from (else the one HEAD names)"),
		OPT_STRING(0, "kind", &args.kind, "kind", "ecs or lambda, where there are both"),
		OPT_BOOL(0, "local", &args.local, "in this repository, not on its server"),
		OPT_END()
	};

	argc = parse_options(argc, argv, options, unhold_usage);
	if (argc < 1 || argc > 2 || !is_kind(args.kind))
		usage_with_options(unhold_usage, options, "one path-prefix is needed");
	return run(&args, true, argc, argv, UI_FORMAT_TEXT);
}
