#include "command.h"
#include "doctor.h"

#include "base/json.h"
#include "base/process.h"
#include "schema/schema.h"
#include "ui/findings.h"
#include "ui/table.h"

static const char *const doctor_usage[] = { "git gitops doctor [--online] [--format=(text|json)]",
					    "git gitops doctor --schema [--format=(text|json)]",
					    NULL };

static void schema_text(struct strbuf *out)
{
	int input;

	strbuf_addf(out, "made from %s of %s\n", schema_source, schema_released);
	for (input = 0; input < SCHEMA_INPUT_NR; input++)
		strbuf_addf(out, "    %s\n", schema_input_name((enum schema_input)input));
}

static void schema_json(struct strbuf *out)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 2);
	int input;

	jw_object(&jw, NULL);
	jw_str(&jw, "source", schema_source);
	jw_str(&jw, "released", schema_released);
	jw_array(&jw, "inputs");
	for (input = 0; input < SCHEMA_INPUT_NR; input++)
		jw_str(&jw, NULL, schema_input_name((enum schema_input)input));
	jw_end(&jw);
	jw_end(&jw);
	strbuf_addch(out, '\n');
}

static void print_schema(int format)
{
	struct strbuf out = STRBUF_INIT;

	if (format == UI_FORMAT_JSON)
		schema_json(&out);
	else
		schema_text(&out);
	fwrite(out.buf, 1, out.len, stdout);
	strbuf_release(&out);
}

/* --- the check-up */

static void add(struct doctor *doctor, enum doctor_level level, const char *check, char *message,
		const char *hint)
{
	ALLOC_GROW(doctor->v, doctor->nr + 1, doctor->alloc);
	doctor->v[doctor->nr++] =
		(struct doctor_finding){ level, check, message, xstrdup_or_null(hint) };
}

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *hint,
		const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	add(doctor, level, check, strbuf_detach(&message, NULL), hint);
}

void doctor_say_error(struct doctor *doctor, const char *check, struct error *err)
{
	add(doctor, DOCTOR_ERROR, check, xstrdup(err->message), err->hint);
	error_release(err);
}

static void look_at_versions(struct doctor *doctor)
{
	const char *argv[] = { "git", "version", NULL };
	struct strbuf git = STRBUF_INIT_MAX(4096), library = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int ret = process_run(argv, PROCESS_CAPTURE | PROCESS_NO_STDIN, &git, &err);

	strbuf_rtrim(&git);
	repo_library_version(&library);
	if (ret < 0)
		doctor_say_error(doctor, "versions", &err);
	else if (ret)
		doctor_say(doctor, DOCTOR_ERROR, "versions", "is git in PATH, and whole?",
			   "'git version' failed with status %d", ret);
	else
		doctor_say(doctor, DOCTOR_OK, "versions", NULL,
			   "git gitops %s, %s, libgit2 %s; shapes of AWS from %s", GITOPS_VERSION,
			   git.buf, library.buf, schema_released);
	strbuf_release(&library);
	strbuf_release(&git);
}

/* What init makes first, or a hook that calls us: one of both may have been removed since. */
static bool is_server(const struct doctor *doctor)
{
	const char *const made[] = { "gitops/spool", "gitops/init.json" };
	bool ret = false;
	size_t i;

	for (i = 0; !ret && i < ARRAY_SIZE(made); i++) {
		char *path = xstrfmt("%s/%s", repo_git_dir(doctor->repo), made[i]);

		ret = !access(path, F_OK);
		free(path);
	}
	return ret;
}

static void look(struct doctor *doctor, bool online)
{
	const char *git_dir = repo_git_dir(doctor->repo);

	doctor->server = is_server(doctor);
	doctor->starts_workers = repo_config_bool(doctor->repo, "gitops.worker", true);
	look_at_versions(doctor);
	if (doctor->server)
		doctor_say(doctor, DOCTOR_OK, "repository", NULL, "'%s' was set up to deploy",
			   git_dir);
	else
		doctor_say(doctor, DOCTOR_OK, "repository",
			   repo_work_dir(doctor->repo) ?
				   NULL :
				   "if it is to deploy what is pushed to it: 'git gitops init'",
			   "'%s' does not deploy by itself", git_dir);
	if (doctor->server)
		doctor_look_at_setup(doctor);
	doctor_look_at_settings(doctor);
	if (doctor->server)
		doctor_look_at_spool(doctor);
	doctor_look_at_state(doctor);
	if (online)
		doctor_ask_aws(doctor);
}

