#include "repo/internal.h"
#include "repo/patch.h"

int patch_text(struct strbuf *out, const char *path, const struct strbuf *before,
	       const struct strbuf *after, struct error *err)
{
	git_patch *patch = NULL;
	git_buf text = { 0 };
	int rc;

	git_error_clear();
	rc = git_patch_from_buffers(&patch, before->buf, before->len, path, after->buf, after->len,
				    path, NULL);
	if (!rc)
		rc = git_patch_to_buf(&text, patch);
	if (!rc)
		strbuf_add(out, text.ptr, text.size);
	git_buf_dispose(&text);
	git_patch_free(patch);
	return rc < 0 ? repo_error(err, rc, "cannot compare '%s'", path) : 0;
}

/* As git does it: what would not be one word is in quotes. */
static void add_path(struct strbuf *out, const char *side, const char *path)
{
	const char *p;

	for (p = path; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f || *p == '"' || *p == '\\')
			break;
	if (!*p) {
		strbuf_addf(out, "%s%s", side, path);
		return;
	}
	strbuf_addf(out, "\"%s", side);
	for (p = path; *p; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_addf(out, "\\%c", *p);
		else if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			strbuf_addf(out, "\\%03o", (unsigned char)*p);
		else
			strbuf_addch(out, *p);
	}
	strbuf_addch(out, '"');
}

void patch_rename(struct strbuf *out, const char *path, const char *new_path)
{
	strbuf_addstr(out, "diff --git ");
	add_path(out, "a/", path);
	strbuf_addch(out, ' ');
	add_path(out, "b/", new_path);
	strbuf_addstr(out, "\nsimilarity index 100%\nrename from ");
	add_path(out, "", path);
	strbuf_addstr(out, "\nrename to ");
	add_path(out, "", new_path);
	strbuf_addch(out, '\n');
}
