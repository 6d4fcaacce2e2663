#include "base/base.h"
#include "ui/findings.h"

#include "base/json.h"

/*
 * Static Analysis Results Interchange Format 2.1.0. Paths are relative to the
 * top of the repository (%SRCROOT%), columns count code points (3.14.17).
 */
#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define TOOL_NAME    "git-gitops"

/* A path as a relative reference (RFC 3986): everything but unreserved characters escaped. */
static void add_uri(struct strbuf *out, const char *path)
{
	const char *p;

	for (p = path; *p; p++) {
		if (isalnum((unsigned char)*p) || strchr("-._~/", *p))
			strbuf_addch(out, *p);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*p);
	}
}

static const char *level_of(enum severity severity)
{
	return severity == SEVERITY_ERROR   ? "error" :
	       severity == SEVERITY_WARNING ? "warning" :
					      "note";
}

/* The rules that results refer to: those given, then those only used. */
struct rule_list {
	struct finding_rule *v;
	size_t nr, alloc;
};

static size_t rule_index(struct rule_list *rules, const char *id, const char *summary)
{
	size_t i;

	for (i = 0; i < rules->nr; i++)
		if (str_eq(rules->v[i].id, id))
			return i;
	ALLOC_GROW(rules->v, rules->nr + 1, rules->alloc);
	rules->v[rules->nr] = (struct finding_rule){ .id = id, .summary = summary };
	return rules->nr++;
}

static void write_driver(struct json_writer *jw, const struct rule_list *rules, const char *version)
{
	size_t i;

	jw_object(jw, "tool");
	jw_object(jw, "driver");
	jw_str(jw, "name", TOOL_NAME);
	jw_str(jw, "version", version);
	jw_array(jw, "rules");
	for (i = 0; i < rules->nr; i++) {
		jw_object(jw, NULL);
		jw_str(jw, "id", rules->v[i].id);
		jw_object(jw, "shortDescription");
		jw_str(jw, "text", rules->v[i].summary);
		jw_end(jw);
		jw_end(jw);
	}
	jw_end(jw);
	jw_end(jw);
	jw_end(jw);
}

static void write_location(struct json_writer *jw, const struct finding *f)
{
	struct strbuf uri = STRBUF_INIT;

	add_uri(&uri, f->path);
	jw_array(jw, "locations");
	jw_object(jw, NULL);
	jw_object(jw, "physicalLocation");
	jw_object(jw, "artifactLocation");
	jw_str(jw, "uri", uri.buf);
	jw_str(jw, "uriBaseId", "%SRCROOT%");
	jw_end(jw);
	if (f->line) {
		jw_object(jw, "region");
		jw_int(jw, "startLine", f->line);
		jw_int(jw, "startColumn", f->column);
		jw_int(jw, "endColumn", (int64_t)f->column + (f->width ? f->width : 1));
		/* a snippet is the region's own lines: only when it is whole */
		if (f->source && f->source_column == 1) {
			jw_object(jw, "snippet");
			jw_str(jw, "text", f->source);
			jw_end(jw);
		}
		jw_end(jw);
	}
	jw_end(jw);
	jw_end(jw);
	jw_end(jw);
	strbuf_release(&uri);
}

void findings_sarif(struct strbuf *out, const struct findings *fs, const struct finding_rule *rules,
		    size_t rules_nr, const char *tool_version)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 2);
	struct rule_list list = { 0 };
	struct strbuf text = STRBUF_INIT;
	size_t i;

	for (i = 0; i < rules_nr; i++)
		rule_index(&list, rules[i].id, rules[i].summary);
	for (i = 0; i < fs->nr; i++)
		rule_index(&list, fs->v[i].rule, fs->v[i].rule);

	jw_object(&jw, NULL);
	jw_str(&jw, "$schema", SARIF_SCHEMA);
	jw_str(&jw, "version", "2.1.0");
	jw_array(&jw, "runs");
	jw_object(&jw, NULL);
	write_driver(&jw, &list, tool_version);
	jw_str(&jw, "columnKind", "unicodeCodePoints");
	jw_array(&jw, "results");
	for (i = 0; i < fs->nr; i++) {
		const struct finding *f = &fs->v[i];

		strbuf_reset(&text);
		strbuf_addstr(&text, f->message);
		if (f->hint)
			strbuf_addf(&text, "\n%s", f->hint);
		jw_object(&jw, NULL);
		jw_str(&jw, "ruleId", f->rule);
		jw_int(&jw, "ruleIndex", (int64_t)rule_index(&list, f->rule, f->rule));
		jw_str(&jw, "level", level_of(f->severity));
		jw_object(&jw, "message");
		jw_str(&jw, "text", text.buf);
		jw_end(&jw);
		if (f->path)
			write_location(&jw, f);
		jw_end(&jw);
	}
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	strbuf_addch(out, '\n');
	strbuf_release(&text);
	free(list.v);
}