static const struct {
	const char *name;
	enum table_look look;
} levels[] = {
	[DOCTOR_OK] = { "ok", TABLE_GREEN },
	[DOCTOR_WARNING] = { "warning", TABLE_YELLOW },
	[DOCTOR_ERROR] = { "error", TABLE_RED },
};

static size_t count(const struct doctor *doctor, enum doctor_level level)
{
	size_t i, nr = 0;

	for (i = 0; i < doctor->nr; i++)
		nr += doctor->v[i].level == level;
	return nr;
}

static void add_text(struct strbuf *out, const struct doctor *doctor)
{
	bool colour = findings_style_for(1, repo_config_str(doctor->repo, "color.ui")).colour;
	size_t i;

	for (i = 0; i < doctor->nr; i++) {
		const struct doctor_finding *f = &doctor->v[i];

		strbuf_addf(out,
			    "%s%-7s%s  %s: ", colour ? table_look_code(levels[f->level].look) : "",
			    levels[f->level].name, colour ? "\033[m" : "", f->check);
		strbuf_add_printable(out, f->message, strlen(f->message));
		strbuf_addch(out, '\n');
		if (!f->hint)
			continue;
		strbuf_addstr(out, "         hint: ");
		strbuf_add_printable(out, f->hint, strlen(f->hint));
		strbuf_addch(out, '\n');
	}
}

static void add_json(struct strbuf *out, const struct doctor *doctor)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 2);
	size_t i;

	jw_object(&jw, NULL);
	jw_array(&jw, "checks");
	for (i = 0; i < doctor->nr; i++) {
		const struct doctor_finding *f = &doctor->v[i];

		jw_object(&jw, NULL);
		jw_str(&jw, "check", f->check);
		jw_str(&jw, "level", levels[f->level].name);
		jw_str(&jw, "message", f->message);
		if (f->hint)
			jw_str(&jw, "hint", f->hint);
		jw_end(&jw);
	}
	jw_end(&jw);
	jw_int(&jw, "errors", (int64_t)count(doctor, DOCTOR_ERROR));
	jw_int(&jw, "warnings", (int64_t)count(doctor, DOCTOR_WARNING));
	jw_end(&jw);
	strbuf_addch(out, '\n');
}

static int check_up(const char *program, bool online, int format)
{
	struct doctor doctor = { .program = program };
	struct strbuf out = STRBUF_INIT;
	struct error err = ERROR_INIT;
	size_t i;
	int status;

	if (repo_open(&doctor.repo, NULL, &err) < 0)
		return error_report(&err);
	look(&doctor, online);
	if (format == UI_FORMAT_JSON)
		add_json(&out, &doctor);
	else
		add_text(&out, &doctor);
	fwrite(out.buf, 1, out.len, stdout);
	status = count(&doctor, DOCTOR_ERROR) != 0;
	for (i = 0; i < doctor.nr; i++) {
		free(doctor.v[i].message);
		free(doctor.v[i].hint);
	}
	free(doctor.v);
	spool_free(doctor.spool);
	repo_free(doctor.repo);
	strbuf_release(&out);
	return status;
}

int cmd_doctor(int argc, const char **argv, struct context *ctx)
{
	int format = UI_FORMAT_TEXT, schema = 0, online = 0;
	const struct option options[] = {
		OPT_BOOL(0, "online", &online, "ask AWS, too: whose credentials these are"),
		OPT_BOOL(0, "schema", &schema, "what the tables of AWS's shapes were made from"),
		OPT_FORMAT(&format), OPT_END()
	};

	if (parse_options(argc, argv, options, doctor_usage))
		usage_with_options(doctor_usage, options, "too many arguments");
	if (schema && online)
		usage_with_options(doctor_usage, options, "--schema asks nobody");
	if (!schema)
		return check_up(ctx->program, online, format);
	print_schema(format);
	return 0;
}
