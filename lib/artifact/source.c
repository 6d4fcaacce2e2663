#include "base/base.h"
#include "artifact/source.h"

#include "base/json.h"
#include "base/utf8.h"

size_t source_max_size(struct snapshot *snapshot, const char *key, size_t fallback)
{
	int64_t value = repo_config_int(snapshot_repo(snapshot), key, (int64_t)fallback);

	return value > 0 && value <= UINT32_MAX ? (size_t)value : fallback;
}

/* A mode that is none of a plain file, said and explained. False when it is fine. */
static bool odd_mode(const struct file_entry *entry, struct findings *findings)
{
	struct finding *f;

	switch (entry->mode & 0170000) {
	case 0120000:
		f = findings_add(findings, SEVERITY_ERROR, "file-mode", entry->path,
				 "this is a symbolic link, not a regular file");
		finding_hint(f, "commit the file itself; links are not followed");
		return true;
	case 0160000:
		f = findings_add(findings, SEVERITY_ERROR, "file-mode", entry->path,
				 "this is a submodule, not a regular file");
		finding_hint(f, "what is in a submodule is not part of this repository");
		return true;
	case 0100000:
		break;
	default:
		findings_add(findings, SEVERITY_ERROR, "file-mode", entry->path,
			     "this is not a regular file (mode %o)", (unsigned)entry->mode);
		return true;
	}
	if (!(entry->mode & 0111))
		return false;
	f = findings_add(findings, SEVERITY_ERROR, "file-mode", entry->path,
			 "this is marked executable");
	finding_hint(f, "git update-index --chmod=-x '%s'", entry->path);
	return true;
}

static bool odd_content(const char *path, const char *text, size_t len, struct findings *findings)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct finding *f;
	size_t bad;

	if (len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
		f = findings_add(findings, SEVERITY_ERROR, "file-encoding", path,
				 "this is UTF-16, it must be UTF-8");
		finding_hint(f, "save it as UTF-8, without a byte order mark");
		return true;
	}
	if (len >= 3 && !memcmp(text, bom, 3)) {
		f = findings_add(findings, SEVERITY_ERROR, "file-encoding", path,
				 "this begins with a byte order mark");
		finding_hint(f, "save it as UTF-8 without BOM");
		return true;
	}
	bad = utf8_validate(text, len);
	if (memchr(text, '\0', bad)) {
		bad = (size_t)((const char *)memchr(text, '\0', bad) - text);
		f = findings_add(findings, SEVERITY_ERROR, "file-encoding", path,
				 "this has a NUL byte");
		finding_at(f, text, len, bad, 1);
		return true;
	}
	if (bad == len)
		return false;
	f = findings_add(findings, SEVERITY_ERROR, "file-encoding", path,
			 "this is not UTF-8: byte 0x%02x", (unsigned)(unsigned char)text[bad]);
	finding_at(f, text, len, bad, 1);
	finding_hint(f, "save it as UTF-8");
	return true;
}

int source_read(struct snapshot *snapshot, const struct file_entry *entry, size_t max,
		const char *max_key, struct strbuf *out, struct findings *findings,
		struct error *err)
{
	size_t start = out->len;
	struct finding *f;

	if (odd_mode(entry, findings))
		return 0;
	if (snapshot_read(snapshot, entry, max, out, err) < 0) {
		if (err->kind != ERROR_LIMIT)
			return -1;
		error_release(err);
		f = findings_add(findings, SEVERITY_ERROR, "file-size", entry->path,
				 "this is larger than %zu bytes", max);
		finding_hint(f, "%s on the server sets the limit", max_key);
		return 0;
	}
	if (odd_content(entry->path, out->buf + start, out->len - start, findings)) {
		strbuf_setlen(out, start);
		return 0;
	}
	return 1;
}

void source_json_findings(struct findings *findings, const char *path, const char *text, size_t len,
			  const struct json_problems *problems)
{
	size_t i;

	for (i = 0; i < problems->nr; i++) {
		const struct json_problem *p = &problems->v[i];
		struct finding *f =
			findings_add(findings, SEVERITY_ERROR, p->rule, path, "%s", p->message);

		finding_at(f, text, len, p->off, p->len);
		if (p->hint)
			finding_hint(f, "%s", p->hint);
	}
}
