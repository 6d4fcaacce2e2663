#include "base/base.h"
#include "state/internal.h"

#include "base/strmap.h"
#include "base/ulid.h"
#include "repo/notes.h"

/*
 * Records in git notes, two of them on each deployed commit: one JSON object
 * a line for programs, one line per service object for people. The second is
 * made from the first. Lines that are not ours stay in both.
 */
struct notes_store {
	struct store store;
	struct repo *repo;
};

/* The id of the record on a line, when it is one. */
static bool line_id(const char *line, size_t len, char id[ULID_LEN + 1])
{
	static const char start[] = "{\"id\":\"";
	const size_t at = sizeof(start) - 1;
	struct error err = ERROR_INIT;
	struct record r;

	if (len > at + ULID_LEN && !memcmp(line, start, at) && is_ulid(line + at, ULID_LEN)) {
		memcpy(id, line + at, ULID_LEN);
		id[ULID_LEN] = '\0';
		return true;
	}
	/* Written by hand or by another program. */
	if (!len || record_parse(&r, line, len, &err) < 0) {
		error_release(&err);
		return false;
	}
	memcpy(id, r.id, ULID_LEN + 1);
	record_release(&r);
	return true;
}

struct slot {
	const struct record *record;
	bool written;
};

struct put {
	struct repo *repo;
	const struct record *const *records;
	size_t nr;
	struct slot *slots;	 /* beside records */
	struct strmap by_commit; /* hex to the index of its first one, see `next` */
	size_t *next;		 /* beside records: the next one of the same commit, or nr */
};

static void put_init(struct put *put, struct repo *repo, const struct record *const *records,
		     size_t nr)
{
	size_t i;

	memset(put, 0, sizeof(*put));
	put->repo = repo;
	put->records = records;
	put->nr = nr;
	put->slots = xcalloc(nr, sizeof(*put->slots));
	put->next = xcalloc(nr, sizeof(*put->next));
	for (i = nr; i-- > 0;) {
		void **first = strmap_at(&put->by_commit, records[i]->commit, OID_HEXSZ);

		put->slots[i].record = records[i];
		put->next[i] = *first ? (size_t)((struct slot *)*first - put->slots) : nr;
		*first = &put->slots[i];
	}
}

static void put_release(struct put *put)
{
	strmap_release(&put->by_commit, NULL);
	free(put->slots);
	free(put->next);
}

/* The records of one commit by id; may be called again, when the write is tried again. */
static void collect(const struct put *put, const struct oid *object, struct strmap *by_id)
{
	char hex[OID_HEXSZ + 1];
	struct slot *first;
	size_t i;

	oid_hex(hex, object);
	first = strmap_get(&put->by_commit, hex);
	for (i = first ? (size_t)(first - put->slots) : put->nr; i < put->nr; i = put->next[i]) {
		put->slots[i].written = false;
		strmap_put(by_id, put->records[i]->id, &put->slots[i]);
	}
}

static int edit_records(const struct oid *object, const char *old, size_t old_len,
			struct strbuf *new_text, void *data, struct error *err UNUSED)
{
	const char *end = old + old_len, *line, *eol;
	struct strmap by_id = STRMAP_INIT;
	char id[ULID_LEN + 1];
	size_t i;

	collect(data, object, &by_id);
	for (line = old; line < end; line = eol + 1) {
		struct slot *slot = NULL;

		eol = memchr(line, '\n', (size_t)(end - line));
		if (!eol)
			eol = end;
		if (line == eol)
			continue;
		if (line_id(line, (size_t)(eol - line), id))
			slot = strmap_get(&by_id, id);
		/* A merge of two histories may hold a record twice. */
		if (slot && slot->written)
			continue;
		if (slot) {
			record_write(new_text, slot->record);
			slot->written = true;
		} else {
			strbuf_add(new_text, line, (size_t)(eol - line));
		}
		strbuf_addch(new_text, '\n');
	}
	for (i = 0; i < by_id.nr; i++) {
		struct slot *slot = by_id.entries[i].value;

		if (slot->written)
			continue;
		record_write(new_text, slot->record);
		strbuf_addch(new_text, '\n');
	}
	strmap_release(&by_id, NULL);
	return 0;
}

/* The records in a note's text that are asked for; of two with one id the last counts. */
static void read_lines(const char *text, size_t len, const struct record_query *q,
		       struct record_list *out)
{
	const char *end = text + len, *line, *eol;
	struct strmap at = STRMAP_INIT;

	for (line = text; line < end; line = eol + 1) {
		struct error err = ERROR_INIT;
		char id[ULID_LEN + 1];
		struct record r;
		void **index;

		eol = memchr(line, '\n', (size_t)(end - line));
		if (!eol)
			eol = end;
		if (line == eol)
			continue;
		/* Most lines of a big note are not the one that is looked for. */
		if (q->id && line_id(line, (size_t)(eol - line), id) && !starts_with(id, q->id))
			continue;
		if (record_parse(&r, line, (size_t)(eol - line), &err) < 0) {
			error_release(&err);
			out->skipped++;
			continue;
		}
		index = strmap_at(&at, r.id, ULID_LEN);
		if (*index) {
			struct record *first = &out->v[(size_t)(uintptr_t)*index - 1];

			record_release(first);
			*first = r;
		} else if (record_query_matches(q, &r)) {
			record_list_add(out, &r);
			*index = (void *)(uintptr_t)out->nr;
		} else {
			record_release(&r);
		}
	}
	strmap_release(&at, NULL);
}

