#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/ulid.h"
#include "spool/control.h"
#include "spool/internal.h"

#include <sys/stat.h>

#define CONTROL_MAX (64 * 1024)

static const char *const verbs[] = {
	[CONTROL_CANCEL] = "cancel",
	[CONTROL_PAUSE] = "pause",
	[CONTROL_RESUME] = "resume",
	[CONTROL_APPROVE] = "approve",
};

const char *control_verb_name(enum control_verb verb)
{
	return verbs[verb];
}

bool control_verb_parse(enum control_verb *verb, const char *name)
{
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(verbs); i++) {
		if (str_eq(name, verbs[i])) {
			*verb = (enum control_verb)i;
			return true;
		}
	}
	return false;
}

void control_release(struct control *control)
{
	free(control->id);
	free(control->job);
	free(control->deployment);
	free(control->actor);
	free(control->reason);
	*control = (struct control){ 0 };
}

void control_write(struct strbuf *out, const struct control *control)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 0);
	struct strbuf time = STRBUF_INIT;

	format_time_ms(&time, control->created_at);
	jw_object(&jw, NULL);
	jw_str(&jw, "id", control->id);
	jw_str(&jw, "createdAt", time.buf);
	jw_str(&jw, "verb", control_verb_name(control->verb));
	jw_str(&jw, "job", control->job);
	if (control->deployment)
		jw_str(&jw, "deployment", control->deployment);
	jw_str(&jw, "actor", control->actor);
	if (control->reason)
		jw_str(&jw, "reason", control->reason);
	jw_end(&jw);
	strbuf_release(&time);
}

static bool printable(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static bool read_members(struct control *control, const struct json *root)
{
	const char *time = json_get_str(root, "createdAt");

	control->id = xstrdup_or_null(json_get_str(root, "id"));
	control->job = xstrdup_or_null(json_get_str(root, "job"));
	control->deployment = xstrdup_or_null(json_get_str(root, "deployment"));
	control->actor = xstrdup_or_null(json_get_str(root, "actor"));
	control->reason = xstrdup_or_null(json_get_str(root, "reason"));
	return control->id && is_ulid(control->id, strlen(control->id)) && control->job &&
	       is_ulid(control->job, strlen(control->job)) && control->actor &&
	       printable(control->actor) && printable(control->reason) && time &&
	       !parse_time_ms(time, &control->created_at) &&
	       control_verb_parse(&control->verb, json_get_str(root, "verb"));
}

int control_parse(struct control *control, const char *text, size_t len, struct error *err)
{
	static const struct json_limits limits = { .max_depth = 4, .max_nodes = 100 };
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena;
	const struct json *root;
	int ret = 0;

	arena_init(&arena, 1 << 20);
	*control = (struct control){ 0 };
	root = json_parse(&arena, text, len, &limits, &problems);
	if (!root || root->type != JSON_OBJECT || !read_members(control, root)) {
		control_release(control);
		ret = error_set(err, ERROR_INVALID, "is no request about a deployment");
	}
	json_problems_release(&problems);
	arena_release(&arena);
	return ret;
}

int spool_put_control(struct spool *spool, struct control *control, struct error *err)
{
	struct strbuf id = STRBUF_INIT, text = STRBUF_INIT;
	char *path, *tmp;
	int ret;

	control->created_at = clock_wall_ms(clock_system());
	add_ulid(&id, control->created_at);
	free(control->id);
	control->id = strbuf_detach(&id, NULL);
	control_write(&text, control);
	strbuf_addch(&text, '\n');
	path = spool_path(spool, "control", control->id, ".json");
	tmp = xstrfmt("%s/tmp", spool->dir);
	ret = spool_make_dir(spool, "control", err);
	if (!ret)
		ret = file_write_atomic(path, tmp, text.buf, text.len, spool->mode, err);
	free(path);
	free(tmp);
	strbuf_release(&text);
	return ret;
}

/* A job moves from new/ to run/ and on, never back: looked at in this order it is seen. */
static bool job_is_open(const struct spool *spool, const char *id)
{
	static const char *const places[] = { "new", "run" };
	bool found = false;
	size_t i;

	for (i = 0; !found && i < ARRAY_SIZE(places); i++) {
		char *path = spool_path(spool, places[i], id, ".json");

		found = !access(path, F_OK);
		free(path);
	}
	return found;
}

/* 1: read, 0: not one, and it is gone now. */
static int read_control(struct spool *spool, const char *name, struct control *control)
{
	struct strbuf text = STRBUF_INIT_MAX(CONTROL_MAX);
	char *path = spool_path(spool, "control", name, "");
	struct error err = ERROR_INIT;
	char id[ULID_LEN + 1];
	int ret = 0;

	if (!job_file_name(name, id)) {
		error_set(&err, ERROR_INVALID, "is not named like one");
	} else if (!file_read(path, &text, &err) &&
		   !control_parse(control, text.buf, text.len, &err)) {
		ret = str_eq(control->id, id) && job_is_open(spool, control->job);
		/* For a job that is over: nothing is left to be done. */
		if (!ret) {
			control_release(control);
			unlink(path);
		}
	}
	if (err.message && err.kind != ERROR_NOT_FOUND) {
		spool_log(spool, "'%s': %s", path, err.message);
		if (unlink(path) < 0 && errno != ENOENT)
			spool_log(spool, "cannot remove '%s': %s", path, strerror(errno));
	}
	error_release(&err);
	strbuf_release(&text);
	free(path);
	return ret;
}

int spool_each_control(struct spool *spool, control_fn *fn, void *data, struct error *err)
{
	struct names names;
	int ret = 0;
	size_t i;

	if (names_read(&names, spool, "control", err) < 0) {
		names_release(&names);
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		/* A spool that an earlier version made. */
		error_release(err);
		return 0;
	}
	for (i = 0; !ret && i < names.nr; i++) {
		struct control control = { 0 };

		if (read_control(spool, names.v[i], &control))
			ret = fn(&control, data);
		control_release(&control);
	}
	names_release(&names);
	return ret < 0 ? -1 : 0;
}

void spool_drop_control(struct spool *spool, const char *id)
{
	char *path = spool_path(spool, "control", id, ".json");

	if (unlink(path) < 0 && errno != ENOENT)
		spool_log(spool, "cannot remove '%s': %s", path, strerror(errno));
	free(path);
}
