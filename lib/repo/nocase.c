#include "repo/internal.h"

struct nocase {
	struct snapshot *snapshot;
	const char *path;
	struct strbuf at; /* the directory that is searched, as it is spelt */
	snapshot_fn *fn;
	void *data;
	struct error *err;
};

/* The part of the path that begins at `off`, below the directory in search->at: 1 when ended. */
static int search(struct nocase *s, size_t off)
{
	const char *part = s->path + off;
	size_t len = strcspn(part, "/"), base = s->at.len, nr = 0, alloc = 0, i;
	bool dir = part[len] == '/';
	struct tree_entry *found = NULL;
	const struct tree *tree;
	struct oid *oids = NULL;
	char **names = NULL;
	int rc = snapshot_tree(s->snapshot, s->at.buf, s->at.len, &tree, s->err);

	if (rc <= 0)
		return rc;
	/* copied: going on may drop this tree from the cache */
	for (i = 0; i < tree->nr; i++) {
		const struct tree_entry *entry = &tree->entries[i];

		if (entry->name_len != len || mode_is_dir(entry->mode) != dir ||
		    strncasecmp(entry->name, part, len) != 0)
			continue;
		ALLOC_GROW(found, nr + 1, alloc);
		found[nr++] = *entry;
	}
	names = xcalloc(nr + 1, sizeof(*names));
	oids = xcalloc(nr + 1, sizeof(*oids));
	for (i = 0; i < nr; i++) {
		names[i] = xmemdupz(found[i].name, found[i].name_len);
		oids[i] = *found[i].oid;
	}
	rc = 0;
	for (i = 0; !rc && i < nr; i++) {
		if (base)
			strbuf_addch(&s->at, '/');
		strbuf_addstr(&s->at, names[i]);
		if (dir) {
			rc = search(s, off + len + 1);
		} else {
			struct file_entry file = { s->at.buf, found[i].mode, oids[i] };

			rc = s->fn(&file, s->data) ? 1 : 0;
		}
		strbuf_setlen(&s->at, base);
	}
	for (i = 0; i < nr; i++)
		free(names[i]);
	free(names);
	free(oids);
	free(found);
	return rc;
}

int snapshot_each_nocase(struct snapshot *snapshot, const char *path, snapshot_fn *fn, void *data,
			 struct error *err)
{
	struct nocase s = { .snapshot = snapshot,
			    .path = path,
			    .at = STRBUF_INIT,
			    .fn = fn,
			    .data = data,
			    .err = err };
	size_t i;
	int rc = 0;

	if (snapshot->kind == SNAPSHOT_COMMIT) {
		rc = search(&s, 0);
		strbuf_release(&s.at);
		return rc < 0 ? -1 : 0;
	}
	for (i = 0; !rc && i < snapshot->flat_nr; i++) {
		const struct flat_entry *flat = &snapshot->flat[i];
		struct file_entry entry = { flat->path, flat->mode, flat->oid };

		if (!strcasecmp(flat->path, path))
			rc = fn(&entry, data);
	}
	return 0;
}