static int notes_put(struct store *store, const struct record *const *records, size_t nr,
		     struct error *err)
{
	struct notes_store *notes = (struct notes_store *)store;
	struct oid *commits = xcalloc(nr, sizeof(*commits));
	struct strbuf message = STRBUF_INIT;
	struct put put;
	size_t i;
	int rc = -1;

	for (i = 0; i < nr; i++) {
		if (!records[i]->commit || !oid_parse(&commits[i], records[i]->commit) ||
		    !records[i]->id || !records[i]->prefix) {
			error_set(err, ERROR_INVALID, "a record without id, commit or path-prefix");
			free(commits);
			return -1;
		}
	}
	put_init(&put, notes->repo, records, nr);
	strbuf_addf(&message, "gitops: %zu record%s", nr, nr == 1 ? "" : "s");
	if (nr == 1)
		strbuf_addf(&message, ": %s %s %s", artifact_kind_name(records[0]->kind),
			    records[0]->prefix, record_status_name(records[0]->status));
	strbuf_addch(&message, '\n');
	rc = notes_update(notes->repo, STATE_RECORDS_REF, commits, nr, edit_records, &put,
			  message.buf, err);
	if (!rc)
		rc = status_notes_update(notes->repo, commits, nr, message.buf, err);
	put_release(&put);
	strbuf_release(&message);
	free(commits);
	return rc;
}

struct scan {
	struct repo *repo;
	const struct record_query *query;
	struct record_list *out;
	struct error *err;
	struct strbuf text;
	bool failed;
	size_t kept; /* at the last clearing up */
};

#define CLEAR_UP 1000

/* Of the history of each object only the latest is asked for: don't hold all of it. */
static void clear_up(struct scan *scan)
{
	if (!scan->query->latest || scan->out->nr < 2 * scan->kept + CLEAR_UP)
		return;
	record_list_finish(scan->out, scan->query);
	scan->kept = scan->out->nr;
}

static int scan_note(struct scan *scan, const struct oid *object)
{
	int rc;

	strbuf_reset(&scan->text);
	rc = notes_read(scan->repo, STATE_RECORDS_REF, object, &scan->text, scan->err);
	if (rc < 0)
		scan->failed = true;
	else if (rc)
		read_lines(scan->text.buf, scan->text.len, scan->query, scan->out);
	return rc < 0;
}

static int scan_blob(const struct oid *object UNUSED, const struct oid *blob, void *data)
{
	struct scan *scan = data;

	strbuf_reset(&scan->text);
	if (repo_read_blob(scan->repo, blob, NOTE_MAX_BYTES, &scan->text, scan->err) < 0) {
		scan->failed = true;
		return 1;
	}
	read_lines(scan->text.buf, scan->text.len, scan->query, scan->out);
	clear_up(scan);
	return 0;
}

/*
 * Of the newest `limit` records the last one is known to be it when all notes
 * written since it was made have been looked at: a record is written after it
 * was made. A minute for clocks that differ.
 */
#define SKEW_MS 60000

struct recent {
	struct scan scan;
	struct strmap seen; /* hex of commits */
	int64_t written_ms; /* of the notes looked at last */
};

static bool enough(struct recent *recent, int64_t written_ms)
{
	const struct record_query *q = recent->scan.query;
	struct record_list *list = recent->scan.out;

	if (list->nr < q->limit || q->latest)
		return false;
	record_list_sort(list);
	return ulid_time(list->v[q->limit - 1].id) > written_ms + SKEW_MS;
}

static int recent_note(const struct oid *object, int64_t written_ms, void *data)
{
	struct recent *recent = data;
	char hex[OID_HEXSZ + 1];

	if (written_ms != recent->written_ms && enough(recent, written_ms))
		return 1;
	recent->written_ms = written_ms;
	oid_hex(hex, object);
	if (strmap_put(&recent->seen, hex, recent))
		return 0;
	return scan_note(&recent->scan, object);
}

static int notes_find(struct store *store, const struct record_query *query,
		      struct record_list *out, struct error *err)
{
	struct notes_store *notes = (struct notes_store *)store;
	struct recent recent = { .scan = { .repo = notes->repo,
					   .query = query,
					   .out = out,
					   .err = err,
					   .text = STRBUF_INIT } };
	struct oid oid;
	int rc;

	if (query->commit) {
		if (!oid_parse(&oid, query->commit))
			return error_set(err, ERROR_INVALID, "'%s' is no object id", query->commit);
		rc = scan_note(&recent.scan, &oid);
	} else if (query->limit && !query->latest && !query->id && !query->job) {
		rc = notes_recent(notes->repo, STATE_RECORDS_REF, recent_note, &recent, err);
	} else {
		rc = notes_each(notes->repo, STATE_RECORDS_REF, scan_blob, &recent.scan, err);
	}
	strmap_release(&recent.seen, NULL);
	strbuf_release(&recent.scan.text);
	return rc < 0 || recent.scan.failed ? -1 : 0;
}

static void notes_free(struct store *store)
{
	free(store);
}

static const struct store_backend notes_backend = {
	.name = "notes",
	.put = notes_put,
	.find = notes_find,
	.free = notes_free,
};

int store_open_notes(struct store **store, struct repo *repo, struct error *err UNUSED)
{
	struct notes_store *notes = xcalloc(1, sizeof(*notes));

	notes->store.backend = &notes_backend;
	notes->repo = repo;
	*store = &notes->store;
	return 0;
}
