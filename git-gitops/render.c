#include "command.h"
#include "render.h"

#include "base/file.h"
#include "base/finding.h"
#include "base/json.h"
#include "base/utf8.h"
#include "template/template.h"
#include "ui/findings.h"

static const char *const render_usage[] = {
	"git gitops render [--explain] [--format=(text|json)] <path-prefix> [<commit>]",
	"git gitops render --template <file> [--values <file>]", NULL
};

#define MAX_FILE ((size_t)64 << 20)

/* One template, one file of values, and nothing else. */
struct single {
	const char *template_path, *values_path;
	struct strbuf text, values_text, out;
	struct arena arena;
	struct template_values *values;
	struct findings findings;
};

static void values_findings(struct single *s, const struct json_problems *problems)
{
	size_t i;

	for (i = 0; i < problems->nr; i++) {
		const struct json_problem *p = &problems->v[i];
		struct finding *f = findings_add(&s->findings, SEVERITY_ERROR, p->rule,
						 s->values_path, "%s", p->message);

		finding_at(f, s->values_text.buf, s->values_text.len, p->off, p->len);
		if (p->hint)
			finding_hint(f, "%s", p->hint);
	}
}

static void template_findings(struct single *s, const struct template_errors *errs)
{
	size_t i;

	for (i = 0; i < errs->nr; i++) {
		const struct template_error *e = &errs->v[i];
		struct finding *f = findings_add(&s->findings, SEVERITY_ERROR, e->rule,
						 s->template_path, "%s", e->message);

		finding_at(f, s->text.buf, s->text.len, e->off, e->len);
		if (e->hint)
			finding_hint(f, "%s", e->hint);
	}
	findings_sort(&s->findings);
}

/* Returns 0, or 1 with findings. */
static int read_values(struct single *s)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct json *json =
		json_parse(&s->arena, s->values_text.buf, s->values_text.len, NULL, &problems);
	size_t i;

	if (!json) {
		values_findings(s, &problems);
		json_problems_release(&problems);
		return 1;
	}
	json_problems_release(&problems);
	if (json->type != JSON_OBJECT) {
		struct finding *f = findings_add(&s->findings, SEVERITY_ERROR, "values-shape",
						 s->values_path,
						 "the values must be an object, not %s",
						 json_type_name(json->type));

		finding_at(f, s->values_text.buf, s->values_text.len, json->off, json->len);
		return 1;
	}
	for (i = 0; i < json->u.object.nr; i++) {
		const struct json_member *m = &json->u.object.members[i];

		template_values_set(s->values, m->name, m->name_len, &m->value, s->values_path,
				    false);
	}
	return 0;
}

static int render_text(struct single *s)
{
	struct template_errors errs = TEMPLATE_ERRORS_INIT;
	struct template *t = NULL;
	size_t bad = utf8_validate(s->text.buf, s->text.len);
	int status = 0;

	if (bad < s->text.len) {
		struct finding *f = findings_add(&s->findings, SEVERITY_ERROR, "template-encoding",
						 s->template_path, "the template is not UTF-8");

		finding_at(f, s->text.buf, s->text.len, bad, 1);
		return 1;
	}
	t = template_parse(s->text.buf, s->text.len, &errs);
	if (!t || template_render(t, s->values, NULL, &s->out, NULL, &errs) < 0) {
		template_findings(s, &errs);
		status = 1;
	}
	template_free(t);
	template_errors_release(&errs);
	return status;
}

static int render_single(const char *template_path, const char *values_path)
{
	struct single s = { .template_path = template_path, .values_path = values_path };
	struct error err = ERROR_INIT;
	int status = 0;

	strbuf_init(&s.text, MAX_FILE);
	strbuf_init(&s.values_text, MAX_FILE);
	strbuf_init(&s.out, 0);
	s.values = template_values_new();
	if (file_read(template_path, &s.text, &err) < 0 ||
	    (values_path && file_read(values_path, &s.values_text, &err) < 0)) {
		status = error_report(&err);
		goto out;
	}
	if ((values_path && read_values(&s)) || render_text(&s)) {
		struct findings_style style = findings_style_for(2, NULL);
		struct strbuf text = STRBUF_INIT;

		findings_text(&text, &s.findings, &style);
		fwrite(text.buf, 1, text.len, stderr);
		strbuf_release(&text);
		status = 1;
		goto out;
	}
	fwrite(s.out.buf, 1, s.out.len, stdout);
out:
	template_values_free(s.values);
	findings_release(&s.findings);
	strbuf_release(&s.text);
	strbuf_release(&s.values_text);
	strbuf_release(&s.out);
	arena_release(&s.arena);
	return status;
}

int cmd_render(int argc, const char **argv, struct context *ctx UNUSED)
{
	const char *template_path = NULL, *values_path = NULL;
	int format = UI_FORMAT_TEXT;
	int explain = 0;
	const struct option options[] = {
		OPT_BOOL(0, "explain", &explain, "show where each substituted value comes from"),
		OPT_STRING(0, "template", &template_path, "file", "render this file alone"),
		OPT_STRING(0, "values", &values_path, "file",
			   "a JSON object whose members are the variables"),
		OPT_FORMAT(&format), OPT_END()
	};

	argc = parse_options(argc, argv, options, render_usage);
	if (argc > (template_path ? 0 : 2))
		usage_with_options(render_usage, options, "too many arguments");
	if (template_path && explain)
		usage_with_options(render_usage, options,
				   "--explain goes with a path-prefix, not with --template");
	if (template_path)
		return render_single(template_path, values_path);
	if (values_path)
		usage_with_options(render_usage, options, "--values goes with --template");
	if (!argc)
		usage_with_options(render_usage, options,
				   "what to render? a path-prefix, or --template <file>");
	return (explain ? render_explain : render_object)(argv[0], argc > 1 ? argv[1] : NULL,
							  format);
}
