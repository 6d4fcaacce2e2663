#include "base/base.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/ulid.h"
#include "spool/spool.h"

#define JOB_VERSION 1

void job_init(struct job *job)
{
	*job = (struct job)JOB_INIT;
}

void job_release(struct job *job)
{
	free(job->id);
	free(job->git_dir);
	free(job->ref);
	free(job->branch);
	free(job->old_commit);
	free(job->new_commit);
	free(job->actor);
	free(job->reason);
	free(job->override);
	while (job->thaw_nr)
		free(job->thaw[--job->thaw_nr]);
	free(job->thaw);
	free(job->rollback_kind);
	free(job->rollback_prefix);
	job_init(job);
}

void job_write(struct strbuf *out, const struct job *job)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 2);
	struct strbuf time = STRBUF_INIT;

	format_time_ms(&time, job->created_at);
	jw_object(&jw, NULL);
	jw_int(&jw, "version", JOB_VERSION);
	jw_str(&jw, "id", job->id);
	jw_str(&jw, "createdAt", time.buf);
	jw_str(&jw, "gitDir", job->git_dir);
	jw_str(&jw, "ref", job->ref);
	jw_str(&jw, "oldCommit", job->old_commit);
	jw_str(&jw, "newCommit", job->new_commit);
	jw_str(&jw, "actor", job->actor);
	jw_bool(&jw, "force", job->force);
	jw_bool(&jw, "dryRun", job->dry_run);
	jw_bool(&jw, "deploy", job->deploy);
	if (job->reason)
		jw_str(&jw, "reason", job->reason);
	if (job->override)
		jw_str(&jw, "override", job->override);
	if (job->thaw_nr) {
		size_t i;

		jw_array(&jw, "thaw");
		for (i = 0; i < job->thaw_nr; i++)
			jw_str(&jw, NULL, job->thaw[i]);
		jw_end(&jw);
	}
	if (job->rollback_prefix) {
		jw_object(&jw, "rollback");
		jw_str(&jw, "kind", job->rollback_kind);
		jw_str(&jw, "prefix", job->rollback_prefix);
		jw_end(&jw);
	}
	jw_end(&jw);
	strbuf_addch(out, '\n');
	strbuf_release(&time);
}

static bool is_hex_oid(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return !s[n] && (n == 40 || n == 64);
}

static char *member_error(struct error *err, const char *name, const char *what)
{
	error_set(err, ERROR_INVALID, "member '%s' is %s", name, what);
	return NULL;
}

/* A string without control characters: it ends up in logs and notes. */
static char *get_string(const struct json *object, const char *name, struct error *err)
{
	const struct json *value = json_get(object, name);
	size_t i;

	if (!value)
		return member_error(err, name, "missing");
	if (value->type != JSON_STRING || !value->u.str.len)
		return member_error(err, name, "no text");
	for (i = 0; i < value->u.str.len; i++)
		if ((unsigned char)value->u.str.s[i] < ' ' || value->u.str.s[i] == 0x7f)
			return member_error(err, name, "not printable");
	return xstrdup(value->u.str.s);
}

static char *get_oid(const struct json *object, const char *name, struct error *err)
{
	char *s = get_string(object, name, err);

	if (s && !is_hex_oid(s)) {
		FREE_AND_NULL(s);
		return member_error(err, name, "no object name");
	}
	return s;
}

/* What some jobs have. 0 also when it isn't there. */
static int get_optional(char **out, const struct json *object, const char *name, struct error *err)
{
	if (!json_get(object, name))
		return 0;
	*out = get_string(object, name, err);
	return *out ? 0 : -1;
}

static int read_rollback(struct job *job, const struct json *root, struct error *err)
{
	const struct json *rollback = json_get(root, "rollback");

	if (!rollback)
		return 0;
	job->rollback_kind = get_string(rollback, "kind", err);
	job->rollback_prefix = get_string(rollback, "prefix", err);
	return job->rollback_kind && job->rollback_prefix ? 0 : -1;
}

static int read_thaw(struct job *job, const struct json *thaw, struct error *err)
{
	size_t i, j;

	if (!thaw)
		return 0;
	if (thaw->type != JSON_ARRAY || !thaw->u.array.nr)
		return error_set(err, ERROR_INVALID, "member 'thaw' is no list");
	job->thaw = xcalloc(thaw->u.array.nr, sizeof(*job->thaw));
	for (i = 0; i < thaw->u.array.nr; i++) {
		const struct json *item = &thaw->u.array.items[i];

		if (item->type != JSON_STRING || !item->u.str.len)
			return error_set(err, ERROR_INVALID, "member 'thaw' has what is no text");
		for (j = 0; j < item->u.str.len; j++)
			if (!item->u.str.s[j])
				return error_set(err, ERROR_INVALID, "member 'thaw' has a NUL");
		job->thaw[job->thaw_nr++] = xstrdup(item->u.str.s);
	}
	return 0;
}

static int read_members(struct job *job, const struct json *root, struct error *err)
{
	const char *time, *branch;

	if (json_get_int(root, "version", 0) != JOB_VERSION)
		return error_set(err, ERROR_INVALID, "version is not %d", JOB_VERSION);
	if (!(job->id = get_string(root, "id", err)) ||
	    !(job->git_dir = get_string(root, "gitDir", err)) ||
	    !(job->ref = get_string(root, "ref", err)) ||
	    !(job->old_commit = get_oid(root, "oldCommit", err)) ||
	    !(job->new_commit = get_oid(root, "newCommit", err)) ||
	    !(job->actor = get_string(root, "actor", err)))
		return -1;
	if (!is_ulid(job->id, strlen(job->id)))
		return error_set(err, ERROR_INVALID, "'%s' is no job id", job->id);
	if (job->git_dir[0] != '/')
		return error_set(err, ERROR_INVALID, "'%s' is no absolute path", job->git_dir);
	if (!skip_prefix(job->ref, "refs/heads/", &branch) || !*branch)
		return error_set(err, ERROR_INVALID, "'%s' is no branch", job->ref);
	job->branch = xstrdup(branch);
	time = json_get_str(root, "createdAt");
	if (!time || parse_time_ms(time, &job->created_at) < 0)
		return error_set(err, ERROR_INVALID, "member 'createdAt' is no time");
	job->force = json_get_bool(root, "force", false);
	job->dry_run = json_get_bool(root, "dryRun", false);
	job->deploy = json_get_bool(root, "deploy", false);
	if (get_optional(&job->reason, root, "reason", err) < 0 ||
	    get_optional(&job->override, root, "override", err) < 0 ||
	    read_thaw(job, json_get(root, "thaw"), err) < 0)
		return -1;
	return read_rollback(job, root, err);
}

int job_parse(struct job *job, const char *json, size_t len, struct error *err)
{
	static const struct json_limits limits = { .max_depth = 8, .max_nodes = 1000 };
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena;
	const struct json *root;
	int ret;

	arena_init(&arena, 1 << 20);
	job_init(job);
	root = json_parse(&arena, json, len, &limits, &problems);
	if (!root)
		ret = error_set(err, ERROR_INVALID, "%s",
				problems.nr ? problems.v[0].message : "no JSON");
	else if (root->type != JSON_OBJECT)
		ret = error_set(err, ERROR_INVALID, "no JSON object");
	else
		ret = read_members(job, root, err);
	if (ret < 0)
		job_release(job);
	json_problems_release(&problems);
	arena_release(&arena);
	return ret;
}
