#include "base/base.h"
#include "artifact/input.h"
#include "artifact/name.h"
#include "artifact/source.h"
#include "base/utf8.h"
#include "ui/findings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each value that is listed must be found, and by its own name. */
static void on_value(const struct input_value *value, void *data)
{
	struct input_value found;

	if (!inputs_find(data, value->name, value->name_len, &found) ||
	    found.name_len != value->name_len ||
	    memcmp(found.name, value->name, value->name_len) != 0)
		BUG("'%s' is not found", value->name);
}

static int on_path(const char *path, void *data UNUSED)
{
	if (ref_path_refused(path))
		BUG("'%s' is refused, and used", path);
	return 0;
}

/* What people see of it stays within its width and sends no control characters. */
static void print(struct findings *findings)
{
	struct findings_style style = { .width = FINDINGS_REMOTE_WIDTH };
	struct strbuf text = STRBUF_INIT;
	const char *p;

	findings_sort(findings);
	findings_text(&text, findings, &style);
	for (p = text.buf; *p; p++)
		if (*p != '\n' && iscntrl((unsigned char)*p))
			BUG("control character 0x%02x", (unsigned)(unsigned char)*p);
	if (utf8_validate(text.buf, text.len) != text.len)
		BUG("what is printed is not UTF-8");
	strbuf_reset(&text);
	findings_json(&text, findings);
	findings_sarif(&text, findings, NULL, 0, "0");
	strbuf_release(&text);
}

/*
 * "<type><path of the referenced file>\0<the input>\0<the referenced file>":
 * an input that refers to a file of any shape, and a path that is any name.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = (const char *)data + 1, *text, *ref, *end = (const char *)data + size;
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct findings findings = { .max = 50 };
	struct artifact_near_miss miss;
	struct error err = ERROR_INIT;
	struct arena arena = ARENA_INIT;
	struct ref_files files;
	const struct json *root;
	struct inputs inputs;
	char *name;

	if (size < 2 || !(text = memchr(path, '\0', size - 1)))
		return 0;
	text++;
	ref = memchr(text, '\0', (size_t)(end - text));
	name = xstrdup(path);
	if (artifact_near_miss(name, &miss) && miss.prefix_len > strlen(name))
		BUG("a path-prefix longer than its path");
	ref_files_init(&files, NULL);
	if (ref)
		ref_files_put(&files, name, (enum ref_type)(data[0] % 3), ref + 1,
			      (size_t)(end - ref - 1), &findings);
	else
		ref = end;
	input_ref_paths(text, (size_t)(ref - text), on_path, NULL);
	root = json_parse(&arena, text, (size_t)(ref - text), NULL, &problems);
	source_json_findings(&findings, name, text, (size_t)(ref - text), &problems);
	if (root) {
		if (inputs_read(&inputs, &files, &arena, name, text, (size_t)(ref - text), root,
				&findings, &err) < 0)
			BUG("no git, no error: %s", err.message);
		inputs_each(&inputs, on_value, &inputs);
	}
	print(&findings);
	findings_release(&findings);
	json_problems_release(&problems);
	ref_files_release(&files);
	arena_release(&arena);
	free(name);
	return 0;
}
