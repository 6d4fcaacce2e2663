#include "base/base.h"
#include "state/internal.h"

#include "base/clock.h"
#include "base/strmap.h"
#include "repo/notes.h"

/*
 * refs/notes/gitops/status: what `git log --notes=gitops/status` shows under a
 * commit. A line begins with branch, kind and path-prefix and a colon; that is
 * how it is found again. Lines of others are kept, below ours.
 */
static void line_head(struct strbuf *out, const struct record *r)
{
	strbuf_add_printable(out, r->branch ? r->branch : "-", r->branch ? strlen(r->branch) : 1);
	strbuf_addf(out, " %s ", artifact_kind_name(r->kind));
	strbuf_add_printable(out, r->prefix, strlen(r->prefix));
	strbuf_addch(out, ':');
}

static void add_printable(struct strbuf *out, const char *before, const char *text)
{
	if (!text)
		return;
	strbuf_addstr(out, before);
	strbuf_add_printable(out, text, strlen(text));
}

static void add_time(struct strbuf *out, const char *before, int64_t ms)
{
	struct strbuf text = STRBUF_INIT;

	if (!ms)
		return;
	/* 2026-11-21T02:03:04.567Z: to the second, for people. */
	format_time_ms(&text, ms);
	strbuf_setlen(&text, 19);
	text.buf[10] = ' ';
	strbuf_addf(out, "%s%s UTC", before, text.buf);
	strbuf_release(&text);
}

static void add_result(struct strbuf *out, const struct record *r)
{
	const char *done = r->strategy && str_eq(r->strategy, "delete")	   ? "deleted" :
			   r->strategy && str_eq(r->strategy, "unchanged") ? "unchanged" :
			   r->rollback_from				   ? "rolled back to this" :
									     "deployed";

	switch (r->status) {
	case RECORD_QUEUED:
		strbuf_addstr(out, " queued");
		add_time(out, " ", r->created_at);
		break;
	case RECORD_PROCESSING:
		strbuf_addstr(out, r->strategy && str_eq(r->strategy, "delete") ? " deleting" :
										  " deploying");
		add_printable(out, ", step ", r->step);
		add_time(out, ", since ", r->started_at ? r->started_at : r->created_at);
		break;
	case RECORD_SUCCESS:
		strbuf_addf(out, " %s", done);
		add_time(out, " ", r->finished_at);
		break;
	case RECORD_ERROR:
		strbuf_addstr(out, record_was_held(r)	   ? " held back" :
				   record_was_overtaken(r) ? " superseded" :
							     " failed");
		add_printable(out, " at ", record_failed_step(r));
		add_time(out, " ", r->finished_at);
		break;
	}
	add_printable(out, " by ", r->actor);
	if (r->finished_at && r->started_at && r->finished_at > r->started_at &&
	    !str_eq(done, "unchanged")) {
		strbuf_addstr(out, ", in ");
		format_duration(out, r->finished_at - r->started_at);
	}
	if (r->status == RECORD_ERROR && r->failure.category) {
		add_printable(out, ": ", r->failure.category);
		add_printable(out, ": ", r->failure.message);
		add_printable(out, "; hint: ", r->failure.hint);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int cmp = strcmp(x->branch ? x->branch : "", y->branch ? y->branch : "");

	if (!cmp)
		cmp = strcmp(x->prefix, y->prefix);
	return cmp ? cmp : (int)x->kind - (int)y->kind;
}

struct status {
	struct repo *repo;
	struct store *store;
};

/* A path-prefix may hold colons itself. */
static bool is_ours(const struct strmap *heads, const char *line, const char *eol)
{
	const char *colon = line;

	while ((colon = memchr(colon, ':', (size_t)(eol - colon)))) {
		colon++;
		if (strmap_getn(heads, line, (size_t)(colon - line)))
			return true;
	}
	return false;
}

static int edit_status(const struct oid *object, const char *old, size_t old_len,
		       struct strbuf *new_text, void *data, struct error *err)
{
	const char *end = old + old_len, *line, *eol;
	struct record_query query = { .latest = true };
	struct record_list list = RECORD_LIST_INIT;
	struct strmap heads = STRMAP_INIT;
	struct status *status = data;
	char hex[OID_HEXSZ + 1];
	size_t i;

	oid_hex(hex, object);
	query.commit = hex;
	if (store_find(status->store, &query, &list, err) < 0)
		return -1;
	if (list.nr)
		qsort(list.v, list.nr, sizeof(*list.v), by_place);
	for (i = 0; i < list.nr; i++) {
		size_t start = new_text->len;

		line_head(new_text, &list.v[i]);
		strmap_putn(&heads, new_text->buf + start, new_text->len - start, &list);
		add_result(new_text, &list.v[i]);
		strbuf_addch(new_text, '\n');
	}
	for (line = old; line < end; line = eol + 1) {
		eol = memchr(line, '\n', (size_t)(end - line));
		if (!eol)
			eol = end;
		if (eol > line && !is_ours(&heads, line, eol)) {
			strbuf_add(new_text, line, (size_t)(eol - line));
			strbuf_addch(new_text, '\n');
		}
	}
	strmap_release(&heads, NULL);
	record_list_release(&list);
	return 0;
}

int status_notes_update(struct repo *repo, const struct oid *commits, size_t nr,
			const char *message, struct error *err)
{
	struct status status = { .repo = repo };
	int rc;

	if (store_open_notes(&status.store, repo, err) < 0)
		return -1;
	rc = notes_update(repo, STATE_STATUS_REF, commits, nr, edit_status, &status, message, err);
	store_free(status.store);
	return rc;
}
