#include "base/base.h"
#include "ui/plan.h"

#include "base/json.h"
#include "base/utf8.h"

#define PREFIX_MAX 48

static void add_range(struct strbuf *out, const struct oid *before, const struct oid *after)
{
	char hex[OID_HEXSZ + 1];

	if (!oid_is_null(before)) {
		oid_hex(hex, before);
		strbuf_addf(out, "%.7s..", hex);
	}
	oid_hex(hex, after);
	strbuf_addf(out, "%.7s", hex);
}

static void add_padded(struct strbuf *out, const char *s, size_t width)
{
	size_t start = out->len, own;

	strbuf_add_printable(out, s, strlen(s));
	own = utf8_width(out->buf + start, out->len - start);
	strbuf_addchars(out, ' ', own < width ? width - own : 0);
}

static size_t prefix_width(const struct plan *plan)
{
	size_t i, width = 0;

	for (i = 0; i < plan->nr; i++) {
		size_t own = utf8_width(plan->objects[i].prefix, strlen(plan->objects[i].prefix));

		width = MAX(width, MIN(own, (size_t)PREFIX_MAX));
	}
	return width;
}

void ui_plan_text(struct strbuf *out, const struct plan *plan, const struct oid *before,
		  const struct oid *after)
{
	size_t width = prefix_width(plan), counts[3] = { 0 }, i, j;

	add_range(out, before, after);
	if (oid_is_null(before))
		strbuf_addstr(out, ": nothing was processed yet, everything counts as added");
	else if (plan->unrelated)
		strbuf_addstr(out, ": unrelated histories, compared tree to tree");
	else if (oid_eq(before, after))
		strbuf_addstr(out, ": the same commit");
	strbuf_addch(out, '\n');
	for (i = 0; i < plan->nr; i++) {
		const struct plan_object *object = &plan->objects[i];

		counts[object->intent]++;
		strbuf_addf(out, "%-7s %-7s ", intent_name(object->intent),
			    artifact_kind_name(object->kind));
		add_padded(out, object->prefix, width);
		strbuf_addstr(out, "  ");
		strbuf_add_printable(out, object->why, strlen(object->why));
		strbuf_addch(out, '\n');
		for (j = 0; j < object->files_nr; j++) {
			strbuf_addf(out, "        %c ", object->files[j].change);
			add_padded(out, object->files[j].path, 0);
			if (object->files[j].referenced) {
				strbuf_addstr(out, " -> ");
				add_padded(out, object->files[j].referenced, 0);
			}
			strbuf_addch(out, '\n');
		}
	}
	if (!plan->nr)
		strbuf_addstr(out, "nothing to do\n");
	else
		strbuf_addf(out, "%zu to deploy, %zu to delete, %zu left alone\n",
			    counts[INTENT_DEPLOY], counts[INTENT_DELETE], counts[INTENT_NONE]);
}

static void write_object(struct json_writer *jw, const struct plan_object *object)
{
	size_t i;

	jw_object(jw, NULL);
	jw_str(jw, "kind", artifact_kind_name(object->kind));
	jw_str(jw, "prefix", object->prefix);
	jw_str(jw, "intent", intent_name(object->intent));
	jw_str(jw, "why", object->why);
	jw_array(jw, "files");
	for (i = 0; i < object->files_nr; i++) {
		const struct plan_file *file = &object->files[i];

		jw_object(jw, NULL);
		jw_str(jw, "path", file->path);
		jw_strn(jw, "change", &file->change, 1);
		if (file->referenced)
			jw_str(jw, "referenced", file->referenced);
		jw_end(jw);
	}
	jw_end(jw);
	jw_end(jw);
}

void ui_plan_json(struct strbuf *out, const struct plan *plan, const struct oid *before,
		  const struct oid *after)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 2);
	char hex[OID_HEXSZ + 1];
	size_t i;

	jw_object(&jw, NULL);
	oid_hex(hex, before);
	jw_str(&jw, "before", oid_is_null(before) ? NULL : hex);
	oid_hex(hex, after);
	jw_str(&jw, "after", hex);
	jw_bool(&jw, "unrelated", plan->unrelated);
	jw_array(&jw, "objects");
	for (i = 0; i < plan->nr; i++)
		write_object(&jw, &plan->objects[i]);
	jw_end(&jw);
	jw_end(&jw);
	strbuf_addch(out, '\n');
}
