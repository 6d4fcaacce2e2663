#include "command.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "check/check.h"

static const char *const explain_usage[] = {
	"git gitops explain [--format=(text|json)] [<rule-id>...]", NULL
};

static const char *severity_word(const struct finding_rule *rule)
{
	return rule->severity == SEVERITY_ERROR ? "error" : "warning";
}

static void list_text(struct strbuf *out)
{
	size_t i;

	for (i = 0; i < check_rules_nr; i++)
		strbuf_addf(out, "%-25s%-9s%s\n", check_rules[i].id, severity_word(&check_rules[i]),
			    check_rules[i].summary);
}

/* Broken between words, no line longer than 80 columns where that can be. */
static void add_wrapped(struct strbuf *out, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + 1 + len > 80) {
			strbuf_addch(out, '\n');
			column = 0;
		}
		if (column) {
			strbuf_addch(out, ' ');
			column++;
		} else {
			strbuf_addstr(out, indent);
			column = strlen(indent);
		}
		strbuf_add(out, text, len);
		column += len;
		text += len;
		text += *text == ' ';
	}
	strbuf_addch(out, '\n');
}

static void rule_text(struct strbuf *out, const struct finding_rule *rule)
{
	strbuf_addf(out, "%s (%s%s)\n\n", rule->id, severity_word(rule),
		    rule->fixed ? ", always" : "");
	add_wrapped(out, "    ", rule->summary);
	strbuf_addch(out, '\n');
	add_wrapped(out, "    ", rule->about);
	if (rule->example)
		strbuf_addf(out, "\n  example:\n    %s\n", rule->example);
	strbuf_addstr(out, "\n  what to do:\n");
	add_wrapped(out, "    ", rule->remedy);
	if (!rule->fixed)
		strbuf_addf(out, "\n  to take it otherwise:\n    git config gitops.rule.%s %s\n",
			    rule->id, rule->severity == SEVERITY_ERROR ? "warn" : "ignore");
}

static void rule_json(struct json_writer *jw, const struct finding_rule *rule)
{
	jw_object(jw, NULL);
	jw_str(jw, "id", rule->id);
	jw_str(jw, "severity", severity_word(rule));
	jw_bool(jw, "fixed", rule->fixed);
	jw_str(jw, "summary", rule->summary);
	jw_str(jw, "about", rule->about);
	jw_str(jw, "example", rule->example);
	jw_str(jw, "remedy", rule->remedy);
	jw_end(jw);
}

static const struct finding_rule *find_rule(const char *id, struct error *err)
{
	const char **ids = xcalloc(check_rules_nr, sizeof(*ids)), *near;
	const struct finding_rule *found = NULL;
	size_t i;

	for (i = 0; i < check_rules_nr; i++) {
		ids[i] = check_rules[i].id;
		if (str_eq(id, ids[i]))
			found = &check_rules[i];
	}
	if (!found) {
		near = nearest_word(id, ids, check_rules_nr);
		error_set(err, ERROR_NOT_FOUND, "there is no rule '%s'", id);
		if (near)
			error_hint(err, "did you mean '%s'?", near);
		error_hint(err, "'git gitops explain' lists them");
	}
	free(ids);
	return found;
}

int cmd_explain(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 2);
	int format = UI_FORMAT_TEXT, status = 0, i;
	struct error err = ERROR_INIT;
	size_t k;
	const struct option options[] = { OPT_FORMAT(&format), OPT_END() };

	argc = parse_options(argc, argv, options, explain_usage);
	if (format == UI_FORMAT_JSON)
		jw_array(&jw, NULL);
	else if (!argc)
		list_text(&out);
	for (k = 0; !argc && format == UI_FORMAT_JSON && k < check_rules_nr; k++)
		rule_json(&jw, &check_rules[k]);
	for (i = 0; i < argc; i++) {
		const struct finding_rule *rule = find_rule(argv[i], &err);

		if (!rule) {
			status = error_report(&err);
			goto out;
		}
		if (format == UI_FORMAT_JSON)
			rule_json(&jw, rule);
		else
			rule_text(&out, rule);
		if (format == UI_FORMAT_TEXT && i + 1 < argc)
			strbuf_addch(&out, '\n');
	}
	if (format == UI_FORMAT_JSON) {
		jw_end(&jw);
		strbuf_addch(&out, '\n');
	}
	fwrite(out.buf, 1, out.len, stdout);
out:
	strbuf_release(&out);
	return status;
}
