#include "command.h"
#include "nearby.h"
#include "render.h"

#include "artifact/explain.h"
#include "artifact/service.h"
#include "base/json.h"
#include "ui/findings.h"
#include "ui/table.h"

static int open_snapshot(struct snapshot **snapshot, struct repo *repo, const char *commit,
			 struct error *err)
{
	struct oid oid;

	if (!commit && repo_work_dir(repo))
		return snapshot_of_worktree(snapshot, repo, err);
	if (repo_resolve(repo, commit ? commit : "HEAD", &oid, err) < 0)
		return -1;
	return snapshot_of_commit(snapshot, repo, &oid, err);
}

/* What was asked for: all documents of a path-prefix, or one by its file name. */
struct wanted {
	char *prefix;
	const char *path; /* as it was asked for */
	bool explain;	  /* where the values come from, not the documents */
	bool one;
	struct artifact_name name; /* of the one */
};

static bool is_wanted(const struct wanted *wanted, enum artifact_kind kind, int role)
{
	return !wanted->one || (wanted->name.kind == kind && (int)wanted->name.role == role);
}

static void print_text(struct strbuf *out, const struct wanted *wanted,
		       const struct service *service)
{
	int role;

	for (role = 0; role < ROLE_NR; role++) {
		const struct document *doc = &service->docs[role];

		if (!doc->json || role == ROLE_INPUT || !is_wanted(wanted, service->kind, role))
			continue;
		if (!wanted->one) {
			strbuf_addf(out, "%s==> ", out->len ? "\n" : "");
			strbuf_add_printable(out, doc->path, strlen(doc->path));
			strbuf_addstr(out, " <==\n");
		}
		document_masked(doc, out);
		if (out->buf[out->len - 1] != '\n')
			strbuf_addch(out, '\n');
	}
}

static void print_json(struct json_writer *jw, const struct wanted *wanted,
		       const struct service *service)
{
	struct strbuf text = STRBUF_INIT;
	int role;

	for (role = 0; role < ROLE_NR; role++) {
		const struct document *doc = &service->docs[role];

		if (!doc->json || role == ROLE_INPUT || !is_wanted(wanted, service->kind, role))
			continue;
		strbuf_reset(&text);
		document_masked(doc, &text);
		strbuf_trim(&text);
		jw_object(jw, NULL);
		jw_str(jw, "kind", artifact_kind_name(service->kind));
		jw_str(jw, "prefix", service->prefix);
		jw_str(jw, "path", doc->path);
		jw_bool(jw, "sensitive", doc->sensitive);
		jw_raw(jw, "document", text.buf);
		jw_end(jw);
	}
	strbuf_release_secret(&text);
}

static void print_findings(struct findings *findings, struct repo *repo)
{
	struct findings_style style =
		findings_style_for(STDERR_FILENO, repo_config_str(repo, "color.ui"));
	struct strbuf text = STRBUF_INIT;

	findings_sort(findings);
	findings_text(&text, findings, &style);
	fwrite(text.buf, 1, text.len, stderr);
	strbuf_release(&text);
}

static void print_explanation(const struct explanation *explanation, const struct wanted *wanted,
			      struct repo *repo, struct strbuf *out, struct json_writer *jw)
{
	struct findings_style style =
		findings_style_for(STDOUT_FILENO, repo_config_str(repo, "color.ui"));
	const struct table_style table = { .colour = style.colour, .width = style.width };

	if (jw) {
		explanation_json(jw, explanation);
	} else if (explanation->nr) {
		explanation_text(out, explanation, &table);
	} else {
		strbuf_add_printable(out, wanted->path, strlen(wanted->path));
		strbuf_addstr(out, ": nothing is substituted\n");
	}
}

static bool has_files(const struct service *service)
{
	int role;

	for (role = 0; role < ROLE_NR; role++)
		if (service->docs[role].present)
			return true;
	return false;
}

/* Read one object and print it, or where its values come from. 1 when there is one. */
static int render_kind(const struct wanted *wanted, struct snapshot *snapshot,
		       enum artifact_kind kind, struct findings *findings,
		       struct explanation *explanation, struct strbuf *out, struct json_writer *jw,
		       struct error *err)
{
	struct service *service = NULL;
	int rc = wanted->explain ?
			 service_explain(&service, explanation, snapshot, kind, wanted->prefix,
					 findings, err) :
			 service_load(&service, snapshot, kind, wanted->prefix, findings, err);

	if (rc >= 0 && has_files(service)) {
		rc = 1;
		if (wanted->explain)
			explanation_keep(explanation, wanted->one ? wanted->path : NULL);
		else if (jw)
			print_json(jw, wanted, service);
		else
			print_text(out, wanted, service);
	}
	service_free(service);
	return rc;
}

static int render(struct repo *repo, const struct wanted *wanted, const char *commit, int format,
		  struct error *err)
{
	struct explanation explanation = EXPLANATION_INIT;
	struct findings findings = FINDINGS_INIT;
	struct strbuf out = STRBUF_INIT;
	struct json_writer writer = JSON_WRITER_INIT(&out, 2);
	struct json_writer *jw = format == UI_FORMAT_JSON ? &writer : NULL;
	struct snapshot *snapshot = NULL;
	bool found = false;
	int kind, rc;

	rc = open_snapshot(&snapshot, repo, commit, err);
	if (jw)
		jw_array(jw, NULL);
	for (kind = 0; rc >= 0 && kind < KIND_NR; kind++) {
		if (wanted->one && (int)wanted->name.kind != kind)
			continue;
		rc = render_kind(wanted, snapshot, (enum artifact_kind)kind, &findings,
				 &explanation, &out, jw, err);
		found |= rc > 0;
	}
	if (wanted->explain)
		print_explanation(&explanation, wanted, repo, &out, jw);
	explanation_release(&explanation);
	if (jw) {
		jw_end(jw);
		strbuf_addch(&out, '\n');
	}
	if (rc >= 0 && !found) {
		rc = error_set(err, ERROR_NOT_FOUND, "there is no service object '%s'",
			       wanted->prefix);
		nearby_hint(err, repo, commit ? commit : "HEAD", wanted->prefix);
		error_hint(err, "a path-prefix is a file name without its suffix, from the top of "
				"the repository: 'dev/web' of 'dev/web_svcdef.json'");
	} else if (rc >= 0 && findings.nr) {
		print_findings(&findings, repo);
	}
	/* with errors nothing is printed: half of an object is none */
	if (rc >= 0 && !findings.errors)
		fwrite(out.buf, 1, out.len, stdout);
	if (rc >= 0)
		rc = findings.errors > 0;
	strbuf_release_secret(&out);
	findings_release(&findings);
	snapshot_free(snapshot);
	return rc;
}

static int render_path(const char *path, const char *commit, int format, bool explain)
{
	struct wanted wanted = { .path = path, .explain = explain };
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	int status;

	wanted.one = artifact_name(path, &wanted.name);
	wanted.prefix = wanted.one ? xmemdupz(path, wanted.name.prefix_len) : xstrdup(path);
	if (repo_open(&repo, NULL, &err) < 0) {
		status = error_report(&err);
	} else {
		status = render(repo, &wanted, commit, format, &err);
		if (status < 0)
			status = error_report(&err);
	}
	free(wanted.prefix);
	repo_free(repo);
	return status;
}

int render_object(const char *path, const char *commit, int format)
{
	return render_path(path, commit, format, false);
}

int render_explain(const char *path, const char *commit, int format)
{
	return render_path(path, commit, format, true);
}
